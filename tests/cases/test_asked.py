"""A results folder holds more than its sweep asks for: what nobody asks for is named, left out."""

import dataclasses
import json
import re
import shutil

import pytest

import bench
from bench import grid, report, status
from bench.analysis.frame import frame
from bench.analysis.report import words
from bench.analysis.report.contents import collect
from bench.grid.asked import asked_for
from bench.store import Store, asked
from bench.sweep import main
from tests.analysis.synthetic import result
from tests.commands import LIGHT

WIDE = """# Which rate?
[sweep]
tasks = ["ring8"]
methods = ["ns", "r1"]
seeds = "0..2"
steps = 5000
[grid]
lr_g = [1e-3, 1e-2, 1e-4]
[analysis]
baseline = "ns"
"""
LOST = {
    "values": ("[1e-3, 1e-2, 1e-4]", "[1e-3]", 12),
    "a value": ("[1e-3, 1e-2, 1e-4]", "[1e-3, 1e-4]", 6),
    "a method": ('["ns", "r1"]', '["ns"]', 9),
    "seeds": ('"0..2"', "[1]", 12),
    "other steps": ("steps = 5000", "steps = 4000", 18),
    "an option": ("[grid]", "[task.ring8]\nsigma = [0.1, 0.02]\n[grid]", 0),
}
"""What is changed: before, after, and the number of stored trials that nobody asks for any more."""


def store_all(toml, folder, kind="stalled"):
    """Store a made-up result of every trial that a sweep asks for, and is not stored yet."""
    store = Store(folder).create()
    for trial in grid.load(toml).trials:
        if trial.id not in store.ids():
            good = "converged" if trial.hparams["lr_g"] == 1e-2 else kind
            made = result(good, seed=trial.seed, method=trial.method.name, evaluations=20)
            store.write(dataclasses.replace(made, trial=trial))


def run(toml, tmp_path, *more):
    """Run a sweep of which everything is stored."""
    store_all(toml, tmp_path / "x")
    assert main([str(toml), "--results", str(tmp_path), "-q", *more]) == 0


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A sweep that was run once, beside its TOML."""
    folder = tmp_path_factory.mktemp("made")
    (folder / "x.toml").write_text(WIDE)
    run(folder / "x.toml", folder)
    return folder


@pytest.fixture
def toml(made, tmp_path):
    """The TOML of a sweep that was run; its results are in x, beside it."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    return tmp_path / "x.toml"


def edit(toml, before, after):
    assert before in toml.read_text()
    toml.write_text(toml.read_text().replace(before, after))


@pytest.mark.parametrize("lost", LOST)
def test_case_15_what_is_not_asked_for_any_more_is_left_out(lost, toml, tmp_path, capsys):
    before, after, gone = LOST[lost]
    edit(toml, before, after)
    run(toml, tmp_path)
    wanted, folder = {t.id for t in grid.load(toml).trials}, tmp_path / "x"
    stored = Store(folder).ids()
    assert len(stored - wanted) == gone
    capsys.readouterr()

    trials = bench.load(folder)
    said = f"{gone} of {len(stored)} stored trials are not asked for any more"
    assert set(trials["id"]) == wanted
    assert (said in capsys.readouterr().err) is (gone > 0)
    assert set(bench.load(folder, all=True)["id"]) == stored
    assert status.status(folder)["planned"] == len(wanted)
    assert status.status(folder)["stored"] == len(stored)
    assert set(bench.curves(folder)["id"]) == wanted


def test_case_15_the_page_names_them_and_no_value_of_theirs(toml, tmp_path, capsys):
    edit(toml, "[1e-3, 1e-2, 1e-4]", "[1e-3, 1e-4]")
    run(toml, tmp_path)
    out, folder = tmp_path / "out", str(tmp_path / "x")
    said = "6 of 18 stored trials are not asked for any more"
    assert report.main([folder, "-o", str(out), *LIGHT]) == 0
    for name in ("report.md", "index.html"):
        text = (out / name).read_text()
        assert said in text
        assert "0 of 12 trials converged" in text or "0/6" in text
        assert not re.search(r"lr_g ?= ?0\.01\b", text)
        assert "Incomplete" not in text
    assert report.main([folder, "--compare", "ns", "r1"]) == 0
    told = capsys.readouterr()
    assert said in told.err
    assert "ns (3 trials) against r1 (3 trials)" in told.out
    assert report.main([folder, "-o", str(out), "--all", *LIGHT]) == 0
    text = (out / "report.md").read_text()
    assert said not in text
    assert "lr_g=0.01" in text


