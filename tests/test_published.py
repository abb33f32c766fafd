"""What README claims of published experiments is what the committed pages and results say."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

import bench
from bench.analysis.statistics import over_grid

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
RATE = re.compile(r"(\d+) of (\d+) trials \((\d+) %, (\d+) to (\d+) %")


def rows(name):
    with (ROOT / "report" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_rates_of_n_dis():
    """Recomputed from the trials, in the order in which README names them."""
    trials = bench.load(ROOT / "results" / "n_dis")
    methods = ("sngan", "wgan_gp", "sngan_one_step", "wgan_gp_one_step")
    text = " ".join(README.partition("How much a recipe decides")[2].partition("\n\n")[0].split())
    claimed = [tuple(map(int, found)) for found in RATE.findall(text)]
    assert len(claimed) == len(methods)
    for method, (k, n, rate, low, high) in zip(methods, claimed, strict=True):
        own = trials[trials["method"] == method]
        hits = own["outcome"] == "converged"
        interval = over_grid(hits, own["seed"])
        assert (k, n) == (hits.sum(), len(own))
        assert [rate, low, high] == [round(100 * x) for x in (k / n, *interval)]


def test_every_game_of_theory_does_what_theory_says():
    found = rows("theory/tables/references.csv")
    assert len(found) == 16
    assert {row["agrees"] for row in found} == {"yes"}


def test_the_quickstart_s_table_is_that_of_its_page():
    shown = README.partition("## What you get")[2].partition("```\n")[2].partition("```")[0]
    table = {(row["task"], row["method"]): row for row in rows("quickstart/tables/summary.csv")}
    lines = shown.splitlines()[1:]
    assert len(lines) == len(table)
    for line in lines:
        task, method, rest = re.fullmatch(r"(\S+)\s+(\S+)\s+(.*)", line).groups()
        ended, trials, modes, q, _ = re.split(r"\s{2,}", rest)
        row = table[task, method]
        assert (ended, trials) == (row["ended"], row["trials"])
        assert float(modes) == pytest.approx(float(row["modes (median)"]))
        assert float(q) == pytest.approx(float(row["proxy q (median)"]), rel=5e-3)


def test_controls_of_the_quickstart():
    found = rows("quickstart/tables/references.csv")
    assert {row["source"].partition(" control")[0] for row in found} == {"positive", "negative"}
    assert {row["agrees"] for row in found} == {"yes"}
