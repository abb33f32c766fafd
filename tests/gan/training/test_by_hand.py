"""What is computed beside the compiled step, on small numbers by hand."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest

from bench.gan import keys
from bench.gan.state import SIGNALS
from bench.gan.training import motion
from bench.gan.training.record import Record, blocks, spikes
from bench.gan.training.train import _broken, _schedule, real_name
from bench.metrics import Mixture, ring
from bench.trial import Method, Trial

RING = Mixture.standardized(ring(), 0.1)


def trial(**changes) -> Trial:
    return Trial(**{"task": "ring8", "method": Method("ns"), "seed": 0, "steps": 100} | changes)


@pytest.mark.parametrize(
    ("steps", "evaluations", "marks"),
    [
        (100, 4, [25, 50, 75, 100]),
        (10, 3, [3, 7, 10]),
        (7, 1, [7]),
        (3, 5, [1, 2, 3]),  # fewer steps than evaluations: each once
        (2, 5, [1, 2]),  # and none before the first step
        (1, 100, [1]),
        (3, 7, [1, 2, 3]),
    ],
)
def test_the_last_step_is_measured_and_the_first_state_is_not(steps, evaluations, marks):
    found = _schedule(trial(steps=steps, evaluations=evaluations))
    assert found[-1] == steps
    assert found == marks


def test_the_step_and_the_signal_of_a_break():
    rows, points = np.zeros((5, len(SIGNALS))), np.zeros((3, 2))
    assert _broken(rows, 40, points) is None
    rows[3, SIGNALS.index("gradient_d")] = np.inf
    rows[4, SIGNALS.index("loss_g")] = np.nan
    assert _broken(rows, 40, points) == {"type": "nonfinite", "step": 44, "what": "gradient_d"}
    points[1, 0] = np.nan
    assert _broken(rows, 40, points)["what"] == "gradient_d"
    found = _broken(np.zeros((5, len(SIGNALS))), 40, points)
    assert found == {"type": "nonfinite", "step": 45, "what": "samples"}


def test_real_samples_are_named_after_what_decides_them():
    assert real_name(trial()) == "ring8"
    assert real_name(trial(options={"sigma": 0.2, "units": 4})) == "ring8-0.2"
    assert real_name(trial(task="dcgan28", options={"path": "a", "data": "f00"})) == "dcgan28-f00"
    assert real_name(trial(task="dcgan28", options={"path": "", "data": ""})) == "dcgan28"


def at(*counts: int) -> np.ndarray:
    """1000 points on the centres of the modes."""
    full = [*counts, *[0] * (8 - len(counts))]
    return np.repeat(RING.centres, full, 0)


@pytest.fixture(scope="module")
def instrument():
    return RING.instrument()


def test_hopping_is_half_the_distance_of_two_histograms_in_a_row(instrument):
    record = Record(SimpleNamespace(kind="mixture"), instrument, 4)
    for step, points in enumerate((at(1000), at(700, 300), at(0, 300, 700), at(0, 300, 700)), 1):
        record.evaluate(step, {"": points}, {})
    assert record.curves["mode_tv"] == [None, *map(pytest.approx, (0.3, 0.7, 0.0))]
    record.finish()
    scores = np.array(record.curves["mode_pc"])
    assert abs(scores.mean()) < 1e-9  # about the mean of the shares
    moved = np.array([[1, 0, 0], [0.7, 0.3, 0], [0, 0.3, 0.7], [0, 0.3, 0.7]])
    vectors = np.linalg.eigh(np.cov(moved.T))[1]
    first = vectors[:, -1] * np.sign(vectors[np.abs(vectors[:, -1]).argmax(), -1])
    np.testing.assert_allclose(scores, (moved - moved.mean(0)) @ first, atol=1e-9)
    assert record.samples()["step"] == 4


def test_curves_of_one_measurement_are_filled_up_before_and_after(instrument):
    record = Record(SimpleNamespace(kind="mixture"), instrument, 3)
    record.evaluate(5, {"": at(1000)}, {})
    record.evaluate(10, {"": at(1000)}, {"more": 1.5})
    record.evaluate(15, {"": at(1000)}, {})
    assert record.curves["step"] == [5, 10, 15]
    assert record.curves["more"] == [None, 1.5, None]


def table(*columns: tuple[str, list[float]], steps: int = 8) -> np.ndarray:
    found = np.ones((steps, len(SIGNALS)))
    for name, values in columns:
        found[:, SIGNALS.index(name)] = values
    return found


def test_blocks_are_two_a_measurement_and_named_by_their_last_step():
    losses = [1.0, 3.0, 5.0, 9.0, 0.0, 2.0, 4.0, 4.0]
    rows = table(("loss_d", losses), ("gradient_g", losses))
    found = blocks([rows[:3], rows[3:]], 2)
    assert found["step"] == [2, 4, 6, 8]
    assert found["loss_d"] == [2.0, 7.0, 1.0, 4.0]
    assert found["loss_d_std"] == [1.0, 2.0, 1.0, 0.0]
    assert found["gradient_g_max"] == [3.0, 9.0, 2.0, 4.0]
    assert "gradient_g_std" not in found
    assert "loss_d_max" not in found
    assert len(blocks([rows], 20)["step"]) == 8


def test_blocks_end_before_the_first_number_that_is_not_finite():
    rows = table(("loss_d", [1.0, 3.0, 5.0, 9.0, 0.0, 2.0, 4.0, 4.0]))
    rows[5, SIGNALS.index("logit_fake")] = np.nan
    found = blocks([rows], 1)
    assert found["step"] == [3, 5]
    assert found["loss_d"] == [3.0, 4.5]
    rows[0] = np.inf
    assert set(map(len, blocks([rows], 1).values())) == {0}


@pytest.mark.parametrize("n", [0, 1, 2, 3, 100, 101, 102])
def test_spikes_of_short_series(n):
    """A window is odd and not longer than the series."""
    loss = np.sin(np.arange(n))
    assert spikes(loss).shape == (n,)
    assert not spikes(loss).any()
    if n > 50:
        loss[7] += 100
        assert np.flatnonzero(spikes(loss)).tolist() == [7]


def test_a_step_is_measured_by_the_weights_before_it():
    """G: from a length of 5 by 1; D: from 2 by 1, both of the last step."""
    way = {0: ([9.0, 9.0], [9.0]), 2: ([3.0, 4.0], [2.0]), 3: ([3.0, 5.0], [3.0])}
    points = {step: motion.Point(np.array(g), np.array(d)) for step, (g, d) in way.items()}
    points[1] = motion.Point(np.array([3.0, 3.0]), np.array([2.0]))
    found = motion.motion(points, 1, 3)
    assert found["update_ratio_g"] == pytest.approx(1 / 5)
    assert found["update_ratio_d"] == pytest.approx(1 / 2)
    # displacements (0, 1, 0) and (0, 1, 1) of both players together
    assert found["turning_angle"] == pytest.approx(45)
    assert motion.motion(points, 2, 3)["turning_angle"] is None
    assert motion.turning(np.array([1.0, 0.0]), np.array([0.0, 2.0])) == pytest.approx(90)
    assert motion.turning(np.array([0.0, 2.0]), np.array([1.0, 0.0])) == pytest.approx(-90)
    assert motion.turning(np.zeros(2), np.ones(2)) is None
    nothing = {i: motion.Point(np.zeros(2), np.zeros(1)) for i in range(4)}
    assert set(motion.motion(nothing, 1, 3).values()) == {None}


@pytest.mark.parametrize(
    ("done", "stop", "marks"),
    [
        (0, 100, [80, 90, 99, 100]),
        (100, 120, [110, 119, 120]),
        (0, 5, [1, 3, 4, 5]),
        (4, 6, [5, 6]),
        (4, 5, [5]),
    ],
)
def test_marks_are_both_ends_of_two_windows_and_the_last_step(done, stop, marks):
    assert motion.marks(done, stop) == marks
    assert motion.window(done, stop) == min(10, math.floor((stop - done) / 2))


def test_streams_of_a_seed_differ():
    """And seeds, and the keys of one stream; equal names give equal keys on every machine."""
    names = [
        (s, stream, i) for s in (0, 1) for stream in ("real", "latent", "noise") for i in (0, 1)
    ]
    found = {tuple(keys.key(*name).tolist()) for name in names}
    assert len(found) == len(names)
    assert keys.key(3, "real", 2).tolist() == [1505987071, -1178547303]
    draws = keys.gaussian(keys.key(0, "latent"), (2000,), "float64")
    assert abs(draws.mean()) < 0.1
    assert draws.std() == pytest.approx(1, abs=0.06)