def test_other_overrides_of_one_file_add_trials_and_an_edit_begins_anew(toml, tmp_path):
    folder = tmp_path / "x"
    edit(toml, "[1e-3, 1e-2, 1e-4]", "[1e-3]")
    for own in ([], ["-S", "grid.lr_g=[1e-4]"]):
        assert main([str(toml), "--results", str(tmp_path), "-q", *own]) == 0
    assert set(bench.load(folder)["lr_g"]) == {1e-3, 1e-4}
    assert status.status(folder)["planned"] == 12
    edit(toml, '"0..2"', '"0..1"')
    run(toml, tmp_path)
    assert (set(bench.load(folder)["lr_g"]), len(bench.load(folder))) == ({1e-3}, 4)


def test_a_folder_goes_on_with_the_overrides_of_every_run(toml, tmp_path):
    folder = tmp_path / "x"
    edit(toml, "[1e-3, 1e-2, 1e-4]", "[1e-3]")
    two = "grid.lr_g=[\n1e-4,\n1e-2]"
    for own in ([], ["-S", two], ["-S", "grid.lr_g=[1e-4]", "-S", "sweep.seeds=[1]"]):
        assert main([str(toml), "--results", str(tmp_path), "-q", *own]) == 0
    assert asked.runs(folder) == [(), (two,), ("grid.lr_g=[1e-4]", "sweep.seeds=[1]")]
    wanted = asked.read(folder)
    assert len(wanted) == 18
    sweep = grid.load(folder)
    assert {trial.id for trial in sweep.trials} == wanted
    assert [trial.seed for trial in sweep.trials] == sorted(t.seed for t in sweep.trials)
    assert sweep.overrides == ("grid.lr_g=[1e-4]", "sweep.seeds=[1]")
    only = grid.load(folder, ["sweep.seeds=[2]"])  # on top of the last run
    assert {(t.seed, t.hparams["lr_g"]) for t in only.trials} == {(2, 1e-4)}
    assert main([str(folder), "-q"]) == 0
    assert asked.read(folder) == wanted


def test_a_part_of_a_sweep_asks_for_all_of_it(toml, tmp_path):
    run(toml, tmp_path, "--only", "method=r1,seed=1")
    assert len(bench.load(tmp_path / "x")) == 18


def test_a_changed_plugin_is_another_input(tmp_path):
    plugin, toml = tmp_path / "mine.py", tmp_path / "x.toml"
    text = (
        "from bench.registry import regularizer\n@regularizer\ndef mine_15(d, real, fake, key):\n"
        '    """Nothing: 0 d(real)."""\n    return 0 * d(real)\n'
    )
    plugin.write_text(text)
    toml.write_text(
        '# Q\n[sweep]\ntasks = ["ring8"]\nmethods = ["ns"]\nseeds = [0]\nplugins = ["mine.py"]\n'
        '[[method]]\nname = "m"\nbase = "ns"\nregularizers = ["mine_15"]\n'
    )
    run(toml, tmp_path)
    plugin.write_text(text.replace("0 * d", "0.5 * d"))
    run(toml, tmp_path)
    assert len(Store(tmp_path / "x").ids()) == 3
    trials = bench.load(tmp_path / "x")
    assert sorted(trials["method.name"]) == ["m", "ns"]
    wanted = {trial.id for trial in grid.load(toml).trials}
    assert set(trials["id"]) == wanted


def test_trials_of_another_sweep_that_were_copied_here_are_left_out(toml, tmp_path, capsys):
    store = Store(tmp_path / "x")
    store.write(result("converged", method="gp", seed=7))
    assert set(bench.load(tmp_path / "x")["method"]) == {"ns", "r1"}
    assert "1 of 19 stored trials" in capsys.readouterr().err


