"""Page, CSV files and --compare tell the same of two methods."""

import re

import pandas as pd
import pytest

from bench import report
from bench.analysis import statistics
from tests.analysis.synthetic import result, write
from tests.commands import LIGHT

TOML = """# Who is better?
[[method]]
name = "ns"
[[method]]
name = "good"
[[method]]
name = "fair"
[[method]]
name = "poor"
[analysis]
baseline = "ns"
"""
CONVERGED = {"ns": 2, "good": 9, "fair": 8, "poor": 1}
"""Counts of ten seeds. good and fair are better than ns by themselves. After correction fair is so
no more, though the formula for ten seeds asks for fewer than ten."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = [
        result("converged" if seed < hits else "stalled", method=method, seed=seed)
        for method, hits in CONVERGED.items()
        for seed in range(10)
    ]
    return write(tmp_path_factory.mktemp("family") / "x", made, TOML)


@pytest.fixture(scope="module")
def written(folder):
    out = folder.parent / "out"
    assert report.main([str(folder), "-o", str(out), *LIGHT]) == 0
    return out


def numbers(text):
    """(adjusted p, seeds needed or 0) that --compare prints."""
    p = float(re.search(r"Holm-adjusted p = ([0-9.e-]+)", text)[1])
    seeds = re.search(r"seeds needed  (\d+) per method", text)
    return p, int(seeds[1]) if seeds else 0


def rows(written, name):
    table = pd.read_csv(written / "tables" / f"{name}.csv")
    return {frozenset((row.method, row.other)): row for row in table.itertuples()}


def test_every_pair_has_one_p_and_one_number_of_seeds(folder, written, capsys):
    against, pairs = rows(written, "comparisons"), rows(written, "pairwise")
    assert len(pairs) == 6
    for pair, row in pairs.items():
        for first, second in (tuple(pair), tuple(pair)[::-1]):
            assert report.main([str(folder), "--compare", first, second]) == 0
            text = capsys.readouterr().out
            p, seeds = numbers(text)
            assert p == float(f"{row.p_holm:.2g}")
            assert seeds == row.seeds
            assert ("comparisons against ns)" in text) is ("ns" in pair)
            assert ("pairs on ring8 without ns)" in text) is ("ns" not in pair)
            assert ("undecided" in text) is (row.p_holm >= 0.05)
            if row.p_holm >= 0.05 and seeds:
                assert seeds > 10  # so many are there, and have not decided
        if pair in against:
            assert against[pair].p_holm == row.p_holm
            assert against[pair].seeds == row.seeds
            assert against[pair].family == row.family == "against ns"


def test_the_example_is_one_in_which_they_used_to_contradict_each_other(written):
    row = rows(written, "pairwise")[frozenset(("fair", "ns"))]
    assert row.p_rates < 0.05 < 6 * row.p_rates  # decided alone, undecided among all pairs
    fair, poor = 0.8, 0.1
    h = statistics.compare_rates(8, 10, 2, 10)
    assert h.p == row.p_rates
    assert statistics.seeds_for_rates(fair, poor) < 10


def test_the_sentences_say_the_same(written):
    pairs = rows(written, "pairwise")
    page, text = ((written / name).read_text() for name in ("index.html", "report.md"))
    answer = text[text.index("## Answer") : text.index("### Trials that were run")]
    p = pairs[frozenset(("good", "ns"))].p_holm
    said = f"Boschloo's test of the rates, Holm-adjusted p = {p:.2g} (3 comparisons against ns)"
    assert said in answer
    assert said in re.sub("<.*?>", "", page).replace("&#39;", "'")
    for name in ("ns", "fair", "poor"):
        row = pairs[frozenset(("good", name))]
        cell = re.search(rf'<td([^>]*) title="good and {name}: ([^"]*)">(.)</td>', page)
        assert cell[3] == ("·" if row.p_holm >= 0.05 else "≠")
        assert f"Holm-adjusted p = {row.p_holm:.2g} " in cell[2]
        assert (f"; {row.seeds:.0f} seeds would decide" in cell[2]) is (row.p_holm >= 0.05)
