"""Published numbers and controls beside what was measured."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from bench.analysis.frame.sweeps import Reference
from bench.analysis.report.contents import collect
from bench.analysis.tables import references
from tests.analysis.synthetic import result, write

MODES = [8.0, 7.0, 8.0, 8.0, 6.0, 8.0]


def trials(modes=MODES, outcome="converged", status="completed", method="r1"):
    rows = {"task": "ring8", "method": method, "outcome": outcome, "status": status}
    return pd.DataFrame({"modes": modes} | {k: [v] * len(modes) for k, v in rows.items()})


def only(frame, metric="modes", value=8.0, error=math.nan, method="r1"):
    known = Reference("ring8", method, metric, value, error, "a paper")
    return references.table(frame, frame, [known], "converged").iloc[0]


def test_the_band_of_a_mean_is_student_s():
    row = only(trials())
    oracle = stats.ttest_1samp(MODES, 8.0).confidence_interval(0.99)
    assert (row["measured low"], row["measured high"]) == pytest.approx((oracle.low, oracle.high))
    assert row["measured"] == 7.5
    assert (row["trials"], row["failed"]) == (6, 0)


@pytest.mark.parametrize("side", [-1, 1])
def test_agreement_ends_at_the_band(side):
    row = only(trials())
    edge = row["measured low" if side < 0 else "measured high"]
    assert only(trials(), value=edge - side * 1e-6)["agrees"] == "yes"
    assert only(trials(), value=edge + side * 1e-6)["agrees"] == "no"
    width = row["measured high"] - row["measured"]
    own = np.std(MODES, ddof=1) / math.sqrt(6)
    both = width / own * math.hypot(own, 0.4)  # a published error widens what agrees
    assert only(trials(), value=7.5 + side * (both - 1e-6), error=0.4)["agrees"] == "yes"
    assert only(trials(), value=7.5 + side * (both + 1e-6), error=0.4)["agrees"] == "no"


def test_controls_are_rates():
    frame = trials(outcome="converged")
    row = only(frame, "success", 1.0)
    assert row["agrees"] == "yes"
    low, high = proportion_confint(6, 6, 0.01, "wilson")
    assert (row["measured low"], row["measured high"]) == pytest.approx((low, high))
    assert only(frame, "success", 0.0)["agrees"] == "no"
    frame.loc[0, "outcome"] = "stalled"
    assert only(frame, "success", 1.0)["agrees"] == "no"
    assert only(trials(outcome="mode_drop"), "success", 0.0)["agrees"] == "yes"


@pytest.mark.parametrize("known", [0.9, 0.1])
def test_a_rate_that_was_itself_measured_has_an_error(known):
    """Newcombe's interval of a difference: at its end, zero is on the edge."""
    frame = trials()
    frame["outcome"] = ["converged"] * 3 + ["stalled"] * 3
    row = only(frame, "success", known)
    assert row["agrees"] == "no"
    reach = row["measured high"] - 0.5 if known > 0.5 else 0.5 - row["measured low"]
    least = math.sqrt(0.4**2 - reach**2) / stats.norm.ppf(0.995)
    assert only(frame, "success", known, least + 1e-6)["agrees"] == "yes"
    assert only(frame, "success", known, least - 1e-6)["agrees"] == "no"


def test_what_cannot_be_told():
    assert only(trials([8.0]))["agrees"] == "–"
    assert only(trials([8.0]), error=0.1, value=8.25)["agrees"] == "yes"  # 2.576 errors
    assert only(trials([8.0]), error=0.1, value=8.26)["agrees"] == "no"
    assert only(trials(), method="unknown")["agrees"] == "0 trials"
    assert only(trials(), method="unknown", metric="success", value=1.0)["agrees"] == "0 trials"
    assert only(trials(), metric="vendi")["agrees"] == "–"
    missing = only(trials([8.0, math.nan, 8.0], status="diverged"))
    assert (missing["agrees"], missing["failed"]) == ("–", 3)
    assert only(trials([8.0, 8.0, 8.0]))["agrees"] == "yes"  # no spread at all


def test_a_reference_at_some_numbers_is_about_all_trials_that_have_them():
    everything = trials()
    everything["lr_g"] = [0.001, 0.001 * 3, 0.01, 0.003, 0.001, 0.01]
    everything["r1.gamma"] = 0.1
    compared = everything[:1]
    known = Reference("ring8", "r1", "modes", 7.0, math.nan, "a paper")
    measured = [
        references.table(everything, compared, [known._replace(at=at)], "converged").iloc[0]
        for at in (
            {},
            {"lr_g": 0.003, "r1.gamma": 0.1},
            {"lr_g": 0.01, "r1.gamma": 1.0},
            {"r9.gamma": 1.0},
            {"lr_g": 0.004},
        )
    ]
    assert [row["trials"] for row in measured] == [1, 2, 0, 0, 0]
    assert [row["at"] for row in measured[:2]] == ["", "lr_g = 0.003, r1.gamma = 0.1"]
    assert measured[1]["measured"] == 7.5


