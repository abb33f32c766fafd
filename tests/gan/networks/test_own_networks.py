"""A user's Keras model: all that it brings is applied, or refused in words, and never ignored."""

from __future__ import annotations

from types import ModuleType

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from bench import registry
from bench.gan.contract.behaviour import Misfit, tried
from bench.gan.methods.rules import IllegalMethod
from bench.gan.networks import Layers, Sizes, own
from bench.gan.networks.carried import ignored
from bench.trial import Method

LAYERS = Layers(g=Layers())


class Step(keras.Sequential):
    def train_step(self, data):
        return {}


class Adds(layers.Layer):
    def __init__(self, when):
        super().__init__()
        self.when = when

    def call(self, x, training=False):
        if training is self.when:
            self.add_loss(tf.reduce_mean(x**2))
        return x


class Counts(layers.Layer):
    def __init__(self):
        super().__init__()
        self.mean = keras.metrics.Mean()

    def call(self, x):
        self.mean.update_state(x)
        return x


class Noise(layers.Layer):
    def __init__(self, kind):
        super().__init__()
        self.kind, self.seed = kind, keras.random.SeedGenerator(3)

    def call(self, x):
        shape = tf.shape(x)
        if self.kind == "own":
            return x + keras.random.normal(shape, seed=self.seed)
        return x + (keras.random.normal(shape) if self.kind == "keras" else tf.random.normal(shape))


class Matrix(layers.Layer):
    def __init__(self, name="w", **options):
        super().__init__()
        self.called, self.options = name, options

    def build(self, shape):
        size = (shape[-1], shape[-1])
        self.w = self.add_weight(shape=size, name=self.called, **self.options)

    def call(self, x):
        return x @ self.w


def small(*middle, kind=keras.Sequential, **options):
    return kind([keras.Input((8,), **options), *middle, layers.Dense(1)])


def nested(*middle):
    return small(keras.Sequential([keras.Input((8,)), *middle, layers.Dense(8)]))


def compiled():
    model = small()
    model.compile("adam", "mse")
    return model


def frozen():
    layer = layers.Dense(8)
    layer.trainable = False
    return small(layer)


def shared():
    x, layer = keras.Input((8,)), layers.Dense(8)
    return keras.Model(x, layers.Dense(1)(layer(layer(x))))


FINE = {
    "dropout, batch norm, noise": lambda: small(
        layers.BatchNormalization(), layers.Dropout(0.3), layers.GaussianNoise(0.1)
    ),
    "a frozen layer": frozen,
    "a shared layer": shared,
    "a nested model": lambda: nested(layers.Dense(4)),
    "a generator of numbers of its own": lambda: small(Noise("own")),
}


@pytest.mark.parametrize("case", FINE)
def test_what_a_trial_applies_is_taken(case):
    assert list(ignored(FINE[case]())) == []


IGNORED = {
    "a kernel's regularizer": (
        lambda: small(layers.Dense(4, kernel_regularizer="l2")),
        "a regularizer on .*kernel",
    ),
    "a bias's regularizer in a nested model": (
        lambda: nested(layers.Dense(4, bias_regularizer="l1")),
        "a regularizer on .*bias",
    ),
    "a regularizer within a wrapper": (
        lambda: small(
            layers.Reshape((4, 2)),
            layers.Bidirectional(layers.LSTM(3, recurrent_regularizer="l2")),
        ),
        "a regularizer on .*recurrent_kernel",
    ),
    "a regularizer of a weight of one's own": (
        lambda: small(Matrix(regularizer="l2")),
        "a regularizer on",
    ),
    "an activity regularizer": (
        lambda: nested(layers.Dense(4, activity_regularizer="l1")),
        "an activity regularizer in layer",
    ),
    "a constraint": (
        lambda: small(layers.Dense(4, kernel_constraint=keras.constraints.MaxNorm(1.0))),
        "a constraint on .*kernel",
    ),
    "a loss in training": (lambda: small(Adds(True)), "adds a loss of its own"),
    "a loss in evaluation": (lambda: nested(Adds(False)), "adds a loss of its own"),
    "half precision": (
        lambda: nested(layers.Dense(4, dtype="mixed_float16")),
        "by the dtype policy mixed_float16",
    ),
    "double precision": (lambda: small(layers.Dense(4, dtype="float64")), "in float64"),
    "a training step": (lambda: small(kind=Step), "has its own train_step"),
    "a training step of a nested model": (
        lambda: small(Step([keras.Input((8,)), layers.Dense(8)])),
        "has its own train_step",
    ),
    "a compiled model": (compiled, "is compiled"),
    "a metric": (lambda: small(Counts()), "keeps metrics in layer counts"),
    "Keras's spectral norm": (
        lambda: small(layers.SpectralNormalization(layers.Dense(4))),
        "overwrites its trained weight .*kernel",
    ),
    "Keras's global numbers": (lambda: small(Noise("keras")), "could not repeat"),
    "TensorFlow's global numbers": (lambda: nested(Noise("tf")), "could not repeat"),
    "a batch of one size": (lambda: small(batch_size=4), "takes 4 samples at once"),
}


