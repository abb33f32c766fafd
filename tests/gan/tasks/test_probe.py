"""Data on which a distance measures noise, from the probe through the trainer to the verdict."""

from __future__ import annotations

import numpy as np
import pytest

from bench import registry
from bench.analysis import verdicts
from bench.gan import data, tasks
from bench.gan.data import classifier
from bench.gan.networks import Sizes
from bench.gan.tasks import instruments
from bench.gan.tasks.probe import probe
from bench.gan.tasks.task import Task, playing
from bench.gan.training import train
from bench.metrics import Mixture, ring, values
from bench.trial import Method, Trial
from tests import here
from tests.grid.test_grid_instruments import textures

RNG = np.random.default_rng
HPARAMS = {"lr_g": 1e-3, "lr_d": 1e-3, "adam.beta1": 0.5, "adam.beta2": 0.9}


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def saved(tmp_path):
    def save(images, labels=None):
        more = {} if labels is None else {"y_train": labels}
        np.savez(tmp_path / "mine.npz", x_train=images, **more)
        return tasks.task.check({"path": str(tmp_path / "mine.npz"), "data": ""})

    return save


def trained(task, options, steps=30):
    trial = Trial(task, Method("ns"), 0, steps, HPARAMS, options, evaluations=10)
    with here.graph_kernels():
        return train.fit(trial).result


def one_class():
    """The threes of scikit-learn, each pixel three times in either direction and a frame."""
    known = data.digits8()
    large = known.images[known.labels == 3].repeat(3, 1).repeat(3, 2)[..., 0]
    return np.pad(large, [(0, 0), (2, 2), (2, 2)], constant_values=-1)


SETS = {
    "textures": (lambda: textures(300), {"width": 0.125}),
    "one image": (lambda: textures(1).repeat(300, 0), {"network": "mlp"}),
    "two images": (lambda: textures(2).repeat(150, 0), {"network": "mlp"}),
    "noise": (lambda: RNG(1).uniform(-1, 1, (300, 28, 28)), {"network": "mlp"}),
    "one class": (one_class, {"network": "mlp"}),
}


@pytest.mark.parametrize("name", SETS)
def test_no_verdict_comes_of_a_distance_that_measures_noise(saved, name, recwarn):
    make, networks = SETS[name]
    options = saved(make()) | networks | {"batch": 8}
    found = probe("dcgan28", options)
    result = trained("dcgan28", options)
    judged = verdicts.judge(result)
    assert set(found.missing) == {"q"}
    assert result.facts["q_missing"] == result.facts["missing"]["q"] == found.missing["q"]
    assert result.curves["q"] == [None] * 10
    assert None not in result.curves["fd"]
    assert (judged.verdict, judged.rule) in (("none", "not measurable"), ("collapsed", "one place"))
    assert not [w for w in recwarn if issubclass(w.category, RuntimeWarning)]


def test_classes_that_cannot_be_told_are_no_modes(saved):
    """Labels drawn at random: the classifier is at chance, and what it says of samples is noise."""
    images, labels = textures(300), RNG(2).integers(0, 3, 300)
    found = probe("dcgan28", saved(images, labels))
    assert set(found.missing) == {"q", "modes"}
    assert "cannot tell the 3 classes of these data (accuracy 0." in found.missing["modes"]
    assert found.remedy["modes"] == "check y_train, or leave it out"
    known = data.Images(2 * images[..., None].clip(-0.5, 0.5), labels)
    instrument = instruments.of_images(known)
    measured = values(instrument, instrument.real.points)
    lost = {name for name, value in measured.items() if value.reason == instrument.modes_missing}
    assert {"modes", "mode_kl", "mode_max", "confidence"} <= lost
    assert instrument.histogram(instrument.real) is None
    bright = data.Images(images[..., None], (images.mean((1, 2)) > 0).astype(int))
    assert instruments.of_images(bright).modes_missing == ""
    assert classifier.cached(bright).accuracy > 0.8


def test_what_an_instrument_raises_is_a_fault(monkeypatch):
    def broken():
        raise ValueError("no such\nfile of mine")

    @registry.task
    def a_broken_task(*, path: str = ""):
        return Task((2,), lambda key, n: np.zeros((n, 2)), broken, broken, {}, 2, 4)

    found = probe("a_broken_task", {"path": "x"})
    assert found.faults == {"": "it cannot be measured: no such"}
    del registry.task._parts["a_broken_task"]


def test_points_of_one_gaussian_are_not_measurable():
    """As a plugin's task may have them: eight modes that are wider than the ring they lie on."""

    @registry.task
    def one_gaussian() -> Task:
        truth = Mixture.standardized(ring(), 20.0)
        return Task(
            shape=(2,),
            real=lambda key, n: truth.draw(int(key[0]), n),
            instrument=lambda: truth.instrument(200),
            criterion={"q": ("<=", 0.65)},
            latent=2,
            batch=8,
            **playing(Sizes((2,), 2, 4), "mlp"),
        )

    try:
        result = trained("one_gaussian", {})
        found = probe("one_gaussian", {})
    finally:
        del registry.task._parts["one_gaussian"]
    assert "as far as RFF-FD can tell" in found.missing["q"]
    judged = verdicts.judge(result)
    assert judged.verdict in ("none", "collapsed")
    assert judged.rule in ("not measurable", "one place")
    assert set(result.curves["q"]) == {None}


def test_the_average_of_a_generator_has_the_same_reason(saved):
    from bench.gan.training.record import Record

    options = tuple(sorted(saved(textures(120)).items()))
    task = tasks.build("dcgan28", options)
    record = Record(task, task.instrument(), 1)
    points = RNG(4).uniform(-1, 1, (60, 28, 28, 1)).astype(np.float32)
    record.evaluate(1, {"": points, "ema_": points}, {})
    assert record.missing["q"] == record.missing["ema_q"] == task.instrument().q_missing
    assert record.curves["ema_q"] == [None]
