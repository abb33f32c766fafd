"""Runs side by side: the distance of a game, and criteria of several bounds, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from bench.analysis.verdicts.runs import Runs, alike
from bench.trial import Method, Result, Status, Trial

TINY = np.log10(np.finfo(float).tiny)


def run(curves, seed=0, status=Status.COMPLETED, **facts) -> Result:
    trial = Trial("dirac", Method("ns"), seed, 30)
    return Result(trial, status, {"step": [10, 20, 30]} | curves, facts=facts)


def test_the_distance_of_a_game_is_over_its_start_or_else_the_first_measurement():
    runs = Runs(
        [
            run({"radius": [4.0, 2.0, 1.0]}, radius_start=8.0),
            run({"radius": [4.0, 2.0, 1.0]}),
            run({"radius": [4.0, 2.0, 0.0]}, radius_start=0.0),
        ]
    )
    expected = [np.log10([0.5, 0.25, 0.125]), np.log10([1, 0.5, 0.25]), [0, np.log10(0.5), TINY]]
    np.testing.assert_allclose(runs.distance, expected)


def test_a_game_has_converged_below_a_thousandth_and_not_at_it():
    runs = Runs([run({"radius": [1.0, 1e-3, 0.999e-3]}, radius_start=1.0)])
    assert runs.success.tolist() == [[False, False, True]]


def test_all_bounds_must_hold_and_a_missing_value_holds_none():
    criterion = {"modes": [">=", 8], "q": ["<", 0.5], "fd_ratio": ["<=", 2.0]}
    curves = {"modes": [8.0, 7.0, 8.0], "q": [0.4, 0.4, 0.5], "fd": [0.2, 0.2, 0.2]}
    facts = {"criterion": criterion, "floor": 0.1}
    assert Runs([run(curves, **facts)]).success.tolist() == [[True, False, False]]
    for metric in ("modes", "q", "fd"):
        gone = curves | {metric: [None, None, None]}
        assert not Runs([run(gone, **facts)]).success.any()
    assert not Runs([run(curves, **facts | {"floor": 0.099})]).success.any()
    assert not Runs([run(curves)]).success.any()
    with pytest.raises(ValueError, match='criterion of q: "=" is none of >=, <=, >, <'):
        _ = Runs([run(curves, criterion={"q": ["=", 1]})]).success


def test_runs_of_other_lengths_status_or_criteria_stand_apart():
    made = [
        run({"q": [1.0] * 3}),
        run({"q": [1.0] * 3}, seed=1),
        run({"q": [1.0] * 3}, status=Status.DIVERGED),
        run({"q": [1.0] * 3}, criterion={"q": ["<", 1]}),
        run({"radius": [1.0] * 3}),
        run({"step": [10], "q": [1.0]}),
    ]
    assert sorted(places for places, _ in alike(made)) == [[0, 1], [2], [3], [4], [5]]
