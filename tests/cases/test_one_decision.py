"""Whatever the results are, no two sentences of a report contradict each other."""

import itertools
import re

import numpy as np
import pandas as pd
import pytest

from bench import report
from bench.analysis import statistics
from bench.analysis.report import words, write
from bench.analysis.report.contents import collect
from bench.analysis.report.sentences import sentences
from bench.analysis.tables import comparing
from tests.analysis import chance
from tests.analysis.synthetic import result
from tests.analysis.synthetic import write as store
from tests.commands import LIGHT

SEEDS = [*range(100, 104), *(pytest.param(i, marks=pytest.mark.slow) for i in range(104, 140))]


def rows(table):
    return {(r["task"], frozenset((r["method"], r["other"]))): r for r in table.to_dict("records")}


def holds(row):
    """The one decision, worked out anew from the numbers of the CSV file."""
    if row["primary"] == comparing.DETERMINISTIC:
        return row["rate difference"] != 0 or abs(row["better"] - 0.5) > 1e-9
    return row["p_holm"] < 0.05


def check_pair(row, text):
    """The sentences of --compare about a pair say what its row in the CSV file says."""
    decision = re.search(r"decision      (.*)", text)[1]
    seeds = re.search(r"seeds needed  (.*)", text)[1]
    assert decision.startswith("undecided") is not holds(row)
    assert ("it is decided" in seeds) is (holds(row) and row["primary"] != "deterministic")
    assert (row["seeds"] == 0) is holds(row)
    if found := re.search(r"Holm-adjusted p = (\S+) \((\d+) ", decision):
        assert float(found[1]) == float(f"{row['p_holm']:.2g}")
        assert int(found[2]) == row["comparisons"]
        assert row["family"].removeprefix("pairs on") in decision
    if number := re.match(r"(\d+) per method", seeds):
        assert int(number[1]) == row["seeds"]
        assert row["seeds"] > max(row["trials"], row["trials of other"])  # so many did not decide
    if holds(row) and row["primary"] != comparing.DETERMINISTIC:
        effect = (
            row["rate difference"] if row["primary"] == comparing.RATES else row["better"] - 0.5
        )
        best = row["method"] if effect > 0 else row["other"]
        assert decision.startswith(f"{best} is better than ")
    if "there is none" in seeds:
        assert not row["better low"] > 0.5
        assert not row["better high"] < 0.5


def check(found):
    pairs = rows(found.tables.get("pairwise", pd.DataFrame(columns=list(comparing.COLUMNS))))
    for key, row in rows(found.tables.get("comparisons", pd.DataFrame())).items():
        for name in ("p_holm", "family", "comparisons", "seeds", "primary"):
            assert row[name] == pairs[key][name] or row[name] != row[name], name
    for (task, two), row in pairs.items():
        for a, b in (tuple(two), tuple(two)[::-1]):
            table = comparing.pair(found.tables["pairwise"], a, b)
            told = "\n".join(sentences(table[table["task"] == task]))
            check_pair(row, told)
    for answer in found.answers:
        ranked = found.tables["ranking"]
        best = ranked[ranked["task"] == answer.task].iloc[0]["method"]
        own = {
            two: row for (task, two), row in pairs.items() if task == answer.task and best in two
        }
        for two, row in own.items():
            (other,) = two - {best}
            assert (f"`{other}`" in answer.unsure) is not holds(row), (best, other)
            if f"than the baseline `{other}`" in answer.leads:
                shown = "the data do not show" not in answer.leads
                assert shown is holds(row)
                assert comparing.why(row) in answer.leads


@pytest.mark.parametrize("seed", SEEDS)
def test_case_18_every_sentence_follows_the_one_decision(seed, tmp_path):
    check(collect([store(tmp_path / "x", chance.results(seed), chance.TOML)]))


