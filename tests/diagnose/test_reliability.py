"""How often a finding is right: the counts, what they decide, and what is said of them."""

from __future__ import annotations

import csv
import math
import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from bench.analysis.statistics import of_clusters
from bench.diagnose import looking
from bench.diagnose.finding import Finding
from bench.diagnose.log import Series
from bench.diagnose.reliability import counting, regression, table
from bench.diagnose.reliability.cases import Case, families
from bench.diagnose.reliability.table import ANY, FAILED, FILE, LEVELS, TRUTHS, Counted
from tests.analysis.synthetic import result, write

LOOK = ("flat", "loss_d")


def case(task, method, looks, failed, *, roles=("loss_d",), modes=None, series=None):
    truths = dict.fromkeys(TRUTHS, False) | {FAILED: failed, "lost modes": modes}
    return Case(task, method, frozenset(looks), frozenset(roles), truths, series or {}, method)


def many(task, method, looks, right, wrong):
    return [case(task, method, looks, True)] * right + [case(task, method, looks, False)] * wrong


KNOWN = [
    *many("a", "x", {LOOK}, 18, 1),
    *many("a", "y", {LOOK}, 12, 2),
    *many("b", "x", {LOOK}, 9, 2),
    *many("a", "x", (), 4, 21),
    *many("b", "y", (), 3, 17),
]


def test_what_is_counted():
    own = counting.count(KNOWN, LOOK, FAILED)
    assert (own.looked, own.right, own.others, own.others_right) == (44, 39, 45, 7)
    assert own.tasks == 2
    assert own.least == pytest.approx(9 / 11)  # of b, and 30 of 33 of a
    interval = of_clusters(np.array([18.0, 12, 9]), np.array([19.0, 14, 11]))
    assert (own.low, own.high) == (interval.low, interval.high)
    assert own.tells


def test_a_truth_that_nobody_knows_and_a_series_that_is_not_there_are_not_counted():
    other = [case("a", "x", (), True, roles=("loss_g",)), case("a", "x", {LOOK}, True, modes=True)]
    assert counting.count([*KNOWN, *other], LOOK, "lost modes")[1:3] == (1, 1)
    assert counting.count([*KNOWN, *other], LOOK, FAILED)[1:3] == (45, 40)
    assert counting.count([*KNOWN, *other], LOOK, FAILED).others == 45


def test_a_decision_that_rests_on_one_task_is_no_decision_without_it():
    """On b, who looks so has not failed more often than others."""
    known = [
        *(each for m in "qrstuvxyz" for each in many("a", m, {LOOK}, 30, 0)),
        *(each for m in "qrstuvxyz" for each in many("a", m, (), 5, 25)),
        *(each for m in "qrstuvxyz" for each in many("b", m, {LOOK}, 3, 3)),
        *(each for m in "qrstuvxyz" for each in many("b", m, (), 15, 15)),
    ]
    own = counting.count(known, LOOK, FAILED)
    assert own.tells
    assert own.agree_tasks == 0.5
    assert own.agree_methods == 1
    assert counting.failures(known) == {LOOK}
    assert counting.failures([each for each in known if each.task == "b"]) == frozenset()


@pytest.mark.parametrize(
    ("looked", "low", "others_high", "tells"),
    [(10, 0.5, 0.49, True), (9, 0.5, 0.49, False), (10, 0.49, 0.3, False), (10, 0.6, 0.6, False)],
)
def test_when_a_look_tells(looked, low, others_high, tells):
    own = Counted(FAILED, looked, looked, low, 1, 50, 20, 0.2, others_high, 3, 0.9)
    assert own.tells == tells


def counted(right, low, others_right, others_high):
    return Counted(FAILED, 100, right, low, 0.95, 200, others_right, 0.1, others_high, 6, 0.5)


