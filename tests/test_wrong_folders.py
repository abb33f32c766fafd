"""A folder that is not what a command needs is told apart from one that is not there, and quickly:
nothing heavy is imported before."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bench import diagnose, merge, pack, replay, report, status, submit
from bench.store import Store
from bench.store.commands import absent, no_sweep
from bench.sweep import main as sweep
from bench.trial import Method, Result, Status, Trial
from tests import commands

COMMANDS = {
    "status": lambda folder: status.main([str(folder)]),
    "replay": lambda folder: replay.main([str(folder), "0"]),
    "merge": lambda folder: merge.main([str(folder), str(folder.parent / "into")]),
    "pack": lambda folder: pack.main([str(folder), str(folder.parent / "into")]),
    "submit": lambda folder: submit.main([str(folder)]),
    "diagnose": lambda folder: diagnose.main([str(folder)]),
    "report": lambda folder: report.main([str(folder)]),
    "sweep": lambda folder: sweep([str(folder)]),
}
RESULTS = [name for name in COMMANDS if name not in ("sweep", "diagnose")]


def stored(folder: Path, *seeds: int, status: Status = Status.COMPLETED) -> Store:
    store = Store(folder).create()
    for seed in seeds:
        error = {"type": "E", "message": "m"} if status.failed else None
        trial = Trial("ring8", Method("ns"), seed, 10)
        store.write(Result(trial, status, {"step": [10]}, error=error))
    return store


@pytest.mark.parametrize("name", COMMANDS)
def test_a_folder_that_is_not_there(name, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert COMMANDS[name](tmp_path / "absent") == 2
    printed = capsys.readouterr()
    told = printed.err.removeprefix("bench.report: ")
    assert told.startswith(f"{tmp_path}/absent: no such f")
    assert (printed.out, len(told.splitlines())) == ("", 1)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", RESULTS)
def test_a_folder_of_other_things_and_a_file(name, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "other").mkdir()
    (tmp_path / "file").write_text("x")
    assert COMMANDS[name](tmp_path / "other") == 2
    assert "other: no results here (no trials/ in this folder); name one" in capsys.readouterr().err
    assert COMMANDS[name](tmp_path / "file") == 2
    assert "file: not a folder; name the results folder" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["status", "report"])
def test_a_part_of_a_results_folder(name, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (file,) = (stored(tmp_path / "x", 1).path / "trials").iterdir()
    for part in (file, file.parent):
        assert COMMANDS[name](part) == 2
        assert f"(did you mean {tmp_path / 'x'}?)" in capsys.readouterr().err
    assert report.main(["x", "-o", "x/trials"]) == 2
    assert capsys.readouterr().err.endswith("a part of the results folder x; write beside it\n")
    assert [one.name for one in file.parent.iterdir()] == [file.name]


def test_the_nearest_is_named(tmp_path):
    stored(tmp_path / "results" / "quickstart")
    assert absent(tmp_path / "results" / "quickstrat").endswith(
        f"quickstrat: no such folder (did you mean {tmp_path}/results/quickstart?)"
    )
    assert absent(tmp_path / "results").endswith(
        f"name one in it, such as {tmp_path}/results/quickstart"
    )
    assert absent(tmp_path / "results" / "quickstart") == ""
    (tmp_path / "quickstart.toml").write_text("")
    assert no_sweep(tmp_path / "quickstrat.toml").endswith(
        f"no such file or folder (did you mean {tmp_path}/quickstart.toml?)"
    )
    assert no_sweep(tmp_path / "quickstart.toml") == ""


def test_replay_of_no_trial(tmp_path, capsys):
    empty, store = stored(tmp_path / "empty"), stored(tmp_path / "x", 0, 1)
    assert replay.main([str(empty.path), "0"]) == 2
    assert capsys.readouterr().err == (
        f"{empty.path}: no trial has finished yet: python -m bench.sweep {empty.path} goes on\n"
    )
    assert replay.main([str(store.path), "zz"]) == 2
    assert f": no trial zz; one of 2 is {min(store.ids())}" in capsys.readouterr().err


@pytest.mark.parametrize(
    "written",
    [
        "{id}.json",
        "results/x/trials/{id}.json",
        "..\\trials\\{id}.json",
        "/x/samples/{id}.npz",
        "logs/{id}.log",
        "{ID}",
        "{short}...",
        "{short}\u2026",
        " {id}/ ",
    ],
)
def test_a_trial_may_be_named_by_a_file_of_it(written, tmp_path):
    store = stored(tmp_path / "x", 0, 1)
    for id in store.ids():
        given = written.format(id=id, ID=id.upper(), short=id[:6])
        assert replay._find(store, replay._plain(given)) == id


def test_a_name_of_no_trial_is_said_in_one_line(tmp_path, capsys):
    store = stored(tmp_path / "x", 0)
    for name in ("trials/", "a\nb", "x" * 400, "../x"):
        assert replay.main([str(store.path), name]) == 2
        told = capsys.readouterr().err
        assert told.count("\n") == 1
        assert len(told) < 300 + len(str(store.path))
        assert "give the id, or the beginning of it" in told


HEAVY = ("tensorflow", "keras", "pandas", "numpy", "scipy", "matplotlib", "rich", "PIL")
"""Packages whose import takes longer than an answer may: 0.3 s, which
`tests/performance/wrong_folder.py` prints."""


@pytest.mark.parametrize("name", COMMANDS)
def test_a_wrong_folder_imports_nothing_heavy(name, tmp_path):
    words = {"replay": ["0"], "merge": ["into"], "pack": ["into"]}.get(name, [])
    program = (
        f"import sys, bench.{name}\n"
        f"assert bench.{name}.main({['absent', *words]!r}) == 2\n"
        f"print(*[name for name in {HEAVY} if name in sys.modules])"
    )
    done = commands.run([sys.executable, "-c", program], tmp_path)
    assert (done.stdout.strip(), done.returncode) == ("", 0), done.stderr
