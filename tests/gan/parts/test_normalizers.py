"""Spectral norm is Miyato's reparametrization, clipping clips, batch norm couples."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from bench import registry
from bench.gan.methods.rules import DoubtfulMethod, IllegalMethod, check, check_task
from bench.gan.networks import Layers, Sizes
from bench.gan.training.step import Step
from bench.trial import Method

KEY = np.array([1, 2], np.int32)


@pytest.mark.parametrize("shape", [(7, 4), (3, 3, 5, 6)])
def test_spectral_norm(shape):
    kernel = tf.constant(np.random.default_rng(0).normal(size=shape) * 3)
    target = tf.constant(np.random.default_rng(1).normal(size=shape))
    sn = registry.normalizer["spectral_norm"]()
    memory = sn.init((kernel,), KEY)
    for _ in range(200):
        _, memory = sn.apply((kernel,), memory)
    with tf.GradientTape() as tape:
        tape.watch(kernel)
        (effective,), _ = sn.apply((kernel,), memory)
        loss = tf.reduce_sum((effective - target) ** 2)
    gradient = tape.gradient(loss, kernel)
    sigma = np.linalg.svd(effective.numpy().reshape(-1, shape[-1]), compute_uv=False)[0]
    assert sigma == pytest.approx(1, abs=1e-6)
    cosine = np.sum(kernel * gradient) / np.linalg.norm(kernel) / np.linalg.norm(gradient)
    assert abs(cosine) < 1e-6
    assert np.linalg.norm(gradient) > 1e-3


def test_spectral_norm_s_warm_up_leaves_little_to_gain():
    kernel = tf.constant(np.random.default_rng(0).normal(size=(128, 128)))
    sn = registry.normalizer["spectral_norm"]()
    (effective,), _ = sn.apply((kernel,), sn.init((kernel,), KEY))
    sigma = np.linalg.svd(effective, compute_uv=False)[0]
    assert 1.0 - 1e-9 <= sigma < 1.05


def test_weight_clipping():
    clip = registry.normalizer["weight_clipping"](bound=0.5)
    kernels, _ = clip.apply((tf.constant([[-2.0, 0.25]]),), ())
    np.testing.assert_array_equal(kernels[0], [[-2.0, 0.25]])
    np.testing.assert_allclose(clip.project(kernels)[0], [[-0.5, 0.25]])


@pytest.mark.parametrize("penalty", ["r1", "r2", "wgan_gp", "wgan_lp", "dragan", "gp0"])
def test_batch_norm_with_a_gradient_penalty_is_refused_with_its_reason(penalty):
    with pytest.raises(IllegalMethod, match=f"{penalty} with batch_norm.*layer_norm"):
        check(Method("x", regularizers=(penalty,), normalizer="batch_norm"))
    check(Method("x", regularizers=(penalty,), normalizer="layer_norm"))
    check(Method("x", normalizer="batch_norm"))


LAYERS = ["batch_norm", "layer_norm", "instance_norm", "group_norm", "pixel_norm"]


@pytest.mark.parametrize(("name", "couples"), [(n, n == "batch_norm") for n in LAYERS])
def test_a_normalizer_s_coupling_is_declared_as_it_is(name, couples):
    """A sample's output changes with the rest of its batch, or not."""
    layer = registry.normalizer[name]().layer()
    x = np.random.default_rng(0).normal(size=(6, 3, 3, 4)).astype("float32")
    alone = layer(x, training=True).numpy()
    x[1:] += 5
    changed = not np.allclose(alone[0], layer(x, training=True).numpy()[0])
    assert changed is couples
    assert bool(registry.normalizer[name].traits.get("couples")) is couples


NETWORKS = [part.name for part in registry.network if part.fn.__module__.startswith("bench.")]


@pytest.mark.parametrize("name", NETWORKS)
def test_batch_norm_is_not_behind_the_first_layer_of_d(name):
    """Radford et al. 2016, section 3; every other normalizer is, where a network has it there."""
    shape = (8, 8, 1) if registry.network[name].traits.get("images") else (2,)
    sizes = Sizes(shape, 3, 8, 0.1, 10)
    counts, behind = {}, {}
    for normalizer in ("batch_norm", "layer_norm"):
        part = registry.normalizer[normalizer]()
        layers = Layers(norm=part.layers(4)[0], inner=part.inner, g=Layers())
        d = registry.network[name].fn(sizes, layers)[1]
        norms = [layer for layer in d.layers if isinstance(layer, type(part.layer()))]
        counts[normalizer] = len(norms)
        first = next(layer for layer in d.layers if layer.count_params())
        behind[normalizer] = any(layer.input is first.output for layer in norms)
    assert not behind["batch_norm"]
    assert counts["batch_norm"] == counts["layer_norm"] - behind["layer_norm"] > 0


