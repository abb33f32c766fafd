"""End to end through the real command line, on a sweep of seconds."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import bench
from bench.__main__ import COMMANDS
from bench.__main__ import main as bench_main
from bench.store import Store
from bench.sweep import main
from bench.sweep.reuse import reuse
from tests import commands, forked, here

TOML = """
# Does the smallest sweep work?
[sweep]
tasks = ["ring8"]
methods = ["ns", "r1"]
seeds = "0..1"
steps = {steps}
evaluations = 4
{plugins}

[task.ring8]
units = 8
batch = 16
latent = 4
"""

FAULTY = '''
from bench.registry import loss

@loss
def faulty(real, fake):
    """L_G = L_D = a bug in a user's own part. -> [B], [B]."""
    raise RuntimeError("a bug in a user's own part")

@loss
def explosive(real, fake):
    """L_G = L_D = 1e30 exp(d_r): not finite after a step. -> [B], [B]."""
    import tensorflow as tf
    return tf.exp(1e30 * fake), tf.exp(1e30 * real)
'''


def write(folder: Path, steps: int = 20, plugins: str = "", more: str = "") -> Path:
    toml = folder / "tiny.toml"
    toml.write_text(TOML.format(steps=steps, plugins=plugins) + more)
    return toml


def sweep(toml: Path, *options: str, module: str = "sweep", **run) -> subprocess.CompletedProcess:
    folder = toml.parent if toml.is_file() else None
    return commands.run(commands.command(module, toml, *options), folder, **run)


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Path:
    """The folder of a sweep with a diverging and a crashing method, run once."""
    folder = tmp_path_factory.mktemp("sweep")
    (folder / "faulty.py").write_text(FAULTY)
    more = "".join(f'\n[[method]]\nname = "{n}"\nloss = "{n}"' for n in ("faulty", "explosive"))
    toml = write(folder, plugins='plugins = ["faulty.py"]', more=more)
    done = sweep(toml, "-j", "2")
    (folder / "stdout").write_text(done.stdout)
    (folder / "stderr").write_text(done.stderr)
    (folder / "code").write_text(str(done.returncode))
    return folder


def test_every_trial_has_an_outcome(finished):
    results = {(r.trial.method.name, r.trial.seed): r for r in Store(finished / "results/tiny")}
    statuses = {key: str(r.status) for key, r in results.items()}
    expected = {"ns": "completed", "r1": "completed", "faulty": "crashed", "explosive": "diverged"}
    assert statuses == {(m, s): status for m, status in expected.items() for s in (0, 1)}
    assert (finished / "code").read_text() == "3"
    good = results["r1", 1]
    assert good.curves["step"] == [5, 10, 15, 20]
    assert {"modes", "q", "fd", "high_quality", "mode_kl", "mode_tv"} <= set(good.curves)
    assert {"loss_g", "loss_d", "gradient_g", "loss_d_std"} <= set(good.signals)
    assert all(len(values) == 8 for values in good.signals.values())
    assert good.facts["floor"] < good.facts["ceiling"]
    assert good.provenance["threads"] == "1"


def test_a_crash_leaves_its_traceback_and_its_log(finished):
    store = Store(finished / "results/tiny")
    crashed = [r for r in store if r.status == "crashed"]
    for result in crashed:
        assert result.error["type"] == "RuntimeError"
        assert "a bug in a user's own part" in result.error["message"]
        assert "faulty.py" in result.error["traceback"]
    logs = {file.stem for file in (store.path / "logs").iterdir()}
    assert logs == {r.trial.id for r in crashed}


def test_a_diverged_trial_says_where_it_broke_and_has_no_nan(finished):
    diverged = [r for r in Store(finished / "results/tiny") if r.status == "diverged"]
    for result in diverged:
        assert result.error["type"] == "nonfinite"
        assert 1 <= result.error["step"] <= 20
        values = [v for curve in result.signals.values() for v in curve]
        assert np.isfinite(values).all()


def test_the_output_is_for_a_reader(finished):
    text = (finished / "stdout").read_text()
    assert "8 trials = 4 methods on ring8, 2 seeds; 0 stored" in text
    assert "RuntimeError: " in text
    assert "next: python -m bench.report" in text
    assert "\x1b" not in text
    assert (finished / "stderr").read_text() == ""


def test_the_frame_has_a_row_for_every_trial(finished):
    frame = bench.load(finished / "results/tiny")
    assert len(frame) == 8
    assert set(frame["status"]) == {"completed", "crashed", "diverged"}


def test_again_trains_nothing(finished):
    trials = finished / "results/tiny/trials"
    before = {file.name: file.stat().st_mtime_ns for file in trials.iterdir()}
    done = sweep(finished / "tiny.toml")
    assert {file.name: file.stat().st_mtime_ns for file in trials.iterdir()} == before
    assert "8 stored" in done.stdout
    assert "0 to train" in done.stdout
    assert done.returncode == 3  # two trials crashed, and still do


def test_a_wider_grid_trains_only_what_is_new(finished, capfd):
    toml = str(finished / "tiny.toml")
    options = ["--results", str(finished / "results"), "-n", "-S", "sweep.seeds=0..2"]
    assert main([toml, *options]) == 0
    text = capfd.readouterr().out
    assert "4 trials to train" in text


def test_retry_trains_the_crashed_ones_again(finished, capfd):
    options = ["--results", str(finished / "results"), "-n", "--retry", "crashed"]
    assert main([str(finished / "tiny.toml"), *options]) == 0
    assert "2 trials to train" in capfd.readouterr().out


def test_what_another_sweep_has_trained_is_taken_over(finished, tmp_path, capsys):
    toml, other = write(tmp_path), finished / "results/tiny"
    options = ["--results", str(tmp_path / "mine"), "-S", "sweep.seeds=[1]"]
    assert main([str(toml), *options, "--reuse", str(other)]) == 0
    assert "2 trials taken over" in capsys.readouterr().out
    mine = Store(tmp_path / "mine/tiny")
    theirs = [r.trial for r in Store(other) if r.trial.method.name in ("ns", "r1")]
    assert mine.ids() == {trial.id for trial in theirs if trial.seed == 1}
    for id in mine.ids():
        assert mine.raw(id) == Store(other).raw(id)
        assert np.array_equal(mine.samples(id)["fake"], Store(other).samples(id)["fake"])
    assert mine.real("ring8-0.1")


def test_a_trial_that_failed_elsewhere_is_not_taken_over(finished, tmp_path):
    store = Store(tmp_path).create()
    trials = [result.trial for result in Store(finished / "results/tiny")]
    assert reuse(trials, store, [finished / "results/tiny"]) == 6  # all but the crashed
    assert reuse(trials, store, [finished / "results/tiny"]) == 0


def changes(folder: Path) -> dict[str, int]:
    """The files of a folder, with the time at which each was written."""
    return {str(file): file.stat().st_mtime_ns for file in folder.rglob("*")}


def test_the_plan_foresees_a_fresh_start(finished, capsys):
    before, toml = changes(finished), str(finished / "tiny.toml")
    options = ["--results", str(finished / "results"), "-n", "--fresh"]
    assert main([toml, *options]) == 0
    text = capsys.readouterr().out
    assert f"would move {finished}/results/tiny aside, and begin anew" in text
    assert "8 trials to train" in text
    assert main([toml, *options, "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert (record["todo"], record["stored"]) == (8, 0)
    assert record["moved_aside"] == f"{finished}/results/tiny"
    assert changes(finished) == before
    assert main([toml, "--results", str(finished / "none"), "-n", "--fresh"]) == 0
    assert "would move" not in capsys.readouterr().out


def test_the_plan_foresees_what_is_taken_over(finished, tmp_path, capsys):
    toml, other = write(tmp_path), finished / "results/tiny"
    before = changes(tmp_path)
    options = ["--results", str(tmp_path / "mine"), "-S", "sweep.seeds=0..4", "-n"]
    assert main([str(toml), *options, "--reuse", str(other)]) == 0
    text = capsys.readouterr().out
    assert f"would take over 4 trials of {other}" in text  # not those that crashed
    assert "6 trials to train" in text
    assert main([str(toml), *options, "--json", "--reuse", str(other)]) == 0
    record = json.loads(capsys.readouterr().out)
    assert (record["taken_over"], record["todo"]) == ({str(other): 4}, 6)
    assert changes(tmp_path) == before


def test_replay_of_a_trial_that_crashes_shows_the_exception(finished):
    store = Store(finished / "results/tiny")
    id = min(result.trial.id for result in store if result.status == "crashed")
    done = forked.run(commands.command("replay", store.path, id), None)
    assert done.returncode == 3
    head, error, place, log = done.stdout.splitlines()
    assert ": crashed in " in head
    assert error == "RuntimeError: a bug in a user's own part"
    assert "faulty.py:7, in faulty (--traceback shows all of it)" in place
    assert log == f"  stored: crashed, log in {store.path}/logs/{id}.log"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--reuse", "nowhere"], "--reuse nowhere: no such folder"),
        (["-n", "--reuse", "nowhere"], "--reuse nowhere: no such folder"),
    ],
)
def test_reuse_of_nothing(tmp_path, capsys, options, message):
    assert main([str(write(tmp_path)), "--results", str(tmp_path / "results"), *options]) == 2
    assert message in capsys.readouterr().err


def test_report_on_real_results(finished):
    done = commands.inside(
        "report", finished / "results/tiny", "-o", finished / "report", *commands.LIGHT
    )
    assert done.returncode == 0, done.stderr
    assert list((finished / "report").rglob("*.png"))


def test_the_same_trial_alone_is_equal_bit_for_bit(finished, tmp_path):
    done = here.sweep(write(tmp_path), "--only", "method=r1,seed=1")
    assert done.returncode == 0, done.stderr
    (alone,) = Store(tmp_path / "results/tiny")
    among = Store(finished / "results/tiny").read(alone.trial.id)
    assert alone.curves == among.curves
    assert alone.signals == among.signals


def npz(**arrays):
    return lambda file: np.savez(file, **arrays)


IMAGES = np.zeros((200, 28, 28), np.uint8) + np.arange(28, dtype=np.uint8)
BAD_FILES = [
    (lambda file: None, "no such file"),
    (lambda file: file.write_text("x"), "not an .npz"),
    (npz(train=IMAGES), "no array x_train"),
    (npz(x_train=IMAGES[:, :, 0]), r"shape (200, 28)"),
]


@pytest.mark.parametrize(("make", "message"), BAD_FILES, ids=[m for _, m in BAD_FILES])
def test_a_bad_data_file_is_refused(tmp_path, capsys, make, message):
    make(tmp_path / "mine.npz")
    toml = tmp_path / "bad.toml"
    toml.write_text(
        '[sweep]\ntasks = ["dcgan28"]\nmethods = ["ns"]\nseeds = "0..1"\n'
        '[task.dcgan28]\npath = "mine.npz"\n'
    )
    assert main([str(toml), "--results", str(tmp_path / "results")]) == 2
    error = capsys.readouterr().err
    assert "bad.toml:" in error
    assert message in error
    assert not (tmp_path / "results").exists()


BAD = [
    ("[sweep\n", "bad.toml:1:7"),
    ('[sweep]\ntasks = ["ring9"]', 'bad.toml:2: unknown task "ring9" (did you mean "ring8"?)'),
    ("[sweep]\ncolour = 1", "bad.toml:2: "),
    ('[sweep]\ntasks=["ring8"]\nmethods=["r11"]\nseeds=[0]', 'did you mean "r1"'),
    ('[sweep]\ntasks=["ring8"]\nmethods=["r1"]\nseeds=[0]\n[grid]\nr1.gama=1', '"r1.gamma"'),
    ('[sweep]\ntasks=["ring8"]\nmethods=["r1"]\nseeds=[]', "bad.toml:4"),
    ('[sweep]\ntasks=["ring8"]\nmethods=["r1"]\nseeds=[0]\nsteps=-5', "bad.toml:5"),
    (
        '[sweep]\ntasks=["ring8"]\nmethods=["r1"]\nseeds=[0]\n[task.ring8]\nsigma=-0.1',
        "bad.toml:6: ",
    ),
    (
        '[sweep]\ntasks=["ring8"]\nseeds=[0]\n[[method]]\nname="x"\nregularizers=["r1"]\n'
        'normalizer="batch_norm"',
        "r1 with batch_norm in the discriminator",
    ),
]


@pytest.mark.parametrize(("text", "message"), BAD, ids=[message for _, message in BAD])
def test_bad_input_is_refused_before_anything_trains(tmp_path, capsys, text, message):
    (tmp_path / "bad.toml").write_text(text)
    assert main([str(tmp_path / "bad.toml"), "--results", str(tmp_path / "results")]) == 2
    captured = capsys.readouterr()
    assert message in captured.err
    assert len(captured.err.splitlines()) == 1
    assert not (tmp_path / "results").exists()


def test_missing_file(tmp_path, capsys):
    assert main([str(tmp_path / "none.toml")]) == 2
    assert "none.toml" in capsys.readouterr().err


def test_a_results_folder_that_cannot_be_written(tmp_path, capsys):
    (tmp_path / "results").write_text("a file, not a folder")
    assert main([str(write(tmp_path)), "--results", str(tmp_path / "results")]) == 2
    assert "cannot write" in capsys.readouterr().err


USAGE = ("-j 0", "-j two", "--sideways", "--budget 0", "--memory 0", "--max-failures 0", "")


@pytest.mark.parametrize("options", [usage.split() for usage in USAGE], ids=USAGE)
def test_usage(options, tmp_path):
    toml = [str(write(tmp_path))] if options else []
    with pytest.raises(SystemExit) as end:
        main([*toml, *options])
    assert end.value.code == 2


def test_unknown_status_to_retry(tmp_path, capsys):
    assert main([str(write(tmp_path)), "--retry", "crushed"]) == 2
    assert 'unknown status "crushed" (there is: completed, ' in capsys.readouterr().err


def test_an_address_that_is_none(tmp_path, capsys):
    pytest.importorskip("distributed")
    assert main([str(write(tmp_path)), "--scheduler", "nonsense"]) == 2
    assert "form tcp://host:8786" in capsys.readouterr().err
    assert not (tmp_path / "results").exists()


def test_fresh_moves_old_results_aside(tmp_path, capsys):
    old = tmp_path / "results" / "tiny"
    Store(old).create().write_text("mine", "precious")
    toml = write(tmp_path, plugins="# nothing")
    assert main([str(toml), "--results", str(old.parent), "--fresh", "--only", "seed=9"]) == 2
    assert (old / "mine").exists()  # a refused command moves nothing
    from bench.sweep.execution import _move_aside

    _move_aside(old)
    assert not old.exists()
    (moved,) = old.parent.iterdir()
    assert (moved / "mine").read_text() == "precious"


def test_the_commands_by_name(capsys):
    assert bench_main([]) == 0
    assert "sweep" in capsys.readouterr().out
    assert bench_main(["swep"]) == 2
    assert 'did you mean "sweep"' in capsys.readouterr().err
    assert bench_main(["sweep", "none.toml"]) == 2


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_a_module_as_well(name):
    command = [sys.executable, "-m", f"bench.{name}", "--help"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert f"bench.{name} " in done.stdout


def test_a_stored_trial_is_plain_json(finished):
    file = next((finished / "results/tiny/trials").iterdir())
    record = json.loads(file.read_text(), parse_constant=lambda c: pytest.fail(c))
    assert record["trial"]["options"]["units"] == 8


def test_the_plan_says_what_its_seeds_can_find(tmp_path, capsys):
    options = ["-n", "--results", str(tmp_path / "results"), "-S", "sweep.seeds=0..9"]
    assert main([str(write(tmp_path)), *options]) == 0
    assert capsys.readouterr().out.splitlines()[-1].split() == ["ring8", "10", "1", *FOUND]


FOUND = ["48%", "99%", "86%"]
"""Power of Boschloo's test and of Mann-Whitney's at ten seeds: see `tests/sweep/test_power.py`."""


def test_nobody_reads_on():
    command = [sys.executable, "-m", "bench.catalogue", "methods"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait() == 141
    process.stderr.close()
