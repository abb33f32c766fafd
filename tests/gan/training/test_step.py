"""The compiled step: one trace, equal bit for bit, the same draws under every compiler."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf

from bench import registry
from bench.gan.game.game import SIGNALS
from bench.gan.methods import CATALOGUE
from bench.gan.training.step import Step, _batch
from bench.trial import Method


def numbers(method: Method, **changes: float) -> dict[str, float]:
    own = {
        f"{name}.{hparam}": value
        for kind, name in method.parts()
        for hparam, value in registry.KINDS[kind][name].defaults.items()
    }
    return {"lr_g": 1e-3, "lr_d": 1e-3, **own, **changes}


def tiny():
    """Compiled by TensorFlow, which is quicker than XLA where a case is short."""
    return replace(registry.task["ring8"](batch=16, units=8, latent=4), xla=False)


def run(step: Step, seed: int, hparams: dict[str, float], marks=(5, 12)) -> tuple:
    state, rows, done = step.init(seed, hparams), [], 0
    for mark in marks:
        state, signals = step.run(state, seed, hparams, done, mark)
        rows.append(signals)
        done = mark
    return [t.numpy() for t in tf.nest.flatten(state)], np.concatenate(rows)


def equal(a: tuple, b: tuple) -> bool:
    return all(np.array_equal(x, y) for x, y in zip(a[0], b[0], strict=True))


def small(method: Method):
    """`tiny`, or digits where a method needs images, or a data set with an order.

    Compiled by TensorFlow, which is quicker; but its sums of three and more tensors depend on which
    one it can overwrite, so that `symplectic` repeats bit for bit in XLA only.
    """
    facts = [registry.KINDS[kind][name].traits for kind, name in method.parts()]
    task = tiny()
    if any(f.get("coupled") for f in facts):
        task = registry.task["digits8_twins"](batch=16, units=8, latent=4)
    elif any(f.get("images") or f.get("ordered") for f in facts):
        task = registry.task["digits8"](batch=16, units=8, latent=4)
    return replace(task, xla=method.dynamics == "symplectic")


EACH_KIND = (
    "ns",
    "improved",  # extras, a memory, a reference batch, draws in the loss
    "wgan_gp",  # several D steps
    "extra_adam",  # a step ahead, an average
    "unrolled",
    "lookahead",  # a memory of the dynamics
    "pacgan2",
    "icr",  # images, both players penalized
    "stylegan2_lazy_r1",
    "mad_gan",
    "cogan",
)
"""A method for each kind of structure; the others in the slow tests."""


@pytest.mark.parametrize("name", EACH_KIND)
def test_a_method_is_finite_traced_once_and_repeatable(name):
    repeated(small(CATALOGUE[name].method), CATALOGUE[name], (3, 5))


@pytest.mark.slow
@pytest.mark.parametrize("name", CATALOGUE)
def test_every_method_trains_200_steps_as_it_is_compiled_in_a_trial(name):
    """In XLA but for convolutions, which take it minutes."""
    task = small(CATALOGUE[name].method)
    repeated(replace(task, xla=task.domain is None), CATALOGUE[name], (100, 200))


def repeated(task, recipe, marks):
    """Finite, one trace for all seeds and numbers, equal bit for bit when repeated."""
    method = recipe.method
    step = Step(task, method)
    own = {name: v for name, v in recipe.hparams.items() if not isinstance(v, str)}
    first = run(step, 0, numbers(method, **own), marks)
    other = run(step, 1, numbers(method, **own) | {"lr_g": 5e-3}, marks)
    again = run(step, 0, numbers(method, **own), marks)
    assert np.isfinite(first[1]).all()
    assert first[1].shape == (marks[-1], len(SIGNALS))
    assert equal(first, again)
    np.testing.assert_array_equal(first[1], again[1])
    assert not equal(first, other)
    assert step.traces == 1


def test_numbers_matter():
    method = CATALOGUE["r1"].method
    step = Step(tiny(), method)
    weak, strong = (run(step, 0, numbers(method, **{"r1.gamma": g})) for g in (0.1, 10.0))
    assert not equal(weak, strong)


def test_seeds_pair_the_methods():
    """The same seed gives the same initial weights and the same data to every method."""
    states = []
    for name in ("ns", "r1"):
        step = Step(tiny(), CATALOGUE[name].method)
        hparams = numbers(step.method)
        draws = step._draws(3, 0)
        states.append([*step.init(3, hparams).g.weights, draws.real, draws.z])
    for a, b in zip(*states, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("whose", ["ours", "a user's"])
def test_the_generator_of_tensorflow_is_set_where_a_user_s_function_may_draw_from_it(whose):
    """Else it is left alone, and with it what TensorFlow has made ready to run."""
    task = tiny()
    if whose != "ours":
        task = replace(task, real=lambda key, n: np.ones([n, 2], np.float32))
    step = Step(task, CATALOGUE["ns"].method)
    drawn = []
    for seed in (3, 4):
        tf.random.set_seed(seed)
        step.init(0, numbers(step.method))
        drawn.append(float(tf.random.uniform([])))
    tf.random.set_seed(3)
    assert (drawn[0] == float(tf.random.uniform([]))) == (whose == "ours")
    assert (drawn[0] == drawn[1]) == (whose != "ours")


def test_measuring_more_often_changes_no_trajectory():
    step = Step(tiny(), CATALOGUE["ns"].method)
    hparams = numbers(step.method)
    step.block = 7  # so that marks fall inside of blocks
    often = run(step, 0, hparams, range(1, 21))
    once = run(step, 0, hparams, (20,))
    assert equal(often, once)


def test_each_step_has_draws_of_its_own():
    step = Step(tiny(), CATALOGUE["ns"].method)
    first, second = step._draws(0, 0), step._draws(0, 1)
    z = np.concatenate([first.z, second.z]).reshape(-1, 4)
    assert len(np.unique(z, axis=0)) == len(z)
    keys = np.concatenate([first.key, second.key]).reshape(-1, 2)
    assert len(np.unique(keys, axis=0)) == len(keys)


@pytest.mark.parametrize("name", ["dragan", pytest.param("sngan", marks=pytest.mark.slow)])
def test_xla_and_graph_kernels_take_the_same_steps(name):
    """The same random bits either way; after a few steps only rounding differs.

    Gradients of real and fake samples may cancel to 1e-9, and Adam makes a whole step of what the
    rounding left: with an eps of 1e-5 it makes none.
    """
    method = CATALOGUE[name].method
    xla, graph = (Step(replace(tiny(), xla=compiler), method) for compiler in (True, False))
    hparams = numbers(method) | {"adam.eps": 1e-5}
    a, b = (run(step, 0, hparams, (3,)) for step in (xla, graph))
    np.testing.assert_allclose(a[1], b[1], rtol=1e-3, atol=1e-5)


def test_a_small_dcgan_trains_its_batch_norm_and_drops_out():
    task = registry.task["dcgan28"](width=0.05, batch=4, latent=3)
    step = Step(task, CATALOGUE["r1"].method)
    hparams = numbers(step.method)
    before = step.init(0, hparams)
    after, signals = step.run(before, 0, hparams, 0, 2)
    assert np.isfinite(signals).all()
    assert step.traces == 1
    names = [v.path for v in step.game.g.model.non_trainable_variables]
    for path, old, new in zip(names, before.g.buffers, after.g.buffers, strict=True):
        assert np.isfinite(new).all(), path
        assert not np.array_equal(old, new), path
    images = step.generate(after, tf.zeros([2, 3]))
    assert images.shape == (2, 28, 28, 1)
    assert np.abs(images).max() <= 1


def test_dropout_differs_between_steps_and_between_real_and_fake():
    from bench.gan.parts.layers import Dropout

    keras_model = tf.keras.Sequential([tf.keras.Input((1000,)), Dropout(0.3)])
    from bench.gan.networks import Network

    network = Network(keras_model)
    weights, buffers = network.initial()
    ones = tf.ones([1, 1000])
    a, b, again = (
        network(weights, buffers, ones, tf.constant(key))[0].numpy()
        for key in ([1, 2], [1, 3], [1, 2])
    )
    np.testing.assert_array_equal(a, again)
    assert not np.array_equal(a, b)
    assert np.mean(a == 0) == pytest.approx(0.3, abs=0.05)
    np.testing.assert_allclose(a[a > 0], 1 / 0.7, rtol=1e-6)
    np.testing.assert_array_equal(network(weights, buffers, ones)[0], ones)  # evaluation


def test_each_batch_of_a_step_is_its_own_in_the_compiled_loop():
    """One compiled step of two of D and one of G, against the same by hand on the three batches."""
    method = Method("m", d_steps=2, optimizer="sgd")
    step = Step(tiny(), method)
    hparams = numbers(method) | {"lr_g": 0.1, "lr_d": 0.1}
    start = step.init(0, hparams)
    compiled, _ = step.run(start, 0, hparams, 0, 1)
    draws, play = step._draws(0, 0), step.game.bind(step.tensors(hparams))

    def by_hand(*places):
        zero = tf.constant(0)
        batches = [_batch(draws, 0, n, zero) for n in places]
        after = play.step(start, batches)
        return np.concatenate([np.ravel(w) for w in after.g.weights + after.d.weights])

    found = np.concatenate([np.ravel(w) for w in compiled.g.weights + compiled.d.weights])
    np.testing.assert_allclose(found, by_hand(0, 1, 2), atol=1e-5)
    for wrong in ((0, 0, 0), (1, 0, 2), (0, 1, 1)):
        assert np.abs(found - by_hand(*wrong)).max() > 1e-3
