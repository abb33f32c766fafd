"""Every hyper-parameter in force has a say: another value of it changes the bits of a trial."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf

from bench import registry
from bench.gan.contract.contract import _method
from bench.gan.methods import CATALOGUE
from bench.gan.training.step import Step
from bench.trial import Method

STEPS = 6

LATE = {
    "lecam.start": 0.3,  # a share of the training: 0.3 and more of 6 steps are two steps
    "top_k.gamma": 0.5,  # k is rounded down: of 8 samples it changes by a whole one only
    "top_k.least": 0.9,
}
"""Values at which a number acts in so few steps, where three times the number does not."""


def numbers(method: Method) -> dict[str, float]:
    """Those in force: of the parts, and of the recipe where there is one."""
    found = {"lr_g": 1e-2, "lr_d": 1e-2}
    for kind, name in method.parts():
        defaults = registry.KINDS[kind][name].defaults
        found |= {f"{name}.{k}": float(v) for k, v in defaults.items()}
    recipe = CATALOGUE.get(method.name)
    own = recipe.hparams if recipe and recipe.method == method else {}
    return found | {k: v for k, v in own.items() if k in found and not k.startswith("lr_")}


def other(name: str, value: float) -> float:
    """Another legal value."""
    if name in LATE:
        return LATE[name]
    if 0 < value < 1:  # a share, a decay, a rate, or a small strength
        return value / 3
    return 0.25 if value == 0 else -value / 3 if value < 0 else value / 3


def tiny(method: Method) -> Step:
    facts = [registry.KINDS[kind][name].traits for kind, name in method.parts()]
    images = any(f.get("images") or f.get("spatial") or f.get("ordered") for f in facts)
    name = "digits8_twins" if any(f.get("coupled") for f in facts) else "ring8"
    name = "digits8" if images and name == "ring8" else name
    network = {"network": "residual"} if any(f.get("spatial") for f in facts) else {}
    task = registry.task[name](batch=8, units=16, latent=6, **network)
    # compiling takes longest, but without it `symplectic` repeats itself to the last bit but one
    return Step(replace(task, xla=method.dynamics == "symplectic"), method)


def bits(step: Step, hparams: dict[str, float]) -> str:
    """A digest of the players after a few steps, and of what is measured of them."""
    own = hparams | {"steps": float(STEPS)}
    state, _ = step.run(step.init(0, own), 0, own, 0, STEPS)
    z = tf.random.stateless_normal((16, step.task.latent), [1, 2])
    measured = step.generate(state, z), step.generate_ema(state, z)
    parts = tf.nest.flatten((state.g.weights, state.d.weights, measured))
    return hashlib.sha256(b"".join(np.asarray(p).tobytes() for p in parts)).hexdigest()


def dead(method: Method) -> list[str]:
    """Numbers in force that change nothing."""
    step, own = tiny(method), numbers(method)
    plain = bits(step, own)
    assert bits(step, own) == plain
    return [k for k, v in own.items() if bits(step, own | {k: other(k, v)}) == plain]


@pytest.mark.parametrize("name", ["ns", "r1_ema"])  # the others are slow
def test_a_few_methods_have_no_dead_number(name):
    assert dead(CATALOGUE[name].method) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", CATALOGUE)
def test_no_number_of_the_catalogue_is_dead(name):
    assert dead(CATALOGUE[name].method) == []


KINDS = ("loss", "regularizer", "normalizer", "optimizer", "dynamics", "augmentation", "extra")
PARTS = [part for kind in KINDS for part in registry.KINDS[kind] if part.defaults and _method(part)]


@pytest.mark.slow
@pytest.mark.parametrize("part", PARTS, ids=lambda part: f"{part.kind}-{part.name}")
def test_no_number_of_a_part_is_dead(part):
    assert dead(_method(part)) == []
