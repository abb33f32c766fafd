"""Ranges are honest: training at their ends gives numbers.

Ends that belong to a range are taken as they are, of open ones a number just inside. Each part is
trained for a few steps in the method that the contract makes of it, one of its numbers at an end
and the others at their defaults.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bench import gan, ranges, registry
from bench.gan.backend import tf
from bench.gan.contract import contract
from bench.gan.networks import Layers, Sizes
from bench.gan.training.step import Step

gan.load_parts()
NUMBERED = [p for k in registry.KINDS.values() for p in k if p.ranges and p.kind != "task"]
OPTIONED = [part for part in registry.task if part.ranges]
STEPS = 4


def ends(limit: ranges.Range) -> list[float]:
    """The ends of a range, or what is just inside; without those beyond which there is nothing."""
    inside = []
    for (end, included), inwards in zip(limit.ends, (1, -1), strict=True):
        if included:
            inside.append(end)
        elif end == 0:
            inside.append(1e-6)
        elif abs(end) < ranges.LARGEST:
            inside.append(end + inwards * 1e-3)
    return inside


def step_of(method):
    facts = [registry.KINDS[kind][name].traits for kind, name in method.parts()]
    images = any(f.get("images") or f.get("ordered") for f in facts)
    task = registry.task["digits8" if images else "ring8"](batch=8, units=4, latent=3)
    return Step(replace(task, xla=False), method)


def finite(step, hparams) -> bool:
    hparams = {**hparams, "steps": STEPS}
    state, signals = step.run(step.init(3, hparams), 3, hparams, 0, STEPS)
    z = tf.random.stateless_normal((8, step.task.latent), (1, 2))
    found = [*tf.nest.flatten((state, signals)), step.generate(state, z)]
    return all(np.isfinite(np.asarray(t)).all() for t in found)


@pytest.mark.slow
@pytest.mark.parametrize("part", NUMBERED, ids=lambda part: f"{part.kind} {part.name}")
def test_training_at_the_ends_is_finite(part):
    method = contract._method(part)
    assert method
    step = step_of(method)
    start = {"lr_g": 1e-3, "lr_d": 1e-3}
    for kind, name in method.parts():
        start |= {f"{name}.{k}": v for k, v in registry.KINDS[kind][name].defaults.items()}
    for name, limit in part.ranges.items():
        for end in ends(limit):
            assert not limit.fault(end)
            assert finite(step, start | {f"{part.name}.{name}": end}), f"{name} = {end}"


@pytest.mark.slow
def test_outside_of_its_range_adam_is_not_finite():
    """The check above can fail: 1 - beta^t is 0."""
    step = step_of(contract.Method("checked"))
    own = {f"adam.{k}": v for k, v in registry.optimizer["adam"].defaults.items()}
    assert not finite(step, {"lr_g": 1e-3, "lr_d": 1e-3, **own, "adam.beta1": 1.0})
    assert registry.optimizer["adam"].ranges["beta1"].fault(1.0)


@pytest.mark.slow
@pytest.mark.parametrize("part", list(registry.network), ids=lambda part: part.name)
def test_every_network_has_a_smallest(part):
    """One latent, one unit, one channel."""
    shapes = [(8, 8, 1)] if part.traits.get("images") else [(8, 8, 1), (2,)]
    for shape in shapes:
        g, d = part(Sizes(shape, 1, 1, 1e-6, 10), Layers(g=Layers()))
        assert g.outputs[0].shape == (None, *shape)
        assert d.outputs[0].shape == (None, 1)


@pytest.mark.slow
@pytest.mark.parametrize("part", OPTIONED, ids=lambda part: part.name)
def test_the_smallest_task_trains(part):
    """Sizes at their lower ends, at once; the upper ones are limits of memory."""
    least = {name: ends(limit)[0] for name, limit in part.ranges.items() if limit.whole}
    loss = part.traits.get("losses", ("hinge",))[0]
    task = part(**{name: int(value) for name, value in least.items()})
    step = Step(replace(task, xla=False), contract.Method("least", loss=loss, optimizer="sgd"))
    assert finite(step, {"lr_g": 1e-3, "lr_d": 1e-3, "sgd.momentum": 0.0})