def test_dcgan_s_discriminator_on_images_has_batch_norm_behind_its_second_layer_only():
    step = Step(registry.task["dcgan28"](width=0.1), Method("dcgan", normalizer="batch_norm"))
    kinds = [type(layer).__name__ for layer in step.game.d.model.layers]
    assert kinds[:2] == ["Conv2D", "LeakyReLU"]
    assert kinds[3:6] == ["Conv2D", "BatchNormalization", "LeakyReLU"]


X = np.random.default_rng(0).normal(2.0, 3.0, size=(6, 3, 5, 24)).astype("float32")


@pytest.mark.parametrize(
    ("name", "axes"),
    [("layer_norm", (1, 2, 3)), ("instance_norm", (1, 2)), ("group_norm", (1, 2, 4))],
)
def test_what_a_layer_averages_over(name, axes):
    y = registry.normalizer[name]().layer()(X).numpy()
    if name == "group_norm":  # 8 groups of 3 channels
        y = y.reshape(6, 3, 5, 8, 3)
    np.testing.assert_allclose(y.mean(axes), 0, atol=1e-5)
    np.testing.assert_allclose(y.var(axes), 1, rtol=1e-4)


def test_group_norm_takes_as_many_groups_as_divide_the_channels():
    layer = registry.normalizer["group_norm"]().layer()
    layer(X[..., :6])
    assert layer.groups == 2


def test_pixel_norm_gives_every_pixel_a_mean_square_of_one():
    y = registry.normalizer["pixel_norm"]().layer()(X).numpy()
    np.testing.assert_allclose((y**2).mean(-1), 1, rtol=1e-5)
    np.testing.assert_allclose(y / X, (y / X)[..., :1] * np.ones(24), rtol=1e-4)


def test_virtual_batch_norm_sees_the_reference_and_the_sample():
    layer = registry.normalizer["virtual_batch_norm"]().reference(4)
    y = layer(X).numpy()
    ref, own = X[:4], X[5]
    r = 4 / 5
    mean = r * ref.mean((0, 1, 2)) + (1 - r) * own.mean((0, 1))
    square = r * (ref**2).mean((0, 1, 2)) + (1 - r) * (own**2).mean((0, 1))
    np.testing.assert_allclose(
        y[5], (own - mean) / np.sqrt(square - mean**2 + 1e-5), rtol=1e-3, atol=1e-5
    )
    np.testing.assert_allclose(y[:4].mean((0, 1, 2)), 0, atol=1e-5)
    other = X.copy()
    other[4] += 5
    np.testing.assert_array_equal(layer(other).numpy()[5], y[5])


def test_weight_norm_separates_length_and_direction():
    kernel = tf.constant(np.random.default_rng(0).normal(size=(3, 3, 5, 6)))
    wn = registry.normalizer["weight_norm"]()
    kernels, own = wn.start((kernel,), KEY)
    (effective,), _ = wn.apply(kernels + tuple(2 * g for g in own), ())
    np.testing.assert_allclose(np.linalg.norm(effective.numpy().reshape(-1, 6), axis=0), 2)
    with tf.GradientTape() as tape:
        tape.watch(kernel)
        (effective,), _ = wn.apply((kernel, *own), ())
        value = tf.reduce_sum(effective**3)
    gradient = tape.gradient(value, kernel)
    assert np.abs(np.sum(kernel * gradient, axis=(0, 1, 2))).max() < 1e-9
    assert np.abs(gradient).max() > 1e-3


def test_equalized_lr_scales_standard_normals_by_their_fan_in():
    eq = registry.normalizer["equalized_lr"]()
    kernels = (tf.zeros([5, 5, 40, 64]), tf.zeros([200, 300]))
    stored, own = eq.start(kernels, KEY)
    assert own == ()
    for w in stored:
        assert np.std(w) == pytest.approx(1, abs=0.02)
    effective, _ = eq.apply(stored, ())
    np.testing.assert_allclose(effective[0], stored[0] * np.sqrt(2 / 1000), rtol=1e-6)
    np.testing.assert_allclose(effective[1], stored[1] * np.sqrt(1 / 200), rtol=1e-6)


