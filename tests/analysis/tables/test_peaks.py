"""Two heaps of last values are told, and neither noise nor outliers nor counts are."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bench.analysis import plots
from bench.analysis.report.contents import collect
from bench.analysis.tables import peaks
from tests.analysis.synthetic import FACTS, result, write

LOW, HIGH = [0.01, 0.02, 0.05, 0.034, 0.01], [0.96, 1.0, 0.97]


def trials(values, method="r1", bound=0.8, **columns):
    own = {
        "task": "align",
        "method": method,
        "status": "completed",
        "outcome": ["converged" if value >= bound else "stalled" for value in values],
        "seed": range(len(values)),
        "retrieval": values,
        "edge.retrieval": values,
    }
    return pd.DataFrame(own | columns)


def test_both_heaps_are_counted_with_their_inner_ends():
    frame = trials([*HIGH[:1], *LOW, *HIGH[1:]])
    (found,) = peaks.peaks(frame, "converged")
    assert (found.method, found.metric) == ("r1", "retrieval")
    assert found.below == (0.01, 0.01, 0.02, 0.034, 0.05)
    assert found.above == (0.96, 0.97, 1.0)
    assert found.gap == pytest.approx(0.91 / 0.99)
    assert found.words == (
        "`r1`: retrieval has two peaks over 8 trials: 3 at 0.96 or more, 5 at 0.05 or less, none "
        "between"
    )


def test_a_heap_of_equal_values_has_no_side():
    (found,) = peaks.peaks(trials([1.0, 1.0, 1.0, *LOW]), "converged")
    assert "3 at 1, 5 at 0.05 or less, none between" in found.words


@pytest.mark.parametrize(
    "values",
    [
        [*LOW, 1.0],  # a single one is an outlier
        [*LOW, *HIGH, 0.5, 0.3, 0.7],
        [0.01, 0.02, 0.03, 0.9],
        [0.01, 0.03, 0.98],
        [1.0] * 8,
        [7.0, 7.0, 7.0, 8.0, 8.0, 8.0, 8.0],  # counts: there is nothing between 7 and 8
        [np.nan] * 8,
    ],
    ids=["outlier", "bridged", "one above", "too few", "equal", "counts", "missing"],
)
def test_what_is_no_two_heaps(values):
    assert not list(peaks.peaks(trials(values), "converged"))


def test_heaps_that_decide_nothing_and_trials_that_broke_off_take_no_part():
    assert not list(peaks.peaks(trials([*LOW, *HIGH], bound=2.0), "converged"))
    status = ["completed"] * 5 + ["diverged"] * 3
    assert not list(peaks.peaks(trials([*LOW, *HIGH], status=status), "converged"))
    assert not list(peaks.peaks(trials([*LOW, *HIGH], deterministic=True), "converged"))


def test_a_gap_of_chance_is_rare():
    """Uniform values: at most 1 % of such sets have two heaps, whatever their number."""
    rng = np.random.default_rng(0)
    for n in (5, 8, 16):
        hits = np.arange(n) < n // 2
        sets = rng.random((4000, n))
        found = [peaks.split(np.sort(own), hits) is not None for own in sets]
        assert np.mean(found) < 0.013, n


@pytest.mark.parametrize(
    ("value", "down", "up"),
    [(0.9633, "0.96", "0.97"), (0.05, "0.05", "0.05"), (-3.21, "-3.3", "-3.2"), (0.0, "0", "0")],
)
def test_ends_are_rounded_away_from_the_gap(value, down, up):
    assert (peaks._down(value), peaks._up(value)) == (down, up)


def test_a_page_says_it_and_shows_single_trials(tmp_path):
    facts = FACTS | {"criterion": {"high_quality": [">=", 0.6]}}
    made = [
        result(kind, method=method, seed=seed, facts=facts)
        for method, kinds in (("ns", ["stalled"] * 8), ("r1", ["stalled"] * 4 + ["converged"] * 4))
        for seed, kind in enumerate(kinds)
    ]
    findings = collect([write(tmp_path / "x", made, "# Q\n")])
    (found,) = peaks.peaks(findings.compared, "converged")
    assert (found.method, found.metric, len(found.above)) == ("r1", "high_quality", 4)
    own = findings.compared
    look = plots.looks(["ns", "r1"])
    (ax,) = plots.seeds(own, ["high_quality"], look, ["r1", "ns"]).axes
    first, second = (line.get_xdata() for line in ax.lines[:2])
    values = own["high_quality"].groupby(own["method"])
    assert list(first) == sorted(values.get_group("r1"))
    assert list(second) == sorted(values.get_group("ns"))
