"""ProGAN, StyleGAN and BigGAN: each piece against numbers made by hand."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from bench import registry
from bench.gan.methods import CATALOGUE
from bench.gan.methods.rules import IllegalMethod, check_task
from bench.gan.networks import Layers, Network, Sizes
from bench.gan.networks.pieces import growing
from bench.gan.networks.pieces.classes import ConditionalBatchNorm, Projection, Truncated
from bench.gan.networks.pieces.styles import Mapping, Mixed, ModulatedConv, Noise
from bench.gan.training.step import Step
from bench.trial import Method
from tests.gan.linear import REAL, W, penalty

RNG = np.random.default_rng
SIZES = Sizes((8, 8, 1), 6, 16, 0.1, 10)
LAYERS = Layers(g=Layers())
KEY = np.array([3, 5], np.int32)


def normal(*shape, seed=0):
    return RNG(seed).normal(size=shape).astype("float32")


def step_of(name, **options):
    task = registry.task["digits8"](batch=8, units=16, latent=6, **options)
    method = CATALOGUE[name].method
    hparams = {"lr_g": 1e-3, "lr_d": 1e-3, "steps": 100.0}
    for kind, part in method.parts():
        hparams |= {f"{part}.{k}": v for k, v in registry.KINDS[kind][part].defaults.items()}
    own = {k: v for k, v in CATALOGUE[name].hparams.items() if not isinstance(v, str)}  # no ratios
    return Step(task, method), hparams | own


# --- growing --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("progress", "expected"),
    [
        (0.0, [0, 0]),
        (0.1, [0, 0]),
        (0.15, [0.5, 0]),
        (0.2, [1, 0]),
        (0.35, [1, 0.5]),
        (0.9, [1, 1]),
    ],
)
def test_levels_fade_in_one_after_the_other(progress, expected):
    """Three levels, five phases of 0.1 each until 0.5."""
    found = [float(growing.alpha(tf.constant(progress), 0.5, level, 3)) for level in (1, 2)]
    np.testing.assert_allclose(found, expected, atol=1e-5)


@pytest.mark.parametrize("weight", [0.0, 0.5, 1.0])
def test_a_fade_is_the_mix_of_both_outputs(weight):
    """With two levels and until = 0.6, level 1 fades in between progress 0.2 and 0.4."""
    old, new = normal(2, 4, 4, 3), normal(2, 4, 4, 3, seed=1)
    layer = growing.Fade(1, 2)
    layer.progress.assign(0.2 + 0.2 * weight)
    expected = (1 - weight) * old + weight * new
    np.testing.assert_allclose(layer([old, new]), expected, rtol=1e-5, atol=1e-6)


def test_a_generator_grows_with_the_progress_and_keeps_it_for_evaluation():
    g, _ = registry.network["progan"].fn(SIZES, LAYERS)
    network = Network(g)
    weights, buffers = network.initial()
    z = normal(3, 6)

    def at(progress):
        numbers = {"step.progress": tf.constant(progress), "progan.until": tf.constant(0.6)}
        image, kept = network(weights, buffers, z, KEY, numbers)
        np.testing.assert_array_equal(network(weights, kept, z)[0], image)
        return image.numpy()

    small, half, full = at(0.0), at(0.3), at(1.0)
    np.testing.assert_array_equal(small, growing.doubled(growing.halved(small)))
    assert np.abs(full - growing.doubled(growing.halved(full))).max() > 1e-3
    np.testing.assert_allclose(half, (small + full) / 2, rtol=1e-4, atol=1e-5)


def test_a_discriminator_sees_no_more_than_has_grown():
    _, d = registry.network["progan"].fn(SIZES, LAYERS)
    network = Network(d)
    weights, buffers = network.initial()
    x = normal(3, 8, 8, 1)
    blurred = growing.doubled(growing.halved(x))

    def at(progress, x):
        return network(weights, buffers, x, KEY, {"step.progress": tf.constant(progress)})[0]

    np.testing.assert_allclose(at(0.0, x), at(0.0, blurred), rtol=1e-4, atol=1e-6)
    assert np.abs(at(1.0, x) - at(1.0, blurred)).max() > 1e-4


@pytest.mark.parametrize(("progress", "share"), [(0.0, 0.0), (0.3, 0.5), (0.9, 1.0)])
def test_real_samples_are_as_sharp_as_the_generator_s(progress, share):
    x = normal(2, 8, 8, 1)
    blurred = x.reshape(2, 4, 2, 4, 2, 1).mean((2, 4)).repeat(2, 1).repeat(2, 2)
    found = registry.network["progan"].traits["real"](x, tf.constant(progress), until=0.6)
    np.testing.assert_allclose(found, (1 - share) * blurred + share * x, rtol=1e-4, atol=1e-6)


def test_drift_is_the_square_of_real_logits():
    expected = 0.2 * (REAL.numpy() @ W + 0.3) ** 2
    np.testing.assert_allclose(penalty("drift", weight=0.2), expected)


# --- styles ---------------------------------------------------------------------------------------


def by_hand(x, kernel, style, demodulate):
    """One sample's own weights, then the convolution of scipy."""
    from scipy.signal import correlate

    own = kernel * style[:, None]
    if demodulate:
        own = own / np.sqrt((own**2).sum((0, 1, 2)))
        np.testing.assert_allclose((own**2).sum((0, 1, 2)), 1, rtol=1e-5)
    padded = np.pad(x, ((1, 1), (1, 1), (0, 0)))
    maps = [correlate(padded, own[..., o], "valid")[..., 0] for o in range(kernel.shape[-1])]
    return np.stack(maps, -1)


