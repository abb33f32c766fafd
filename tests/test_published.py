"""What README claims of published experiments is what the committed pages and results say."""

from __future__ import annotations

import csv
import re
import subprocess
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


FOUND = (ROOT / "report" / "README.md").read_text(encoding="utf-8")


def said(name):
    """The sentences of report/README.md about one experiment, in one line."""
    (text,) = re.findall(rf"\* \*\*{name}.*?(?=\n\* |\n## )", FOUND, re.DOTALL)
    return " ".join(text.split())


def column(name, table, metric):
    """(task, method) -> a number of a published table."""
    return {(r["task"], r["method"]): float(r[metric]) for r in rows(f"{name}/tables/{table}.csv")}


def test_what_few_images_do():
    text, won = said("Few images"), column("few_data", "ranking", "success")
    assert "LeCam and DigGAN reach all ten digits on 4 of 4 seeds each" in text
    for (task, method), successes in won.items():
        good = method in ("lecam", "diggan") and "n=100)" not in task
        assert successes == (4 if good else 0)
    names = {"diggan": "DigGAN", "lecam": "LeCam", "ada": "ADA", "r1": "R1"}
    names |= {"diffaugment": "DiffAugment", "ns": "baseline"}
    q = column("few_data", "final_metrics", "q median")
    for method, name in names.items():
        assert f"{q['digits8 (n=300)', method]:.2f} ({name})" in text
    ratio = column("few_data", "end_metrics", "nn_ratio median")["digits8 (n=100)", "ns"]
    assert f"`nn_ratio` {ratio:.2f}" in text
    adjusted = [row["p_holm"] for row in rows("few_data/tables/comparisons.csv")]
    assert min(float(p) for p in adjusted if p) > 0.05
    learnt = column("few_data", "other_metrics", "logit_extreme median")
    assert all(learnt[task, "chain"] < 0.05 < learnt[task, "ns"] for task, _ in learnt)


def test_what_imitation_costs():
    text, cost = said("Imitation"), column("imitation", "other_metrics", "regret median")
    for words, method in (
        ("The policy of the baseline costs {:.2f} %", "ns"),
        ("behaviour cloning {:.2f} %", "cloning"),
        ("R1 {:.1f} %", "r1"),
        ("without a game {:.1f} %", "moments"),
        ("critic {:.1f} %", "wgan_unconstrained"),
    ):
        assert words.format(100 * cost["imitate", method]) in text
    won = column("imitation", "ranking", "success")
    assert won["imitate", "ls"] == 8 - 2
    assert won["imitate", "ns"] == won["imitate", "r1"] == 8


def test_the_numbers_of_theory_that_ridges_meets():
    found = rows("ridges/tables/references.csv")
    assert "All eleven numbers" in said("Ridges")
    assert [row["agrees"] for row in found] == ["yes"] * 11


def test_alignment_has_two_peaks():
    text, found = said("Alignment"), rows("alignment/tables/retrieval.csv")
    values = {
        method: sorted(float(r["retrieval"]) for r in found if r["method"] == method)
        for method in ("ns", "r1", "wgan_gp", "sngan_1")
    }
    above = {method: sum(v >= 0.95 for v in own) for method, own in values.items()}
    assert (
        f"{above['ns']} of 16 of the baseline, {above['r1']} of R1, {above['wgan_gp']} of" in text
    )
    for method in ("ns", "r1", "wgan_gp"):
        assert len(values[method]) == 16
        assert all(v <= 0.17 for v in values[method][: -above[method]])
    rest = values["sngan_1"][: -above["sngan_1"]]
    assert f"has {above['sngan_1']} there, 2 at {rest[-2]:.2g} and {rest[-1]:.2g}" in text
    assert len(rest) == 7
    assert rest[4] <= 0.27


def test_what_mends_pinned_scores():
    text, won = said("Scores pinned"), column("scores_pinned", "ranking", "success")
    won = {method: int(n) for (_, method), n in won.items()}
    assert won["minimax"] == won["minimax_lazy_d"] == 3
    assert "D wins on 5 of 8 seeds" in text
    assert won["minimax_r1"] == won["minimax_sn"] == won["ns"] == 8
    assert won["minimax_noise"] == 7


def test_what_is_published_names_no_place_on_a_machine():
    listing = ["git", "-C", str(ROOT), "ls-files", "-z", "report", "results"]
    listed = subprocess.run(listing, capture_output=True, text=True, check=True)
    tracked = [ROOT / name for name in listed.stdout.split("\0") if name]
    texts = {f: f.read_bytes() for f in tracked if f.suffix in (".html", ".csv", ".json", ".md")}
    assert len(texts) > 50
    assert not [str(f) for f, text in texts.items() if b'"/tmp/' in text or b">/tmp/" in text]


def test_a_race_decides_as_twenty_fixed_seeds_do():
    text = said("A race")
    raced = {(r["task"], r["method"]): r for r in rows("race/tables/race.csv")}
    fixed = {(r["task"], r["method"]): r for r in rows("race/tables/fixed.csv")}
    assert raced.keys() == fixed.keys()
    for key, row in raced.items():
        decided = row["outcome"].endswith(" is better")
        assert decided == (float(row["p"]) <= 0.05) == (float(fixed[key]["p_holm"]) <= 0.05)
        assert float(row["success"]) <= float(fixed[key]["success"])
    ends = {key: (int(r["seeds"]), r["success"], r["success of other"]) for key, r in raced.items()}
    assert ends["digits8", "sngan"] == (10, "7", "0")
    assert ends["digits8", "r3gan"] == (20, "7", "0")
    assert "after 10 seeds (7 against 0), R3GAN after 20 (7 against 0)" in text
    assert ends["ring8", "r3gan"] == (20, "19", "13")
    assert ends["ring8", "sngan"] == (20, "5", "13")
    assert ends["ring8", "dragan"] == (15, "13", "10")
    assert ends["ring8", "r1"] == (15, "8", "10")
    seeds: dict[tuple[str, str], int] = {}
    for (task, method), (n, _, _) in ends.items():
        for one in (method, "ns"):
            seeds[task, one] = max(seeds.get((task, one), 0), n)
    assert f"{sum(seeds.values())} trials in place of {20 * len(seeds)}" in text


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
