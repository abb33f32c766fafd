"""A race decides, drops what is decided, and comes to the same end however it was disturbed."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from bench.analysis.statistics import sequential
from bench.analysis.tables import races as tables
from bench.store.kept import races
from bench.sweep.race.course import Refused
from bench.sweep.race.rounds import Race
from tests.sweep.race.raced import SEARCHED, TOML, Killed, Machine, alternating, finished, load

ENDS = alternating(ns=1, r1=10, sngan=1, wgan_gp=6)


def counted(machine: Machine) -> dict[str, int]:
    return dict(Counter(trial.method.name for trial in machine.trained))


def test_a_race_drops_what_is_decided_and_the_baseline_goes_on(tmp_path):
    machine = Machine(load(tmp_path), tmp_path, ENDS)
    race, code = machine.race()
    assert code == 0
    ended = {state.method: state for state in race.record.states}
    assert ended["r1"].ended == "better"
    assert ended["r1"].successes == (ended["r1"].seeds, ended["r1"].seeds // 10)
    assert ended["wgan_gp"].seeds > ended["r1"].seeds
    trained = counted(machine)
    assert trained["r1"] == ended["r1"].seeds < 20
    assert trained["ns"] == max(trained.values())
    assert len(machine.trained) == len({trial.id for trial in machine.trained})


def test_its_decisions_are_those_of_the_counts(tmp_path):
    """Computed once more from the seeds alone, without the sweep."""
    machine = Machine(load(tmp_path), tmp_path, ENDS)
    race, _ = machine.race()
    (course,) = race.record.courses
    rates = {"ns": 1, "r1": 10, "sngan": 1, "wgan_gp": 6}
    for (method, other), path in course.counts.items():
        for n, table in zip((5, 10, 15, 20), path, strict=False):
            assert table == tuple(n * rates[m] // 10 for m in (method, other))
    found = sequential.decisions(
        list(course.counts.values()), 3, (5, 10, 15, 20), 0.05, "obrien_fleming", 0.3
    )
    words = {"first": "better", "second": "worse", "open": ""}
    assert [words.get(one.decision, one.decision) for one in found] == [
        state.ended for state in race.record.states
    ]


@pytest.mark.parametrize("seed", range(3))
def test_a_race_that_is_killed_ten_times_decides_as_an_undisturbed_one(tmp_path, seed):
    (tmp_path / "whole").mkdir()
    whole = Machine(load(tmp_path), tmp_path / "whole", ENDS)
    expected, _ = whole.race()
    (tmp_path / "killed").mkdir()
    killed = Machine(load(tmp_path), tmp_path / "killed", ENDS)
    places = np.random.default_rng(seed).choice(len(whole.trained), 10, replace=False)
    for place in sorted(map(int, places)):
        killed.dies_after = place
        with pytest.raises(Killed):
            killed.race()
    killed.dies_after = None
    race, code = killed.race()
    assert code == 0
    assert race.record == expected.record
    assert races.read(killed.store.path) == races.read(whole.store.path)
    assert {t.id for t in killed.trained} == {t.id for t in whole.trained}


def test_a_trial_that_crashes_is_tried_again_and_then_waited_for(tmp_path, capsys):
    broken = {"r1": 2}

    def ends(trial):
        if trial.seed == 3 and broken.get(trial.method.name, 0) > 0:
            broken[trial.method.name] -= 1
            return "crashed"
        return ENDS(trial)

    machine = Machine(load(tmp_path), tmp_path, ends)
    race, code = machine.race()
    assert code == 3
    assert "waits for 1 trial that failed twice (ring8 r1 seed 3)" in " ".join(
        capsys.readouterr().out.split()
    )
    assert all(state.look == 0 for state in race.record.states)
    again, code = machine.race()  # it is mended by now
    (tmp_path / "whole").mkdir()
    whole, _ = Machine(load(tmp_path), tmp_path / "whole", ENDS).race()
    assert (code, again.record) == (0, whole.record)


def test_a_look_is_never_taken_again(tmp_path):
    """Outcomes that change later (by hand, say) change no look that was taken."""
    machine = Machine(load(tmp_path), tmp_path, ENDS)
    before, _ = machine.race()
    for trial in machine.trained:
        machine.store.write(finished(trial, "converged"))
    after, _ = machine.race()
    assert after.record == before.record


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("race.looks=[5, 10, 15, 20, 40]", "looks = [5, 10, 15, 20], and not [5, 10, 15, 20, 40]"),
        ("race.alpha=0.1", "alpha = 0.05, and not 0.1"),
        ("race.least=0.5", "least = 0.3, and not 0.5"),
        ('race.spending="pocock"', "spending = obrien_fleming, and not pocock"),
        ('race.baseline="r1"', "pairs = ["),
        ('analysis.success="stalled"', "success = converged, and not stalled"),
        ("sweep.steps=700", "with other trials"),
        ("grid.lr_g=[1e-4]", "with other trials"),
    ],
)
def test_what_was_begun_cannot_be_changed(tmp_path, change, words):
    machine = Machine(load(tmp_path), tmp_path, ENDS)
    machine.race()
    with pytest.raises(Refused) as refused:
        Race(load(tmp_path, changes=[change]), machine.store)
    assert words in str(refused.value)
    assert "--fresh" in str(refused.value)


def test_settings_are_chosen_on_seeds_that_the_race_does_not_use(tmp_path):
    def ends(trial):
        good = {"ns": 1e-4, "r1": 1e-3}[trial.method.name] == trial.hparams["lr_g"]
        if trial.seed < 3:
            return "converged" if good else "stalled"
        return "converged" if trial.method.name == "r1" else "stalled"

    machine = Machine(load(tmp_path, SEARCHED), tmp_path, ends)
    race, code = machine.race()
    assert code == 0
    (course,) = race.record.courses
    assert {m: own["lr_g"] for m, own in course.settings.items()} == {"ns": 1e-4, "r1": 1e-3}
    search = [trial for trial in machine.trained if trial.seed < 3]
    assert len(search) == 2 * 2 * 3
    raced = [trial for trial in machine.trained if trial.seed >= 3]
    assert {(t.method.name, t.hparams["lr_g"]) for t in raced} == {("ns", 1e-4), ("r1", 1e-3)}
    assert min(trial.seed for trial in raced) == 3
    assert course.counts[("r1", "ns")][0] == (5, 0)


def test_a_search_that_was_killed_chooses_the_same(tmp_path):
    machine = Machine(load(tmp_path, SEARCHED), tmp_path, alternating(ns=2, r1=9))
    machine.dies_after = 7
    with pytest.raises(Killed):
        machine.race()
    assert not races.read(machine.store.path).courses[0].settings
    machine.dies_after = None
    again, _ = machine.race()
    (tmp_path / "whole").mkdir()
    whole = Machine(load(tmp_path, SEARCHED), tmp_path / "whole", alternating(ns=2, r1=9))
    assert whole.race()[0].record == again.record


def test_tasks_race_by_themselves(tmp_path):
    text = 'tasks = ["ring8", "grid25"]'
    sweep = load(tmp_path, TOML.replace('tasks = ["ring8"]', text))

    def ends(trial):
        return ENDS(trial) if trial.task == "ring8" else "stalled"

    machine = Machine(sweep, tmp_path, ends)
    race, _ = machine.race()
    ended = {(s.task, s.method): s.ended for s in race.record.states}
    assert ended["ring8", "r1"] == "better"
    assert {ended["grid25", m] for m in ("r1", "sngan", "wgan_gp")} == {"futile"}
    grid = Counter(t.method.name for t in machine.trained if t.task == "grid25")
    assert max(grid.values()) < max(counted(machine).values())


def test_a_method_that_is_compared_with_nobody_stays_at_the_first_look(tmp_path):
    pairs = TOML.replace('baseline = "ns"', 'pairs = [["r1", "sngan"]]')
    machine = Machine(load(tmp_path, pairs), tmp_path, ENDS)
    race, _ = machine.race()
    assert [(s.method, s.other) for s in race.record.states] == [("r1", "sngan")]
    assert counted(machine)["ns"] == counted(machine)["wgan_gp"] == 5


def test_a_family_that_cannot_reject_ends_at_its_last_look(tmp_path):
    """6 of 15 against 0: rejected at a fifth of alpha, and not at a quarter of it."""
    text = TOML.replace('"wgan_gp"]', '"wgan_gp", "dragan", "ls"]').replace("least = 0.3", "")
    text = text.replace("[5, 10, 15, 20]", '[5, 10, 15]\nspending = "pocock"')
    machine = Machine(load(tmp_path, text), tmp_path, alternating(r1=4))
    race, code = machine.race()
    assert code == 0
    assert {state.ended for state in race.record.states} == {"undecided"}
    (course,) = race.record.courses
    one = tables.comparisons(race.record.race, course)[0]
    assert one.state.successes == (6, 0)
    assert one.estimate().interval.low <= 0 < one.estimate().interval.high
    assert tables.adjusted_p(race.record.race, one, 5) > 0.05


def test_the_order_of_the_methods_is_no_part_of_a_race(tmp_path):
    machine = Machine(load(tmp_path), tmp_path, ENDS)
    machine.dies_after = 33
    with pytest.raises(Killed):
        machine.race()
    turned = TOML.replace('"r1", "sngan", "wgan_gp"', '"wgan_gp", "r1", "sngan"')
    machine.sweep, machine.dies_after = load(tmp_path, turned), None
    race, code = machine.race()
    (tmp_path / "whole").mkdir()
    whole, _ = Machine(load(tmp_path), tmp_path / "whole", ENDS).race()
    assert (code, race.record) == (0, whole.record)
    assert len(machine.trained) == len({trial.id for trial in machine.trained})


def test_a_trial_that_fails_holds_up_its_own_task_alone(tmp_path, capsys):
    text = TOML.replace('tasks = ["ring8"]', 'tasks = ["ring8", "grid25"]')

    def ends(trial):
        broken = (trial.task, trial.method.name, trial.seed) == ("grid25", "r1", 2)
        return "out_of_memory" if broken else ENDS(trial)

    machine = Machine(load(tmp_path, text), tmp_path, ends)
    race, code = machine.race()
    assert code == 3
    assert "waits for 1 trial that failed twice (grid25 r1 seed 2)" in capsys.readouterr().out
    assert all(s.look == 0 for s in race.record.states if s.task == "grid25")
    assert all(s.ended for s in race.record.states if s.task == "ring8")
    tries = Counter(trial.id for trial in machine.trained)
    assert sorted(tries.values())[-2:] == [1, 2]


@pytest.mark.parametrize("text", [TOML, SEARCHED])
def test_a_method_of_no_pair_that_fails_is_not_waited_for(tmp_path, text):
    text = text.replace('"r1"]', '"r1", "sngan"]')
    text = text.replace('baseline = "ns"', 'pairs = [["r1", "ns"]]')

    def ends(trial):
        return "crashed" if trial.method.name == "sngan" else ENDS(trial)

    machine = Machine(load(tmp_path, text), tmp_path, ends)
    race, code = machine.race()
    assert code == 0
    assert all(state.ended for state in race.record.states)
    assert len(machine.trained) == len({trial.id for trial in machine.trained})


def test_a_trial_that_diverged_is_a_failure_of_its_method(tmp_path):
    def ends(trial):
        return "diverged" if trial.method.name == "ns" else ENDS(trial)

    machine = Machine(load(tmp_path), tmp_path, ends)
    race, code = machine.race()
    assert code == 0
    assert race.record.states[0].successes == (10, 0)


def test_the_outcome_of_a_trial_that_is_trained_again_is_the_last_one(tmp_path):
    machine = Machine(load(tmp_path), tmp_path, ENDS)
    machine.dies_after = 3
    with pytest.raises(Killed):
        machine.race()
    race, (trial, *_) = Race(machine.sweep, machine.store), machine.trained
    assert not race.outcomes.of([trial])[trial.id].success
    assert race.due([trial]) == (trial,)
    machine.store.write(finished(trial, "converged"))
    assert race.outcomes.of([trial])[trial.id].success