@pytest.mark.parametrize("case", IGNORED)
def test_what_a_trial_would_ignore_is_refused(case, monkeypatch):
    make, reason = IGNORED[case]
    module = ModuleType("my_nets")
    module.d = make
    monkeypatch.setitem(registry.files, "my_nets", module)
    with pytest.raises(own.BadNetwork, match=f"my_nets:d .*{reason}"):
        own.discriminator("my_nets:d", Sizes((8,), 4), LAYERS)


# --- tried on a batch -----------------------------------------------------------------------------


def generator(latent, shape):
    return g(latent, "tanh")


def g(latent, activation, *middle):
    last = [layers.Dense(64, activation=activation), layers.Reshape((8, 8, 1))]
    return keras.Sequential([keras.Input((latent,)), *middle, *last])


def d(shape, *middle):
    return keras.Sequential([keras.Input(shape), layers.Flatten(), *middle, layers.Dense(1)])


class Deviation(layers.Layer):
    """A sample's features beside how far the batch is spread: couples without batch norm."""

    def call(self, x):
        spread = tf.reduce_mean(tf.math.reduce_std(x, 0)) * tf.ones_like(x[:, :1])
        return tf.concat([x, spread], 1)

    def compute_output_shape(self, shape):
        return (shape[0], shape[1] + 1)


@pytest.fixture
def play(monkeypatch):
    """play(method, generator=..., discriminator=...): the doubts, or the reason as an error."""

    def play(method, **functions):
        module = ModuleType("my_nets")
        functions = {"generator": generator, "discriminator": d} | functions
        vars(module).update(functions)
        monkeypatch.setitem(registry.files, "my_nets", module)
        options = {player: f"my_nets:{player}" for player in ("generator", "discriminator")}
        task = registry.task["digits8"](**options, latent=5, batch=64)
        return tried(task, method, options)

    return play


R1, PLAIN = Method("m", regularizers=("r1",)), Method("m")


def test_ordinary_networks_play(play):
    assert play(R1) == play(PLAIN) == []
    assert play(Method("m", normalizer="spectral_norm", g_normalizer="weight_norm")) == []


def test_batch_norm_in_d_with_a_penalty_on_single_samples(play):
    def normed(shape):
        return d(shape, keras.Sequential([layers.Dense(8), layers.BatchNormalization()]))

    assert play(PLAIN, discriminator=normed) == []
    for name in ("r1", "wgan_gp", "dragan", "cr"):
        with pytest.raises(Misfit, match=f"my_nets:discriminator has batch norm, and {name}"):
            play(Method("m", regularizers=(name,)), discriminator=normed)


def test_other_layers_that_couple_are_doubtful_with_such_a_penalty(play):
    def coupled(shape):
        return d(shape, layers.Dense(8), Deviation())

    assert play(PLAIN, discriminator=coupled) == []
    (doubt,) = play(R1, discriminator=coupled)
    assert "my_nets:discriminator lets the samples of a batch change each other's logits" in doubt


def test_frozen_batch_norm_does_not_couple(play):
    def normed(shape):
        layer = layers.BatchNormalization()
        layer.trainable = False
        return d(shape, layers.Dense(8), layer)

    assert play(R1, discriminator=normed) == []


@pytest.mark.parametrize("end", ["sigmoid", "relu", "softplus", "softmax"])
def test_a_generator_that_cannot_reach_the_samples(play, end):
    with pytest.raises(Misfit, match=r"values from .* whatever its weights, .* from -1 to 1"):
        play(PLAIN, generator=lambda latent: g(latent, end))


def test_a_generator_of_half_the_range_and_one_that_is_scaled_back(play):
    def halved(latent):
        return keras.Sequential([g(latent, "tanh"), layers.Rescaling(0.5)])

    def back(latent):
        return keras.Sequential([g(latent, "sigmoid"), layers.Rescaling(2.0, -1.0)])

    with pytest.raises(Misfit, match=r"from -0.5 to 0.5"):
        play(PLAIN, generator=halved)
    assert play(PLAIN, generator=back) == []
    assert play(PLAIN, generator=lambda latent: g(latent, None)) == []


