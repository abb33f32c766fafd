"""[race] is read into a declaration and the trials that it may ask for."""

from __future__ import annotations

import pytest

from bench.analysis.statistics import sequential
from bench.grid import GridError
from bench.vocabulary.races import SPENDING, Race
from tests.sweep.race.raced import SEARCHED, TOML, load


def test_a_race_is_read_with_the_trials_of_its_last_look(tmp_path):
    sweep = load(tmp_path)
    assert sweep.race == Race(
        pairs=(("r1", "ns"), ("sngan", "ns"), ("wgan_gp", "ns")),
        looks=(5, 10, 15, 20),
        alpha=0.05,
        least=0.3,
        spending="obrien_fleming",
        baseline="ns",
    )
    assert [trial.seed for trial in sweep.trials[:8]] == [0] * 4 + [1] * 4
    assert len(sweep.trials) == len({trial.id for trial in sweep.trials}) == 4 * 20
    assert sweep.analysis["baseline"] == "ns"


def test_looks_may_be_one_text(tmp_path):
    race = load(tmp_path, changes=['race.looks="5, 10,30"']).race
    assert race.looks == (5, 10, 30)


def test_the_baseline_may_be_that_of_the_analysis(tmp_path):
    text = TOML.replace('baseline = "ns"\n', "") + '\n[analysis]\nbaseline = "r1"\n'
    assert load(tmp_path, text).race.pairs == (("ns", "r1"), ("sngan", "r1"), ("wgan_gp", "r1"))


def test_yardsticks_are_compared_with_nobody(tmp_path):
    text = TOML + '\n[[method]]\nname = "moments"\ntrainer = "moments"\n'
    sweep = load(tmp_path, text)
    assert not any("moments" in pair for pair in sweep.race.pairs)
    assert sum(trial.method.name == "moments" for trial in sweep.trials) == 5


def test_a_search_has_its_own_seeds(tmp_path):
    sweep = load(tmp_path, SEARCHED)
    assert sweep.race.first == 3
    assert sum(trial.seed < 3 for trial in sweep.trials) == 2 * 2 * 3
    assert {trial.seed for trial in sweep.trials} == set(range(13))


def test_the_names_of_spending_functions_are_those_of_the_statistics():
    assert SPENDING == sequential.SPENDING


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("race=3", "race must be a table, not 3"),
        ("race.looks=[10, 5]", "race.looks must rise: 10, 5"),
        ("race.looks=[5, 5]", "race.looks must rise: 5, 5"),
        ("race.looks=[1, 5]", "give from 2 to 200 seeds"),
        ("race.looks=[5, 500]", "give from 2 to 200 seeds"),
        ("race.looks=[]", "race.looks is empty"),
        ('race.looks="5; 10"', 'write "5, 10, 20"'),
        ("race.looks=5", "race.looks must be a list"),
        ("race.alpha=0", "more than 0 and at most 0.5"),
        ("race.alpha=5", "more than 0 and at most 0.5"),
        ("race.least=1.5", "more than 0 and at most 1"),
        ('race.spending="obrien"', 'did you mean "obrien_fleming"?'),
        ('race.baseline="n"', 'baseline "n" is not a method of this sweep'),
        ('race.pairs=[["r1", "ns"]]', "race.pairs and race.baseline: give one of them"),
        ('analysis.baseline="r1"', "is another than that of [analysis], r1"),
        ("race.look=[5]", 'unknown key "look" in race (did you mean "looks"?)'),
        ('sweep.seeds="0..3"', "leave sweep.seeds out"),
        ("grid.lr_g=[1e-3, 1e-4]", "has several settings on ring8: give sweep.seeds"),
    ],
)
def test_a_mistake_names_its_place(tmp_path, change, words):
    with pytest.raises(GridError) as error:
        load(tmp_path, changes=[change])
    assert words in str(error.value)
    assert str(error.value).startswith((str(tmp_path / "raced.toml:"), "-S race", "-S sweep"))


@pytest.mark.parametrize(
    ("pairs", "words"),
    [
        ('[["r1"]]', "must be a list of two methods"),
        ('[["r1", "r1"]]', '"r1" cannot be compared with itself'),
        ('[["r1", "r3"]]', 'unknown method of this sweep "r3"'),
        ('[["r1", "ns"], ["ns", "r1"]]', "are paired twice"),
        ("[]", "race.pairs is empty"),
    ],
)
def test_a_mistake_in_pairs(tmp_path, pairs, words):
    text = TOML.replace('baseline = "ns"', f"pairs = {pairs}")
    with pytest.raises(GridError) as error:
        load(tmp_path, text)
    assert words in str(error.value)


def test_a_race_needs_somebody_to_race_against(tmp_path):
    with pytest.raises(GridError, match=r"race.baseline is missing: .* or race.pairs"):
        load(tmp_path, TOML.replace('baseline = "ns"\n', ""))
    with pytest.raises(GridError, match=r'no method is compared with "ns" on any task'):
        load(tmp_path, changes=['sweep.methods=["ns"]'])
    with pytest.raises(GridError, match=r"race.looks is missing"):
        load(tmp_path, TOML.replace("looks = [5, 10, 15, 20]\n", ""))


@pytest.mark.parametrize("criteria", ["seed = 3", 'seed = [0, 3]\nmethod = "ns"'])
def test_seeds_of_a_race_cannot_be_excluded(tmp_path, criteria):
    with pytest.raises(GridError, match=r"raced.toml:\d+: \[\[exclude\]\] drops seeds of the race"):
        load(tmp_path, f"{TOML}\n[[exclude]]\n{criteria}\n")
    search = f'{SEARCHED}\n[[exclude]]\nlr_g = 1e-3\nmethod = "r1"\n'
    assert {trial.seed for trial in load(tmp_path, search).trials} == set(range(13))
    search = f"{SEARCHED}\n[[exclude]]\nseed = 2\nlr_g = 1e-3\n"  # a seed of the search
    assert len(load(tmp_path, search).trials) == 10 + 40
    with pytest.raises(GridError, match=r"drops seeds of the race"):
        load(tmp_path, search.replace("seed = 2", "seed = 5"))
