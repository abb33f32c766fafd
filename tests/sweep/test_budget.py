"""A budget in gradients, end to end: trained, resumed, taken over by a sweep in steps, reported."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import bench
from bench.status import status
from bench.store import Store
from bench.sweep import main
from tests import commands, here

TOML = """\
[sweep]
tasks = ["ring8"]
methods = ["ns", "r1", "topk"]
seeds = "0..1"
{budget}
evaluations = 4

[task.ring8]
units = 8
batch = 16
latent = 4
"""
BUDGET = 54
STEPS = {"ns": 27, "r1": 20, "topk": 27}  # 2 and 2.7 gradients a step


def write(folder: Path, budget: str) -> str:
    folder.mkdir(exist_ok=True)
    (folder / "tiny.toml").write_text(TOML.format(budget=budget))
    return str(folder / "tiny.toml")


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> Path:
    """The folder of a sweep by gradients, run once; its stdout beside it."""
    folder = tmp_path_factory.mktemp("budget")
    toml = write(folder, f"gradients = {BUDGET}")
    done = here.sweep(Path(toml))
    assert done.returncode == 0, done.stderr
    (folder / "stdout").write_text(done.stdout)
    return folder


def plan(toml: str, results: Path, capsys) -> dict:
    assert main([toml, "--results", str(results), "-n", "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_every_method_is_trained_for_its_own_steps(trained):
    for result in Store(trained / "results/tiny"):
        steps = STEPS[result.trial.method.name]
        assert (result.trial.steps, result.trial.gradients) == (steps, BUDGET)
        assert result.curves["step"][-1] == steps
        assert len(result.curves["step"]) == 4
        assert result.facts["gradients"] * steps == pytest.approx(BUDGET)


def test_the_frame_compares_them_on_one_task(trained):
    table = bench.load(trained / "results/tiny")
    assert set(table["task"]) == {"ring8"}
    assert set(table["gradients"]) == {BUDGET}
    assert table["gradient_evaluations"].to_numpy() == pytest.approx(BUDGET)


def test_a_real_run_warns_once_before_it_trains(trained):
    lines = (trained / "stdout").read_text().splitlines()
    warned = [i for i, line in enumerate(lines) if line.startswith("warning: ring8: with 4 eval")]
    assert len(warned) == 1
    assert warned[0] < next(i for i, line in enumerate(lines) if "completed" in line)
    assert not [line for line in lines if "at equal steps" in line]


def test_status_and_resuming(trained, capsys):
    toml, results = str(trained / "tiny.toml"), trained / "results"
    told = status(results / "tiny")
    assert (told["planned"], told["stored"]) == (6, 6)
    again = plan(toml, results, capsys)
    assert (again["stored"], again["todo"]) == (6, 0)
    assert "gradients" not in again["warnings"]


def test_the_same_trials_in_steps_are_not_trained_again(trained, tmp_path, capsys):
    by_steps = plan(write(tmp_path, "steps = 20"), trained / "results", capsys)
    shares = {share["method"]: share["stored"] for share in by_steps["shares"]}
    assert shares == {"ns": 0, "r1": 2, "topk": 0}
    assert by_steps["warnings"]["gradients"].startswith("ring8: at equal steps r1 takes 2.7 / 2 =")


def test_a_sweep_in_steps_takes_over_what_one_by_gradients_has_trained(trained, tmp_path, capsys):
    """27 steps are the budget of ns and top_k, but not of r1."""
    toml, theirs = write(tmp_path, "steps = 27"), trained / "results/tiny"
    mine = tmp_path / "results"
    only = ["--results", str(mine), "--reuse", str(theirs), "--only"]
    assert main([toml, *only, "method=ns"]) == 0
    assert main([toml, *only, "method=topk"]) == 0
    assert capsys.readouterr().out.count("2 trials taken over") == 2
    table = bench.load(mine / "tiny")
    assert (set(table["task"]), set(table["gradients"])) == ({"ring8"}, {0})
    both = [bench.load(folders) for folders in ([theirs, mine / "tiny"], [mine / "tiny", theirs])]
    for one in both:  # r1 among them: the budget explains them all
        assert (set(one["task"]), set(one["gradients"]), len(one)) == ({"ring8"}, {BUDGET}, 6)


def test_one_by_gradients_takes_over_what_a_sweep_in_steps_has_trained(trained, tmp_path, capsys):
    theirs = tmp_path / "steps"
    store = Store(theirs).create()
    for result in Store(trained / "results/tiny"):
        record = json.loads(Store(trained / "results/tiny").raw(result.trial.id))
        if result.trial.method.name != "r1":  # as a sweep by 27 steps stores it
            del record["trial"]["gradients"]
        (store.path / "trials" / f"{result.trial.id}.json").write_text(json.dumps(record))
    toml = write(tmp_path, f"gradients = {BUDGET}")
    options = ["--results", str(tmp_path / "results"), "--reuse", str(theirs)]
    assert main([toml, *options]) == 0
    assert "6 trials taken over" in capsys.readouterr().out
    table = bench.load(tmp_path / "results/tiny")
    assert (set(table["task"]), set(table["gradients"])) == ({"ring8"}, {BUDGET})


def test_a_trial_is_trained_again_bit_for_bit_whatever_its_budget_is_called(trained, tmp_path):
    """top_k follows the share of the training that is done: of the method's own steps."""
    (id, *_) = (r.trial.id for r in Store(trained / "results/tiny") if r.trial.method.extras)
    record = json.loads(Store(trained / "results/tiny").raw(id))
    assert record["trial"].pop("gradients") == BUDGET
    store = Store(tmp_path / "steps").create()
    (store.path / "trials" / f"{id}.json").write_text(json.dumps(record))
    for folder in (trained / "results/tiny", store.path):
        done = commands.inside("replay", folder, id, "--verify")
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_report_is_whole(trained):
    done = commands.inside(
        "report", trained / "results/tiny", "-o", trained / "report", *commands.LIGHT
    )
    assert done.returncode == 0, done.stderr
    assert "**ring8**: 54 gradients (20 to 27 steps), 2 seeds" in (
        trained / "report/report.md"
    ).read_text(encoding="utf-8")