def test_virtual_batch_norm_beside_batch_norm_of_one_s_own(play):
    def own_norm(latent, layers: Layers):
        norm = keras.layers.BatchNormalization()
        hidden = layers.hidden(keras.layers.ReLU())
        return g(latent, "tanh", keras.layers.Dense(8), *hidden, keras.layers.Dense(8), norm)

    def without(latent, layers: Layers):
        return g(latent, "tanh", keras.layers.Dense(8), *layers.hidden(keras.layers.ReLU()))

    method = Method("m", g_normalizer="virtual_batch_norm")
    with pytest.raises(Misfit, match="lets the samples of a batch change each other, which virt"):
        play(method, generator=own_norm)
    assert play(method, generator=without) == []


def test_layers_that_are_asked_for_and_not_put_in(play):
    def forgetful(shape, layers):
        layers.hidden(keras.layers.ReLU())
        return d(shape, keras.layers.Dense(8))

    with pytest.raises(IllegalMethod, match="layer_norm would have no effect"):
        play(Method("m", normalizer="layer_norm"), discriminator=forgetful)
    assert play(PLAIN, discriminator=forgetful) == []


def test_matrices_that_a_normalizer_would_not_see(play):
    method = Method("m", normalizer="spectral_norm")
    with pytest.raises(
        Misfit, match=r'spectral_norm would leave out .*matrix.*w: name it "kernel"'
    ):
        play(method, discriminator=lambda shape: d(shape, Matrix()))
    assert play(method, discriminator=lambda shape: d(shape, Matrix("kernel"))) == []
    with pytest.raises(Misfit, match=r"would leave out .*kernel: train it"):
        play(method, discriminator=lambda shape: d(shape, Matrix("kernel", trainable=False)))
    assert play(PLAIN, discriminator=lambda shape: d(shape, Matrix())) == []


def test_weights_without_a_gradient_and_outputs_without_an_input(play):
    class Cut(layers.Layer):
        def call(self, x):
            return tf.stop_gradient(x)

    with pytest.raises(Misfit, match=r"no gradient reaches .*kernel"):
        play(PLAIN, discriminator=lambda shape: d(shape, layers.Dense(8), Cut()))
    with pytest.raises(Misfit, match="no gradient comes back to its samples"):
        play(PLAIN, discriminator=lambda shape: d(shape, Cut(), layers.Dense(8)))
    dead = layers.GroupNormalization(groups=-1)
    with pytest.raises(Misfit, match="generator gives the same for all latents"):
        play(PLAIN, generator=lambda latent: g(latent, "tanh", layers.Dense(8), dead))


def test_features_that_cannot_be_told(play):
    def inside(shape):
        return keras.Sequential([keras.Input(shape), d(shape, layers.Dense(8))])

    with pytest.raises(IllegalMethod, match="feature_matching would have no effect"):
        play(Method("m", regularizers=("feature_matching",)), discriminator=inside)
    assert play(R1, discriminator=inside) == []


def test_a_call_that_raises_is_said_with_its_line(play):
    class Odd(layers.Layer):
        def call(self, x):
            raise KeyError("odd")

    with pytest.raises(own.BadNetwork, match=r"raised KeyError at .*test_own_networks.py:\d+: "):
        play(PLAIN, discriminator=lambda shape: d(shape, Odd()))


def test_a_trial_trains_what_is_left_alone(play):
    """A frozen layer keeps its weights, and the others move."""
    from bench.gan.training.step import Step

    def half(shape):
        layer = layers.Dense(8, name="frozen")
        layer.trainable = False
        return d(shape, layer, layers.Dense(8))

    assert play(PLAIN, discriminator=half) == []
    options = {player: f"my_nets:{player}" for player in ("generator", "discriminator")}
    step = Step(registry.task["digits8"](**options, latent=5, batch=8), PLAIN)
    before = step.init(0, {})
    after, _ = step.run(before, 0, {"lr_g": 1e-2, "lr_d": 1e-2}, 0, 2)
    for a, b in zip(before.d.buffers, after.d.buffers, strict=True):
        np.testing.assert_array_equal(a, b)
    assert len(before.d.buffers) == 2
    assert all(
        np.abs(a - b).max() > 0 for a, b in zip(before.d.weights, after.d.weights, strict=True)
    )
