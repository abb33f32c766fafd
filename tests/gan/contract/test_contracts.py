"""What every registered part must keep, whoever wrote it."""

from __future__ import annotations

import inspect
import re
import warnings
from collections.abc import Mapping

import numpy as np
import pytest
import tensorflow as tf

from bench import registry
from bench.gan.methods import CATALOGUE
from bench.gan.methods.rules import COUNTS, DoubtfulMethod, check
from bench.grid.numbers import ratios
from bench.trial import Method
from tests.gan.linear import loss, penalty, seen

LOSSES = [part.name for part in registry.loss]
REGULARIZERS = [part.name for part in registry.regularizer]
PARTS = [part for kind in registry.KINDS.values() for part in kind]


@pytest.mark.parametrize("part", PARTS, ids=lambda part: f"{part.kind}-{part.name}")
def test_docstring(part):
    text = inspect.getdoc(part.fn)
    assert text
    assert len(text.partition("\n")[0]) > 20


@pytest.mark.parametrize("name", [*LOSSES, *REGULARIZERS])
def test_docstring_gives_formula_shape_and_source(name):
    part = (registry.loss if name in LOSSES else registry.regularizer)[name]
    text = inspect.getdoc(part.fn)
    assert re.search(r"[=*^]", text), "no formula"
    assert "[B]" in text, "no shape"
    assert re.search(r"\b(19|20)\d\d\b|circulation", text), "no source"


@pytest.mark.parametrize("name", LOSSES)
def test_loss_is_per_sample_and_finite_at_extreme_logits(name):
    logits = tf.constant([-50.0, 50.0, -1e4, 1e4, 0.0])
    for real, fake in [(logits, -logits), (logits, logits)]:
        with tf.GradientTape(persistent=True) as tape:
            tape.watch([real, fake])
            values = loss(name, real, fake)
        for value in values:
            assert value.shape == (5,)
            assert np.isfinite(value).all()
            for gradient in tape.gradient(value, [real, fake]):
                assert gradient is None or np.isfinite(gradient).all()


@pytest.mark.parametrize("name", LOSSES)
def test_swapping_real_and_fake_changes_the_loss(name):
    a, b = tf.constant([0.3, -1.0]), tf.constant([1.2, 0.4])
    there, back = loss(name, a, b), loss(name, b, a)
    assert np.abs(there[1] - back[1]).max() > 1e-3


@pytest.mark.parametrize("name", LOSSES)
def test_d_is_taught_that_high_is_real(name):
    zero = tf.zeros([1], tf.float64)
    up = loss(name, zero + 0.01, zero - 0.01)[1]
    down = loss(name, zero - 0.01, zero + 0.01)[1]
    assert float(up[0]) < float(down[0])


def images(seed: int):
    return tf.constant(np.random.default_rng(seed).normal(size=(5, 8, 8, 1)))


def summed(x):
    """A critic of images that sees where things are."""
    return tf.reduce_sum(x[..., 0] * np.linspace(0.1, 1, 64).reshape(8, 8), [1, 2]) ** 2


@pytest.mark.parametrize("name", REGULARIZERS)
def test_regularizer_is_per_sample_or_scalar_and_depends_on_its_strengths(name):
    part = registry.regularizer[name]
    for player in part.traits.get("players", "d"):
        view, batches = seen(player), {}
        if part.traits.get("images"):
            view, batches = seen(logits=summed), {"real": images(0), "fake": images(1)}
        if name == "diggan":  # a linear critic is as steep everywhere
            view = view._replace(logits=lambda x: tf.reduce_sum(x**2, 1))
        own = [k for k in part.defaults if k.startswith("weight") or k == "gamma"]
        if "memory" in part.traits:
            memory = part.traits["memory"](view.weights, view.kernels)
            if name == "historical_averaging":  # a mean that is not where the weights are
                memory = tuple(w + 1 for w in view.weights), memory[1] + 1
            view = view._replace(memory=memory)
        extra = {"start": 0.0} if "start" in part.defaults else {}
        weak, strong = (
            penalty(name, view, **batches, **dict.fromkeys(own, s), **extra) for s in (1.0, 3.0)
        )
        assert weak.shape in ((), (5,))
        assert np.abs(weak).max() > 0
        np.testing.assert_allclose(strong, 3 * weak)


@pytest.mark.parametrize("name", CATALOGUE)
def test_catalogue_entry_is_legal_and_its_numbers_have_an_owner(name):
    entry = CATALOGUE[name]
    with warnings.catch_warnings():  # papers combine what is doubtful, too
        warnings.simplefilter("ignore", DoubtfulMethod)
        check(entry.method)
    assert entry.method.name == name
    owned = {
        f"{part}.{hparam}"
        for kind, part in entry.method.parts()
        for hparam in registry.KINDS[kind][part].defaults
    }
    assert set(entry.hparams) <= owned | {"lr_g", "lr_d"}
    assert len(entry.source) > 10


@pytest.mark.parametrize("name", CATALOGUE)
def test_no_number_of_the_catalogue_is_without_the_place_that_it_comes_from(name):
    entry, plain = CATALOGUE[name], Method("plain")
    counts = {key for key in COUNTS if getattr(entry.method, key) != getattr(plain, key)}
    assert set(entry.sources) == set(entry.hparams) | counts
    for source in entry.sources.values():
        assert re.search(r"\b(19|20)\d\d\b|\w+/\w+.*\.\w+|^ours: .|^off: .|defaults", source), (
            source
        )


def test_no_recipe_has_a_learning_rate_of_one_scale_nor_a_ratio_to_nothing():
    for entry in CATALOGUE.values():
        for name, value in entry.hparams.items():
            if isinstance(value, str):
                assert ratios.parse(value).target in {"lr_g", "lr_d", *entry.hparams}
            elif isinstance(value, Mapping):
                assert isinstance(value["from"], str) or not name.startswith("lr_")
            else:
                assert not name.startswith("lr_"), entry.method.name
