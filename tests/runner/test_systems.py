"""Systems on which a trial cannot be isolated: training is refused in words, the rest works."""

from __future__ import annotations

import os
import signal

import pytest

from bench import catalogue, replay, status
from bench.grid.checks import apart
from bench.runner import Unsupported, check, machine, slot
from bench.store import Store
from bench.sweep import execution, main
from bench.trial import Method, Result, Status, Trial

TOML = '[sweep]\ntasks = ["ring8"]\nmethods = ["ns"]\nseeds = "0..1"\nsteps = 10\nevaluations = 2\n'


@pytest.fixture
def toml(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(execution.runner, "run", lambda *given: pytest.fail("it trains"))
    (tmp_path / "small.toml").write_text(TOML)
    return "small.toml"


@pytest.fixture(params=["win32", "no fork", "no killpg", "no SIGKILL"])
def unsupported(request, monkeypatch):
    """A system that lacks something."""
    platform = {"win32": "win32", "no fork": "linux"}.get(request.param, "darwin")
    monkeypatch.setattr(machine.sys, "platform", platform)
    if request.param == "no SIGKILL":
        monkeypatch.delattr(signal, "SIGKILL")
    elif platform != "win32":
        monkeypatch.delattr(os, request.param.removeprefix("no "))
    return {"win32": "Windows", "linux": "Linux without fork", "darwin": "macOS"}[platform]


def test_linux_trains_without_a_word():
    assert check() == ""


def test_macos_trains_and_says_that_nobody_has_tried(monkeypatch):
    monkeypatch.setattr(machine.sys, "platform", "darwin")
    assert check().startswith("training is untried on macOS: ")
    assert not machine.forkable()


def test_no_trial_is_begun(unsupported, toml, tmp_path, capsys):
    assert main([toml]) == 2
    told = capsys.readouterr().err
    assert told.startswith(f"training does not work on {unsupported}: ")
    assert len(told.splitlines()) == 3
    assert not (tmp_path / "results").exists()
    with pytest.raises(Unsupported):
        check()


def test_old_results_are_not_moved_aside(unsupported, toml, tmp_path, capsys):
    store = Store(tmp_path / "results" / "small").create()
    store.write(Result(Trial("ring8", Method("ns"), 0, 10), Status.COMPLETED))
    assert main([toml, "--fresh"]) == 2
    assert len(store.ids()) == 1
    (id,) = store.ids()
    assert replay.main([str(store.path), id]) == 2
    assert capsys.readouterr().err.count(f"training does not work on {unsupported}") == 2


def test_what_does_not_train_works(unsupported, toml, tmp_path, capsys):
    Store(tmp_path / "results" / "small").create()
    assert main([toml, "-n"]) == 0
    assert status.main([str(tmp_path / "results" / "small")]) == 0
    assert catalogue.main(["methods", "r1"]) == 0
    assert capsys.readouterr().err == ""


def test_a_python_that_this_user_cannot_start_is_said(toml, tmp_path, capsys, monkeypatch):
    """A sweep starts slots with it, a replay a child where it cannot fork, a plan its checks."""
    store = Store(tmp_path / "results" / "old").create()
    store.write(Result(Trial("ring8", Method("ns"), 0, 10), Status.COMPLETED))
    (id,) = store.ids()
    (tmp_path / "python").write_text("")  # a file that nobody may run
    monkeypatch.setattr(machine.sys, "executable", str(tmp_path / "python"))
    monkeypatch.setattr(machine, "forkable", lambda: False)
    monkeypatch.setattr(slot, "prepare", lambda keep: None)
    for done in (lambda: main([toml]), lambda: replay.main([str(store.path), id])):
        assert done() == 2
        told = capsys.readouterr().err
        assert f"this user cannot run {tmp_path / 'python'}" in told
        assert len(told.splitlines()) <= 3
    assert not (tmp_path / "results" / "small").exists()
    with pytest.raises(apart.Died, match=r"python cannot be started: Permission denied"):
        apart.call("bench.nowhere:nothing", None)
