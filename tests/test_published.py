"""What README claims of published experiments is what the committed pages and results say."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pandas as pd
import pytest

import bench
from bench.analysis.statistics import over_grid
from bench.registry import UnknownName

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


def test_a_published_sweep_is_loaded_by_its_name(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    frame = bench.published("n_dis")
    folder = frame.attrs["folder"]
    assert folder == ROOT / "results" / "n_dis"
    pd.testing.assert_frame_equal(frame, bench.load(folder))
    for root in (ROOT, ROOT / "results"):
        assert len(bench.published("theory", root=root)) == 16


def test_another_name_is_answered_with_those_that_there_are(tmp_path):
    with pytest.raises(UnknownName, match=r'no published sweep "n_diss" \(did you mean "n_dis"'):
        bench.published("n_diss")
    for name in ("b", "a"):
        (tmp_path / name / "trials").mkdir(parents=True)
    (tmp_path / "c").mkdir()  # no results folder
    with pytest.raises(UnknownName, match=r'"stabilizers" \(there is: a, b\)'):
        bench.published("stabilizers", root=tmp_path)


def test_a_wheel_has_no_results_and_says_where_they_are(tmp_path, monkeypatch):
    """As a user has it who installed the package and has no repository."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "site-packages" / "bench").mkdir(parents=True)
    (tmp_path / "site-packages" / "other" / "trials").mkdir(parents=True)  # no results of ours
    monkeypatch.setattr(bench, "__file__", str(tmp_path / "site-packages/bench/__init__.py"))
    with pytest.raises(FileNotFoundError) as error:
        bench.published("stabilizers")
    told = str(error.value)
    assert told.startswith(f"no published results in {tmp_path}/site-packages and {tmp_path}: ")
    assert 'bench.published("stabilizers", root="path/to/a/checkout")' in told
    assert "\n" not in told
