"""Numbers of the rules on short series by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from bench.analysis.verdicts import numbers
from bench.analysis.verdicts.runs import Runs
from bench.trial import Method, Result, Status, Trial

STEPS = np.arange(10.0, 100.0, 10.0)


@pytest.mark.parametrize(
    ("flips", "first", "lost", "relapses"),
    [([], None, None, 0), ([1], 20, None, 0), ([1, 3], 20, 40, 1), ([1, 3, 5], 20, 40, 1)],
)
def test_a_relapse_is_a_loss_and_a_convergence_is_none(flips, first, lost, relapses):
    holds = np.array([1, 1, 1, 0, 0, 1, 1, 1, 1], bool)
    found = numbers._convergence(STEPS, holds, flips)
    assert found.first == first or (first is None and math.isnan(found.first))
    assert found.lost == lost or (lost is None and math.isnan(found.lost))
    assert found.relapses == relapses
    if flips:
        assert found.held == holds[1:].mean() != holds.mean()


def test_flips_alternate():
    kept, gone = np.array([0, 1, 1, 0, 0, 1], bool), np.array([0, 0, 0, 1, 0, 0], bool)
    assert numbers._flips(kept, gone) == [1, 3, 5]
    assert numbers._flips(kept[:3], gone[:3]) == [1]
    assert numbers._flips(gone, kept) == [3, 5]


def test_the_best_is_where_the_middle_of_its_window_is():
    """Zeros at 13 to 17 of 20: the first window of five with three of them has its middle at 13."""
    q = np.ones((1, 20))
    q[0, 13:18] = 0
    for before, early in ((13, False), (14, True)):
        found = numbers._best(q, before)
        assert (found["q_best"].tolist(), found["best_early"].tolist()) == ([0.0], [early])
    nothing = numbers._best(np.full((1, 20), math.nan), 16)
    assert np.isnan(nothing["q_best"]).all()


def test_growth_is_over_the_median_of_the_first_twentieth():
    blocks = np.ones((1, 100))
    blocks[0, 0] = 9.0  # a spike at the very start
    blocks[0, -20:] = 30.0
    np.testing.assert_allclose(numbers._growth(blocks), [30.0])
    assert np.isnan(numbers._growth(blocks * 0)).all()


def run(curves, **facts) -> Runs:
    n = len(next(iter(curves.values())))
    trial = Trial("ring8", Method("ns"), 0, 10 * n)
    steps = {"step": list(range(10, 10 * n + 10, 10))}
    return Runs([Result(trial, Status.COMPLETED, steps | curves, facts=facts)])


def test_drift_is_over_the_late_half():
    """Flat for 30 of 60 evaluations, then down by 0.01 in each."""
    q = [1.0] * 30 + [1 - 0.01 * t for t in range(1, 31)]
    (found,) = numbers.measure(run({"q": q}))
    assert found.drift == pytest.approx(-0.01 * 30)


def test_one_mode_is_a_collapse_where_a_quarter_of_all_is_less_than_one():
    """Of three modes one is too few, of twelve three; of one mode none can be lost."""
    curves = {"modes": [1.0, 2.0, 3.0, 4.0], "high_quality": [0.9] * 4}
    for modes, collapsed in ((3, "1000"), (12, "1110"), (1, "0000")):
        found = numbers._collapsed(run(curves, modes=modes))[0]
        assert "".join(str(int(x)) for x in found) == collapsed


def test_a_discriminator_tells_all_from_99_percent_on_and_nothing_is_said_where_none_was_measured():
    accuracy = [0.5] * 8 + [0.99, 0.98]
    found = numbers._told(run({"q": [0.9] * 10, "d_accuracy": accuracy}))
    assert found.tolist() == [[0.0] * 8 + [1.0, 0.0]]
    measured = numbers.measure(run({"q": [0.9] * 10, "d_accuracy": accuracy}))[0]
    assert measured.told == 0.5  # the tail: the last two
    assert math.isnan(numbers.measure(run({"q": [0.9] * 10}))[0].told)
