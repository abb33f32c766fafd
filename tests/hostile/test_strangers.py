"""Files in a results folder that are not of this program: never counted, named once, left alone."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from pathlib import Path

import pytest

import bench
from bench import merge, pack, replay, report, status
from bench.store import Store, StoreError, listing
from bench.sweep.reuse import reuse
from bench.trial import Trial
from tests.analysis.synthetic import result, write

TOML = '# Which?\n[sweep]\ntasks = ["ring8"]\n[analysis]\nbaseline = "ns"\n'


@pytest.fixture
def folder(tmp_path):
    made = [result("converged", method=m, seed=s) for m in ("ns", "r1") for s in (0, 1)]
    folder = write(tmp_path / "x", made, TOML)
    Store(folder).write_text("provenance.json", '{"planned": 4}')
    return folder


def one(folder: Path) -> Path:
    return min((folder / "trials").glob("*.json"))


def digest(folder: Path) -> dict[str, str]:
    """Every entry of a folder, with what is in it."""
    found = {}
    for place in sorted(folder.rglob("*")):
        content = place.read_bytes() if place.is_file() else b""
        found[str(place.relative_to(folder))] = hashlib.sha256(content).hexdigest()
    found.pop(".lock", None)
    return found


COPIES = [
    *("{} (1).json", "{} - Copy.json", "{} (conflicted copy 2026-01-01).json", "Copy of {}.json"),
    *(".{}.json.icloud", ".DS_Store", "Thumbs.db", "{}.json~", ".{}.json.swp", "#{}.json#"),
    *("{}.json.orig", "{}.JSON", "notes.json", "{}.json.txt", "desktop.ini", "{}_1.json"),
]


@pytest.mark.parametrize("name", COPIES)
def test_a_copy_is_named_and_left_out(folder, name, capsys):
    file = one(folder)
    stranger = file.with_name(name.format(file.stem))
    shutil.copy(file, stranger)
    before = digest(folder)
    assert status.main([str(folder), "--json"]) == 0
    told = capsys.readouterr()
    assert json.loads(told.out)["stored"] == 4
    assert told.err.count("\n") == 1
    assert listing.shown(stranger.name) in told.err
    assert ": 1 file does not count: trials/" in told.err
    assert len(bench.load(folder)) == 4
    assert digest(folder) == before


def foreign(folder: Path) -> dict[str, str]:
    """Make strangers of every kind -> place of each, and a word of its reason."""
    trials, own = folder / "trials", one(folder)
    (trials / f"{'a' * 16}.json").mkdir()
    os.mkfifo(trials / f"{'b' * 16}.json")
    (trials / f"{'c' * 16}.json").symlink_to("nowhere")
    (trials / f"{'d' * 16}.json").write_text("")
    (trials / f"{'e' * 16}.json").write_text('{"name": "another program"}')
    shutil.copy(own, trials / f"{'f' * 16}.json")
    (trials / f"{'1' * 16}.json").write_text("hello")
    (folder / "samples" / f"{own.stem} (1).npz").write_text("")
    (folder / "logs" / "notes.txt").write_text("")
    (folder / "real" / "ring8 (1).npz").write_text("")
    (folder / "plugins" / f"{'2' * 16}-mine.py").write_text("changed")
    (folder / "running" / "old (1).json").write_text('{"slot": "old"}')
    return {
        f"trials/{'a' * 16}.json": "a folder",
        f"trials/{'b' * 16}.json": "a pipe or a device",
        f"trials/{'c' * 16}.json": "a link to nothing",
        f"trials/{'d' * 16}.json": "empty",
        f"trials/{'e' * 16}.json": "no result of this program",
        f"trials/{'f' * 16}.json": f"it holds the trial {own.stem}",
        f"trials/{'1' * 16}.json": "no result of this program",
        f"samples/{own.stem} (1).npz": "of no trial",
        "logs/notes.txt": "of no trial",
        "real/ring8 (1).npz": "the name of no task",
        f"plugins/{'2' * 16}-mine.py": "changed since it was stored",
        "running/old (1).json": "the name of no slot",
    }


def test_every_kind_of_stranger_has_its_reason(folder):
    expected = foreign(folder)
    assert listing.strangers(folder) == expected
    assert len(Store(folder).ids()) == 4
    assert Store(folder).plugins() == {}
    assert Store(folder).now() == []
    names = {str(file) for file in Store(folder).shared()}
    assert names == {"real/ring8.npz", "sweep.toml", "provenance.json"}


def test_a_file_that_may_not_be_read_is_a_stranger(folder, monkeypatch):
    file, opened = one(folder), os.open

    def refuse(path, *arguments, **options):
        if str(path) == str(file):
            raise PermissionError(13, "Permission denied", str(path))
        return opened(path, *arguments, **options)

    monkeypatch.setattr(os, "open", refuse)
    assert listing.strangers(folder) == {f"trials/{file.name}": "Permission denied"}
    assert file.stem not in Store(folder).ids()


def test_every_command_leaves_strangers_out_and_alone(folder, tmp_path, capsys):
    expected = foreign(folder)
    before, counted = digest(folder), f"{len(expected)} files do not count: "
    ids, out = Store(folder).ids(), tmp_path / "out"
    commands = {
        "status": lambda: status.main([str(folder)]),
        "replay": lambda: replay.main([str(folder), "f" * 16]) - 2,
        "compare": lambda: report.main([str(folder), "--compare", "r1", "ns"]),
        "load": lambda: len(bench.load(folder)) - 4,
        "merge": lambda: merge.main([str(folder), str(tmp_path / "merged")]),
        "pack": lambda: pack.main([str(folder), str(tmp_path / "packed")]),
        "reuse": lambda: reused(folder, out) - 4,
    }
    for name, command in commands.items():
        assert command() == 0, name
        err = capsys.readouterr().err
        assert counted in err, name
        assert "Traceback" not in err
    assert digest(folder) == before
    for other in ("merged", "packed", "out"):
        assert Store(tmp_path / other).ids() == ids
        assert listing.strangers(tmp_path / other) == {}


def reused(folder: Path, out: Path) -> int:
    trials: list[Trial] = [one.trial for one in Store(folder)]
    return reuse(trials, Store(out).create(), [folder])


def test_a_result_is_written_beside_what_stood_in_its_place(folder):
    made = result("converged", method="new")
    for seed, spoil in enumerate((Path.mkdir, os.mkfifo, lambda file: file.write_text("mine"))):
        again = result("converged", method="new", seed=seed)
        file = folder / "trials" / f"{again.trial.id}.json"
        spoil(file)
        Store(folder).write(again)
        assert Store(folder).read(again.trial.id).trial == again.trial
        assert os.path.lexists(f"{file}.damaged")
    assert (folder / "trials" / f"{again.trial.id}.json.damaged").read_text() == "mine"
    Store(folder).write(made)  # over one of its own: nothing is set aside
    assert len(list((folder / "trials").glob("*.damaged"))) == 3


def test_a_damaged_result_is_refused_with_the_remedy(folder, tmp_path, capsys):
    file = one(folder)
    file.write_bytes(file.read_bytes()[:200])
    assert status.main([str(folder)]) == 2
    err = capsys.readouterr().err
    assert file.name in err
    assert "remove it, and the sweep trains it again" in err
    good = write(tmp_path / "good", [result("converged", method="other")])
    assert merge.main([str(folder), str(good)]) == 3
    assert f"{file.name}: damaged (" in capsys.readouterr().out
    assert all(one.status for one in Store(good))


def test_samples_and_plugins_are_read_before_they_are_taken_over(folder, tmp_path, capsys):
    id = one(folder).stem
    samples = folder / "samples" / f"{id}.npz"
    samples.write_bytes(samples.read_bytes()[:300])
    (folder / "real" / "ring8.npz").write_bytes(b"PK\3\4")
    into = Store(write(tmp_path / "into", [result("stalled", method="other")]))
    (into.path / "sweep.toml").write_text("# mine\n")
    mine = digest(into.path)
    assert merge.main([str(folder), str(into.path)]) == 3
    out = capsys.readouterr().out
    assert f"samples/{id}.npz: damaged (" in out
    assert id not in into.ids()
    assert len(into.ids()) == 4
    assert mine.items() <= digest(into.path).items()  # its own TOML, samples and trials stay


def test_a_copy_of_a_plugin_is_no_second_plugin(folder):
    from bench.trial import digest as named

    source = b"x = 1\n"
    store = Store(folder)
    store.write_plugin("mine.py", named(source), source)
    for name in ("mine (1).py", "mine.py~"):
        (folder / "plugins" / f"{named(source)}-{name}").write_bytes(source)
    assert store.plugins() == {named(source): (Path("mine.py"), source)}
    assert set(listing.strangers(folder).values()) == {f"a copy of {named(source)}-mine.py"}


@pytest.mark.parametrize("name", ["trials.xz", "sweep.toml", "provenance.json", ".lock"])
@pytest.mark.parametrize("kind", ["folder", "pipe", "link", "zeros"])
def test_nothing_waits_for_what_is_no_file(folder, tmp_path, name, kind, capsys):
    place = folder / name
    place.unlink(missing_ok=True)
    make = {
        "folder": place.mkdir,
        "pipe": lambda: os.mkfifo(place),
        "link": lambda: place.symlink_to("nowhere"),
        "zeros": lambda: place.symlink_to("/dev/zero"),
    }
    make[kind]()
    for command in (status.main, lambda a: merge.main([*a, str(tmp_path / "into")])):
        assert command([str(folder)]) in (0, 2, 3)
    try:
        assert len(bench.load(folder)) == 4
    except StoreError as error:
        assert name in str(error)  # noqa: PT017
    assert "Traceback" not in capsys.readouterr().err
