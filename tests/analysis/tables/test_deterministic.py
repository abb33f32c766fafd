"""Games without random draws: one run is all there is."""

import re

import pytest

import bench
from bench import report
from bench.analysis import frame
from bench.analysis.report import words
from bench.analysis.report.contents import collect
from bench.analysis.report.sentences import sentences
from bench.analysis.tables import comparing
from bench.trial import Method, Result, Status, Trial
from tests.analysis.synthetic import result, write
from tests.commands import LIGHT

TOML = """# Which way does the game go?
[analysis]
baseline = "circles"
[[reference]]
task = "dirac"
method = "inwards"
metric = "success"
value = 1
source = "theory"
[[reference]]
task = "dirac"
method = "circles"
metric = "contraction"
value = 1.0
error = 1e-4
source = "theory"
"""


def game(method, factor, seed=0, fact=True, hparams=None, wobble=0.0):
    step = list(range(10, 1001, 10))
    facts = {"criterion": {"radius": ["<=", 0.01]}, "kind": "game", "radius_start": 2**0.5}
    return Result(
        Trial("dirac", Method(method), seed, 1000, hparams or {"lr_g": 0.1}),
        Status.COMPLETED,
        {"step": step, "radius": [2**0.5 * (factor + wobble * seed) ** s for s in step]},
        facts=facts if fact is None else {**facts, "deterministic": fact},
    )


def games(**more):
    ways = {"inwards": 0.98, "circles": 1.0, "circles_too": 1.0}
    return [game(method, factor, **more) for method, factor in ways.items()]


@pytest.fixture(params=["said by the results", "older results", "five equal seeds"])
def folder(request, tmp_path):
    if request.param == "five equal seeds":
        made = [one for seed in range(5) for one in games(seed=seed, fact=None)]
    else:
        made = games(fact=True if request.param == "said by the results" else None)
    return write(tmp_path / "x", made, TOML)


def test_nothing_is_said_of_chance(folder, tmp_path, capsys):
    found = collect([folder])
    assert found.trials["deterministic"].all()
    for name in ("ranking", "outcomes"):
        table = found.tables[name]
        assert table[["low", "high"]].isna().all(axis=None)
    for name in ("comparisons", "pairwise"):
        table = found.tables[name]
        assert table[[c for c in table if c.startswith("p_") or c == "p"]].isna().all(axis=None)
        assert not (table["seeds"] > 0).any()
    assert found.tables["convergence"]["p_logrank"].isna().all()
    references = found.tables["references"]
    assert references["agrees"].tolist() == ["yes", "yes"]
    assert references[["measured low", "measured high"]].isna().all(axis=None)

    assert report.main([str(folder), "-o", str(tmp_path / "out"), *LIGHT]) == 0
    for text in ((tmp_path / "out" / name).read_text() for name in ("report.md", "index.html")):
        said = text.partition("## Methods and definitions")[0].partition("definitions</h2>")[0]
        assert "deterministic: one run is all there is" in said
        assert "run more seeds" not in said
        assert not re.search(r"95 % interval [0-9]|p = 0|[0-9] seeds\)", said)
    figures = {file.name for file in (tmp_path / "out" / "figures").iterdir()}
    assert not [name for name in figures if "survival" in name or "critical" in name]
    capsys.readouterr()
    assert report.main([str(folder), "--compare", "inwards", "circles"]) == 0
    text = capsys.readouterr().out
    assert "inwards is better than circles; deterministic: one run is all there is" in text
    assert not re.search(r"p = |per method|interval", text)


def test_two_that_do_the_same_are_not_told_apart_by_more_seeds(folder):
    (answer,) = collect([folder]).answers
    assert "`inwards` leads: " in answer.leads
    assert "is better than the baseline `circles` (deterministic: one run" in answer.leads
    assert answer.unsure == ""
    table = comparing.pairwise(bench.load(folder))
    row = comparing.pair(table, "circles", "circles_too").iloc[0]
    assert not comparing.decided(row)
    assert "seeds needed  none: another seed would do the same" in "\n".join(
        sentences(comparing.pair(table, "circles", "circles_too"))
    )


def test_a_game_whose_seeds_differ_is_left_to_chance(tmp_path):
    made = [game("inwards", 0.98, seed, None, wobble=1e-4) for seed in range(4)]
    trials = frame.load(write(tmp_path / "a", made))
    assert not trials["deterministic"].any()
    said = [game("inwards", 0.98, seed, False) for seed in range(4)]
    assert not frame.load(write(tmp_path / "b", said))["deterministic"].any()


def test_samples_are_never_taken_for_deterministic(tmp_path):
    made = [result("converged"), result("converged", method="r1"), *games()]
    trials = frame.load(write(tmp_path / "x", made))
    assert trials.groupby("task")["deterministic"].all().to_dict() == {
        "dirac": True,
        "ring8": False,
    }
    said = "\n".join(words.limits(collect([tmp_path / "x"])))
    assert "With 1 trial a method" in said  # of the ring alone
    assert "dirac: nothing is drawn at random: one run is all there is" in said


def test_settings_of_a_game_have_no_intervals(tmp_path):
    made = [
        game(m, factor - lr / 10, hparams={"lr_g": lr})
        for m, factor in (("inwards", 0.99), ("circles", 1.0))
        for lr in (0.0, 0.01, 0.1)
    ]
    found = collect([write(tmp_path / "x", made)])
    for name in ("ranking", "outcomes", "settings", "windows"):
        assert found.tables[name][["low", "high"]].isna().all(axis=None), name
    assert found.tables["sensitivity"][["works low", "works high"]].isna().all(axis=None)
