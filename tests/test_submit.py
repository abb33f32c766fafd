"""Results are looked through, and some of their trials trained again: what is said of them."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from scipy import stats

from bench.store import Store, asked
from bench.store.encoding import decode, encode
from bench.store.kept import races
from bench.submit import agreement, checks, command
from bench.submit.agreement import Again, Word
from bench.trial import NUMERICS, Status
from bench.vocabulary.races import Race
from tests.analysis.synthetic import result, write

HERE = {
    **{"bench": "0.1.0", "numerics": NUMERICS, "python": "3.12.1", "tensorflow": "2.21.0"},
    **{"keras": "3.15", "numpy": "2.4", "scipy": "1.17", "cpu": "one", "dirty": False},
}
TOML = """# Which of two keeps all modes?
[sweep]
tasks = ["ring8"]
methods = ["ns", "article_loss"]
seeds = "0..6"
[task.ring8]
sigma = 0.1
[[reference]]
task = "ring8"
method = "ns"
metric = "success"
value = 1
source = "a control"
[[reference]]
task = "ring8"
method = "article_loss"
metric = "success"
value = 0
source = "a control"
"""
SEEDS = 7


def made(seeds=SEEDS, good="converged", **provenance):
    kinds = {"ns": good, "article_loss": "collapsed"}
    every = [result(k, method=m, seed=i) for m, k in kinds.items() for i in range(seeds)]
    return [as_read(replace(one, provenance=HERE | provenance)) for one in every]


def as_read(one):
    return decode(encode(one))  # training signals are rounded


def stored(folder, results, toml=TOML):
    store = Store(write(folder / "x", results, toml))
    store.write_text("provenance.json", "{}")
    asked.write(store.path, toml, (), (), (one.trial.id for one in made()))
    return store


def found(store) -> dict[str, checks.Check]:
    return {one.about: one for one in checks.checks(store)}


def other(one, kind="collapsed", **provenance):
    """The same trial with another end."""
    trial = one.trial
    now = result(kind, method=trial.method.name, seed=trial.seed)
    return as_read(replace(now, provenance=HERE | provenance))


def test_nothing_lacks_where_all_is_there(tmp_path):
    for one in found(stored(tmp_path, made())).values():
        assert one.holds, one
    words = {name: one.words for name, one in found(Store(tmp_path / "x")).items()}
    assert words["question"] == "Which of two keeps all modes?"
    assert words["controls"] == "positive: ns; negative: article_loss"
    assert words["seeds"] == "7 or more of each method, the same for all"
    assert words["provenance"] == "tensorflow 2.21.0, numpy 2.4, one"


LACKING = {
    "question": (made, TOML.replace("# Which", "\n# Which").replace("# W", "x = 1 # W"), "no comm"),
    "trials": (lambda: made()[1:], TOML, "13 of 14 are stored"),
    "failures": (
        lambda: [*made()[1:], replace(result("crashed", method="ns"), provenance=HERE)],
        TOML,
        "1 crashed",
    ),
    "controls": (made, TOML.replace("value = 0", "value = 0.8"), "there is no negative control"),
    "seeds": (lambda: [o for o in made() if o.trial.seed < 3], TOML, "has 3 seeds, 4 are needed"),
    "provenance": (lambda: made(keras=None), TOML, "14 trials without keras"),
}


@pytest.mark.parametrize("about", LACKING)
def test_what_lacks_is_said(tmp_path, about):
    results, toml, words = LACKING[about]
    one = found(stored(tmp_path, results(), toml))[about]
    assert not one.holds
    assert words in one.words


def test_a_control_that_does_not_do_as_it_must_is_said(tmp_path):
    one = found(stored(tmp_path, made(good="mode_drop")))["controls"]
    assert not one.holds
    assert one.words == "the positive control ns on ring8: 0% succeed"


def test_a_claim_of_an_order_and_a_number_of_a_metric_are_no_controls(tmp_path):
    claimed = TOML.replace("value = 1\n", 'value = 0.9\norder = "<"\n')
    for toml in (
        claimed,
        TOML.replace('metric = "success"\nvalue = 1', 'metric = "modes"\nvalue = 8'),
    ):
        one = found(stored(tmp_path, made(), toml))["controls"]
        assert one.words == "ring8 has no positive control: a [[reference]] of success near 1"


def test_a_control_may_be_known_with_an_error(tmp_path):
    toml = TOML.replace("value = 1\n", "value = 0.83\nerror = 0.19\n")
    assert found(stored(tmp_path, made(), toml))["controls"].holds


def test_a_yardstick_needs_no_seeds(tmp_path):
    one = result("converged", method="moments", seed=0)
    method = replace(one.trial.method, trainer="moments", loss="", optimizer="", dynamics="")
    yardstick = replace(one, trial=replace(one.trial, method=method), provenance=HERE)
    checked = found(stored(tmp_path, [*made(), as_read(yardstick)]))["seeds"]
    assert checked.holds, checked.words


def test_a_race_gives_some_methods_more_seeds(tmp_path):
    results = [o for o in made() if o.trial.method.name == "ns" or o.trial.seed < 5]
    store = stored(tmp_path, results)
    assert not found(store)["seeds"].holds
    race = Race((("article_loss", "ns"),), (5, 7))
    toml = TOML + '[race]\nbaseline = "ns"\nlooks = [5, 7]\n'
    store.write_text("sweep.toml", toml)
    races.write(store.path, races.Record(race, ""))
    assert found(store)["seeds"].words == "5 or more of each method, as many as the race took"


def test_methods_of_different_seeds_are_said(tmp_path):
    results = [o for o in made() if (o.trial.method.name, o.trial.seed) != ("ns", 2)]
    one = found(stored(tmp_path, results))["seeds"]
    assert one.words == "ring8: methods have different seeds, ns the fewest"


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"numerics": 2}, "numerics 2, and here they are"),
        ({"dirty": True}, "14 trials of a source"),
    ],
)
def test_results_that_this_program_would_not_give_are_said(tmp_path, changed, words):
    one = found(stored(tmp_path, made(**changed)))["provenance"]
    assert not one.holds
    assert words in one.words


def test_plugins_that_are_gone_are_said(tmp_path):
    first, *rest = made()
    with_plugin = replace(
        first, trial=replace(first.trial, plugins={"mine.py": "0123456789abcdef"})
    )
    one = found(stored(tmp_path, [with_plugin, *rest]))["files"]
    assert not one.holds
    assert "mine.py" in one.words


def test_equal_bits_are_verified(tmp_path):
    store = stored(tmp_path, made())
    pairs = [Again(one, one) for one in made()[:2]]
    assert agreement.word(pairs, store.path).word is Word.VERIFIED
    elsewhere = [Again(one, replace(one, provenance=HERE | {"cpu": "two"})) for one in made()[:2]]
    assert agreement.word(elsewhere, store.path).word is Word.VERIFIED  # whatever the machine


def test_other_bits_on_one_machine_are_neither(tmp_path):
    store, (first, *rest) = stored(tmp_path, made()), made()
    pairs = [Again(first, other(first, "converged")), *(Again(one, one) for one in rest)]
    assert agreement.word(pairs, store.path).word is Word.VERIFIED
    values = first.curves["q"]
    changed = replace(first, curves={**first.curves, "q": [values[0] + 1e-3, *values[1:]]})
    said = agreement.word([Again(first, changed), *pairs[1:]], store.path)
    assert said.word is Word.NEITHER
    assert said.why.startswith("1 of 14 trials came out otherwise on the same machine")
    assert first.trial.id in said.why


def test_the_commit_that_made_what_differs_is_named(tmp_path):
    store, (first, *_) = stored(tmp_path, made(commit="0f3a")), made(commit="0f3a")
    said = agreement.word([Again(first, other(first, commit="77b1"))], store.path)
    assert said.word is Word.NEITHER
    assert said.why.endswith("(they were made by commit 0f3a; this is another)")
    same = agreement.word([Again(first, other(first, commit="0f3a"))], store.path)
    assert same.why.endswith(first.trial.id)


@pytest.mark.parametrize(
    ("lost", "expected"), [(0, Word.CONSISTENT), (5, Word.CONSISTENT), (6, Word.NEITHER)]
)
def test_on_another_machine_successes_are_compared_exactly(tmp_path, lost, expected):
    """All of ns converged as stored; `lost` of them do not now."""
    store = stored(tmp_path, made())
    pairs = [
        Again(
            one,
            other(
                one, "collapsed" if i < lost else "improving" if i == 99 else "converged", cpu="two"
            ),
        )
        for i, one in enumerate(made()[:SEEDS])
    ]
    values = pairs[-1].now.curves["q"]
    pairs[-1].now.curves["q"][0] = values[0] + 1e-3  # another number, the same end
    said = agreement.word(pairs, store.path)
    assert said.word is expected
    p = stats.binomtest(lost, lost).pvalue if lost else 1.0
    assert said.why.endswith(f"({lost} lost, 0 gained, McNemar's exact p = {p:.2g})")
    assert "7 of 7 trials succeeded as stored" in said.why
    assert "with another cpu" in said.why


def test_few_trials_on_another_machine_cannot_tell(tmp_path):
    store = stored(tmp_path, made())
    pairs = [Again(one, other(one, cpu="two")) for one in made()[: agreement.LEAST - 1]]
    said = agreement.word(pairs, store.path)
    assert said.word is Word.NEITHER
    assert "to compare successes takes 6 trials (--trials 6 or more), not 5" in said.why


@pytest.mark.parametrize(("more", "less"), [(0, 0), (0, 5), (1, 7), (3, 4), (12, 2)])
def test_the_exact_test_is_the_binomial_one(more, less):
    oracle = stats.binomtest(more, more + less).pvalue if more + less else 1.0
    assert agreement.exact(more, less) == pytest.approx(oracle, rel=1e-12)


def test_which_trials_are_drawn_is_decided_by_all_of_their_names_or_a_seed():
    ids = [f"{i:016x}" for i in range(40)]
    assert command.drawn(ids, 5) == command.drawn(reversed(ids), 5)
    assert command.drawn(ids, 5) != command.drawn(ids[1:], 5)
    assert command.drawn(ids, 5, 1) == command.drawn(ids, 5, 1) != command.drawn(ids, 5, 2)
    assert sorted(command.drawn(ids[:3], 5)) == ids[:3]
    counts = [sum(id in command.drawn(ids, 10, s) for s in range(400)) for id in ids]
    assert 60 < min(counts) <= max(counts) < 145  # 100 of 400 each


def ran(store, monkeypatch, capsys, again, *options):
    monkeypatch.setattr(command, "trained_again", lambda _, one: again(one))
    code = command.main([str(store.path), *options])
    return code, capsys.readouterr().out.splitlines()


def test_the_command_says_what_it_found(tmp_path, monkeypatch, capsys):
    store = stored(tmp_path, made())
    code, lines = ran(store, monkeypatch, capsys, lambda one: one, "--trials", "3")
    assert (code, lines[-1]) == (0, "verified: 3 trials trained again, equal bit for bit")
    assert [line.split()[0] for line in lines[:-1]] == [
        *("question", "trials", "failures", "controls", "seeds", "provenance", "files"),
        *("trained", "trained", "trained"),
    ]
    assert all(re.search(r"\(ring8 \S+ .*\): equal bit for bit$", line) for line in lines[-4:-1])
    code, lines = ran(store, monkeypatch, capsys, lambda one: other(one, "stalled"))
    assert (code, lines[-1].partition(":")[0]) == (3, "neither")


def test_what_lacks_is_no_success_though_it_is_verified(tmp_path, monkeypatch, capsys):
    store = stored(tmp_path, made(), TOML.partition("[[ref")[0])
    code, lines = ran(store, monkeypatch, capsys, lambda one: one, "--trials", "1")
    assert (code, lines[-1].partition(":")[0]) == (3, "verified")
    assert "controls    LACKS ring8 has no positive control" in "\n".join(lines)


def test_trials_that_failed_are_not_drawn(tmp_path, monkeypatch, capsys):
    results = [replace(o, status=Status.CRASHED, curves={}) for o in made()]
    store = stored(tmp_path, results)
    code, lines = ran(store, monkeypatch, capsys, lambda one: one)
    assert (code, lines[-1]) == (3, "neither: every trial failed")


def test_a_folder_without_results(tmp_path, capsys):
    assert command.main([str(tmp_path / "none")]) == 2
    assert "none: no such folder" in capsys.readouterr().err
    Store(tmp_path / "x").create()
    assert command.main([str(tmp_path / "x")]) == 2
    assert "no trial has finished yet" in capsys.readouterr().err
