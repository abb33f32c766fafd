"""The contract of tasks: every function of one is called, and its shapes compared with what the
task says of itself."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from bench import registry
from bench.gan import keys
from bench.gan.backend import keras, tf
from bench.gan.contract.calls import Calls, Wrong, array, described, given, pair
from bench.gan.contract.functions import halves
from bench.gan.game.game import Game
from bench.gan.networks import Layers
from bench.gan.state import Batch
from bench.gan.tasks import Distribution, Task
from bench.gan.tasks.task import known_metrics, no_task
from bench.metrics.criterion import bounds
from bench.registry import Part
from bench.trial import Method
from bench.vocabulary import forms

N = 5
"""Samples that are drawn; an odd number, so that no shape fits by chance."""


def _task(part: Part, call: Calls) -> Task:
    """The task with its default options. Raises Wrong where it is none."""
    try:
        task = call("", part.fn)
    except Wrong as wrong:
        if isinstance(wrong.__cause__, registry.BadPart):  # worded for the author already
            raise Wrong(str(wrong.__cause__)) from wrong.__cause__
        raise
    if isinstance(task, Distribution):
        raise Wrong(no_task(task))
    if not isinstance(task, Task):
        raise Wrong(f"returns {given(task)}, needed is bench.gan.tasks.Task(...)")
    for name in ("batch", "latent"):
        value = getattr(task, name)
        if not isinstance(value, int) or value < 1:
            raise Wrong(f"its {name} is {value!r}, needed is a whole number above 0")
    if not isinstance(task.shape, tuple):
        raise Wrong(f"its shape is {task.shape!r}, needed is a tuple such as (2,) or (8, 8, 1)")
    return task


def options(part: Part, call: Calls) -> Iterator[str]:
    """The `check` of its options, and the names of the numbers that it recommends."""
    if fault := registry.hparams_fault(part):
        yield fault
    _task(part, call)
    if "check" in part.traits:
        found = call("its check(options)", part.traits["check"], dict(part.defaults))
        if not isinstance(found, dict):
            raise Wrong(f"its check(options) returns {given(found)}, needed is the options")
        known = inspect.signature(part.fn).parameters
        for name in sorted(set(found) - set(known)):
            yield f"its check(options) adds {name!r}, which is no option of it"
        for name in sorted(set(part.defaults) - set(found)):
            yield f"its check(options) leaves {name!r} out"


def samples(part: Part, call: Calls) -> Iterator[str]:
    """`real`, `labelled`, `latents` and `held`."""
    task, key = _task(part, call), keys.key(3, "real")
    words, first = _real(task, call)
    if not np.array_equal(first, np.asarray(task.real(key, N))):
        yield f"{words} gives other numbers for the same key: draw with bench.gan.keys"
    game = task.observe is not None
    if not game and np.array_equal(first, np.asarray(task.real(keys.key(4, "real"), N))):
        yield f"{words} gives the same for every key"
    array("real(key, 1)", call("real(key, 1)", task.real, key, 1), 1, *task.shape)
    if task.held is not None:
        array("held", task.held[:1], 1, *task.shape)
    if task.given:
        _, x = _real(task, call)
        array("given(real)", call("given(real)", task.given, x), N, task.latent)
    if task.latents:
        array("latents(key, n)", call("latents(key, n)", task.latents, key, N), N, task.latent)
    if task.labelled:
        yield from _labelled(task, call)


def _real(task: Task, call: Calls) -> tuple[str, np.ndarray]:
    """(the call of `real` in words, N real samples). Raises Wrong for another shape than the task
    says: each check that needs samples says the same then, once, and not what follows from it."""
    words = f"real(key, {N})"
    return words, array(words, call(words, task.real, keys.key(3, "real"), N), N, *task.shape)


def _labelled(task: Task, call: Calls) -> Iterator[str]:
    """Samples and classes."""
    words, key = f"labelled(key, {N})", keys.key(3, "real")
    assert task.labelled
    x, label = pair(words, call(words, task.labelled, key, N), "(samples, classes)")
    array(f"{words} as samples", x, N, *task.shape)
    label = array(f"{words} as classes", label, N)
    classes = task.sizes.classes if task.sizes else 0
    if not ((label >= 0) & (label < classes)).all() or (label != np.rint(label)).any():
        yield f"{words} gives classes {label.tolist()}, needed are 0 ... {classes - 1}"


def networks(part: Part, call: Calls) -> Iterator[str]:
    """`networks` and `domain`: shapes of both players, and a gradient of each."""
    task = _task(part, call)
    models = _players("networks(layers)", task.networks, call)
    wanted = (("generator", models[0], task.shape), ("discriminator", models[1], (1,)))
    for who, model, shape in wanted if task.observe is None else ():
        given_shape = tuple(model.outputs[0].shape[1:])
        if given_shape != shape:
            raise Wrong(
                f"networks(layers): the {who} gives {['B', *given_shape]}, needed is "
                f"{['B', *shape]}"
            )
    inputs = (
        ("generator", models[0], (task.latent,)),
        ("discriminator", models[1], task.shape),
    )
    for who, model, shape in inputs:
        seen = tuple(model.inputs[0].shape[1:])
        if seen != shape:
            raise Wrong(
                f"networks(layers): the {who} takes {['B', *seen]}, needed is {['B', *shape]}"
            )
    if task.domain:
        _players("domain(layers)", task.domain, call)
    yield from ()


def _players(words: str, make: Callable[[Layers], Any], call: Calls) -> tuple[Any, Any]:
    """The two models of a function of layers. Raises Wrong."""
    found = pair(words, call(words, make, Layers(g=Layers())), "(generator, discriminator)")
    for who, model in zip(("generator", "discriminator"), found, strict=True):
        if not isinstance(model, keras.Model):
            raise Wrong(f"{words}: the {who} is {given(model)}, needed is a keras.Model")
    return found


def instrument(part: Part, call: Calls) -> Iterator[str]:
    """The instrument: it sees real samples and others of their shape, and can be stored."""
    task = _task(part, call)
    words, found = _measures(task, call)
    for name in ("real", "n", "record"):
        if not hasattr(found, name):
            raise Wrong(f"{words} returns {given(found)}, which has no {name}: it is no instrument")
    record = call(f"{words}.record()", found.record)
    try:
        json.dumps(record)
    except (TypeError, ValueError) as error:
        yield f"{words}.record() cannot be stored: {described(error)}"
    if task.observe is None:
        array(f"{words}.real.points", found.real.points[:1], 1, *task.shape)
        _, real = _real(task, call)
        for what, points in (("real samples", real), ("zeros", np.zeros_like(real))):
            seen = call(f"{words}.sample(points) of {what}", found.sample, points)
            features = np.asarray(getattr(seen, "features", ()))
            if features.ndim != 2 or len(features) != N:
                yield f"{words}: see(points) gives features of {given(features)}, needed is [N, d]"


def _measures(task: Task, call: Calls) -> tuple[str, Any]:
    """(the call in words, the instrument that it made)."""
    words = "instrument()"
    return words, call(words, task.instrument)


def criterion(part: Part, call: Calls) -> Iterator[str]:
    """The criterion of success names metrics that are measured on the task, and has known signs."""
    task = _task(part, call)
    rules = task.criterion
    measured = None
    if callable(rules):
        words, made = _measures(task, call)
        try:
            bands = rules(made)
        except bounds.Inseparable:
            return  # said where a sweep is read, and no fault of the task
        except BaseException as error:
            raise Wrong(f"criterion({words}) raises {described(error)}") from error
        rules = bounds.criterion(bands)
    if task.observe:
        measured = set(_observed(task, call))
    if fault := forms.criterion(rules, known_metrics() if measured is None else measured):
        yield f"its criterion {fault}"


def _observed(task: Task, call: Calls) -> dict[str, Any]:
    """The curves of a game at its first state. Raises Wrong."""
    game, _, hparams = _game(task)
    assert task.observe
    found = call("observe(state)", task.observe, game.init(0, hparams))
    if not isinstance(found, dict) or not all(np.shape(v) == () for v in found.values()):
        raise Wrong(f"observe(state) returns {given(found)}, needed is a number for each curve")
    return found


def steps(part: Part, call: Calls) -> Iterator[str]:
    """A gradient of both players on real samples, with the plainest loss that the task takes."""
    task = _task(part, call)
    _real(task, call)
    losses = part.traits.get("losses", ("non_saturating",))
    game, batch, hparams = _game(task, losses[0])
    state, (field, _) = game.init(0, hparams), halves(game, hparams)
    for player, half in (("generator", field.g), ("discriminator", field.d)):
        slope = call(f"a step of the {player}", half, state, batch)
        if any(g is None for g in slope.gradient):
            yield f"a step of the {player} does not reach all of its weights"
        elif not all(np.isfinite(np.asarray(g)).all() for g in slope.gradient):
            yield f"a step of the {player} has a gradient that is not finite"


def _game(task: Task, loss: str = "non_saturating") -> tuple[Game, Batch, dict[str, Any]]:
    """The game of a task without a method of its own, on a small batch."""
    small = replace(task, batch=4, xla=False) if task.observe is None else replace(task, xla=False)
    method = Method("checked", loss=loss)
    numbers = {"lr_g": 1e-3, "lr_d": 1e-3, "steps": 100.0}
    for kind, name in method.parts():
        numbers |= {f"{name}.{k}": v for k, v in registry.KINDS[kind][name].defaults.items()}
    hparams = {name: tf.constant(value, task.dtype) for name, value in numbers.items()}
    n = small.batch
    real = tf.constant(np.asarray(task.real(keys.key(0, "real"), n)), task.dtype)
    z = tf.constant(task.z(keys.key(0, "z"), n), task.dtype)
    game = Game(small, method)
    label = None
    if game.labelled and task.labelled:
        label = tf.cast(tf.convert_to_tensor(task.labelled(keys.key(0, "real"), n)[1]), tf.int32)
    return game, Batch(real, z, tf.constant([11, 13]), tf.constant(0), label), hparams


CHECKS = (options, samples, networks, instrument, criterion, steps)
"""All checks of a task; each goes on where another one has found something."""