def test_a_reference_is_about_an_option_of_its_task(tmp_path):
    """Where an option is an axis, the task has a label for each value; the reference names it."""
    made = [
        result(kind, seed=seed, options={"sigma": sigma, "batch": 64, "network": network})
        for sigma, network, kind in (
            (0.1, "mlp", "converged"),
            (0.02, "mlp", "mode_drop"),
            (0.02, "dcgan", "stalled"),
        )
        for seed in range(3)
    ]
    at = (
        ("{ sigma = 0.02, network = 'mlp' }", 0),
        ("{ sigma = 0.1 }", 1),
        ("{ sigma = 0.3 }", 1),
        ("{}", 1 / 3),
    )
    toml = "".join(
        f'[[reference]]\ntask = "ring8"\nmethod = "ns"\nmetric = "success"\nvalue = {value}\n'
        f'source = "x"\nat = {place}\n'
        for place, value in at
    )
    found = collect([write(tmp_path / "x", made, toml)])
    assert set(found.trials["task"]) == {
        "ring8 (sigma=0.1, network=mlp)",
        "ring8 (sigma=0.02, network=mlp)",
        "ring8 (sigma=0.02, network=dcgan)",
    }
    assert found.trials["option.sigma"].tolist() == [
        float(task.partition("sigma=")[2].partition(",")[0]) for task in found.trials["task"]
    ]
    table = found.tables["references"]
    assert table["trials"].tolist() == [3, 3, 0, 9]
    assert table["agrees"].tolist() == ["yes", "yes", "0 trials", "yes"]
    assert table["at"].tolist()[:2] == ["sigma = 0.02, network = mlp", "sigma = 0.1"]


@pytest.mark.parametrize("order", [">", "<"])
def test_a_claim_of_order_is_shown_by_the_whole_band(order):
    frame, sign = trials(), 1 if order == ">" else -1
    row = only(frame)
    near = row["measured low" if order == ">" else "measured high"]

    def claimed(value, error=math.nan, of=frame):
        known = Reference("ring8", "r1", "modes", value, error, "a paper", order=order)
        return references.table(of, of, [known], "converged").iloc[0]

    assert claimed(near - sign * 1e-6)["agrees"] == "yes"
    assert claimed(near + sign * 1e-6)["agrees"] == "not shown"
    assert claimed(near - sign * 1e-6, error=0.5)["agrees"] == "not shown"
    assert claimed(7.5 + sign * 3)["agrees"] == "no"
    assert claimed(7.5 - sign * 3)["order"] == order
    assert claimed(7.5 - sign * 3, of=trials([8.0]))["agrees"] == "–"
    assert "order" not in row


def test_a_claim_about_several_methods_has_a_row_for_each(tmp_path):
    made = [result("converged", method=m, seed=s) for m in ("ns", "r1") for s in range(4)]
    toml = (
        '[[reference]]\ntask = "ring8"\nmethod = ["r1", "ns"]\nmetric = "high_quality"\n'
        'order = ">"\nvalue = 0.5\nsource = "a paper"\n'
    )
    table = collect([write(tmp_path / "x", made, toml)]).tables["references"]
    assert table["method"].tolist() == ["r1", "ns"]
    assert table["agrees"].tolist() == ["yes", "yes"]
    assert table["order"].tolist() == [">", ">"]


TOML = """# A question.
[[reference]]
task = "ring8"
method = "ns"
metric = "success"
value = 0
source = "negative control"
[[reference]]
task = "ring8"
method = "r1"
metric = "modes"
value = 7.9
error = 0.1
source = "Lin et al. 2018"
[[reference]]
task = "ring8"
method = "r1"
at = { lr_g = 1e-3, r1.gamma = 0.1 }
metric = "success"
value = 1
source = "positive control"
"""


def test_a_report_shows_them(tmp_path):
    kinds = {"ns": "mode_drop", "r1": "converged"}
    hparams = {"lr_g": 1e-3, "r1.gamma": 0.1}
    made = [
        result(kind, method=method, seed=seed, hparams=hparams)
        for method, kind in kinds.items()
        for seed in range(4)
    ]
    folder = write(tmp_path / "x", made, TOML)
    found = collect([folder])
    table = found.tables["references"]
    assert table["agrees"].tolist() == ["yes", "yes", "yes"]
    assert table["known"].tolist() == [0, 7.9, 1]
    assert found.sweeps[0].references[2].at == {"lr_g": 1e-3, "r1.gamma": 0.1}
    plain = collect([write(tmp_path / "y", made, TOML.partition("[[")[0])])
    assert "references" not in plain.tables
    assert plain.sweeps[0].declared != found.sweeps[0].declared
