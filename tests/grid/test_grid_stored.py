"""A sweep that is read from its results folder: the same trials, wherever its files have gone."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from bench import grid, merge, registry
from bench.grid import sweep as reading
from bench.grid.source import GridError
from bench.store import Store
from bench.store.provenance import recorded
from bench.sweep import plan, record
from bench.trial import Result, Status, Trial, digest

ROOT = Path(__file__).parents[2]

PLUGIN = '''
from bench.registry import loss


@loss
def kept_{name}(real, fake, *, a: float = {number}):
    """L. -> [B], [B]."""
    return a * fake, real
'''


@pytest.fixture(autouse=True)
def forget(monkeypatch):
    """Data are not tried here, which would take a minute; and what a plugin registers is
    forgotten, as in a process of its own. -> what forgets it at once."""
    monkeypatch.setattr(reading.measurable, "check", lambda *given: ())
    known = dict(registry.loss._parts)
    yield lambda: registry.loss._parts.pop("kept_one")
    registry.loss._parts.clear()
    registry.loss._parts.update(known)


def images(file: Path, first: int) -> None:
    pixels = np.arange(100 * 28 * 28).reshape(100, 28, 28) % 250 + first
    np.savez(file, x_train=pixels.astype(np.uint8))


def write(folder: Path) -> Path:
    """A sweep with a plugin in a folder of its own, and with images."""
    (folder / "parts").mkdir(parents=True)
    (folder / "parts" / "mine.py").write_text(PLUGIN.format(name="one", number=1.0))
    images(folder / "x.npz", 1)
    toml = folder / "own.toml"
    toml.write_text(
        '[sweep]\ntasks = ["ring8", "dcgan28"]\nseeds = "0..9"\nplugins = ["parts/mine.py"]\n'
        '[task.dcgan28]\npath = "x.npz"\n'
        '[[method]]\nname = "mine"\nloss = "kept_one"\n'
    )
    return toml


def keep(sweep: grid.Sweep, folder: Path) -> Path:
    """Write the record of a sweep as a run does, with results of each task."""
    store = Store(folder).create()
    todo = sweep.trials[:4]
    record.write(plan.Plan(sweep, store, sweep.trials, {}, todo, 1))
    for trial in todo:
        store.write(Result(trial, Status.COMPLETED))
    return folder


def ids(trials: tuple[Trial, ...]) -> list[str]:
    return [trial.id for trial in trials]


@pytest.fixture
def asked(tmp_path) -> grid.Sweep:
    return grid.load(write(tmp_path / "project"), ["sweep.seeds=[4, 7]", "grid.lr_g=[1e-3, 2e-3]"])


@pytest.fixture
def kept(asked, tmp_path) -> Path:
    return keep(asked, tmp_path / "project" / "results" / "own")


def test_the_same_trials(asked, kept):
    again = grid.load(kept)
    assert ids(again.trials) == ids(asked.trials)
    assert len(again.trials) == 8
    assert (again.text, again.overrides, again.name) == (asked.text, asked.overrides, "own")
    assert ids(grid.load(kept / "sweep.toml").trials) == ids(asked.trials)


def test_more_overrides_come_on_top(asked, kept):
    again = grid.load(kept, ["sweep.seeds=[4, 8]"])
    assert {trial.seed for trial in again.trials} == {4, 8}
    assert {trial.hparams["lr_g"] for trial in again.trials} == {1e-3, 2e-3}
    assert len(again.overrides) == 3


def test_without_the_toml_and_with_another_plugin_in_its_place(asked, kept):
    work = kept.parents[1]
    (work / "own.toml").unlink()
    (work / "parts" / "mine.py").write_text(PLUGIN.format(name="one", number=2.0))
    assert ids(grid.load(kept).trials) == ids(asked.trials)


@pytest.mark.parametrize("how", ["the folder alone", "the project", "into the folder"])
def test_files_that_have_moved(asked, kept, tmp_path, how):
    work = kept.parents[1]
    if how == "the folder alone":
        kept = shutil.move(kept, tmp_path / "elsewhere")
    elif how == "the project":
        kept = shutil.move(work, tmp_path / "moved") / "results" / "own"
    else:
        shutil.move(work / "x.npz", kept / "x.npz")
    assert ids(grid.load(kept).trials) == ids(asked.trials)


def test_images_that_are_gone_or_changed(kept):
    file = kept.parents[1] / "x.npz"
    file.unlink()
    with pytest.raises(GridError) as gone:
        grid.load(kept)
    place = f"{kept}/sweep.toml:6: task.dcgan28.path: "
    assert str(gone.value) == (
        f'{place}"x.npz" lay at {file}, where it is no more: put it back there, or into {kept}'
    )
    images(file, 2)
    with pytest.raises(GridError) as changed:
        grid.load(kept)
    assert str(changed.value).startswith(f"{place}{file} has changed since {kept} was trained")
    images(file, 1)  # written anew: it counts by its content
    assert grid.load(kept)


def test_a_plugin_that_is_gone(asked, kept):
    (copy,) = (kept / "plugins").iterdir()
    copy.unlink()
    assert ids(grid.load(kept).trials) == ids(asked.trials)  # it lies where it lay
    (kept.parents[1] / "parts" / "mine.py").write_text("# changed")
    with pytest.raises(GridError) as gone:
        grid.load(kept)
    text = f'{kept}/sweep.toml:4: plugin "parts/mine.py": the file that was trained with is gone: '
    assert str(gone.value) == f"{text}put it back, as {copy}"


def older(kept: Path) -> None:
    """Leave out what folders of older versions do not say."""
    file = kept / "provenance.json"
    known = json.loads(file.read_text())
    del known["files"]
    file.write_text(json.dumps(known))


def test_an_older_folder_goes_on_by_names_and_by_its_trials(asked, kept, forget):
    older(kept)
    forget()
    (kept.parents[1] / "parts" / "mine.py").unlink()
    assert ids(grid.load(kept).trials) == ids(asked.trials)
    (kept.parents[1] / "x.npz").unlink()
    with pytest.raises(GridError, match=r'"x\.npz" lay at .*/project/x\.npz, where it is no more'):
        grid.load(kept)


def test_an_older_folder_with_two_versions_of_a_plugin(kept):
    older(kept)
    source = b"# another version"
    Store(kept).write_plugin("mine.py", digest(source), source)
    with pytest.raises(GridError, match=r"has 2 files of this name, and nothing says which"):
        grid.load(kept)


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"overrides": 3}', '{"files": []}', '{"files": {"a": 1}}']
)
def test_a_record_that_cannot_be_read(kept, text):
    (kept / "provenance.json").write_text(text)
    with pytest.raises(GridError, match=r"provenance.json: cannot be read .*; name the TOML"):
        grid.load(kept)


@pytest.mark.parametrize("name", ["theory", "n_dis"])
def test_published_folders_go_on(name):
    folder = ROOT / "results" / name
    assert set(ids(grid.load(folder).trials)) == Store(folder).ids()


def test_a_folder_that_holds_no_sweep(kept, tmp_path):
    (kept / "sweep.toml").unlink()
    with pytest.raises(GridError, match=r"its sweep.toml is missing: name the TOML"):
        grid.load(kept)
    with pytest.raises(GridError, match="a folder without results: name a TOML"):
        grid.load(tmp_path)


def test_the_files_of_one_trial(asked, kept, tmp_path):
    """Those of a trial that was merged into the folder of another sweep are its own."""
    files = grid.kept_files(Store(kept))
    mine, other = asked.trials[0], Trial("ring8", asked.trials[0].method, 1, 10)
    assert [path.name for path, _ in files.plugins(mine)] == ["mine.py"]
    assert files.plugins(other) == []
    source = PLUGIN.format(name="one", number=3.0).encode()
    Store(kept).write_plugin("mine.py", digest(source), source)
    merged = Trial("ring8", mine.method, 1, 10, plugins={"mine.py": digest(source)})
    assert files.plugins(merged) == [(Path("mine.py"), source)]
    lost = Trial("ring8", mine.method, 1, 10, plugins={"mine.py": "fedcba9876543210"})
    with pytest.raises(grid.Lost, match=r"its mine.py is gone: put that file back, as .*/fedc"):
        files.plugins(lost)
    drawn = next(trial for trial in asked.trials if trial.options.get("path"))
    moved = shutil.move(kept.parents[1], tmp_path / "moved") / "results" / "own"
    now = grid.kept_files(Store(moved)).moved(drawn)
    assert now.options["path"] == str(tmp_path / "moved" / "x.npz")
    assert now.id == drawn.id


def another(folder: Path) -> grid.Sweep:
    """A sweep whose plugin and images have the names of `write`'s and are others."""
    write(folder)
    (folder / "parts" / "mine.py").write_text(PLUGIN.format(name="two", number=3.0))
    images(folder / "x.npz", 5)
    text = (folder / "own.toml").read_text()
    (folder / "own.toml").write_text(text.replace("kept_one", "kept_two"))
    return grid.load(folder / "own.toml", ["sweep.seeds=[5]"])


