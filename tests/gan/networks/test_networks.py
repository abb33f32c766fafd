"""Networks by name, and the user's own."""

from __future__ import annotations

from types import ModuleType

import keras
import numpy as np
import pytest
import tensorflow as tf

from bench import registry
from bench.gan.networks import PLAIN, Layers, Network, Sizes, levels, own, residual
from bench.gan.training.step import Step
from bench.trial import Method

IMAGES = Sizes((8, 8, 1), 5, 16, 0.1)
POINTS = Sizes((2,), 5, 16)
LAYERS = Layers(g=Layers())
NAMES = [part.name for part in registry.network]


@pytest.mark.parametrize("shape", [(8, 8, 1), (8, 8, 3), (28, 28, 1), (2,)], ids=str)
@pytest.mark.parametrize("name", NAMES)
def test_shapes(name, shape):
    part = registry.network[name]
    if part.traits.get("images") and len(shape) == 1:
        return
    if name == "mlp" and shape == (28, 28, 1):
        return
    g, d = part.fn(IMAGES._replace(shape=shape), LAYERS)
    assert g.output_shape == (None, *shape)
    assert d.output_shape == (None, 1)


@pytest.mark.parametrize(
    ("side", "expected"), [(8, [4, 8]), (28, [7, 14, 28]), (32, [4, 8, 16, 32])]
)
def test_levels(side, expected):
    assert levels.levels(side) == expected


@pytest.mark.parametrize("shape", [(6,), (4, 4, 6)], ids=str)
def test_a_residual_block_with_a_zero_branch_is_the_skip(shape):
    inputs = keras.Input(shape)
    model = keras.Model(inputs, residual.block(inputs, 6, PLAIN))
    x = np.random.default_rng(0).normal(size=(3, *shape)).astype("float32")
    kernels = [w for w in model.trainable_variables if w.name == "kernel"]
    assert len(kernels) == 2  # of the branch: the skip is x itself
    assert np.abs(model(x) - x).max() > 1e-3
    kernels[-1].assign(0 * kernels[-1])
    np.testing.assert_array_equal(model(x), x)


def test_a_residual_block_adds_a_tenth_of_its_branch():
    inputs = keras.Input((3,))
    model = keras.Model(inputs, residual.block(inputs, 3, PLAIN))
    first, bias1, second, bias2 = model.trainable_variables
    x = np.array([[1.0, -2.0, 0.5]], "float32")

    def leaky(x):
        return np.where(x > 0, x, 0.2 * x)

    branch = leaky(leaky(x) @ first.numpy() + bias1.numpy()) @ second.numpy() + bias2.numpy()
    np.testing.assert_allclose(model(x), x + 0.1 * branch, rtol=1e-5)


def test_a_wider_block_has_a_linear_skip():
    inputs = keras.Input((4, 4, 2))
    model = keras.Model(inputs, residual.block(inputs, 5, PLAIN))
    skip, *branch = (w for w in model.trainable_variables if w.name == "kernel")
    if skip.shape != (1, 1, 2, 5):
        skip, branch = next(w for w in model.trainable_variables if w.shape == (1, 1, 2, 5)), branch
    for w in model.trainable_variables:
        if w.shape[0] == 3:
            w.assign(0 * w)
    x = np.random.default_rng(0).normal(size=(3, 4, 4, 2)).astype("float32")
    np.testing.assert_allclose(model(x), x @ skip.numpy()[0, 0], rtol=1e-5, atol=1e-6)


def test_networks_of_a_task_train_on_digits_in_one_trace():
    task = registry.task["digits8"](batch=8, units=32, latent=4, network="residual")
    assert task.network == "residual"
    step, hparams = Step(task, Method("m", regularizers=("r1",))), {"lr_g": 1e-3, "lr_d": 1e-3}
    assert not step.xla
    hparams |= {"r1.gamma": 1.0, "adam.beta1": 0.5, "adam.beta2": 0.99, "adam.eps": 1e-8}
    runs = [step.run(step.init(s, hparams), s, hparams, 0, 4) for s in (0, 1, 0)]
    first, other, again = (np.concatenate([np.ravel(w) for w in s.g.weights]) for s, _ in runs)
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 1e-3
    assert np.isfinite(runs[0][1]).all()
    assert step.traces == 1


def test_points_have_residual_networks_of_three_dense_blocks():
    task = registry.task["ring8"](network="residual", units=16, latent=3)
    g, d = task.networks(LAYERS)
    assert sum("dense" in layer.name for layer in g.layers) == 1 + 3 * 2 + 1
    assert Network(d).features is not None
    assert task.xla


def test_the_contract_says_what_is_wrong_with_a_network(monkeypatch):
    from bench.gan.contract.contract import faults

    def swapped(sizes, layers):
        """The players in the wrong order. Ours."""
        g, d = registry.network["mlp"].fn(sizes, layers)
        return d, g

    monkeypatch.setattr(registry.network, "_parts", dict(registry.network._parts))
    registry.network(swapped)
    assert faults(registry.network["swapped"]) == [
        "its generator gives ['B', 1], needed is ['B', 2]",
        "its discriminator gives ['B', 2], needed is ['B', 1]",
    ]


# --- the user's own ---


@pytest.fixture
def nets(monkeypatch):
    """nets(generator=..., discriminator=...): those functions as the file my_nets.py."""

    def nets(**functions):
        module = ModuleType("my_nets")
        vars(module).update(functions)
        monkeypatch.setitem(registry.files, "my_nets", module)

    return nets