def test_gradient_normalization_bounds_value_and_slope():
    weights = tf.constant(np.random.default_rng(1).normal(size=(4,)) * 7)

    def d(x, nth=0):
        return 3 * tf.sin(tf.linalg.matvec(x, weights)) + tf.reduce_sum(x**2, 1), ()

    normalized = registry.normalizer["gradient_normalization"]().wrap(d)
    x = tf.constant(np.random.default_rng(0).normal(size=(8, 4)))
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([x, weights])
        plain = d(x)[0]
        inner = tape.gradient(plain, x)
        values = normalized(x)[0]
        total = tf.reduce_sum(values)
    expected = plain / (np.linalg.norm(inner, axis=1) + np.abs(plain))
    np.testing.assert_allclose(values, expected)
    assert np.abs(values).max() < 1
    through = tape.gradient(total, weights).numpy()
    e = np.array([1e-6, 0, 0, 0])

    def at(w):
        nonlocal weights
        kept, weights = weights, w
        try:
            return float(
                tf.reduce_sum(registry.normalizer["gradient_normalization"]().wrap(d)(x)[0])
            )
        finally:
            weights = kept

    assert through[0] == pytest.approx((at(weights + e) - at(weights - e)) / 2e-6, rel=1e-5)


ILLEGAL = [
    ({"normalizer": "batch_norm", "regularizers": ("cr",)}, "cr with batch_norm"),
    ({"normalizer": "pixel_norm"}, "not for the discriminator"),
    ({"g_normalizer": "spectral_norm"}, "not for the generator"),
    ({"g_normalizer": "weight_clipping"}, "not for the generator"),
    ({"dynamics": "consensus", "d_steps": 2}, "steps both players once"),
    ({"dynamics": "extragradient", "d_steps": 2}, "steps both players once"),
    ({"dynamics": "unrolled"}, "at least 1 there"),
    ({"unroll": 3}, "inner steps of the dynamics unrolled"),
    ({"pack": 0}, "pack = 0"),
    ({"pack": 2, "extras": ("top_k",)}, "judges packs"),
    ({"pack": 2, "regularizers": ("mode_seeking",)}, "judges packs"),
    ({"pack": 2, "dynamics": "unrolled", "unroll": 2}, "not tried"),
    ({"loss": "relativistic", "extras": ("top_k",)}, "not ranked alone"),
    ({"loss": "relativistic_average", "extras": ("top_k",)}, "not ranked alone"),
    (
        {"normalizer": "gradient_normalization", "dynamics": "unrolled", "unroll": 2},
        "not tried",
    ),
    ({"regularizers": ("lecam",), "lazy": 4}, "counts every step"),
    ({"extras": ("ema", "ema")}, "twice"),
]


@pytest.mark.parametrize(("parts", "reason"), ILLEGAL, ids=lambda x: str(x)[:40])
def test_forbidden_combinations_are_refused_with_their_reason(parts, reason):
    with pytest.raises(IllegalMethod, match=reason):
        check(Method("x", **parts))


@pytest.mark.parametrize(
    ("parts", "task", "reason"),
    [
        ({"augmentations": ("diffaugment",)}, "ring8", "no images"),
        ({"regularizers": ("cr",)}, "grid25", "no images"),
        ({"regularizers": ("bcr",)}, "dirac", "no images"),
        ({"normalizer": "instance_norm"}, "digits8", "dense layers"),
        ({"loss": "hinge"}, "bilinear", "a game of wasserstein"),
    ],
)
def test_what_a_task_cannot_have_is_refused_there(parts, task, reason):
    check(Method("x", **parts))
    with pytest.raises(IllegalMethod, match=reason):
        check_task(Method("x", **parts), task)
    if "loss" not in parts:
        check_task(Method("x", **parts), "dcgan28")


DOUBTFUL = [
    ({"normalizer": "gradient_normalization", "regularizers": ("r1",)}, "same slope"),
    ({"normalizer": "weight_clipping"}, "made for wasserstein"),
    ({"loss": "wasserstein", "regularizers": ("lecam",)}, "drift"),
    ({"extras": ("minibatch_std",), "regularizers": ("r1",)}, "see the others"),
]


@pytest.mark.parametrize(("parts", "reason"), DOUBTFUL, ids=lambda x: str(x)[:40])
def test_doubtful_combinations_warn(parts, reason):
    with pytest.warns(DoubtfulMethod, match=reason):
        check(Method("x", **parts))