@pytest.fixture
def merged(asked, kept, tmp_path) -> tuple[Path, Trial, Trial]:
    """A folder that two others were merged into, all moved; and a trial of images of each."""
    other = another(tmp_path / "second")
    theirs = keep(other, tmp_path / "second" / "results" / "far" / "own")
    assert merge.main([str(kept), str(theirs), str(tmp_path / "deep" / "er" / "all")]) == 0
    moved = tmp_path / "moved"
    moved.mkdir()
    for name in ("project", "second", "deep"):
        shutil.move(tmp_path / name, moved / name)
    drawn = [next(t for t in s.trials if t.options.get("path")) for s in (asked, other)]
    return moved / "deep" / "er" / "all", drawn[0], drawn[1]


def test_a_merged_folder_has_the_files_of_both(merged, tmp_path):
    folder, mine, theirs = merged
    for trial, project, number in ((mine, "project", 1.0), (theirs, "second", 3.0)):
        files = grid.kept_files(Store(folder), trial)
        assert files.moved(trial).options["path"] == str(tmp_path / "moved" / project / "x.npz")
        ((_, source),) = files.plugins(trial)
        assert f"{number}".encode() in source
    shutil.rmtree(tmp_path / "moved" / "second")
    with pytest.raises(grid.Lost, match=r'"x.npz" lay at .*/second/x.npz, where it is no more'):
        grid.kept_files(Store(folder), theirs).moved(theirs)