@pytest.mark.parametrize("seed", range(3))
def test_case_18_with_enough_seeds_to_decide_and_not_to(seed, tmp_path):
    rng, made = np.random.default_rng(seed), []
    for task, (method, rate) in itertools.product(
        ("ring8", "digits8"),
        zip(("ns", "r1", "gp", "ls"), rng.permutation([0, 0.4, 0.8, 1]), strict=True),
    ):
        kinds = np.where(rng.random(10) < rate, "converged", rng.choice(["stalled", "mode_drop"]))
        made += [
            result(str(kind), method=method, task=task, seed=i, evaluations=chance.EVALUATIONS)
            for i, kind in enumerate(kinds)
        ]
    found = collect([store(tmp_path / "x", made, chance.TOML)])
    decisions = [holds(row) for row in found.tables["pairwise"].to_dict("records")]
    assert True in decisions
    assert False in decisions
    check(found)


def test_the_page_has_the_p_of_its_tables(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(write, "_draw_all", lambda *_: [])
    kinds = {"ns": "stalled", "r1": "converged", "gp": "mode_drop"}
    made = [
        result(kind if seed else "improving", method=m, seed=seed, evaluations=20)
        for m, kind in kinds.items()
        for seed in range(8)
    ]
    folder = store(tmp_path / "x", made, chance.TOML)
    assert report.main([str(folder), "-o", str(tmp_path / "out"), *LIGHT]) == 0
    pairs = pd.read_csv(tmp_path / "out" / "tables" / "pairwise.csv")
    known = {f"{p:.2g}" for p in pairs["p_holm"]}
    for name in ("report.md", "index.html"):
        text = re.sub("<[^>]*>", "", (tmp_path / "out" / name).read_text())
        said = set(re.findall(r"Holm-adjusted p = ([\d.e-]*\d)", text))
        assert said
        assert said <= known


def test_equal_rates_and_unequal_q_are_not_called_no_difference(tmp_path):
    kinds = {"ns": "stalled", "r1": "improving", "gp": "converged"}
    made = [
        result(kind, method=m, seed=seed, evaluations=20)
        for m, kind in kinds.items()
        for seed in range(6)
    ]
    found = collect([store(tmp_path / "x", made, chance.TOML)])
    row = comparing.pair(found.tables["pairwise"], "r1", "ns")
    told = "\n".join(sentences(row))
    assert "P(r1 better) = 1.00" in told
    assert "undecided by the rates of success" in told
    assert "there is none" not in told
    assert "the rates are equal" in told
    assert comparing.needed(row.iloc[0]) == "equal rates, unequal q"


def test_no_rate_has_an_interval_without_width(tmp_path):
    made = [
        result(kind, method=m, seed=seed, evaluations=20, hparams={"lr_g": lr})
        for m, kind in {"ns": "stalled", "r1": "converged"}.items()
        for seed in range(4)
        for lr in (1e-3, 1e-2)
    ]
    found = collect([store(tmp_path / "x", made, chance.TOML)])
    rescues = found.tables["rescues"].set_index("method")
    assert rescues.loc["r1", "rescued"] == rescues.loc["r1", "rescued high"] == 1
    low, high = statistics.wilson(0, 4)
    assert rescues.loc["r1", "rescued low"] == pytest.approx(1 - high)
    assert rescues.loc["ns, other seeds", "rescued high"] == pytest.approx(high)
    works = found.tables["sensitivity"].set_index("method")
    assert works.loc["ns", "works low":"works high"].tolist() == list(statistics.wilson(0, 2))
    assert low == 0


def test_sweeps_that_declare_different_things_are_told_apart(tmp_path):
    folders = [
        store(tmp_path / name, [result("stalled", method=m) for m in ("ns", "r1")], toml)
        for name, toml in (
            ("a", chance.TOML),
            ("b", chance.TOML.replace('"ns"', '"r1"\nsuccess = "stalled"')),
        )
    ]
    said = "\n".join(words.limits(collect(folders)))
    assert "different outcomes as their success: `converged` counts" in said
    assert "different baselines: `ns` counts" in said
    assert "different" not in "\n".join(words.limits(collect(folders[:1])))
