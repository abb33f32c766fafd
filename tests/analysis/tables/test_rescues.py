"""What works where the baseline fails."""

from __future__ import annotations

import pandas as pd
import pytest

from bench.analysis.tables import rescues


def trials():
    """Six seeds at two learning rates: ns drops modes at 1 (but for seed 0, which converges) and
    collapses at 2; r1, at two strengths, converges at 1 with the weaker; sn is run at 2 alone."""
    rows = []
    for seed in range(6):
        rows.append(("ring8", "ns", seed, 1.0, None, "converged" if seed == 0 else "mode_drop"))
        rows.append(("ring8", "ns", seed, 2.0, None, "collapsed"))
        for lr in (1.0, 2.0):
            rows.append(("ring8", "r1", seed, lr, 0.1, "converged" if lr == 1 else "stalled"))
            rows.append(("ring8", "r1", seed, lr, 0.3, "stalled"))
        rows.append(("ring8", "sn", seed, 2.0, None, "converged" if seed < 3 else "stalled"))
    return pd.DataFrame(rows, columns=["task", "method", "seed", "lr_g", "r1.gamma", "outcome"])


def found(frame, ended):
    table = rescues.table(frame, "ns", ["lr_g", "r1.gamma"], "converged")
    return table[table["ended"] == ended].set_index("method")


def test_trials_are_matched_by_task_seed_and_learning_rate():
    dropped = found(trials(), "mode_drop")
    assert list(dropped.index) == ["r1", "ns, other seeds"]  # sn has no trial there
    assert dropped["matched"].tolist() == [5, 5]
    assert dropped.loc["r1", "rescued"] == 0.5
    assert dropped.loc["ns, other seeds", "rescued"] == pytest.approx(1 / 5)
    collapsed = found(trials(), "collapsed")
    assert list(collapsed.index) == ["sn", "ns, other seeds", "r1"]
    assert collapsed["rescued"].tolist() == [0.5, 0, 0]
    assert collapsed.loc["sn", "on"] == "ring8 6"


def test_the_interval_resamples_seeds():
    row = found(trials(), "collapsed").loc["sn"]
    assert 0 < row["rescued low"] < 0.25
    assert 0.75 < row["rescued high"] < 1
    even = found(trials(), "mode_drop").loc["r1"]
    assert even["rescued low"] < even["rescued"] == 0.5 < even["rescued high"]  # alike, not sure


def test_seeds_of_two_settings_stand_and_fall_together():
    one = trials()
    one.loc[(one["method"] == "ns"), "outcome"] = "collapsed"
    one = one[one["method"] != "r1"]
    more = pd.concat([one, one[one["method"] == "sn"].assign(lr_g=1.0)])
    row = found(more, "collapsed").loc["sn"]
    assert row["matched"] == 12
    alone = found(one, "collapsed").loc["sn"]
    assert (row["rescued low"], row["rescued high"]) == (
        alone["rescued low"],
        alone["rescued high"],
    )


def test_little_says_nothing():
    few = trials()
    assert found(few[few["seed"] < 5], "mode_drop").empty  # four trials
    assert rescues.table(few[few["method"] == "r1"], "ns", ["lr_g"]).empty
