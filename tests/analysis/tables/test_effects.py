"""A factorial that a sweep declares: its design, its tables, and its place in the report."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest

from bench.analysis.tables import effects


def trials(seeds=range(4), losses=("ns", "hinge"), rates=(0.3, 1.0, 3.0), win=lambda *cell: False):
    cells = itertools.product(seeds, losses, rates)
    rows = [
        {"task": "ring8", "seed": s, "factor.loss": loss, "factor.rate": rate,
         "outcome": "converged" if win(s, loss, rate) else "collapsed", "criterion": "",
         "deterministic": False}
        for s, loss, rate in cells
    ]  # fmt: skip
    return pd.DataFrame(rows)


def test_failures_of_any_kind_stay_in_the_denominator():
    frame = trials(win=lambda s, loss, rate: loss == "hinge" and rate == 1.0)
    frame.loc[frame["seed"] == 2, "outcome"] = "crashed"
    (one,) = effects.estimated(frame, "converged")
    table = effects.main([one]).set_index(["factor", "level"])
    assert table.loc[("loss", "hinge"), "success"] == pytest.approx(3 / 12)
    assert table.loc[("rate", "1"), "success"] == pytest.approx(3 / 8)
    assert table.loc[("loss", "hinge"), "Δ success"] == pytest.approx(3 / 12)
    assert np.isnan(table.loc[("loss", "ns"), "Δ success"])


def test_seeds_without_all_cells_and_levels_that_were_not_crossed_are_left_out_and_said():
    whole = trials(win=lambda s, loss, rate: rate > 1)
    control = {**whole.iloc[0].to_dict(), "factor.loss": "zeros", "factor.rate": 1.0}
    frame = pd.concat([whole, pd.DataFrame([control])], ignore_index=True)
    frame = frame[~((frame["seed"] == 3) & (frame["factor.rate"] == 3.0))]
    made = effects.design(frame)
    assert made.seeds == (0, 1, 2)
    assert dict(made.levels) == {"loss": ["ns", "hinge"], "rate": [0.3, 1.0, 3.0]}
    (said,) = effects.about(frame)
    assert "2 loss x 3 rate = 6 cells, 3 seeds each" in said
    assert "loss = zeros, which was not crossed" in said
    assert "1 of 4 seeds that have not all cells" in said


def test_what_is_no_factorial_has_no_effects():
    frame = trials()
    assert effects.design(frame.drop(columns=["factor.loss", "factor.rate"])) is None
    for few in (frame[frame["seed"] == 0], frame[frame["factor.rate"] == 1.0]):
        assert effects.estimated(few, "converged") == []
        assert "fewer than two" in next(iter(effects.about(few)))
    assert effects.estimated(frame, "converged", raced=["ring8"]) == []


def test_p_is_adjusted_for_all_effects_of_a_task():
    frame = trials(seeds=range(8), win=lambda s, loss, rate: loss == "hinge")
    (one,) = effects.estimated(frame, "converged")
    assert one.effects[0].p == 2**-7
    assert one.p_holm[0] == pytest.approx(3 * 2**-7)  # two factors and one pair
    (said,) = effects.sentences([one])
    assert said.startswith("**ring8**: what did it: loss (100 % of the variance over the cells: ")
    assert "hinge 100 %, ns 0 %" in said


def test_the_pair_of_levels_that_adds_up_least_is_named():
    frame = trials(seeds=range(6), win=lambda s, loss, rate: loss == "hinge" and rate == 3.0)
    (one,) = effects.estimated(frame, "converged")
    (row,) = effects.interactions([one]).to_dict("records")
    assert (row["factors"], row["where"]) == ("loss x rate", "ns, 3")
    assert row["beyond both"] == pytest.approx(-1 / 3)
    pair = effects.pairs([one]).set_index(["level", "other level"])
    assert pair.loc[("hinge", "3"), "mean"] == 1
    assert pair["beyond both"].sum() == pytest.approx(0)