def test_two_folders_in_any_order(toml, tmp_path):
    other = tmp_path / "other" / "x"
    store = Store(other).create()
    for one in (result("converged", method="gp", seed=s) for s in (0, 1)):
        store.write(one)
    edit(toml, "[1e-3, 1e-2, 1e-4]", "[1e-3]")
    run(toml, tmp_path)
    for folders in ([tmp_path / "x", other], [other, tmp_path / "x"]):
        trials = bench.load(folders)
        assert len(trials) == 6 + 2
        assert set(trials["lr_g"]) == {1e-3}
    store.write(Store(tmp_path / "x").read(next(iter(bench.load(tmp_path / "x")["id"]))))
    asked.write(other, "no such text", (), (), ["0" * 12])  # of another sweep.toml: not known
    assert len(bench.load([tmp_path / "x", other])) == 8


def test_nothing_left_says_what_to_do(toml, tmp_path, capsys):
    asked.write(tmp_path / "x", toml.read_text(), (), ("new",), ["0" * 12])
    assert report.main([str(tmp_path / "x"), "--compare", "ns", "r1"]) == 2
    told = capsys.readouterr().err
    assert "none of the 18 stored trials is asked for any more" in told
    assert "--all" in told


PLUGIN = 'raise SystemExit("run by a reader")\n'
EDITS = {
    "a plugin": ('seeds = "0..2"', 'seeds = [0]\nplugins = ["evil.py"]', "user's (plugins)"),
    "images": ("[grid]", '[task.dcgan28]\npath = "x.npz"\n[grid]', "user's (path)"),
    "networks": (
        "[grid]",
        '[task.ring8]\ngenerator = "evil:g"\ndiscriminator = "evil:d"\n[grid]',
        "user's (discriminator, generator)",
    ),
    "no TOML": ("[sweep]", "[sweep", "does not read"),
    "a misspelled key": ("steps", "stepps", 'did you mean "steps"?'),
    "a method of none": ('"r1"]', '"r0"]', "unknown method"),
    "a table that is none": (WIDE, "sweep = 3\ntask = [1]\n", "does not read"),
    "other trials": ("steps = 5000", "steps = 4000", "none of the stored trials"),
    "nothing": (WIDE, "", "the table [sweep] is missing"),
}
"""What is changed in the folder's own sweep.toml: before, after, and the reason that is told."""


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_that_cannot_be_followed_is_said(name, toml, tmp_path, capsys):
    before, after, reason = EDITS[name]
    folder = tmp_path / "x"
    text = (folder / "sweep.toml").read_text()
    assert before in text
    (folder / "sweep.toml").write_text(text.replace(before, after))
    (folder / "evil.py").write_text(PLUGIN)
    capsys.readouterr()
    assert len(bench.load(folder)) == 18
    told = capsys.readouterr().err
    said = f"{folder}/sweep.toml was edited after the last run, and "
    assert told.startswith(said)
    assert reason in told
    assert "all of them count here; " in told
    assert told.count("\n") == 1


def test_an_edit_that_cannot_be_followed_stands_on_the_page(toml, tmp_path, capsys):
    folder = tmp_path / "x"
    (folder / "sweep.toml").write_text("[sweep")
    assert report.main([str(folder), "--compare", "ns", "r1"]) == 0
    assert f"bench.report: {folder}/sweep.toml was edited after the" in capsys.readouterr().err
    (line,) = words.missing(collect([folder], asked=asked_for))
    assert line.endswith("copy the file of the sweep there again. The last run asked for 18.")
    assert bench.load(folder, all=True).shape[0] == 18
    assert capsys.readouterr().err == ""


def test_no_plugin_of_an_override_is_run_by_a_reader(toml, tmp_path, capsys):
    folder = tmp_path / "x"
    (folder / "evil.py").write_text(PLUGIN)
    kept = {"planned": 18, "overrides": [f'sweep.plugins=["{folder}/evil.py"]'], "files": {}}
    (folder / "provenance.json").write_text(json.dumps(kept))
    (folder / "sweep.toml").write_text(WIDE.replace("[1e-3, 1e-2, 1e-4]", "[1e-3]"))
    assert len(bench.load(folder)) == 18
    assert "(plugins), which are not run" in capsys.readouterr().err