def test_a_finding_that_the_counts_do_not_bear_out_is_no_failure(monkeypatch):
    found = {(*LOOK, FAILED): counted(40, 0.3, 90, 0.55)}
    monkeypatch.setattr(table, "read", lambda: found)
    finding = Finding(*LOOK, "it stands still", sick=True)
    weak = table.weighed(finding)
    assert not weak.sick
    assert weak.reliability == (
        "of 100 trials of 6 tasks that looked like this, 40 had failed (30 to 95 %); of 200 that "
        "did not, 90 (10 to 55 %): this alone says little"
    )
    found[*LOOK, FAILED] = counted(90, 0.8, 90, 0.55)
    assert table.weighed(finding).sick
    found[*LOOK, FAILED] = counted(90, 0.5, 90, 0.55)
    unsure = table.weighed(finding)
    assert not unsure.sick
    assert unsure.reliability.endswith("on too few methods and tasks to be sure of it")
    found[*LOOK, FAILED] = counted(90, 0.8, 90, 0.55)
    strong = table.weighed(finding)
    assert strong.sick
    assert "says little" not in strong.reliability
    other = Finding("not finite", "loss_d", "NaN", sick=True)
    assert table.weighed(other) == other


def test_too_few_trials_are_said_to_be_too_few(monkeypatch):
    few = Counted(FAILED, 7, 4, 0.1, 0.9, 2000, 1400, 0.6, 0.7, 5, math.nan)
    monkeypatch.setattr(table, "read", lambda: {(*LOOK, FAILED): few})
    own = table.weighed(Finding(*LOOK, "it stands still", sick=True))
    assert own.sick
    assert own.reliability.startswith("too few trials looked like this")


def test_scores_of_what_was_held_out():
    """Against what is known: separable, no relation, and the reverse in the group held out."""
    rng = np.random.default_rng(5)
    groups = np.repeat(["a", "b", "c"], 200)
    so = rng.random(600) < 0.4
    x = so[:, None] + rng.normal(size=(600, 1)) * 0.05
    assert regression.held_out(x, so, groups) > 0.999
    noise = regression.held_out(rng.normal(size=(600, 3)), so, groups)
    assert 0.42 < noise < 0.58
    x[groups == "a"] *= -1
    assert regression.held_out(x, so, groups) < 0.7
    assert math.isnan(regression.held_out(x, np.ones(600, bool), groups))


def test_methods_of_the_same_losses_are_one_family():
    """An average of G changes no loss: by a trial that both have, on one of the tasks."""

    def own(task, method, *values):
        losses = {"loss_d": Series(np.arange(3.0), np.array(values, float))}
        return case(task, method, {LOOK}, True, series=losses)

    known = [
        *(own("a", "plain", 1, 2, 3), own("a", "averaged", 1, 2, 3), own("a", "other", 1, 2, 4)),
        *(own("b", "plain", 5, 6, 7), own("b", "averaged", 5, 6, 8), own("b", "third", 5, 6, 8)),
        own("b", "other", 1, 2, 3),  # of another task: no sign of anything
        case("a", "silent", (), True),
    ]
    found = {one.method: one.family for one in families(known)}
    assert found == {
        **dict.fromkeys(("plain", "averaged", "third"), "averaged"),
        **{name: name for name in ("other", "silent")},
    }
    one = counting.count(families(known), LOOK, FAILED)
    right, sizes = np.array([2.0, 1, 3, 1]), np.array([2.0, 1, 3, 1])
    assert (one.low, one.high) == of_clusters(right, sizes)


def test_a_family_is_held_out_as_one():
    """With its twin still there, a method that all rests on would seem to be spared."""
    known = [
        *(each for t in "qrstuvxyz" for m in "mn" for each in many(t, m, {LOOK}, 30, 0)),
        *(each for t in "qrstuvxyz" for m in "mno" for each in many(t, m, (), 5, 25)),
        *(each for t in "qrstuvxyz" for each in many(t, "o", {LOOK}, 3, 3)),
    ]
    assert counting.count(known, LOOK, FAILED).agree_methods == 1
    twins = [one._replace(family=one.family.replace("n", "m")) for one in known]
    assert counting.count(twins, LOOK, FAILED).agree_methods == 0.5


