"""CHAIN: its layer, its controller and its penalty by hand, and all of it in the trainer."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from bench import registry
from bench.gan.methods.rules import IllegalMethod, check
from bench.gan.networks import Network
from bench.gan.parts.layers import Chain
from tests.gan.jacobian import _first_batches
from tests.gan.parts.test_extras import digits, numbers

KEY = np.array([3, 5], np.int32)
RNG = np.random.default_rng(0)


def network(shape) -> Network:
    inputs = keras.Input(shape)
    return Network(keras.Model(inputs, Chain()(inputs)))


def given(p: float, made: int) -> dict:
    return {"chain.p": tf.constant(p), "step.made": tf.constant(float(made))}


def squares(net: Network, buffers) -> np.ndarray:
    names = [v.name for v in net.model.non_trainable_variables]
    return buffers[names.index("squares")].numpy()


@pytest.mark.parametrize("shape", [(6,), (3, 4, 6)])
def test_each_channel_is_scaled_by_its_average_root_mean_square(shape):
    net = network(shape)
    weights, buffers = net.initial()
    running = np.ones((2, 6))
    for made in (0, 1, 1, 0):
        x = RNG.normal(made, [1, 2, 3, 0.5, 1, 2], size=(9, *shape)).astype("float32")
        axes = tuple(range(x.ndim - 1))
        running[made] = 0.9 * running[made] + 0.1 * np.mean(x**2, axes)
        y, buffers = net(weights, buffers, x, KEY, given(1.0, made))
        expected = x / np.sqrt(running[made] + 1e-5) * np.sqrt(running[made].min())
        np.testing.assert_allclose(y, expected, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(squares(net, buffers), running, rtol=1e-5)
        (noted,) = net.noted(buffers)
        np.testing.assert_allclose(noted, np.sum(np.mean(x, axes) ** 2), rtol=1e-4)
    assert abs(running[0] - running[1]).max() > 0.2
    evaluated, after = net(weights, buffers, x, None, given(0.3, 0))
    mean = running.mean(0)
    scaled = x * np.sqrt(mean.min() / (mean + 1e-5))
    np.testing.assert_allclose(evaluated, 0.7 * x + 0.3 * scaled, rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(squares(net, after), squares(net, buffers))


def test_p_is_the_share_of_channels_of_samples_that_are_scaled():
    net = network((2, 2, 50))
    weights, buffers = net.initial()
    x = tf.ones((40, 2, 2, 50)) * tf.linspace(0.5, 3.0, 50)
    for p in (0.0, 0.3):
        y = net(weights, buffers, x, KEY, given(p, 0))[0].numpy()
        changed = np.abs(y - x) > 1e-4
        np.testing.assert_array_equal(changed, np.broadcast_to(changed[:, :1, :1], changed.shape))
        assert changed[:, 0, 0].mean() == pytest.approx(p, abs=0.035)


def test_the_gradient_is_the_published_one_of_the_present_batch():
    """(g - y mean(y g)) psi_min / psi with g the gradient above and y = x / psi."""
    net = network((6,))
    weights, buffers = net.initial()
    x = tf.constant(RNG.normal(0.4, [1, 2, 3, 0.5, 1, 2], size=(9, 6)), tf.float32)
    above = tf.constant(RNG.normal(size=(9, 6)), tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        value = tf.reduce_sum(above * net(weights, buffers, x, KEY, given(1.0, 0))[0])
    running = 0.9 + 0.1 * np.mean(x**2, 0)
    psi, least = np.sqrt(running + 1e-5), np.sqrt(running.min())
    y, g = x / psi, above * least
    expected = (g - y * np.mean(y * g, 0)) / psi
    np.testing.assert_allclose(tape.gradient(value, x), expected, rtol=1e-4, atol=1e-5)


def test_the_probability_follows_the_average_sign_of_real_logits():
    extra = registry.extra["chain"](target=0.3, speed=0.05)
    memory, a, p, path = extra.memory((2,), "float64"), 0.0, 0.0, []
    for i in range(60):
        real = RNG.normal(1.2 if i < 40 else -0.5, 1.0, 10)
        a = 0.9 * a + 0.1 * np.mean(np.sign(real))
        p = np.clip(p + 0.05 * np.sign(a - 0.3), 0, 1)
        memory = extra.after_d(memory, tf.constant(real), tf.constant(real), tf.constant(0.0))
        path.append(float(extra.tells(memory)["chain.p"]))
        assert path[-1] == pytest.approx(p)
    assert path[0] == 0
    assert max(path) == 1 > path[-1]


def test_the_penalty_is_of_the_means_of_all_layers_and_both_batches():
    extra = registry.extra["chain"](weight=20.0, base=0.1)
    memory = extra.memory((2,), "float64")._replace(p=tf.constant(0.4, tf.float64))
    noted = [tuple(tf.constant(v, tf.float64) for v in own) for own in ((0.2, 1.0), (0.5, 0.3))]
    assert float(extra.penalty(memory, *noted)) == pytest.approx(20 * 0.5 * 2.0)


def test_in_the_trainer_it_pulls_means_to_zero_and_keeps_both_statistics():
    step = digits(extras=("chain",), loss="hinge")
    found, batch = {}, _first_batches(step)[0]
    for weight in (0.0, 1.0):
        hparams = numbers(step, chain__weight=weight, chain__base=1.0)
        state = step.init(0, hparams)
        play = step.game.bind(step.tensors(hparams))
        found[weight] = play.field.d(state, batch)
        assert play.field.g(state, batch).extras is None
    assert len(step.game.d.noted(found[1.0].buffers)) == 2  # two hidden layers
    gradients = [np.concatenate([np.ravel(g) for g in found[w].gradient]) for w in (0.0, 1.0)]
    assert np.abs(gradients[1] - gradients[0]).max() > 1e-3
    # the penalty's gradient by the first bias is that of its mean, 2 mean(x), and more from above
    real, fake = batch.real, play.players.generate(state, batch)[0]
    w, b = state.d.weights[:2]
    means = [np.mean(tf.reshape(x, (8, -1)) @ w + b, 0) for x in (real, fake)]
    noted = [float(np.sum(m**2)) for m in means]
    assert float(step.game.d.noted(found[0.0].buffers)[0]) == pytest.approx(noted[1], rel=1e-4)
    names = [v.name for v in step.game.d.model.non_trainable_variables]
    first = found[0.0].buffers[names.index("squares")].numpy()
    for row, x in zip(first, (real, fake), strict=True):
        expected = 0.9 + 0.1 * np.mean((tf.reshape(x, (8, -1)) @ w + b) ** 2, 0)
        np.testing.assert_allclose(row, expected, rtol=1e-4)


def test_in_the_trainer_p_rises_and_reaches_the_layers():
    step = digits(extras=("chain",), loss="hinge")
    hparams = numbers(step, chain__speed=0.5, chain__target=-1.0)
    before = step.init(0, hparams)
    state, rows = step.run(before, 0, hparams, 0, 3)
    assert np.isfinite(rows).all()
    assert step.game.shown(state) == {"adaptive_p": 1.0}
    x = tf.random.stateless_normal((4, 8, 8, 1), (1, 2))
    (scaled,) = step.logits(state, hparams, (x, None))
    memory = {"chain": state.extras["chain"]._replace(p=tf.constant(0.0))}
    (plain,) = step.logits(state._replace(extras=memory), hparams, (x, None))
    assert np.abs(scaled - plain).max() > 1e-4
    assert step.traces == 1


def test_g_s_steps_take_the_statistics_of_generated_samples():
    step = digits(extras=("chain",))
    hparams = numbers(step)
    state, batch = step.init(0, hparams), _first_batches(step)[0]
    memory = {"chain": state.extras["chain"]._replace(p=tf.constant(1.0))}
    names = [v.name for v in step.game.d.model.non_trainable_variables]
    place, values = names.index("squares"), []
    for row in (0, 1):
        buffers = list(state.d.buffers)
        changed = buffers[place].numpy()
        changed[row] *= np.linspace(1, 9, changed.shape[1])
        buffers[place] = tf.constant(changed)
        own = state._replace(d=state.d._replace(buffers=tuple(buffers)), extras=memory)
        play = step.game.bind(step.tensors(hparams))
        values.append(float(play.field.g(own, batch).signals["loss_g"]))
    plain = step.game.bind(step.tensors(hparams)).field.g(state._replace(extras=memory), batch)
    assert values[0] == float(plain.signals["loss_g"])
    assert abs(values[1] - values[0]) > 1e-5


def test_another_layer_in_its_place_is_refused():
    check(_method(normalizer="spectral_norm"))
    with pytest.raises(IllegalMethod, match="both stand behind each hidden layer"):
        check(_method(normalizer="layer_norm"))


def _method(**parts):
    from bench.trial import Method

    return Method("m", extras=("chain",), **parts)