def test_a_merged_folder_goes_on_with_its_own_sweep(merged, asked, forget):
    folder, *_ = merged
    forget()
    again = grid.load(folder)
    assert ids(again.trials) == ids(asked.trials)
    before = recorded(folder)
    record.write(plan.Plan(again, Store(folder), again.trials, {}, again.trials[:1], 1))
    after = recorded(folder)
    assert len(after.tables) == 2
    assert [after.tables[0]["x.npz"]["near"], after.tables[1]] == [
        "../../../project/x.npz",
        before.tables[1],
    ]


def test_what_is_merged_twice_or_on_the_way_is_noted_once(merged, tmp_path):
    folder, _, theirs = merged
    text = (folder / "provenance.json").read_bytes()
    second = tmp_path / "moved" / "second" / "results" / "far" / "own"
    assert merge.main([str(second), str(folder)]) == 0
    assert (folder / "provenance.json").read_bytes() == text
    further = tmp_path / "further"
    assert merge.main([str(folder), str(further)]) == 0
    found = grid.kept_files(Store(further), theirs).moved(theirs)
    assert found.options["path"] == str(tmp_path / "moved" / "second" / "x.npz")


def test_images_that_were_put_into_a_results_folder_are_found_after_a_merge(asked, kept, tmp_path):
    shutil.move(kept.parents[1] / "x.npz", kept / "x.npz")
    into = keep(another(tmp_path / "second"), tmp_path / "all")
    assert merge.main([str(kept), str(into)]) == 0
    drawn = next(trial for trial in asked.trials if trial.options.get("path"))
    found = grid.kept_files(Store(into), drawn).moved(drawn).options["path"]
    assert found == str(kept / "x.npz")


@pytest.mark.parametrize("merged", [3, [3], {"a": 1}, [{"x": {"path": 1}}]])
def test_a_list_of_merged_sweeps_that_is_none_harms_nothing(asked, kept, merged):
    file = kept / "provenance.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"merged": merged}))
    drawn = next(trial for trial in asked.trials if trial.options.get("path"))
    assert grid.kept_files(Store(kept), drawn).moved(drawn) == drawn
