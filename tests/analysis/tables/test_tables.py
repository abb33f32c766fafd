"""Tables of how the trials ended and what they reached."""

import math

import numpy as np
import pandas as pd
import pytest

from bench.analysis.report import formats
from bench.analysis.report.paper.latex import latex
from bench.analysis.tables import outcomes
from tests.analysis.report import strict_tex

NAN = math.nan


def trials(*rows):
    """A frame of (method, outcome, q) on one task; an outcome that is no verdict is a status."""
    stopped = ("diverged", "crashed")
    return pd.DataFrame(
        [
            {
                "task": "ring8",
                "method": method,
                "outcome": outcome,
                "status": outcome if outcome in stopped else "completed",
                "q": q,
                "q_tail": q,
                "modes": 8 if outcome == "converged" else 5.0,
                "pairwise_ratio": 0.9,
                "loss_d_var": 0.25,
                "loss_g_var": NAN,
                "loss_d_sd_scaled": NAN,
                "loss_g_sd_scaled": NAN,
            }
            for method, outcome, q in rows
        ]
    )


MIXED = trials(
    ("ns", "mode_drop", 0.6),
    ("ns", "mode_drop", 0.7),
    ("ns", "diverged", 0.3),
    ("r1", "converged", 0.1),
    ("r1", "converged", 0.2),
    ("r1", "crashed", NAN),
    ("r1", "improving", 0.4),
)


def test_a_summary_of_games_has_their_distance_and_no_variance_of_a_loss():
    game = trials(("sgd", "converged", NAN), ("sgd", "oscillating", NAN))
    game = game.assign(task="dirac", radius=[1e-9, 3e-9], modes=NAN)
    found = outcomes.summary(pd.concat([MIXED.assign(radius=NAN), game])).set_index("task")
    assert list(found)[-2:] == ["radius (median)", "loss variance (median)"]
    assert found.loc["dirac", "radius (median)"] == pytest.approx(2e-9)
    assert math.isnan(found.loc["dirac", "loss variance (median)"])
    assert found.loc["ring8", "loss variance (median)"].notna().all()
    assert found.loc["ring8", "radius (median)"].isna().all()
    assert "radius (median)" not in outcomes.summary(MIXED)


def test_summary_says_how_trials_ended_and_counts_failures_as_the_worst():
    found = outcomes.summary(MIXED).set_index("method")
    assert found["ended"].to_dict() == {
        "ns": "2 mode_drop, 1 diverged",
        "r1": "2 converged, 1 improving, 1 crashed",
    }
    assert found.loc["ns", "proxy q (median)"] == pytest.approx(0.7)
    assert found.loc["r1", "proxy q (median)"] == pytest.approx(0.3)
    assert found["modes (median)"].to_dict() == {"ns": 5, "r1": 6.5}
    assert found["loss variance (median)"].tolist() == [0.25, 0.25]
    assert found["trials"].tolist() == [3, 4]


def test_summary_bears_metrics_that_nobody_measured():
    found = outcomes.summary(MIXED.drop(columns=["modes", "q"]))
    assert found[["modes (median)", "proxy q (median)"]].isna().all(axis=None)


def test_outcomes_count_every_trial():
    found = outcomes.outcomes(MIXED).set_index("method")
    assert found.loc["r1", ["trials", "success", "failed"]].tolist() == [4, 2, 1]
    assert found.loc["r1", ["rate", "low", "high"]].tolist() == pytest.approx(
        [0.5, 0.150, 0.850], abs=1e-3
    )
    verdicts = ["converged", "improving", "mode_drop", "diverged", "crashed"]
    assert found[verdicts].sum().tolist() == [2, 1, 2, 1, 1]
    assert found["status diverged"].tolist() == [1, 0]
    assert found["status completed"].tolist() == [2, 3]
    assert outcomes.outcomes(MIXED, "mode_drop")["success"].tolist() == [2, 0]


