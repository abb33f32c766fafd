"""The proof of the instrument: the samples and losses of our own training, given by a trainer, are
measured to the same bits."""

from __future__ import annotations

from unittest import mock

import numpy as np
import pytest

from bench.gan.state import SIGNALS
from bench.gan.training.record import Record
from tests import here
from tests.trainers.sweeps import table, trained, write

AGAIN = """
import numpy as np

def train(run):
    samples = {step: points for step, points in zip(sorted(run.evaluations), np.load("fake.npy"))}
    run.sampler(lambda n: samples[run.done])
    for (loss_g, loss_d), _ in zip(np.load("losses.npy"), run.batches()):
        run.log(loss_g=loss_g, loss_d=loss_d)
"""


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """The results of ns, and of a trainer that gives what ns has generated and logged."""
    folder = tmp_path_factory.mktemp("same")
    records, points, evaluate = [], [], Record.evaluate

    def noted(self, step, generated, more):
        records.append(self)
        points.append(generated[""])
        evaluate(self, step, generated, more)

    with mock.patch.object(Record, "evaluate", noted), here.graph_kernels():
        ours = trained(write(folder, '[[method]]\nname = "ns"\n', steps=40))["ns"]
    rows = np.concatenate(records[-1].rows)
    np.save(folder / "fake.npy", np.array(points))
    np.save(folder / "losses.npy", rows[:, [SIGNALS.index(name) for name in ("loss_g", "loss_d")]])
    (folder / "again.py").write_text(AGAIN)
    how = 'trainer = "again.py:train"\nfiles = ["fake.npy", "losses.npy"]'
    return ours, trained(write(folder, table("again", how), steps=40))["again"]


def test_samples_are_measured_to_the_same_bits(both):
    ours, theirs = both
    about_d = {"d_accuracy", "d_auc", "d_calibration", "logit_median", "logit_extreme"}
    motion = {"update_ratio_g", "update_ratio_d", "turning_angle"}
    assert set(ours.curves) - set(theirs.curves) <= about_d | motion
    assert {"q", "modes", "mode_pc", "vendi"} <= set(theirs.curves)
    assert all(values == ours.curves[name] for name, values in theirs.curves.items())
    assert {k: v["value"] for k, v in ours.facts["final"].items()} == {
        k: v["value"] for k, v in theirs.facts["final"].items()
    }


def test_losses_become_the_same_signals(both):
    ours, theirs = both
    assert {"loss_g_std", "loss_d_spikes"} <= set(theirs.signals)
    assert all(values == ours.signals[name] for name, values in theirs.signals.items())


def test_what_is_known_of_the_task_is_the_same(both):
    ours, theirs = both
    unlike = {"gradients", "cpu_seconds", "phases", "network", "equilibrium_loss_d"}
    same = set(ours.facts) - unlike
    assert {k: theirs.facts[k] for k in same} == {k: ours.facts[k] for k in same}
    assert theirs.facts["gradients"] is None
