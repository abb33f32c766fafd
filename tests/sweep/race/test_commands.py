"""The commands around a race: plan, status, report, pack and merge."""

from __future__ import annotations

import json
import shutil

import pandas as pd
import pytest

import bench
from bench import merge, pack, report, status
from bench.analysis.report import contents
from bench.analysis.report import raced as raced_words
from bench.analysis.report import write as write_report
from bench.analysis.statistics import sequential
from bench.store import Store, StoreError
from bench.store.kept import races
from bench.sweep import main
from tests.sweep.race.raced import SEARCHED, TOML, Killed, Machine, alternating, finished, load

ENDS = alternating(ns=1, r1=10, sngan=1, wgan_gp=6)


@pytest.fixture(scope="module")
def raced(tmp_path_factory):
    """The results folder of a race that has ended."""
    folder = tmp_path_factory.mktemp("raced")
    machine = Machine(load(folder), folder, ENDS)
    machine.race()
    return machine.store.path


def words(capsys) -> str:
    return " ".join(capsys.readouterr().out.split())


def test_a_plan_says_boundaries_power_seeds_and_price(tmp_path, capsys):
    load(tmp_path)
    assert main([str(tmp_path / "raced.toml"), "-n", "-j", "1"]) == 0
    said = words(capsys)
    assert "looks after 5, 10, 15, 20 seeds a method" in said
    assert "80 trials to train" in said
    design = sequential.Design((5, 10, 15, 20), 0.05 / 3, "obrien_fleming", 0.3)
    power = sequential.worst_power(design, 0.3)
    assert f"a difference of 30% is found in at least {power:.0%} of such races" in said
    assert main([str(tmp_path / "raced.toml"), "-n", "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)["race"]
    assert found["level"] == design.alpha
    apart = sequential.boundaries(design).apart
    assert [n if n is None else round(n, 6) for n in found["apart"]] == [
        round(n, 6) if n <= 1 else None for n in apart
    ]
    for one in found["expected"]:
        own = sequential.operating(design, *one["rates"])
        assert (one["power"], one["seeds"]) == pytest.approx((own.power, own.expected))


def test_a_plan_of_a_race_that_has_begun_counts_what_it_may_still_take(tmp_path, capsys):
    machine = Machine(load(tmp_path), tmp_path, ENDS)
    machine.dies_after = 43  # r1 and sngan have ended; 3 of the next 10 are stored
    with pytest.raises(Killed):
        machine.race()
    folder = str(machine.store.path)
    capsys.readouterr()
    assert main([folder, "-n", "-j", "2"]) == 0
    said = words(capsys)
    assert "at most 17 trials to train" in said
    assert "race on ring8: 1 of 3 comparisons open, next look at 15 seeds a method" in said
    crashed = next(trial for trial in machine.trained if trial.method.name == "wgan_gp")
    machine.store.write(finished(crashed, "crashed"))
    assert main([folder, "-n", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["trials"], found["stored"], found["todo"]) == (60, 43, 18)
    assert [one["ended"] for one in found["comparisons"]] == ["better", "futile", ""]
    assert main([folder, "-n", "--json", "--fresh"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["trials"], found["todo"], found["comparisons"]) == (80, 80, [])


def test_a_plan_of_a_race_that_has_ended_has_nothing_to_train(raced, capsys):
    assert main([str(raced), "-n"]) == 0
    said = words(capsys)
    assert "0 trials to train" in said
    assert "race on ring8: decided as far as it will be" in said
    assert "Expected seeds" not in said


def test_a_plan_refuses_what_the_sweep_would(raced, capsys):
    assert main([str(raced), "-n", "-S", "race.alpha=0.1"]) == 2
    assert "race.json: the race was begun with alpha = 0.05, and not 0.1" in capsys.readouterr().err
    assert main([str(raced), "-n", "-S", "race.alpha=0.1", "--fresh"]) == 0


def test_a_part_of_a_race_cannot_be_asked_for(tmp_path, capsys):
    load(tmp_path)
    assert main([str(tmp_path / "raced.toml"), "-n", "--only", "seed=0"]) == 2
    assert "--only is not for a race" in capsys.readouterr().err


def test_status_shows_the_race(raced, capsys):
    found = status.status(raced)["race"]
    assert [(one["method"], one["ended"]) for one in found] == [
        ("r1", "better"),
        ("sngan", "futile"),
        ("wgan_gp", "better"),
    ]
    assert status.main([str(raced)]) == 0
    assert "r1 - ns r1 is better 2 10 10, 1" in words(capsys)


def test_a_report_has_the_tests_of_the_race_alone(raced):
    found = contents.collect([raced])
    table = found.tables["comparisons"].set_index("method")
    assert set(table["primary"]) == {"race"}
    assert (
        table[["p", "p_rates", "p_paired", "p_dunnett", "p_brunner_munzel"]].isna().all(axis=None)
    )
    record = races.read(raced)
    for state in record.states:
        level = {"r1": 0.05 / 3, "sngan": 0.05 / 2, "wgan_gp": 0.05 / 2}[state.method]
        design = sequential.Design((5, 10, 15, 20), level, "obrien_fleming", 0.3)
        estimate = sequential.estimate(design, *state.successes, state.look - 1)
        row = table.loc[state.method]
        assert row["rate difference"] == pytest.approx(estimate.difference, abs=1e-8)
        ends = row["rate difference low"], row["rate difference high"]
        assert ends == pytest.approx(tuple(estimate.interval))
        assert row["p_holm"] == pytest.approx(min(1, estimate.p * 0.05 / level))
        assert (row["p_holm"] <= 0.05) == (state.ended == "better")
    pairs = found.tables["pairwise"]
    others = pairs[(pairs["other"] != "ns") & (pairs["method"] != "ns")]
    assert set(others["primary"]) == {"not raced"}
    assert others[["p", "p_rates", "p_holm"]].isna().all(axis=None)
    assert set(found.tables["ranking"]["interval"]) == {"as seen"}
    assert found.tables["convergence"]["p_logrank"].isna().all()
    answer = found.answers[0].leads
    assert "10 of 10 trials converged (as seen in the race)" in answer
    assert "`r1` is better than the baseline `ns` (by the race, adjusted p = " in answer


def test_its_table_names_the_direction_of_the_bias(raced):
    table = contents.collect([raced]).tables["race"].set_index("method")
    assert table.loc["r1", "bias"] == "too large"
    assert table.loc["r1", "naive"] == pytest.approx(0.9)
    assert table.loc["r1", "rate difference"] < 0.9
    assert table.loc["sngan", "bias"] == "too near to 0"


def test_two_methods_are_compared_by_the_race_alone(raced, capsys):
    assert report.main([str(raced), "--compare", "r1", "ns"]) == 0
    said = words(capsys)
    assert "difference of rates +89 points (+47 to +100) (median-unbiased, of the race)" in said
    assert "decision r1 is better than ns by the race, adjusted p = 0.00012" in said
    assert "deterministic" not in said
    assert report.main([str(raced), "--compare", "ns", "sngan"]) == 0
    assert "undecided: not decided; by the race, adjusted p = 1" in words(capsys)
    assert report.main([str(raced), "--compare", "r1", "sngan"]) == 0
    said = words(capsys)
    assert "success not estimated: the race did not compare them" in said
    assert "nan" not in said


INTERVALS = {
    "outcomes": ["low", "high"],
    "ranking": ["low", "high", "exact low", "exact high", "iqm low", "iqm high"],
    "rescues": ["rescued low", "rescued high"],
    "references": ["measured low", "measured high"],
    "windows": ["low", "high"],
    "settings": ["low", "high"],
    "sensitivity": ["works low", "works high"],
    "pairwise": ["better low", "better high", "p", "p_rates", "p_paired", "p_dunnett"],
    "convergence": ["p_logrank"],
}
"""Table -> its columns that hold for a number of seeds that was fixed beforehand."""


@pytest.mark.parametrize("text", [TOML, SEARCHED])
def test_no_table_has_a_test_or_an_interval_for_fixed_seeds(tmp_path, text):
    known = '[[reference]]\ntask = "ring8"\nmethod = "r1"\nmetric = "success"\nvalue = 1\n'
    machine = Machine(load(tmp_path, f"{text}\n{known}source = 'x'\n"), tmp_path, ENDS)
    machine.race()
    found = contents.collect([machine.store.path]).tables
    assert INTERVALS.keys() - found.keys() <= {"windows", "settings", "sensitivity"}
    for name in INTERVALS.keys() & found.keys():
        own = found[name]
        assert own[[c for c in INTERVALS[name] if c in own]].isna().all(axis=None), name
    assert set(found["references"]["agrees"]) == {"–"}


def test_a_race_is_one_before_its_first_look_whichever_trials_are_stored(tmp_path):
    machine = Machine(load(tmp_path), tmp_path, ENDS)
    machine.dies_after = 14
    with pytest.raises(Killed):
        machine.race()
    lost = next(trial for trial in machine.trained if trial.method.name == "ns")
    (machine.store.path / "trials" / f"{lost.id}.json").unlink()
    found = contents.collect([machine.store.path])
    assert list(found.raced) == ["ring8"]
    assert found.tables["pairwise"]["p_rates"].isna().all()


@pytest.fixture
def undrawn(monkeypatch):
    """Without figures: another test draws those of a race."""
    monkeypatch.setattr(write_report, "_draw_all", lambda *_: [])


@pytest.mark.parametrize("dies_after", [5, 12, 13, 15])
def test_a_race_whose_settings_are_chosen_has_no_other_test(tmp_path, dies_after, undrawn):
    machine = Machine(load(tmp_path, SEARCHED), tmp_path, alternating(ns=2, r1=9))
    machine.dies_after = dies_after  # 12 trials choose
    with pytest.raises(Killed):
        machine.race()
    found = contents.collect([machine.store.path])
    assert list(found.tables["race"]["outcome"]) == ["goes on"]
    assert found.compared["seed"].min() == (0 if dies_after <= 12 else 3)
    if "pairwise" in found.tables:
        assert found.tables["pairwise"][["p", "p_rates", "p_holm"]].isna().all(axis=None)
    assert report.main([str(machine.store.path), "-o", str(tmp_path), "--formats", "png"]) == 0
    assert "no look was taken yet" in (tmp_path / "report.md").read_text(encoding="utf-8")


def test_a_race_may_be_declared_on_the_command_line(tmp_path):
    changes = ['race.looks="5, 10"', 'race.baseline="ns"', 'analysis.success="stalled"']
    sweep = load(tmp_path, TOML.split("[race]")[0], changes)
    machine = Machine(sweep, tmp_path, ENDS)
    machine.race()
    found = contents.collect([machine.store.path])
    assert set(found.tables["race"]["method"]) == {"r1", "sngan", "wgan_gp"}
    assert found.success == "stalled"


def test_races_on_one_task_stand_side_by_side(tmp_path):
    folders = []
    for name, methods in (("one", '["ns", "r1"]'), ("two", '["ns", "sngan", "wgan_gp"]')):
        (tmp_path / name).mkdir()
        text = TOML.replace('["ns", "r1", "sngan", "wgan_gp"]', methods)
        machine = Machine(load(tmp_path, text), tmp_path / name, ENDS)
        machine.race()
        folders.append(machine.store.path)
    copy = tmp_path / "copy"
    shutil.copytree(folders[0], copy)
    found = contents.collect([*folders, copy])
    table = found.tables["race"]
    assert list(table["method"]) == ["r1", "sngan", "wgan_gp"]
    assert table["sweep"].nunique() == 2
    assert set(found.tables["comparisons"]["primary"]) == {"race"}


def test_seeds_that_chose_the_settings_of_a_race_count_in_another_sweep(tmp_path):
    """A race leaves out its own search, and no trial of a folder that was not raced."""
    (tmp_path / "raced").mkdir()
    machine = Machine(load(tmp_path, SEARCHED), tmp_path / "raced", alternating(ns=2, r1=9))
    machine.race()
    plain = tmp_path / "plain"
    plain.mkdir()
    text = SEARCHED.split("[grid]")[0].replace('["ns", "r1"]', '["dragan"]')
    other = Store(plain).create()
    for trial in load(plain, text).trials:
        other.write(finished(trial, "converged"))
    found = contents.collect([machine.store.path, plain])
    seeds = found.compared.groupby("method")["seed"].min()
    assert seeds.to_dict() == {"dragan": 0, "ns": 3, "r1": 3}


def test_a_page_shows_the_race(raced, tmp_path):
    assert report.main([str(raced), "-o", str(tmp_path), "--formats", "png"]) == 0
    text = (tmp_path / "report.md").read_text(encoding="utf-8")
    assert "50 trials in place of the 80 that 20 seeds a method would have taken" in text
    assert "(figures/race.png)" in text or "ring8_race.png" in text
    assert "bootstrap bands" not in text
    assert "95 % bands" not in text
    for word in ("Boschloo", "Mann-Whitney's test"):
        assert word not in text.split("## Methods and definitions")[0].split("## Comparisons")[0]


def test_an_unfinished_race_is_reported(tmp_path):
    machine = Machine(load(tmp_path), tmp_path, ENDS)
    machine.dies_after = 27
    with pytest.raises(Killed):
        machine.race()
    found = contents.collect([machine.store.path])
    table = found.tables["race"].set_index("method")
    assert set(table["outcome"]) == {"goes on"}
    assert (table["looks"] == 1).all()
    assert table["rate difference"].isna().all()
    assert "the race goes on" in found.answers[0].leads
    (own,) = found.raced["ring8"]
    said = " ".join(raced_words.sentences(own))
    assert "The race goes on" in said
    assert "in place of" not in said


def test_search_trials_do_not_count_in_the_race(tmp_path):
    machine = Machine(load(tmp_path, SEARCHED), tmp_path, alternating(ns=2, r1=9))
    machine.race()
    found = contents.collect([machine.store.path])
    assert found.compared["seed"].min() == 3
    row = found.tables["race"].iloc[0]
    assert "chosen" not in found.tables
    assert row["setting"] == "lr_g=0.001 against lr_g=0.001"
    ranked = found.tables["ranking"].set_index("method")
    assert ranked.loc["r1", "trials"] == row["seeds"]


def test_a_packed_race_is_the_same_race(raced, tmp_path, capsys):
    assert pack.main([str(raced), str(tmp_path / "small")]) == 0
    assert races.read(tmp_path / "small") == races.read(raced)
    again = contents.collect([tmp_path / "small"]).tables["race"]
    pd.testing.assert_frame_equal(again, contents.collect([raced]).tables["race"])


def test_a_race_merged_into_another_sweep_does_not_make_it_one(raced, tmp_path, capsys):
    other = tmp_path / "other"
    shutil.copytree(raced, other)
    (other / "race.json").unlink()
    plain = TOML.split("[race]")[0] + '\nseeds = "0..3"\n'
    (other / "sweep.toml").write_text(plain, encoding="utf-8")
    assert merge.main([str(raced), str(other)]) == 0
    assert races.read(other) is not None
    assert "race" not in contents.collect([other]).tables


def test_a_damaged_record_is_said_and_nothing_is_taken_anew(raced, tmp_path, capsys):
    folder = tmp_path / "raced"
    shutil.copytree(raced, folder)
    (folder / "race.json").write_text('{"race": 3', encoding="utf-8")
    with pytest.raises(StoreError, match=r"race.json: cannot be read .* begin anew with --fresh"):
        races.read(folder)
    assert status.main([str(folder)]) == 2
    assert any("race.json" in fault for fault in contents.collect([folder]).sweeps[0].faults)
    assert main([str(folder)]) == 2
    assert "race.json: cannot be read" in capsys.readouterr().err


def test_a_record_that_names_one_trial_of_a_task_is_read(raced, tmp_path):
    folder = tmp_path / "raced"
    shutil.copytree(raced, folder)
    record = json.loads((folder / "race.json").read_text(encoding="utf-8"))
    for course in record["courses"]:
        course["trial"] = course.pop("trials")[0]
    (folder / "race.json").write_text(json.dumps(record), encoding="utf-8")
    assert list(contents.collect([folder]).tables["race"]["seeds"]) == [10, 10, 15]
    assert main([str(folder), "-n"]) == 0


def test_a_frame_has_what_the_race_asked_for(raced):
    assert len(bench.load(raced)) == 50