@pytest.mark.parametrize("demodulate", [True, False])
def test_modulation_is_a_kernel_for_each_sample(demodulate):
    layer = ModulatedConv(5, 3, demodulate)
    x, style = normal(2, 6, 6, 4), 1 + normal(2, 4, seed=1)
    found = layer([x, style]).numpy()
    layer.bias.assign(np.arange(5.0))
    np.testing.assert_allclose(layer([x, style]) - found, np.ones_like(found) * range(5), atol=1e-5)
    for i in range(2):
        expected = by_hand(x[i], layer.kernel.numpy(), style[i], demodulate)
        np.testing.assert_allclose(found[i], expected, rtol=1e-3, atol=1e-4)


def test_demodulated_features_have_variance_one_whatever_the_style():
    layer = ModulatedConv(8, 3)
    x = normal(4, 40, 40, 16)
    for scale in (0.1, 7.0):
        y = layer([x, scale * (2 + normal(4, 16, seed=1))]).numpy()[:, 1:-1, 1:-1]
        np.testing.assert_allclose(y.var((1, 2)), 1, rtol=0.2)


def test_a_mapping_layer_has_a_multiplier():
    layer = Mapping(3, multiplier=0.01)
    x = normal(2, 4)
    layer(x)
    assert np.std(layer.matrix) == pytest.approx(100, rel=0.6)
    layer.bias.assign([50.0, 0.0, -50.0])
    y = x @ layer.matrix.numpy() * 0.01 * np.sqrt(2 / 4) + [0.5, 0, -0.5]
    np.testing.assert_allclose(layer(x), np.where(y > 0, y, 0.2 * y), rtol=1e-4)


def test_noise_scales_with_its_strength():
    model = keras.Sequential([keras.Input((16, 16, 3)), Noise()])
    network, x = Network(model), normal(4, 16, 16, 3)
    (strength,), buffers = network.initial()
    np.testing.assert_array_equal(network((strength,), buffers, x, KEY)[0], x)

    def added(strength, key=KEY):
        return (network((tf.constant(strength),), buffers, x, key)[0] - x).numpy()

    one = added(1.0)
    assert np.std(one) == pytest.approx(1, abs=0.05)
    np.testing.assert_allclose(one[..., 0], one[..., 2], atol=1e-5)
    np.testing.assert_allclose(added(0.3), 0.3 * one, atol=1e-5)
    assert np.abs(added(1.0, tf.constant([4, 5])) - one).max() > 0.5
    np.testing.assert_array_equal(added(1.0, None), added(1.0, None))


