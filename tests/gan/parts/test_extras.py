"""Extras, augmentations and packs: each alone, and in the trainer where it has its place there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf

from bench import registry
from bench.gan.networks import Layers, Network, mlp
from bench.gan.parts.augmentations import _cutout, _shifted, flipped_and_shifted
from bench.gan.parts.layers import MinibatchDiscrimination, MinibatchStd
from bench.gan.training.step import Step
from bench.trial import Method

KEY = np.array([3, 5], np.int32)


def test_top_k_takes_the_largest_and_shrinks_with_the_training():
    fake = tf.constant([0.1, 3.0, -1.0, 2.0, 0.5, -2.0, 1.0, 0.2])
    select = registry.extra["top_k"](gamma=0.99, least=0.5).select
    np.testing.assert_array_equal(select(fake, tf.constant(0.0)), np.ones(8))
    # 0.99^30 = 0.7397: k = floor(8 * 0.7397) = 5
    weights = select(fake, tf.constant(0.301)).numpy()
    np.testing.assert_array_equal(weights, [0, 1, 0, 1, 1, 0, 1, 1])
    assert select(fake, tf.constant(1.0)).numpy().sum() == 4


def test_gradient_clipping_scales_all_weights_of_a_player_together():
    clip = registry.extra["gradient_clipping"](norm=2.0).gradients
    long = (tf.constant([3.0, 0.0]), tf.constant([[4.0]]))
    for a, b in zip(clip(long), long, strict=True):
        np.testing.assert_allclose(a, b * 2 / 5, rtol=1e-6)
    short = (tf.constant([0.3]), tf.constant([0.4]))
    for a, b in zip(clip(short), short, strict=True):
        np.testing.assert_array_equal(a, b)
    zero = clip((tf.zeros([3]),))[0]
    np.testing.assert_array_equal(zero, np.zeros(3))


def test_minibatch_std_is_the_mean_deviation_of_a_group():
    x = np.random.default_rng(0).normal(size=(8, 5)).astype("float32")
    y = MinibatchStd()(x).numpy()
    np.testing.assert_array_equal(y[:, :5], x)
    for first in (0, 1):  # samples 0, 2, 4, 6 and 1, 3, 5, 7
        expected = x[first::2].std(0).mean()
        np.testing.assert_allclose(y[first::2, 5], expected, rtol=1e-5)
    collapsed = MinibatchStd()(np.ones((4, 5), "float32")).numpy()
    np.testing.assert_allclose(collapsed[:, 5], 1e-4, rtol=1e-3)


def test_minibatch_discrimination_counts_near_samples():
    layer = MinibatchDiscrimination(3, 2)
    x = np.random.default_rng(0).normal(size=(4, 5)).astype("float32") * 5
    y = layer(x).numpy()
    m = (x @ layer.projection.numpy()).reshape(4, 3, 2)
    for i in range(4):
        distance = np.abs(m[i] - m).sum(-1)
        np.testing.assert_allclose(y[i, 5:], np.exp(-distance).sum(0) - 1, rtol=1e-4)
    np.testing.assert_allclose(layer(np.ones((4, 5), "float32"))[:, 5:], 3, rtol=1e-5)


def test_dropout_s_rate_is_a_number():
    dropout = registry.extra["dropout"]().after
    layers = Layers(after=(dropout,))
    network = Network(mlp((2000,), (1,), units=2000, hidden=1, layers=layers))
    weights, buffers = network.initial()
    x = tf.ones([1, 2000])
    outputs = [
        float(network(weights, buffers, x, KEY, {"dropout.rate": tf.constant(r)})[0][0, 0])
        for r in (0.0, 0.0, 0.6)
    ]
    assert outputs[0] == outputs[1] == float(network(weights, buffers, x)[0][0, 0])
    assert outputs[2] != outputs[0]


def test_dropout_drops_its_share():
    from bench.gan.parts.layers import RatedDropout

    network = Network(tf.keras.Sequential([tf.keras.Input((5000,)), RatedDropout("dropout.rate")]))
    ones, own = tf.ones([1, 5000]), {"dropout.rate": tf.constant(0.4)}
    y = network(*network.initial(), ones, KEY, own)[0].numpy()
    assert np.mean(y == 0) == pytest.approx(0.4, abs=0.03)
    np.testing.assert_allclose(y[y > 0], 1 / 0.6, rtol=1e-6)


# --- augmentations --------------------------------------------------------------------------------


def test_instance_noise_is_annealed():
    noise = registry.augmentation["instance_noise"]
    x = tf.zeros([20_000, 2])
    for progress, expected in ((0.0, 0.3), (0.25, 0.15), (0.5, 0.0), (0.9, 0.0)):
        y = noise(x, KEY, tf.constant(progress), std=0.3, until=0.5)
        assert np.std(y) == pytest.approx(expected, abs=0.005)


IMAGES = 1 + np.arange(2 * 16 * 16, dtype="float32").reshape(2, 16, 16, 1)


def test_a_shift_moves_every_pixel_by_up_to_an_eighth():
    seen = set()
    for n in range(60):
        y = _shifted(IMAGES, tf.constant([n, 1])).numpy()[0, ..., 0]
        x = IMAGES[0, ..., 0]
        row, column = (int(v) for v in np.argwhere(y == x[8, 8])[0] - 8)
        moved = np.zeros_like(x)
        inside = [slice(max(0, m), 16 + min(0, m)) for m in (row, column)]
        back = [slice(max(0, -m), 16 + min(0, -m)) for m in (row, column)]
        moved[tuple(inside)] = x[tuple(back)]
        np.testing.assert_array_equal(y, moved)
        seen |= {row, column}
    assert seen == {-2, -1, 0, 1, 2}


def test_a_cutout_is_a_square_of_half_the_size():
    whole = 0
    for n in range(40):
        zero = _cutout(IMAGES, tf.constant([n, 1])).numpy()[0, ..., 0] == 0
        rows, columns = zero.any(1).sum(), zero.any(0).sum()
        assert zero.sum() == rows * columns
        assert 4 <= rows <= 8
        whole += rows == columns == 8
    assert whole > 3


def test_half_of_the_images_are_mirrored():
    ramp = tf.tile(tf.reshape(tf.range(1.0, 9.0), (1, 1, 8, 1)), (400, 8, 1, 1))
    y = flipped_and_shifted(ramp, KEY).numpy()[:, 4, 2:6, 0]
    assert np.mean(y[:, -1] < y[:, 0]) == pytest.approx(0.5, abs=0.08)


def test_diffaugment_is_differentiable_and_different_for_each_image():
    x = tf.ones([6, 8, 8, 3]) * 0.2
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = registry.augmentation["diffaugment"](x, KEY, tf.constant(0.0))
    gradient = tape.gradient(y, x)
    assert np.abs(gradient).max() > 0.4
    assert len(np.unique(np.round(y.numpy()[:, 4, 4, 0], 6))) > 2


# --- in the trainer -------------------------------------------------------------------------------


def digits(**parts) -> Step:
    task = registry.task["digits8"](batch=8, units=6, latent=4)
    return Step(replace(task, xla=False), Method("m", **parts))


def numbers(step: Step, **changes: float) -> dict[str, float]:
    own = {
        f"{name}.{hparam}": value
        for kind, name in step.method.parts()
        for hparam, value in registry.KINDS[kind][name].defaults.items()
    }
    return {
        "lr_g": 1e-3,
        "lr_d": 1e-3,
        **own,
        **{k.replace("__", "."): v for k, v in changes.items()},
    }


def test_a_pack_is_samples_side_by_side():
    step = digits(pack=2)
    assert step.game.d.model.input_shape == (None, 8, 8, 2)
    assert step._draws(0, 0).real.shape[2] == 16
    x = tf.reshape(tf.range(4 * 64, dtype=tf.float32), (4, 8, 8, 1))
    packed = step.game.bind({}).players.packed(x)
    np.testing.assert_array_equal(packed[1], np.concatenate([x[2], x[3]], -1))
    vectors = Step(registry.task["ring8"](batch=8, units=4), Method("m", pack=3))
    assert vectors.game.d.model.input_shape == (None, 6)
    points = tf.reshape(tf.range(12.0), (6, 2))
    np.testing.assert_array_equal(
        vectors.game.bind({}).players.packed(points)[1], np.arange(6.0, 12.0)
    )


def test_ema_lags_behind_and_is_measured_apart():
    step = digits(extras=("ema",))
    z = tf.random.stateless_normal([3, 4], [1, 2])
    hparams = numbers(step, ema__decay=0.9, lr_g=0.01)
    before = step.init(0, hparams)
    np.testing.assert_array_equal(step.generate_ema(before, z), step.generate(before, z))
    state, average = before, [w.numpy() for w in before.g.weights]
    for i in range(4):
        state, _ = step.run(state, 0, hparams, i, i + 1)
        average = [0.9 * a + 0.1 * w for a, w in zip(average, state.g.weights, strict=True)]
    for a, b in zip(state.ema, average, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)
    assert np.abs(step.generate_ema(state, z) - step.generate(state, z)).max() > 1e-4


def test_ema_changes_no_trajectory():
    plain, averaged = digits(), digits(extras=("ema",))
    states = [s.run(s.init(0, numbers(s)), 0, numbers(s), 0, 5)[0] for s in (plain, averaged)]
    for a, b in zip(states[0].g.weights, states[1].g.weights, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(
    ("parts", "number"),
    [
        ({"augmentations": ("instance_noise",)}, {"instance_noise__std": 1.0}),
        ({"extras": ("dropout",)}, {"dropout__rate": 0.7}),
        ({"extras": ("gradient_clipping",)}, {"gradient_clipping__norm": 1e-3}),
        ({"regularizers": ("lecam",)}, {"lecam__start": 0.0}),
        ({"regularizers": ("zcr",)}, {"zcr__weight_g": 50.0}),
        ({"loss": "label_flipping"}, {"label_flipping__share": 0.9}),
    ],
    ids=lambda x: str(x)[:40],
)
def test_a_number_of_a_part_reaches_the_step(parts, number):
    step = digits(**parts)
    weights = []
    for changes in ({}, number):
        hparams = numbers(step, **changes)
        state, _ = step.run(step.init(0, hparams), 0, hparams, 0, 3)
        weights.append(np.concatenate([np.ravel(w) for w in state.g.weights + state.d.weights]))
    assert np.abs(weights[0] - weights[1]).max() > 1e-6
    assert step.traces == 1


@pytest.mark.parametrize("player", ["g", "d"])
def test_weight_norm_trains_its_own_lengths(player):
    step = digits(**{"g_normalizer" if player == "g" else "normalizer": "weight_norm"})
    hparams = numbers(step)
    before = step.init(0, hparams)
    after, _ = step.run(before, 0, hparams, 0, 3)
    own = [getattr(s, player).weights[-3:] for s in (before, after)]
    assert [w.shape[0] for w in own[0]] == ([6, 6, 64] if player == "g" else [6, 6, 1])
    for a, b in zip(*own, strict=True):
        np.testing.assert_array_equal(a, np.ones_like(a))
        assert np.abs(a - b).max() > 1e-4


def test_virtual_batch_norm_generates_the_same_alone_and_in_company():
    step = digits(g_normalizer="virtual_batch_norm")
    hparams = numbers(step)
    state, _ = step.run(step.init(0, hparams), 0, hparams, 0, 3)
    z = tf.random.stateless_normal([5, 4], [1, 2])
    together = step.generate(state, z)
    assert together.shape == (5, 8, 8, 1)
    np.testing.assert_allclose(step.generate(state, z[3:4])[0], together[3], atol=1e-6)