def test_final_metrics_count_a_failure_as_the_worst_there_is():
    found = outcomes.final_metrics(MIXED, ["q", "modes", "pairwise_ratio"]).set_index("method")
    assert found.loc["ns", ["q median", "q low"]].tolist() == pytest.approx([0.7, 0.65])
    assert found.loc["ns", "q high"] == math.inf
    assert found.loc["ns", ["modes median", "modes low"]].tolist() == [5, 2.5]
    assert found["pairwise_ratio median"].tolist() == [0.9, 0.9]
    assert found["failed"].tolist() == [1, 1]


def test_a_metric_that_a_task_lacks_is_not_bad_but_missing():
    other = MIXED.assign(task="images", modes=NAN)
    found = outcomes.final_metrics(pd.concat([MIXED, other]), ["modes"]).set_index("task")
    assert found.loc["images", "modes median"].isna().all()
    assert found.loc["ring8", "modes median"].tolist() == [5, 6.5]


def test_spread_equals_numpys_quantiles_and_bears_infinities():
    values = pd.Series(np.random.default_rng(0).normal(size=11))
    assert outcomes.spread(values) == pytest.approx(np.quantile(values, [0.5, 0.25, 0.75]))
    assert outcomes.spread(pd.Series([math.inf, 1.0, NAN, math.inf])) == (
        math.inf,
        math.inf,
        math.inf,
    )
    assert outcomes.spread(pd.Series([math.inf, 1.0, 2.0])) == (2.0, 1.5, math.inf)


def test_loss_variance_keeps_what_failed_trials_measured():
    found = outcomes.loss_variance(MIXED)
    assert found["loss_d_var median"].tolist() == [0.25, 0.25]
    assert "loss_g_var median" not in found


def test_varying_names_what_differs_within_a_method():
    frame = MIXED.assign(lr=[1, 1, 2, 3, 3, 3, 3], beta=0.5, own=[1, 1, 1, 2, 2, 2, 2])
    assert outcomes.varying(frame, ["lr", "beta", "own"]) == ["lr"]


def test_markdown_puts_median_and_quartiles_into_one_cell():
    text = formats.markdown(formats.readable(outcomes.final_metrics(MIXED, ["q"])))
    assert text.splitlines() == [
        "| task | method | trials | failed | q |",
        "| :--- | :--- | ---: | ---: | ---: |",
        "| ring8 | ns | 3 | 1 | 0.7 [0.65, failed] |",
        "| ring8 | r1 | 4 | 1 | 0.3 [0.175, failed] |",
    ]


def test_rates_are_in_percent_with_their_interval():
    shown = formats.readable(outcomes.outcomes(MIXED))
    assert shown["success"].tolist() == ["0/3 (0 %, 0 to 56 %)", "2/4 (50 %, 15 to 85 %)"]
    assert not {"rate", "low", "high"} & set(shown)


def test_latex_has_rates_with_their_interval_in_one_column():
    text = latex(formats.readable(outcomes.outcomes(MIXED)), formats.WORDS)
    assert r"mode\_drop" in text
    head, *rows = next(part for part in strict_tex.tables(text) if "success" in part[0])
    place = head.index("success")
    assert [row[place] for row in rows] == ["0/3 (0 %, 0 to 56 %)", "2/4 (50 %, 15 to 85 %)"]


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.12345, "0.123"), (8.0, "8"), (1.5e-7, "1.5e-7"), (NAN, "–"), (math.inf, "failed")],
)
def test_numbers_have_three_digits(value, text):
    assert formats.number(value) == text


def test_quartiles_of_several_series_are_those_of_each():
    inf, nan = float("inf"), float("nan")
    series = [[3.0, 1.0, 2.0, 9.0], [nan, 4.0, inf, inf], [nan] * 4, [inf, 0.5, nan, 0.25]]
    found = outcomes.spreads(series)
    for i, own in enumerate(series):
        expected = [found.median[i], found.low[i], found.high[i]]
        assert str(list(outcomes.spread(own))) == str([float(value) for value in expected])
    assert list(outcomes.spread(series[0])) == [2.5, 1.75, 4.5]
