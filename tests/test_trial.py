"""Identity: the same trial has the same name everywhere, and nothing else has it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bench.trial import Method, Status, Trial

TRIAL = Trial("ring8", Method("r1", regularizers=("r1",)), 3, 100, {"lr_g": 1e-3, "r1.gamma": 1.0})


def test_id_is_the_same_on_every_machine():
    assert TRIAL.id == "0c93adf2ef22f9de"


def test_numerics_alone_rename_old_trials(monkeypatch):
    """The name that this trial had before numbers changed."""
    monkeypatch.setattr("bench.trial.NUMERICS", 1)
    assert replace(TRIAL).id == "530394ca129bbcd1"


def test_numbers_that_are_equal_give_equal_ids():
    assert replace(TRIAL, hparams={"r1.gamma": 1, "lr_g": 0.001}).id == TRIAL.id


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 4},
        {"steps": 101},
        {"task": "grid25"},
        {"evaluations": 50},
        {"hparams": {"lr_g": 1e-3, "r1.gamma": 1.5}},
        {"options": {"sigma": 0.2}},
        {"method": Method("r1", regularizers=("r2",))},
        {"method": Method("r1", regularizers=("r1",), d_steps=2)},
    ],
)
def test_what_decides_the_outcome_changes_the_id(change):
    assert replace(TRIAL, **change).id != TRIAL.id


def test_a_data_file_counts_by_its_content():
    here, there = ({"path": path, "data": "abc"} for path in ("/a/m.npz", "/b/m.npz"))
    assert replace(TRIAL, options=here).id == replace(TRIAL, options=there).id
    assert replace(TRIAL, options=here).id != replace(TRIAL, options=here | {"data": "d"}).id
    assert replace(TRIAL, options={"path": "a"}).id != replace(TRIAL, options={"path": "b"}).id


def test_trials_that_differ_in_numbers_share_their_structure():
    assert replace(TRIAL, seed=9, steps=7, hparams={"lr_g": 2.0}).structure == TRIAL.structure
    assert replace(TRIAL, options={"units": 32}).structure != TRIAL.structure


def test_record_and_back():
    assert Trial.from_record(TRIAL.record()) == TRIAL


def test_the_budget_behind_the_steps_is_recorded_and_names_nothing():
    budgeted = replace(TRIAL, gradients=270)
    assert (budgeted.id, budgeted.structure) == (TRIAL.id, TRIAL.structure)
    assert "gradients" not in TRIAL.record()
    assert budgeted.record()["gradients"] == 270
    assert Trial.from_record(budgeted.record()) == budgeted


def test_status_is_its_name():
    assert [*Status] == ["completed", "diverged", "crashed", "timeout", "out_of_memory"]