def test_mixed_styles_change_at_one_layer():
    w, other = keras.Input((2,)), keras.Input((2,))
    model = keras.Model([w, other], Mixed(5, "stylegan.mixing", 0.9)([w, other]))
    network = Network(model)
    buffers = network.initial()[1]
    ones = np.ones((400, 2), "float32")

    def mixed(share, key=KEY):
        numbers = {"stylegan.mixing": tf.constant(share)}
        return network((), buffers, ones, key, numbers, -ones)[0].numpy()[..., 0]

    styles = mixed(0.7)
    assert (np.diff(styles) <= 0).all()
    assert (styles[:, 0] == 1).all()
    assert np.mean(styles[:, -1] == -1) == pytest.approx(0.7, abs=0.08)
    assert set((styles == 1).sum(1)) == {1, 2, 3, 4, 5}
    assert (mixed(0.0) == 1).all()
    assert (mixed(0.9, None) == 1).all()  # never in evaluation


# --- classes --------------------------------------------------------------------------------------


def test_a_projection_is_an_inner_product_with_the_class_s_row():
    layer = Projection()
    phi, label = normal(3, 4), np.eye(5, dtype="float32")[[2, 0, 2]]
    found = layer([phi, label]).numpy()[:, 0]
    rows = layer.embedding.numpy()
    np.testing.assert_allclose(
        found, [phi[i] @ rows[c] for i, c in enumerate((2, 0, 2))], rtol=1e-4
    )


def test_the_logit_is_linear_plus_projection():
    _, d = registry.network["biggan"].fn(SIZES, LAYERS)
    network = Network(d)
    weights, buffers = network.initial()
    x, classes = normal(6, 8, 8, 1), [0, 3, 3, 9, 1, 2]
    label = np.eye(10, dtype="float32")[classes]
    phi = network.features(weights, buffers, x, None, {}, label)[0].numpy()
    values = dict(zip((v.path for v in d.trainable_variables), weights, strict=True))
    (rows,) = (w.numpy() for p, w in values.items() if "projection" in p)
    last = [w.numpy() for p, w in values.items() if p.startswith("dense")]
    kernel, bias = last
    expected = phi @ kernel[:, 0] + bias + (phi * rows[classes]).sum(1)
    np.testing.assert_allclose(
        network(weights, buffers, x, None, {}, label)[0][:, 0], expected, rtol=1e-4
    )


def test_other_classes_change_both_players():
    g, d = registry.network["biggan"].fn(SIZES, LAYERS)
    z, x = normal(4, 6), normal(4, 8, 8, 1)
    one, other = (np.eye(10, dtype="float32")[[k] * 4] for k in (1, 7))
    for network, inputs in ((Network(g), z), (Network(d), x)):
        weights, buffers = network.initial()
        a, again, b = (
            network(weights, buffers, inputs, None, {}, label)[0] for label in (one, one, other)
        )
        np.testing.assert_array_equal(a, again)
        assert np.abs(a - b).max() > 1e-4


