"""Remedies do what this package's own parts do: same weights, same numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from bench import registry
from bench.diagnose.remedies import known
from bench.diagnose.remedies.__main__ import main
from bench.gan import keys
from bench.grid.sweep import load

ROOT = Path(__file__).parents[2]

RNG = np.random.default_rng(11)
KERNEL = RNG.normal(size=(3, 5)).astype(np.float32)
OUT = RNG.normal(size=(5, 1)).astype(np.float32)
REAL = RNG.normal(size=(7, 3)).astype(np.float32)


def lines(name, kind):
    """The names that the lines of a remedy define."""
    found = {}
    exec(getattr(known()[name], kind), found)
    return found


def ours(x):
    return tf.nn.tanh(x @ KERNEL) @ OUT


def test_r1_in_keras():
    own = registry.regularizer["r1"](ours, tf.constant(REAL), REAL, keys.key(0, "r1"), gamma=3.0)
    found = lines("r1", "keras")["r1"](lambda x, training: ours(x), tf.constant(REAL), 3.0)
    assert float(found) == pytest.approx(float(tf.reduce_mean(own)), rel=1e-5)
    assert float(found) > 0.1


def test_r1_in_pytorch():
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    own = registry.regularizer["r1"](ours, tf.constant(REAL), REAL, keys.key(0, "r1"), gamma=3.0)
    kernel, out = torch.tensor(KERNEL), torch.tensor(OUT)
    found = lines("r1", "torch")["r1"](
        lambda x: torch.tanh(x @ kernel) @ out, torch.tensor(REAL), 3
    )
    assert float(found.detach()) == pytest.approx(float(tf.reduce_mean(own)), rel=1e-5)


def test_spectral_normalization_in_keras():
    """After some steps the slope of the layer is bounded by 1, and gradients flow through sigma: a
    longer kernel is the same layer."""
    layer = lines("spectral_norm", "keras")["SpectralDense"](5, use_bias=True)
    layer.build((None, 3))
    layer.kernel.assign(KERNEL)
    for _ in range(200):
        layer(REAL, training=True)
    sigma = np.linalg.svd(KERNEL, compute_uv=False)[0]
    np.testing.assert_allclose(layer(REAL), REAL @ KERNEL / sigma, rtol=1e-4, atol=1e-5)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(layer(REAL) ** 2)
    along = tf.reduce_sum(tape.gradient(loss, layer.kernel) * KERNEL)
    assert abs(float(along)) < 1e-3 * float(loss)


def test_spectral_normalization_in_pytorch():
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    d = torch.nn.Sequential(torch.nn.Linear(3, 5), torch.nn.Tanh(), torch.nn.Linear(5, 1))
    d = lines("spectral_norm", "torch")["bounded"](d)
    for _ in range(200):
        d(torch.tensor(REAL))
    for layer in (d[0], d[2]):
        assert float(torch.linalg.svdvals(layer.weight.detach())[0]) == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("kind", ["torch", "keras"])
def test_steps_of_d(kind):
    if kind == "torch":
        pytest.importorskip("torch", reason="PyTorch is not installed")
    seen = []
    batches = iter("abcdef")
    step = lines("n_dis", kind)["step"]
    d, g = step(batches, lambda batch: seen.append(batch) or batch, lambda: seen.append("G") or 2)
    assert (seen, d, g) == (["a", "b", "c", "G"], "c", 2)


GRADIENTS = RNG.normal(size=(3, 4)).astype(np.float32)


def by_our_adam():
    adam = registry.optimizer["adam"](beta1=0.0, beta2=0.99)
    weights = (tf.constant(np.ones(4, np.float32)),)
    slots = adam.init(weights)
    for gradient in GRADIENTS:
        changes, slots = adam.update((tf.constant(gradient),), slots, tf.constant(0.01))
        weights = (weights[0] + changes[0],)
    return weights[0].numpy()


def test_adam_in_keras():
    adam = lines("betas", "keras")["adam"](0.01)
    weight = tf.Variable(np.ones(4, np.float32))
    for gradient in GRADIENTS:
        adam.apply_gradients([(tf.constant(gradient), weight)])
    np.testing.assert_allclose(weight.numpy(), by_our_adam(), rtol=1e-5)


def test_adam_in_pytorch():
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    model = torch.nn.Linear(4, 1, bias=False)
    torch.nn.init.ones_(model.weight)
    adam = lines("betas", "torch")["adam"](model, 0.01)
    for gradient in GRADIENTS:
        model.weight.grad = torch.tensor(gradient)[None]
        adam.step()
    np.testing.assert_allclose(model.weight.detach().numpy()[0], by_our_adam(), rtol=1e-5)


def test_average_in_keras():
    import keras

    found = lines("ema", "keras")
    g = keras.Sequential(
        [keras.Input((3,)), keras.layers.Dense(2), keras.layers.BatchNormalization()]
    )
    average = found["averaged"](g)
    before = [w.copy() for w in g.get_weights()]
    for w in g.weights:
        w.assign(w + 1)
    found["follow"](average, g, decay=0.9)
    for old, new, own, w in zip(
        before, g.get_weights(), average.get_weights(), g.weights, strict=True
    ):
        np.testing.assert_allclose(own, 0.9 * old + 0.1 * new if w.trainable else new, rtol=1e-5)


def test_average_in_pytorch():
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    found = lines("ema", "torch")
    g = torch.nn.Linear(3, 2)
    average, before = found["averaged"](g), g.weight.detach().clone()
    with torch.no_grad():
        g.weight += 1
    found["follow"](average, g, decay=0.9)
    torch.testing.assert_close(average.weight, before + 0.1)
    assert not average.weight.requires_grad


@pytest.mark.parametrize("kind", ["torch", "keras"])
def test_noise_fades_away(kind):
    make = pytest.importorskip("torch").zeros if kind == "torch" else tf.zeros
    noisy, zeros = lines("instance_noise", kind)["noisy"], make((20_000, 1))
    for progress, wanted in ((0.0, 0.3), (0.25, 0.15), (0.5, 0.0), (0.9, 0.0)):
        sd = float(np.std(np.asarray(noisy(zeros, progress, std=0.3))))
        assert sd == pytest.approx(wanted, rel=0.03, abs=1e-6)


def test_the_command(capsys):
    assert main([]) == 0
    told = capsys.readouterr().out
    assert all(name in told for name in known())
    assert main(["r1", "ema"]) == 0
    text = capsys.readouterr().out
    assert "torch.autograd.grad" in text
    assert "clone_model" in text
    assert main(["emo"]) == 2
    assert 'no remedy "emo" (did you mean "ema"' in capsys.readouterr().err


def test_every_remedy_is_a_method_of_the_experiment():
    methods = {one.method.name for one in load(ROOT / "experiments" / "diagnose.toml").trials}
    assert {own.method for own in known().values()} < methods
    for own in known().values():
        assert max(own.torch.count("\n"), own.keras.count("\n")) <= 20
