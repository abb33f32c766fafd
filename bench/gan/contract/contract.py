"""The contract of parts, as words: what is wrong with one that a user wrote.

Every function of a part is called: the part itself, the functions that it returns, and those that
its decorator was told. Parts of this package are held to the same by its tests. Everything here
runs eagerly on small batches, but for one short training of a tiny network.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from bench import registry
from bench.gan.backend import tf
from bench.gan.contract import functions, makers, metric_calls, task_calls, trainers
from bench.gan.contract.calls import Calls, Wrong, described
from bench.gan.training.step import Step
from bench.registry import Part
from bench.trial import Method

PATIENT = 3
"""Steps of the trial training."""

Check = Callable[[Part, Calls], Iterator[str]]


def faults(part: Part) -> list[str]:
    """The faults of a part, a sentence each; none where it keeps the contract."""
    found, call = list(_docstring(part)), Calls()
    broken: list[str] = []
    with call.interrupts.watched():
        for check in (_traits, *_CHECKS[part.kind]):
            broken += _told(check(part, call))
        method = None if broken else _method(part)  # what is called wrongly is not trained with
        if method:
            broken += _told(_trains(method, call))
    return [*found, *dict.fromkeys(broken), *call.printed()]


def _told(sentences: Iterator[str]) -> list[str]:
    """All sentences, up to the function that cannot be gone on with."""
    found = []
    try:
        for text in sentences:
            found.append(text)
    except Wrong as wrong:
        found.append(str(wrong))
    except Exception as error:  # inside of TensorFlow, which the part has given something to
        found.append(f"raises {described(error)}")
    return found


def _method(part: Part) -> Method | None:
    """A method that has the part; None for what is trained nowhere here (a task, a metric)."""
    traits, names = part.traits, (part.name,)
    if part.kind == "loss":
        return Method("checked", loss=part.name)
    if part.kind == "optimizer":
        return Method("checked", optimizer=part.name)
    if part.kind == "dynamics":
        return Method("checked", dynamics=part.name, unroll=2 if traits.get("unrolls") else 0)
    if traits.get("direction"):  # the two halves of it, of which one is the part
        fixes = part.kind == "normalizer"
        halves = (part.name, ("san_direction",)) if fixes else ("san", names)
        return Method("checked", normalizer=halves[0], regularizers=halves[1])
    if part.kind == "regularizer":
        several = 2 if traits.get("generators") else 1
        return Method("checked", regularizers=names, generators=several)
    if part.kind == "augmentation":
        return Method("checked", augmentations=names)
    if part.kind == "normalizer" and not traits.get("spatial"):
        if traits.get("players", "d") == "g":
            return Method("checked", g_normalizer=part.name)
        return Method("checked", normalizer=part.name)
    if part.kind == "network":
        return Method("checked", network=part.name)
    if part.kind == "extra":
        lazily = traits.get("rescales")
        r1 = ("r1",) if lazily else ()
        noise = ("instance_noise",) if traits.get("augments") else ()
        return Method(
            "checked", extras=names, regularizers=r1, augmentations=noise, lazy=2 if lazily else 1
        )
    return None


def _docstring(part: Part) -> Iterator[str]:
    text = inspect.getdoc(part.fn) or ""
    if not text:
        yield "has no docstring: give formula, shapes and source"
        return
    if part.kind in ("loss", "regularizer"):
        if not re.search(r"[=*^+]", text):
            yield "its docstring has no formula"
        if "[B]" not in text:
            yield "its docstring does not say what shape it returns, such as -> [B]"
        if not re.search(r"\b(19|20)\d\d\b|\b[Oo]urs\b", text):
            yield 'its docstring names no source (a year, or "ours")'


def _traits(part: Part, call: Calls) -> Iterator[str]:
    """The functions that the decorators of all kinds can be told."""
    if "forbids" in part.traits:
        reason = call("its forbids", part.traits["forbids"], none=True, **part.defaults)
        if reason:
            yield f"its forbids refuses its own defaults: {reason}"
    for size in (1, 2, 3, 64) if callable(part.traits.get("batch")) else ():
        reason = call(f"its batch({size})", part.traits["batch"], size, none=True)
        if reason is not None and not isinstance(reason, str):
            yield f"its batch({size}) returns {reason!r}, needed is the reason in words, or None"
        if reason and size == 64:
            yield f"its batch refuses a batch of 64: {reason}"


def _trains(method: Method, call: Calls) -> Iterator[str]:
    """A few steps of a tiny network: finite, one trace for all seeds, equal when repeated."""
    traits = [registry.KINDS[kind][name].traits for kind, name in method.parts()]
    images = "digits8" if any(t.get("images") or t.get("ordered") for t in traits) else "ring8"
    name = "digits8_twins" if any(t.get("coupled") for t in traits) else images
    task = registry.task[name](batch=8, units=4, latent=3)
    hparams = {"lr_g": 1e-3, "lr_d": 1e-3}
    for kind, name in method.parts():
        hparams |= {f"{name}.{k}": v for k, v in registry.KINDS[kind][name].defaults.items()}
    # what takes longest is compiling
    step = call("in training it", Step, replace(task, xla=False), method)

    def run(seed: int) -> list[np.ndarray]:
        state, signals = step.run(step.init(seed, hparams), seed, hparams, 0, PATIENT)
        return [np.asarray(t) for t in tf.nest.flatten((state, signals))]

    first, _, again = (call("in training it", run, seed) for seed in (0, 1, 0))
    if step.traces != 1:
        yield f"is traced {step.traces} times for one structure: use tensors, not Python numbers"
    if not all(np.isfinite(t).all() for t in first):
        yield f"is not finite after {PATIENT} steps on {task.kind}"
    if not all(np.array_equal(a, b) for a, b in zip(first, again, strict=True)):
        yield "gives other numbers when repeated: draw from the key, with bench.gan.keys"


_CHECKS: dict[str, tuple[Check, ...]] = {
    "loss": (functions.loss,),
    "regularizer": (functions.regularizer,),
    "augmentation": (functions.augmentation,),
    "dynamics": (functions.dynamics,),
    "optimizer": (makers.optimizer,),
    "normalizer": (makers.normalizer,),
    "extra": (makers.extra,),
    "network": (makers.network, makers.shown),
    "task": task_calls.CHECKS,
    "metric": (metric_calls.metric,),
    "trainer": (trainers.of_part,),
}
"""Kind -> its checks; each goes on where another one has found something."""
