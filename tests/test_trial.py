"""Identity: the same trial has the same name everywhere, and nothing else has it."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from bench import grid
from bench.store import Store
from bench.trial import NO_FILE, File, Method, Status, Trial, flat, paired

ROOT = Path(__file__).parent.parent

TRIAL = Trial("ring8", Method("r1", regularizers=("r1",)), 3, 100, {"lr_g": 1e-3, "r1.gamma": 1.0})


def test_id_is_the_same_on_every_machine():
    assert TRIAL.id == "c325160791c0ef47"


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


def test_the_level_of_a_factor_comes_from_the_parts_and_not_from_the_name():
    method = Method("hinge_r1_1", "wasserstein", ("dragan", "r1"), "spectral_norm", d_steps=5)
    trial = replace(TRIAL, method=method, hparams={"lr_g": 0.01})
    stabilizer = ["regularizers", "normalizer"]
    assert trial.level(stabilizer) == "dragan + r1 + spectral_norm"
    assert replace(trial, method=Method("hinge_r1")).level(stabilizer) == "none"
    assert replace(trial, method=Method("x", normalizer="layer_norm")).level(stabilizer) == (
        "layer_norm"
    )
    assert [trial.level([key]) for key in ("loss", "d_steps", "lr_g", "normalizer")] == [
        *("wasserstein", 5, 0.01, "spectral_norm")
    ]
    assert replace(trial, method=Method("x")).level(["normalizer"]) == "none"
    assert trial.level(["adam.beta1"]) is None
    assert trial.level(["name"]) is None


def test_status_is_its_name():
    assert [*Status] == ["completed", "diverged", "crashed", "timeout", "out_of_memory"]


def test_a_file_counts_by_its_digest_and_is_two_options_of_a_trial():
    file, moved = File("/a/m.npz", "abc"), File("/b/m.npz", "abc")
    for option, digest in (("path", "data"), ("features", "features_digest")):
        own = flat({"units": 4, option: file})
        assert own == {"units": 4, option: "/a/m.npz", digest: "abc"}
        assert paired(own, [option]) == {"units": 4, option: file}
        trial, same = (replace(TRIAL, options=flat({option: f})) for f in (file, moved))
        assert trial.id == same.id
        assert trial.id != replace(TRIAL, options=flat({option: File("/a/m.npz", "abd")})).id
    assert not NO_FILE


EXPERIMENTS = {
    "architectures": (36, "ff6ba2b5aa8ca53c"),
    "dynamics": (480, "e3e3a92e28902e42"),
    "learning_rate_cliff": (384, "5cf29259ee36e314"),
    "literature": (60, "41d1924f3a72bf91"),
    "n_dis": (48, "b324a26901bbaa20"),
    "n_dis_gradients": (48, "0086709f14c13329"),
    "quickstart": (54, "91ba9d15b86743e7"),
    "stabilizers": (7240, "306ec4bde3b3e7c2"),
    "theory": (16, "2a547bbe2af9e3c3"),
}
"""The number of trials of each experiment, and a digest of their ids in their order."""


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", EXPERIMENTS)
def test_the_trials_of_all_experiments_keep_their_names(name):
    ids = [trial.id for trial in grid.load(ROOT / "experiments" / f"{name}.toml").trials]
    digest = hashlib.sha256("\n".join(ids).encode()).hexdigest()[:16]
    assert (len(ids), digest) == EXPERIMENTS[name]


@pytest.mark.parametrize("name", ["n_dis", "theory"])
def test_published_trials_keep_their_names(name):
    store = Store(ROOT / "results" / name)
    planned = {trial.id for trial in grid.load(ROOT / "experiments" / f"{name}.toml").trials}
    assert store.ids()
    assert {result.trial.id for result in store} == store.ids() <= planned