def test_conditional_batch_norm_scales_by_one_plus_a_projection():
    layer = ConditionalBatchNorm()
    x, condition = 3 + 2 * normal(64, 4, 4, 3), normal(64, 5, seed=1)
    y = layer([x, condition], training=True).numpy()
    plain = (x - x.mean((0, 1, 2))) / np.sqrt(x.var((0, 1, 2)) + 1e-5)
    gain, shift = (condition @ w.kernel.numpy() for w in (layer.gain, layer.shift))
    expected = plain * (1 + gain[:, None, None]) + shift[:, None, None]
    np.testing.assert_allclose(y, expected, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("threshold", [0.04, 1.0, 2.0])
def test_truncation_draws_within_its_threshold_in_evaluation_only(threshold):
    from scipy.stats import kstest, truncnorm

    layer, z = Truncated("biggan.truncation", 2.0), normal(5000, 2)
    layer.threshold.assign(threshold)
    np.testing.assert_array_equal(layer(z, training=True), z)
    found = layer(z).numpy()
    assert np.abs(found).max() <= threshold < np.abs(z).max()
    assert kstest(found[:, 0], truncnorm(-threshold, threshold).cdf).pvalue > 0.01
    assert (np.argsort(found[:, 0]) == np.argsort(z[:, 0])).mean() > 0.99  # monotone


def test_truncation_is_a_number_of_the_trial():
    g, _ = registry.network["biggan"].fn(SIZES, LAYERS)
    network = Network(g)
    weights, buffers = network.initial()
    z, label = normal(50, 6), np.eye(10, dtype="float32")[[4] * 50]
    spread = []
    for threshold in (0.05, 2.0):
        numbers = {"biggan.truncation": tf.constant(threshold)}
        _, kept = network(weights, buffers, z, KEY, numbers, label)  # a step of the training
        spread.append(network(weights, kept, z, None, {}, label)[0].numpy().std(0).mean())
    assert spread[0] < 0.5 * spread[1]


def test_the_classes_of_a_batch_are_those_of_its_real_samples():
    step, _ = step_of("biggan")
    draws = step._draws(3, 0)
    assert draws.real.shape[2] == 8 * 2  # twice the task's batch
    plain = Step(step.task, Method("m", d_steps=2, batch_factor=2))._draws(3, 0)
    np.testing.assert_array_equal(draws.real, plain.real)
    known = registry.task["digits8"]().instrument()
    images = tf.reshape(draws.real, (-1, 8, 8, 1)).numpy()[:2000]
    classes = known.sample(images).modes
    assert np.mean(classes == np.ravel(draws.label)[:2000]) > 0.99
    np.testing.assert_array_equal(step.labels(40), step.labels(40))
    assert len(set(step.labels(200).numpy())) == 10


@pytest.mark.parametrize(
    ("method", "task", "network", "reason"),
    [
        (Method("m"), "stacked", "biggan", "told the class of each sample: stacked has none"),
        (Method("m", pack=2), "digits8", "biggan", "a pack of 2 has several"),
        (Method("m", g_normalizer="virtual_batch_norm"), "digits8", "biggan", "reference batch"),
        (CATALOGUE["progan"].method, "ring8", "progan", "are for images, and ring8 has none"),
        (CATALOGUE["progan"].method, "dirac", None, "dirac has networks of its own"),
    ],
)
def test_networks_that_a_task_or_a_method_cannot_have(method, task, network, reason):
    with pytest.raises(IllegalMethod, match=reason):
        check_task(method, task, network)


# --- whole ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["progan", "stylegan", "biggan"])
def test_samples_and_their_average_repeat_bit_for_bit(name):
    step, hparams = step_of(name)
    state, _ = step.run(step.init(0, hparams), 0, hparams, 0, 2)
    z = normal(5, 6)
    for generate in (step.generate, step.generate_ema):
        np.testing.assert_array_equal(generate(state, z), generate(state, z))
    assert step.generate(state, z).shape == (5, 8, 8, 1)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["progan", "stylegan", "biggan", "residual"])
def test_200_steps_are_finite_and_end_nearer_to_the_data(name):
    """From a tenth of a network's budget no digits are asked: the distance shall have fallen."""
    from bench.metrics import measure

    options = {"network": "residual"} if name == "residual" else {}
    task = registry.task["digits8"](units=128, **options)
    recipe = CATALOGUE["r1" if name == "residual" else name]
    hparams = {"lr_g": 1e-3, "lr_d": 1e-3, "steps": 200.0}
    for kind, part in recipe.method.parts():
        hparams |= {f"{part}.{k}": v for k, v in registry.KINDS[kind][part].defaults.items()}
    hparams |= {k: v for k, v in recipe.hparams.items() if k not in ("lr_g", "lr_d")}
    step, instrument = Step(task, recipe.method), task.instrument()
    z = normal(instrument.n, 32)
    before = step.init(0, hparams)
    after, signals = step.run(before, 0, hparams, 0, 200)
    assert np.isfinite(signals).all()
    assert step.traces == 1
    q = [measure(instrument, step.generate(state, z).numpy())["q"] for state in (before, after)]
    assert q[1] < q[0] - 0.1
