"""The contract of parts, as words: what is wrong with one that a user wrote.

Parts of this package are held to the same by its tests. Everything here runs eagerly on small
batches, but for one short training of a tiny network.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from bench import registry
from bench.gan import keys
from bench.gan.backend import tf
from bench.gan.contract.declared import sized, taken
from bench.gan.methods import slots
from bench.gan.networks import Layers, Sizes
from bench.gan.parts.regularizers import Seen
from bench.gan.training.step import Step
from bench.registry import Part
from bench.trial import Method

B = 6
PATIENT = 3
"""Samples in a batch, and steps of the trial training."""


def faults(part: Part) -> list[str]:
    """What is wrong with a part, in words; nothing where it keeps the contract."""
    found = list(_docstring(part))
    broken: list[str] = []
    try:
        broken += _CHECKS[part.kind](part) if part.kind in _CHECKS else ()
        method = None if broken else _method(part)  # what is called wrongly is not trained with
        broken += _trains(method) if method else ()
    except Exception as error:
        broken.append(f"raises {type(error).__name__}: {str(error).splitlines()[0][:200]}")
    return found + broken


def _method(part: Part) -> Method | None:
    """A method that has the part; None for what is trained nowhere here (a task, a metric)."""
    facts, names = part.traits, (part.name,)
    if part.kind == "loss":
        return Method("checked", loss=part.name)
    if part.kind == "optimizer":
        return Method("checked", optimizer=part.name)
    if part.kind == "dynamics":
        return Method("checked", dynamics=part.name, unroll=2 if facts.get("unrolls") else 0)
    if part.kind == "regularizer":
        return Method("checked", regularizers=names, generators=2 if facts.get("generators") else 1)
    if part.kind == "augmentation":
        return Method("checked", augmentations=names)
    if part.kind == "normalizer" and not facts.get("spatial"):
        if facts.get("players", "d") == "g":
            return Method("checked", g_normalizer=part.name)
        return Method("checked", normalizer=part.name)
    if part.kind == "network":
        return Method("checked", network=part.name)
    if part.kind == "extra":
        lazily = facts.get("rescales")
        r1 = ("r1",) if lazily else ()
        return Method("checked", extras=names, regularizers=r1, lazy=2 if lazily else 1)
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
        if not re.search(r"\b(19|20)\d\d\b|\bours\b", text):
            yield 'its docstring names no source (a year, or "ours")'


def _loss(part: Part) -> Iterator[str]:
    key = [tf.constant([3, 5])] if part.traits.get("draws") else []

    def call(real: Any, fake: Any) -> Any:
        return part(real, fake, *key)

    logits = tf.constant([-50.0, 50.0, -1e4, 1e4, 0.0, 1.0])
    values = call(logits, -logits)
    if not isinstance(values, tuple) or len(values) != 2:
        yield "does not return a pair (L_G, L_D)"
        return
    for name, value in zip(("L_G", "L_D"), values, strict=True):
        if tuple(value.shape) != (B,):
            yield (
                f"{name} has shape {tuple(value.shape)}, not [B]: return a value per sample, "
                f"and mind that [B, 1] - [B] is [B, B]"
            )
    with tf.GradientTape() as tape:
        tape.watch(logits)
        both = tf.add_n([tf.reduce_sum(v) for v in call(logits, -logits)])
    gradient = tape.gradient(both, logits)
    if not np.isfinite(both) or gradient is None or not np.isfinite(gradient).all():
        yield "is not finite, or has no finite gradient, at logits of +-50 and +-10000"
    a, b = tf.constant([0.3, -1.0]), tf.constant([1.2, 0.4])
    if np.allclose(call(a, b)[1], call(b, a)[1]):
        yield "L_D is the same with real and fake swapped"
    zero = tf.zeros([1], tf.float64)
    if float(call(zero + 0.01, zero - 0.01)[1][0]) >= float(call(zero - 0.01, zero + 0.01)[1][0]):
        yield "L_D does not fall when real logits rise above fake ones: high must mean real"
    x = tf.constant(np.random.default_rng(0).normal(size=2 * B))
    for player, name in enumerate(("L_G", "L_D")):

        def total(x: Any, player: int = player) -> Any:
            return tf.reduce_sum(call(*tf.split(x, 2))[player])

        yield from _differences(total, x, name, "the logits")


def _regularizer(part: Part) -> Iterator[str]:
    real, fake = (tf.constant(np.random.default_rng(n).normal(n, 1.0, (B, 2))) for n in (1, 2))
    weights = tf.constant(np.random.default_rng(3).normal(size=(2, 5)))
    z = tf.constant(np.random.default_rng(4).normal(size=(B, 2)))

    def penalty(w: Any) -> Any:
        def d(x: Any) -> Any:
            return tf.reduce_sum(tf.sin(tf.matmul(x, w)), 1)

        seen = Seen(
            logits=d,
            features=lambda x: tf.matmul(x, w),
            generate=lambda z: tf.sin(tf.matmul(z, w[:, :2])),
            player=part.traits.get("players", "d")[0],
            z=z,
            weights=(w,),
            kernels=(w,),
            progress=tf.constant(1.0, tf.float64),
            scores=lambda x: tf.sin(tf.matmul(x, w)),
        )
        shown = seen.generate(z) if seen.player == "g" else fake
        if "memory" not in part.traits:
            return part(seen, real, shown, tf.constant([3, 5]))
        seen = seen._replace(memory=part.traits["memory"]((w,), (w,)))
        return part(seen, real, shown, tf.constant([3, 5]))[0]

    if not part.traits.get("images"):
        value = penalty(weights)
        if tuple(value.shape) not in ((), (B,)):
            yield f"returns shape {tuple(value.shape)}, not [B] (or one scalar for the batch)"
            return
        if not np.isfinite(value).all():
            yield "is not finite"
        with tf.GradientTape() as tape:
            tape.watch(weights)
            total = tf.reduce_mean(penalty(weights))
        if tape.gradient(total, weights) is None:
            yield (
                "has no gradient by the discriminator's weights: take input gradients inside of "
                "the function with a tape, and convert nothing to numpy"
            )
        elif "memory" not in part.traits:
            yield from _differences(
                lambda w: tf.reduce_mean(penalty(w)), weights, "the penalty", "D's weights"
            )


def _differences(fn: Callable[[Any], Any], x: Any, what: str, by: str) -> Iterator[str]:
    """The gradient along one direction against a central difference, in float64."""
    with tf.GradientTape() as tape:
        tape.watch(x)
        value = fn(x)
    gradient = tape.gradient(value, x)
    if gradient is None:  # a loss of one player need not see all logits
        return
    e = tf.constant(np.random.default_rng(9).normal(size=x.shape))
    exact = float(tf.reduce_sum(gradient * e))
    found = float(fn(x + 1e-5 * e) - fn(x - 1e-5 * e)) / 2e-5
    if abs(exact - found) > 1e-4 * max(abs(exact), abs(found), 1e-2):
        yield (
            f"the gradient of {what} by {by} is {exact:.6g} along a direction in which it rises "
            f"by {found:.6g}: something on the way is held constant, or drawn anew at each call"
        )


def _trains(method: Method) -> Iterator[str]:
    """A few steps of a tiny network: finite, one trace for all seeds, equal when repeated."""
    facts = [registry.KINDS[kind][name].traits for kind, name in method.parts()]
    images = "digits8" if any(f.get("images") for f in facts) else "ring8"
    name = "digits8_twins" if any(f.get("coupled") for f in facts) else images
    task = registry.task[name](batch=8, units=4, latent=3)
    step = Step(replace(task, xla=False), method)  # what takes longest is compiling
    hparams = {"lr_g": 1e-3, "lr_d": 1e-3}
    for kind, name in method.parts():
        hparams |= {f"{name}.{k}": v for k, v in registry.KINDS[kind][name].defaults.items()}

    def run(seed: int) -> list[np.ndarray]:
        state, signals = step.run(step.init(seed, hparams), seed, hparams, 0, PATIENT)
        return [np.asarray(t) for t in tf.nest.flatten((state, signals))]

    first, _, again = run(0), run(1), run(0)
    if step.traces != 1:
        yield f"is traced {step.traces} times for one structure: use tensors, not Python numbers"
    if not all(np.isfinite(t).all() for t in first):
        yield f"is not finite after {PATIENT} steps on {task.kind}"
    if not all(np.array_equal(a, b) for a, b in zip(first, again, strict=True)):
        yield "gives other numbers when repeated: draw from the key, with bench.gan.keys"


def _optimizer(part: Part) -> Iterator[str]:
    optimizer = part()
    w = (tf.constant([1.0, -2.0]), tf.constant([[0.5]]))
    slots = optimizer.init(w)
    changes, _ = optimizer.update(w, slots, 0.1)
    for a, b in zip(w, changes, strict=True):
        if a.shape != b.shape:
            yield f"changes a weight of shape {a.shape} by one of shape {b.shape}"
    if float(tf.add_n([tf.reduce_sum(a * b) for a, b in zip(w, changes, strict=True)])) >= 0:
        yield "its first step does not go down the gradient: a change is added to the weight"


def _dynamics(part: Part) -> Iterator[str]:
    remedy = "@dynamics(batches=lambda d_steps, g_steps: d_steps + g_steps)"
    if "batches" not in part.traits:
        yield f"is registered without batches: {remedy}"
        return
    try:
        n = part.traits["batches"](1, 1)
    except TypeError as error:
        yield f"its batches cannot be asked for with (d_steps, g_steps): {error}; {remedy}"
        return
    if not isinstance(n, int) or n < 1:
        yield f"its batches(1, 1) is {n!r}, not a number of batches: {remedy}"


def _augmentation(part: Part) -> Iterator[str]:
    shape = (B, 8, 8, 1) if part.traits.get("images") else (B, 2)
    x = keys.normal(tf.constant([1, 2]), shape)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = part(x, tf.constant([3, 5]), tf.constant(0.25))
    if y.shape != x.shape:
        yield f"turns shape {tuple(x.shape)} into {tuple(y.shape)}"
    elif not np.array_equal(y, part(x, tf.constant([3, 5]), tf.constant(0.25))):
        yield "gives other numbers for the same key: draw from the key, with bench.gan.keys"
    if tape.gradient(y, x) is None:
        yield "has no gradient by its input: G learns through it"


def _network(part: Part) -> Iterator[str]:
    shape = (8, 8, 1) if part.traits.get("images") else (2,)
    sizes = Sizes(shape, 3, 4, 0.05, 10)
    pair = part(sizes, Layers(g=Layers()))
    if not isinstance(pair, tuple) or len(pair) != 2:
        yield "does not return a pair (generator, discriminator)"
        return
    found = [tuple(model.outputs[0].shape[1:]) for model in pair]
    wanted: list[tuple[int, ...]] = [shape, (1,)]
    for who, given, needed in zip(("generator", "discriminator"), found, wanted, strict=True):
        if given != needed:
            yield f"its {who} gives {['B', *given]}, needed is {['B', *needed]}"
    if found != wanted:
        return
    said, used = set(part.traits.get("takes", slots.ALL)), taken(part, sizes)
    for slot in sorted(said ^ used):
        text = "declares no takes" if "takes" not in part.traits else f"declares takes={said}"
        yield f"{text}, and {'does not put in' if slot in said else 'has'} {slots.WORDS[slot]}"
    if "sizes" in part.traits and (wrong := set(part.traits["sizes"]) ^ sized(part, sizes)):
        yield f"declares sizes={part.traits['sizes']}, which is wrong of {', '.join(sorted(wrong))}"


_CHECKS: dict[str, Callable[[Part], Iterator[str]]] = {
    "loss": _loss,
    "regularizer": _regularizer,
    "optimizer": _optimizer,
    "dynamics": _dynamics,
    "augmentation": _augmentation,
    "network": _network,
}