@pytest.mark.parametrize(("planned", "said"), [(18, False), (25, False), (12, True)])
def test_an_older_folder_is_doubted_where_it_holds_more_than_was_asked(
    toml, tmp_path, capsys, planned, said
):
    folder = tmp_path / "x"
    (folder / "asked.json").unlink()
    (folder / "provenance.json").write_text(json.dumps({"planned": planned}))
    (folder / "sweep.toml").write_text(WIDE.replace("seeds", 'plugins = ["evil.py"]\nseeds'))
    assert len(bench.load(folder)) == 18
    assert ("asks for fewer trials than are stored" in capsys.readouterr().err) is said


def test_status_says_which_count_is_which(toml, tmp_path, capsys):
    folder = tmp_path / "x"
    capsys.readouterr()
    assert status.main([str(folder)]) == 0
    told = capsys.readouterr().out
    assert "18 trials stored, 18 asked for, " in told
    assert "edited" not in told
    (folder / "sweep.toml").write_text(WIDE.replace("[1e-3, 1e-2, 1e-4]", "[1e-3]"))
    assert status.main([str(folder)]) == 0
    told = capsys.readouterr().out.splitlines()
    assert "18 trials stored, 18 asked for by the last run, " in told[0]
    assert told[1] == (
        f"  sweep.toml was edited since: `python -m bench.sweep {folder} -n` counts what it asks "
        "for now"
    )
    assert status.status(folder)["edited"] is True
    assert main([str(folder), "-n", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["trials"] == 6
    (folder / "sweep.toml").unlink()
    assert status.status(folder)["edited"] is False


def test_tables_of_the_analysis_alone_say_it_too(toml, tmp_path):
    folder = tmp_path / "x"
    (folder / "sweep.toml").write_text(WIDE + "# a note\n")
    data = frame.read(folder)
    assert len(data.trials) == 18
    assert "was edited after the last run, and is not read" in data.unsure[str(folder)]
    assert frame.read(folder, asked=asked_for).unsure == {}


@pytest.mark.parametrize("how", ["unreadable", "no sweep.toml", "not JSON", "not of this form"])
def test_what_cannot_be_read_leaves_nothing_out(how, toml, tmp_path):
    folder = tmp_path / "x"
    edit(toml, "[1e-3, 1e-2, 1e-4]", "[1e-3]")
    run(toml, tmp_path)
    (folder / "provenance.json").unlink()
    if how == "no sweep.toml":
        (folder / "sweep.toml").unlink()
    elif how == "unreadable":
        (folder / "sweep.toml").write_text("[sweep\n")
    else:
        wrong = "{" if how == "not JSON" else '{"sweep.toml": 3, "asked": [1]}'
        (folder / "asked.json").write_text(wrong)
        (folder / "sweep.toml").write_text("[sweep\n")
    assert len(bench.load(folder)) == 18


def test_an_older_folder_and_an_edited_copy_are_read_as_a_sweep(toml, tmp_path):
    folder = tmp_path / "x"
    (folder / "sweep.toml").write_text(WIDE.replace("[1e-3, 1e-2, 1e-4]", "[1e-3]"))
    assert set(bench.load(folder)["lr_g"]) == {1e-3}  # edited by hand
    edit(toml, "[1e-3, 1e-2, 1e-4]", "[1e-2]")
    run(toml, tmp_path)
    (folder / "asked.json").unlink()  # as older runs have left it
    assert set(bench.load(folder)["lr_g"]) == {1e-2}
    (folder / "sweep.toml").write_text(WIDE.replace("[1e-3, 1e-2, 1e-4]", "[1e-4]"))
    planned = {"planned": len(Store(folder).ids())}  # of an older run, before the edit
    (folder / "provenance.json").write_text(json.dumps(planned))
    assert set(bench.load(folder)["lr_g"]) == {1e-4}
    found = collect([folder], asked=asked_for)
    assert list(words.missing(found)) == [
        "**12 of 18 stored trials are not asked for any more by the sweep.toml of x, and are left "
        "out.** `--all` takes them in."
    ]