def sequential(*layers):
    return keras.Sequential(layers)


def good_g(latent, shape):
    return sequential(keras.Input((latent,)), keras.layers.Dense(64), keras.layers.Reshape(shape))


def good_d(shape):
    return sequential(keras.Input(shape), keras.layers.Flatten(), keras.layers.Dense(1))


def test_own_networks_get_what_they_ask_for(nets):
    nets(generator=good_g, discriminator=good_d)
    task = registry.task["digits8"](
        generator="my_nets:generator", discriminator="my_nets:discriminator", latent=7
    )
    g, d = task.networks(LAYERS._replace(pack=2))
    assert (g.input_shape, d.input_shape) == ((None, 7), (None, 8, 8, 2))
    assert task.network == "my_nets:generator / my_nets:discriminator"
    assert not task.xla
    mixed = registry.task["digits8"](generator="my_nets:generator")
    assert mixed.networks(LAYERS)[1].count_params() > 60_000  # the task's own discriminator
    assert mixed.network == "my_nets:generator / mlp"


def test_own_networks_take_a_method_s_layers_where_they_can(nets):
    def layered(shape, layers):
        hidden = [keras.layers.Dense(4), *layers.hidden(keras.layers.ReLU())]
        return sequential(
            keras.Input(shape), keras.layers.Flatten(), *hidden, keras.layers.Dense(1)
        )

    nets(generator=good_g, discriminator=good_d, layered=layered)
    norm = LAYERS._replace(norm=keras.layers.LayerNormalization)
    with pytest.raises(own.BadNetwork, match="my_nets:discriminator takes no layers"):
        own.discriminator("my_nets:discriminator", IMAGES, norm)
    model = own.discriminator("my_nets:layered", IMAGES, norm)
    assert any(isinstance(layer, keras.layers.LayerNormalization) for layer in model.layers)
    with pytest.raises(own.BadNetwork, match="puts some into the generator"):
        own.generator("my_nets:generator", IMAGES, LAYERS._replace(g=norm))


def _raises():
    raise KeyError("width")


WRONG_G = {
    "no such function": (None, "my_nets.py has no function generator"),
    "returns nothing": (lambda: None, "returns NoneType, needed is a keras.Model"),
    "another latent": (
        lambda: sequential(keras.Input((9,)), keras.layers.Dense(64)),
        r"takes \[B, 9\], and latents are \[B, 5\]: begin it with keras.Input\(\(5,\)\)",
    ),
    "another shape": (
        lambda latent: sequential(keras.Input((latent,)), keras.layers.Dense(64)),
        r"gives \[B, 64\], and samples are \[B, 8, 8, 1\]",
    ),
    "unknown argument": (lambda size: None, "needs size: it may take latent, shape and layers"),
    "raises": (_raises, "raised KeyError at .*test_networks.py:.*width"),
    "no input": (lambda: keras.Sequential([keras.layers.Dense(3)]), "does not say its input"),
    "nothing to learn": (
        lambda latent, shape: sequential(keras.Input((latent,)), keras.layers.Flatten()),
        "no trainable weights",
    ),
}


@pytest.mark.parametrize("case", WRONG_G)
def test_a_generator_that_cannot_play(nets, case):
    function, reason = WRONG_G[case]
    nets(**({"generator": function} if function else {"generatr": good_g}))
    with pytest.raises(own.BadNetwork, match=reason):
        own.generator("my_nets:generator", IMAGES, LAYERS)


def _sigmoid(shape):
    last = keras.layers.Dense(1, activation="sigmoid")
    return sequential(keras.Input(shape), keras.layers.Flatten(), last)


WRONG_D = {
    "two logits": (
        lambda shape: sequential(keras.Input(shape), keras.layers.Flatten(), keras.layers.Dense(2)),
        r"gives \[B, 2\]: it must give one logit",
    ),
    "a sigmoid": (_sigmoid, "losses take logits"),
    "another shape": (lambda: good_d((28, 28, 1)), r"takes \[B, 28, 28, 1\], and samples are"),
}


@pytest.mark.parametrize("case", WRONG_D)
def test_a_discriminator_that_cannot_play(nets, case):
    function, reason = WRONG_D[case]
    nets(discriminator=function)
    with pytest.raises(own.BadNetwork, match=reason):
        own.discriminator("my_nets:discriminator", IMAGES, LAYERS)


def test_own_networks_with_batch_norm_and_keras_dropout_repeat_bit_for_bit(nets):
    def d(shape):
        hidden = (keras.layers.Dense(8), keras.layers.BatchNormalization(), keras.layers.ReLU())
        return sequential(
            keras.Input(shape),
            keras.layers.Flatten(),
            *hidden,
            keras.layers.Dropout(0.3),
            keras.layers.Dense(1),
        )

    nets(generator=good_g, discriminator=d)
    task = registry.task["digits8"](
        generator="my_nets:generator", discriminator="my_nets:discriminator", latent=4, batch=8
    )
    step = Step(task, Method("m"))
    hparams = {"lr_g": 1e-3, "lr_d": 1e-3}
    a, b = (step.run(step.init(0, hparams), 0, hparams, 0, 4)[0] for _ in range(2))
    for x, y in zip(tf.nest.flatten(a), tf.nest.flatten(b), strict=True):
        np.testing.assert_array_equal(x, y)
