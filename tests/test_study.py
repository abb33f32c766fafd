"""What README claims of the study is what the committed results say."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

import bench
from bench.analysis.statistics import wilson

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
STUDY = README.partition("## What the study found")[2].partition("\n## ")[0]
RATE = re.compile(r"(\d+)\s+of\s+(\d+)\s+trials\s+\((\d+)\s+%,\s+(\d+)\s+to\s+(\d+)\s+%")


def cells(mark):
    """The cells of the rows of a marked table, the head first."""
    rows = STUDY.partition(f"<!-- study: {mark} -->\n\n")[2].partition("\n\n")[0].splitlines()
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in (rows[0], *rows[2:])]


def test_every_rate_has_its_interval():
    found = RATE.findall(STUDY)
    assert len(found) > 10
    for row in found:
        k, n, rate, low, high = map(int, row)
        interval = wilson(k, n)
        assert [rate, low, high] == [round(100 * x) for x in (k / n, *interval)], row


def test_how_often_each_method_converged():
    trials = bench.load(ROOT / "results/stabilizers")
    (_, *tasks), *rows = cells("methods")
    assert {row[0].strip("`") for row in rows} == set(trials["method"])
    for method, *shown in rows:
        for task, cell in zip(tasks, shown, strict=True):
            own = trials[(trials["method"] == method.strip("`")) & (trials["task"] == task)]
            k, n = int((own["outcome"] == "converged").sum()), len(own)
            interval = wilson(k, n) if n else ()
            assert cell == (f"{k}/{n} ({_percent(interval)})" if n else "–")


def test_what_to_try_first():
    table = pd.read_csv(ROOT / "report/stabilizers/tables/rescues.csv")
    _, *rows = cells("rescues")
    assert len(rows) >= 4
    for ended, _, *tried, luck in rows:
        own = table[table["ended"] == ended.split("`")[1]].set_index("method")
        for cell in [cell for cell in tried if cell]:
            method = cell.split("`")[1]
            assert cell == f"`{method}` {_mean(own.loc[method])}"
        assert luck == _mean(own.loc["ns, other seeds"])


@pytest.mark.parametrize(
    ("sweep", "query", "expected"),
    [
        ("momentum", "task == 'digits8' and method == 'ns' and `adam.beta2` == 0.9", (20, 20)),
        ("momentum", "task == 'digits8' and method == 'ns' and `adam.beta2` == 0.999", (0, 20)),
        ("momentum", "task == 'digits8' and method == 'r1' and `adam.beta2` == 0.9", (17, 20)),
        ("momentum", "task == 'digits8' and method == 'r1' and `adam.beta2` == 0.999", (14, 20)),
        ("momentum", "task == 'digits8' and method == 'gngan' and `adam.beta2` == 0.999", (0, 20)),
        ("momentum", "task == 'digits8' and method == 'r3gan' and `adam.beta2` == 0.999", (16, 20)),
        ("dynamics", "method == 'r1_ttur'", (0, 24)),
        ("dynamics", "method == 'r1_alternating'", (10, 24)),
    ],
)
def test_rates_of_the_findings(sweep, query, expected):
    own = bench.load(ROOT / "results" / sweep).query(query)
    assert ((own["outcome"] == "converged").sum(), len(own)) == expected
    assert expected in {(int(k), int(n)) for k, n, *_ in RATE.findall(STUDY)}


def test_controls():
    table = pd.read_csv(ROOT / "report/stabilizers/tables/references.csv")
    assert set(table["agrees"]) == {"yes"}
    assert table["source"].str.startswith(("negative control", "positive control")).all()


def _percent(interval):
    return "{}–{} %".format(*(round(100 * x) for x in interval)) if interval else ""


def _mean(row):
    mean, low, high = (row[f"rescued{end}"] for end in ("", " low", " high"))
    return f"{100 * mean:.0f} % ({100 * low:.0f} to {100 * high:.0f})"
