"""What a user brings is tried before anything trains: data, networks, metrics, tasks."""

import sys
from types import ModuleType

import keras
import numpy as np
import pytest
from keras import layers

from bench import registry
from bench.gan import tasks
from bench.gan.contract.contract import faults
from bench.gan.networks import Layers, Sizes, own
from bench.gan.tasks.probe import probe
from bench.metrics import Mixture, ring, values
from tests.grid.test_grid_instruments import textures


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def test_case_04_data_that_are_gaussian_to_the_proxy_have_no_q(tmp_path):
    np.savez(tmp_path / "mine.npz", x_train=textures(120))
    options = tasks.task.check({"path": str(tmp_path / "mine.npz"), "data": ""})
    found = probe("dcgan28", options | {"network": "mlp", "batch": 8})
    assert not found.faults
    assert "Gaussian" in found.missing["q"] or "floor" in found.missing["q"]
    assert "features" in found.remedy["q"]


def small(*middle, kind=keras.Sequential, **options):
    return kind([keras.Input((8,), **options), *middle, layers.Dense(1)])


def off(model):
    model.trainable = False
    return model


def whole(model):
    model.quantize("int8")
    return model


class OwnLoss(keras.Sequential):
    def compute_loss(self, *arguments, **more):
        return 0.0


class Kept(layers.Layer):
    def build(self, shape):
        self.w = self.add_weight(shape=(shape[-1],), regularizer="l2", name="kept")

    def call(self, x):
        return x * self.w


NETWORKS = {
    "a penalty of a weight of its own": (lambda: small(Kept()), "a regularizer on .*kept"),
    "a constraint": (
        lambda: small(layers.Dense(4, bias_constraint="non_neg")),
        "a constraint on .*bias",
    ),
    "a penalty of activity": (
        lambda: small(layers.ActivityRegularization(0.1)),
        "an activity regularizer|a loss of its own",
    ),
    "bfloat16 in one layer": (lambda: small(layers.Dense(4, dtype="mixed_bfloat16")), "bfloat16"),
    "whole numbers": (lambda: whole(small(layers.Dense(4))), "int8"),
    "a loss of its own": (lambda: small(kind=OwnLoss), "its own compute_loss"),
    "nothing to train": (lambda: off(small(layers.Dense(4))), "no trainable weights"),
    "a state between batches": (
        lambda: small(layers.Reshape((4, 2)), layers.GRU(3, stateful=True)),
        "batch size",
    ),
    "an exit": (lambda: sys.exit(3), "raised SystemExit at .*: 3"),
    "no model": (lambda: layers.Dense(1), "returns Dense, needed is a keras.Model"),
    "nothing": (lambda: None, "returns NoneType"),
    "two outputs": (
        lambda: keras.Model(x := keras.Input((8,)), [layers.Dense(1)(x), layers.Dense(1)(x)]),
        "2 outputs",
    ),
}


@pytest.mark.parametrize("case", NETWORKS)
@pytest.mark.filterwarnings("ignore:Layer InputLayer does not have")
def test_case_05_what_a_network_carries_is_applied_or_refused(case, monkeypatch):
    make, reason = NETWORKS[case]
    module = ModuleType("nets_05")
    module.d = make
    monkeypatch.setitem(registry.files, "nets_05", module)
    with pytest.raises(own.BadNetwork, match=f"nets_05:d .*({reason})"):
        own.discriminator("nets_05:d", Sizes((8,), 4), Layers(g=Layers()))


FEATURES = {
    "one for all": (lambda x: layers.Dense(1, kernel_initializer="zeros")(x), "the same features"),
    "coarse": (lambda x: layers.Dense(8, dtype="mixed_float16")(x), "float16"),
    "two": (lambda x: [layers.Dense(8)(x), layers.Dense(2)(x)], "2 outputs"),
}


@pytest.mark.parametrize("case", FEATURES)
def test_case_08_a_network_that_cannot_measure_is_found(case, tmp_path):
    make, reason = FEATURES[case]
    x = keras.Input((8, 8, 1))
    keras.Model(x, make(layers.Flatten()(x))).save(tmp_path / "mine.keras")
    found = probe("digits8", {"features": str(tmp_path / "mine.keras")})
    assert reason in found.faults["features"]


def test_case_08_a_text_is_no_network(tmp_path):
    (tmp_path / "mine.keras").write_text("not a model")
    found = probe("digits8", {"features": str(tmp_path / "mine.keras")})
    assert "no model that Keras has saved" in found.faults["features"]


def interrupt():
    raise KeyboardInterrupt


METRICS = {
    "raises": (lambda real, fake, of: fake.points[10**9, 0], "IndexError"),
    "gives nothing": (lambda real, fake, of: None, "returns None"),
    "gives an array of one": (lambda real, fake, of: fake.points[:1, 0], "needed is one number"),
    "gives an array": (lambda real, fake, of: fake.points[:, 0], "needed is one number"),
    "gives a complex number": (lambda real, fake, of: 1j, "needed is one number"),
    "gives a text": (lambda real, fake, of: "0.5", "needed is one number"),
    "gives a truth": (lambda real, fake, of: True, "needed is one number"),
    "gives NaN": (lambda real, fake, of: np.nan, "needed is a finite number"),
    "exits": (lambda real, fake, of: sys.exit(1), "SystemExit"),
    "is interrupted": (
        lambda real, fake, of: (_ for _ in ()).throw(KeyboardInterrupt),
        "Interrupt",
    ),
}


@pytest.fixture
def wrong():
    """Registers a metric for one test."""

    def register(fn):
        fn.__name__, fn.__doc__ = "wrong_09", "It is wrong. Blind to all."
        registry.metric(better="lower")(fn)
        return registry.metric["wrong_09"]

    yield register
    registry.metric._parts.pop("wrong_09", None)


@pytest.mark.parametrize("case", METRICS)
def test_case_09_a_metric_that_goes_wrong_is_missing_with_its_reason(case, wrong):
    fn, reason = METRICS[case]
    part = wrong(fn)
    assert any(reason in text for text in faults(part)), faults(part)
    if case == "is interrupted":
        return
    truth = Mixture.standardized(ring(), 0.1)
    made = truth.instrument(200)
    found = values(made, truth.draw(1, 200))
    assert found["wrong_09"].value is None or not np.isfinite(found["wrong_09"].value)
    assert found["wrong_09"].reason
    assert np.isfinite(found["q"].value)


def test_case_10_each_function_of_a_task_is_called():
    @registry.task(steps=10, hparams={"lr_g": 1e-3, "lr_d": 1e-3})
    def broken_10() -> tasks.Task:
        """Noise."""
        truth = Mixture.standardized(ring(), 0.1)
        return tasks.Task(
            shape=(2,), real=lambda key, n: np.zeros((n, 5)),
            instrument=lambda: truth.instrument(100), criterion={"q": ("<=", 0.6)},
            latent=2, batch=4, **tasks.task.playing(Sizes((2,), 2, 4), "mlp"),
        )  # fmt: skip

    try:
        found = faults(registry.task["broken_10"])
    finally:
        del registry.task._parts["broken_10"]
    assert any("real(key, 5) gives shape (5, 5), needed is (5, 2)" in text for text in found), found
