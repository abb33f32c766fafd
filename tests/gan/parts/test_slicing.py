"""SAN: which gradient moves what, by hand, and that the first public code has it the wrong way."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf

from bench import registry
from bench.gan.methods import CATALOGUE
from bench.gan.methods.rules import IllegalMethod, check, check_task
from bench.gan.training.step import Step
from bench.trial import Method
from tests.gan.jacobian import _first_batches
from tests.gan.linear import FAKE, KERNELS, REAL, penalty, seen

KEY = np.array([1, 2], np.int32)
W = KERNELS[-1].numpy()[:, 0]
HALVES = {"normalizer": "san", "regularizers": ("san_direction",)}


def test_the_last_kernel_keeps_its_value_and_its_gradient_is_along_it():
    part = registry.normalizer["san"]()
    with tf.GradientTape() as tape:
        tape.watch(KERNELS)
        fixed, _ = part.apply(KERNELS, ())
        value = tf.add_n([tf.reduce_sum((w - 0.2) ** 3) for w in fixed])
    gradients = tape.gradient(value, KERNELS)
    for w, same in zip(KERNELS, fixed, strict=True):
        np.testing.assert_allclose(same, w, rtol=1e-12)
    plain = 3 * (W - 0.2) ** 2
    along = np.dot(plain, W) / np.dot(W, W) * W
    np.testing.assert_allclose(gradients[-1][:, 0], along, rtol=1e-9)
    assert np.linalg.norm(plain - along) > 0.1
    np.testing.assert_allclose(gradients[0], 3 * (KERNELS[0] - 0.2) ** 2)


def test_the_term_of_the_direction_is_the_wasserstein_loss():
    h = [2 * x.numpy() for x in (REAL, FAKE)]  # the features of tests.gan.linear
    found = penalty("san_direction", seen(), weight=0.7)
    np.testing.assert_allclose(found, 0.7 * (h[1] - h[0]) @ W)


def test_the_term_of_the_direction_turns_w_and_moves_nothing_else():
    scale = tf.Variable(2.0, dtype=tf.float64)
    with tf.GradientTape() as tape:
        tape.watch(KERNELS)
        value = penalty("san_direction", seen(features=lambda x: scale * x))
        mean = tf.reduce_mean(value)
    by_features, by_w = tape.gradient(mean, [scale, KERNELS[-1]])
    assert by_features is None
    by_w = by_w.numpy()[:, 0]
    assert np.dot(by_w, W) == pytest.approx(0, abs=1e-9)
    # the part of the difference of means that stands upright on w, at the length that h has
    away = 2 * np.mean(FAKE - REAL, 0)
    upright = away - np.dot(away, W) / np.dot(W, W) * W
    np.testing.assert_allclose(by_w, upright, rtol=1e-9)


def gradients(swapped: bool):
    """(of the hidden weights, of the last kernel) by the loss and by the term, in the trainer."""
    task = replace(registry.task["ring8"](batch=16, units=5, latent=3), xla=False)
    found = {}
    for weight in (0.0, 1.0):
        step = Step(task, Method("m", loss="hinge", **HALVES))
        numbers = step.tensors({"san_direction.weight": weight})
        state, batch = step.game.init(0, {}), _first_batches(step)[0]
        play = step.game.bind(numbers)
        if swapped:
            part = _wrong_way_round(play.players.composition.normalizers["d"])
            normalizers = {**play.players.composition.normalizers, "d": part}
            play.players.composition = play.players.composition._replace(normalizers=normalizers)
        slope = play.field.d(state, batch).gradient
        place = step.game.d.kernels[-1]
        hidden = [g for i, g in enumerate(slope) if i < place]
        found[weight] = hidden, slope[place].numpy()[:, 0], state.d.weights[place].numpy()[:, 0]
    return found


def _wrong_way_round(part):
    """As the first public code: the loss moves the direction, and nothing else."""

    def apply(kernels, memory):
        stopped = tuple(tf.stop_gradient(w) + 0 * w for w in kernels[:-1])
        return (*stopped, kernels[-1]), memory

    return part._replace(apply=apply)


def test_in_the_trainer_the_loss_has_no_gradient_by_the_direction():
    found = gradients(swapped=False)
    hidden, last, w = found[0.0]
    upright = last - np.dot(last, w) / np.dot(w, w) * w
    assert np.linalg.norm(upright) < 1e-6 * np.linalg.norm(last)
    assert np.linalg.norm(last) > 1e-3
    for without, with_term in zip(hidden, found[1.0][0], strict=True):
        np.testing.assert_array_equal(without, with_term)
    turned = found[1.0][1] - last
    assert np.linalg.norm(turned) > 1e-3
    assert abs(np.dot(turned, w)) < 1e-5 * np.linalg.norm(turned) * np.linalg.norm(w)


def test_the_first_public_code_would_be_told_from_it():
    hidden, last, w = gradients(swapped=True)[0.0]
    upright = last - np.dot(last, w) / np.dot(w, w) * w
    assert np.linalg.norm(upright) > 0.1 * np.linalg.norm(last)
    assert not any(np.abs(g).max() > 0 for g in hidden if len(g.shape) > 1)


def test_with_spectral_norm_the_first_and_the_last_kernel_are_left_alone():
    shapes = [(2, 6), (6, 5), (3, 3, 5, 4), (4, 1)]
    kernels = tuple(
        tf.constant(np.random.default_rng(n).normal(size=s) * 3) for n, s in enumerate(shapes)
    )
    part = registry.normalizer["san_spectral_norm"]()
    memory = part.init(kernels, KEY)
    for _ in range(300):
        found, memory = part.apply(kernels, memory)
    for i in (0, 3):
        np.testing.assert_allclose(found[i], kernels[i], rtol=1e-12)
    for i in (1, 2):
        matrix = kernels[i].numpy().reshape(-1, shapes[i][-1])
        np.testing.assert_allclose(found[i], kernels[i] / np.linalg.svd(matrix)[1][0], rtol=1e-6)
    few, none = part.apply(kernels[::3], part.init(kernels[::3], KEY))
    assert none == ()
    np.testing.assert_allclose(few[1], kernels[3], rtol=1e-12)


def test_one_half_alone_is_refused_with_its_reason():
    check(Method("m", **HALVES))
    with pytest.raises(IllegalMethod, match="the loss moves the direction too"):
        check(Method("m", regularizers=("san_direction",)))
    with pytest.raises(IllegalMethod, match="nothing would turn D's last layer"):
        check(Method("m", normalizer="san_spectral_norm"))
    with pytest.raises(IllegalMethod, match="each class would have its own"):
        check_task(Method("m", **HALVES, network="biggan"), "digits8")
    assert CATALOGUE["san"].method.loss == "hinge"


def test_a_last_layer_that_does_not_fit_is_named():
    with pytest.raises(ValueError, match="end D with a dense layer of one unit"):
        penalty("san_direction", seen(features=lambda x: tf.concat([x, x], 1)))