def test_the_program_counts_a_folder(tmp_path, capsys):
    kinds = ["converged", "collapsed", "mode_drop"]
    made = [
        result(kind, method=method, seed=2 * i + s)
        for i, kind in enumerate(kinds)
        for method in ("ns", "r1")
        for s in (0, 1)
    ]
    folder = write(tmp_path / "x", made)
    out = tmp_path / "counts.csv"
    assert counting.main([str(folder), "-o", str(out)]) == 0
    assert f"{len(made)} trials" in capsys.readouterr().out
    with out.open(newline="") as file:
        rows = list(csv.DictReader(file))
    together = {(r["series"], r["truth"]): r for r in rows if r["rule"] == ANY}
    assert together.keys() == {(level, truth) for level in LEVELS for truth in TRUTHS}
    own = together[LEVELS[0], FAILED]
    assert int(own["looked"]) + int(own["others"]) == len(made)
    assert int(own["right"]) + int(own["others_right"]) == 8
    assert out.with_name("told.csv").exists()


def test_a_folder_without_trials(tmp_path, capsys):
    assert counting.main([str(write(tmp_path / "x", [])), "-o", str(tmp_path / "y.csv")]) == 2
    assert "no trial with losses and a verdict" in capsys.readouterr().err


def test_the_counts_that_are_committed():
    """All are of the same 2,070 trials; what a log of losses cannot show is said with numbers."""
    table.read.cache_clear()
    found = table.read()
    whole = {own.looked + own.others for (_, _, truth), own in found.items() if truth == FAILED}
    assert whole == {2070}
    for own in found.values():
        assert own.low <= own.right / max(1, own.looked) <= own.high
        assert own.others_low <= own.others_right / max(1, own.others) <= own.others_high
    assert len({(own.right + own.others_right) for k, own in found.items() if k[2] == FAILED}) == 1
    by_level = [found[ANY, level, FAILED].looked for level in LEVELS]
    assert by_level == sorted(by_level)
    own = found[ANY, LEVELS[0], "lost modes"]
    assert f"Of {own.others} trials in whose losses no failure was seen" in looking.unseen()
    assert f"{own.others_right} lacked modes" in looking.unseen()
    assert own.others_right / own.others > 0.5  # silence of the losses is no sign of all modes
    rows = Counter(rule for rule, _, _ in found)
    wins = {"the discriminator wins", "the discriminator is ahead"}
    assert {*wins, "swinging", "flat", "late change", ANY} <= rows.keys()
    assert FILE.with_name("told.csv").exists()


def test_the_table_of_the_manual_is_that_of_the_counts():
    found = table.read()
    text = (Path(__file__).parents[2] / "experiments" / "README.md").read_text("utf-8")
    share = r"(\d+) \| (\d+) \((\d+) to (\d+) %\)"
    rows = re.findall(rf"^\| ([\w ]+), (.*) \| {share} \| {share} \|$", text, re.MULTILINE)
    assert len(rows) == 11
    for rule, series, *numbers in rows:
        own = found[rule, series.strip("`"), FAILED]
        shares = (own.low, own.high, own.others_low, own.others_high)
        low, high, others_low, others_high = (f"{100 * share:.0f}" for share in shares)
        counts = [str(n) for n in (own.looked, own.right, own.others, own.others_right)]
        assert numbers == [*counts[:2], low, high, *counts[2:], others_low, others_high]
    lost = found[ANY, LEVELS[0], "lost modes"]
    flat = " ".join(text.split())
    assert (
        f"of {lost.others:,} trials in whose losses no failure was seen, {lost.others_right:,}"
        in flat
    )
    swung = [found["swinging", name, "oscillating"] for name in ("loss_d", "loss_g")]
    assert [(own.looked, own.right) for own in swung] == [(7, 0), (7, 0)]
    assert "the loss of D swung in 7 and that of G in 7, and in none of these the samples" in flat
    assert found["the discriminator wins", "loss_d", FAILED][1:3] == (178, 178)
    with FILE.with_name("told.csv").open(newline="") as file:
        told = {(r["truth"], r["given"], r["unseen"]): r["auc"] for r in csv.DictReader(file)}
    task, method = (float(told["lost modes", LEVELS[0], what]) for what in ("task", "method"))
    assert f"(AUC {task:.2f}; {method:.2f} within a method)" in flat
