"""Trainers that harm: limits hold for all that they start, and nothing of it is left."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

from bench.store import Store
from tests.runner.sweeps import marked, soon, start
from tests.trainers.sweeps import SOUND, table, write
from tests.trainers.test_commands import NODE, SHELL

pytestmark = pytest.mark.slow

FUNCTIONS = (
    SOUND
    + """
import os, subprocess, sys, time

def note(pid):
    with open(PLACE, "a") as file:
        file.write(f"{pid}\\n")

def detached(code):
    program = [sys.executable, "-c", code]
    child = subprocess.Popen(program, start_new_session=True)
    note(child.pid)

def forks(run):
    detached("import time; time.sleep(600)")
    detached("import os, time; os.fork(); os.setsid(); os.fork(); time.sleep(600)")
    sound(run)

def hangs(run):
    note(os.getpid())
    detached("import time; time.sleep(600)")
    time.sleep(600)

def leaks(run):
    detached("x = []\\nwhile True: x.append(b'x' * 10**7); import time; time.sleep(0.005)")
    time.sleep(600)

def prints(run):
    for _ in range(1000):
        sys.stdout.write("x" * 10**6)
    sound(run)

def murders(run):
    os.kill(os.getppid(), 9)
    time.sleep(600)

def everybody(run):
    os.killpg(0, 9)
"""
)
NAMES = ("sound", "forks", "hangs", "leaks", "prints", "murders", "everybody")


def files(folder: Path, names: tuple[str, ...]) -> Path:
    """A sweep of these functions, which note the processes that they start in `pids`."""
    place = f"PLACE = {str(folder / 'pids')!r}\n"
    (folder / "bad.py").write_text(place + FUNCTIONS)
    return write(folder, "".join(table(n, f'trainer = "bad.py:{n}"') for n in names))


def noted(folder: Path) -> list[int]:
    file = folder / "pids"
    return [int(line) for line in file.read_text().split()] if file.exists() else []


@pytest.fixture(scope="module")
def harmed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("harmed")
    toml = files(folder, NAMES)
    with open(folder / "out", "w") as out, pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(folder))
        limits = ("--trial-timeout", "25s", "--memory", "1500M")
        process = start(toml, "-j", "1", *limits, stdout=out, stderr=out)
        assert process.wait(240) == 3, (folder / "out").read_text()
    results = Store(folder / "results/own")
    return folder, {result.trial.method.name: result for result in results}


def test_limits_hold_for_all_that_a_trainer_starts(harmed):
    _, results = harmed
    statuses = {name: str(result.status) for name, result in results.items()}
    assert statuses == {
        "sound": "completed",
        "forks": "completed",
        "hangs": "timeout",
        "leaks": "out_of_memory",
        "prints": "completed",
        "murders": "crashed",
        "everybody": "crashed",
    }


def test_no_process_is_left(harmed):
    folder, _ = harmed
    assert len(noted(folder)) == 5
    assert soon(lambda: not list(folder.glob("gan-bench-*")), 3)
    assert soon(lambda: not marked(folder), 3), marked(folder)


def test_a_runner_that_is_killed_leaves_nothing_and_is_gone_on_with(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    toml = files(tmp_path, ("sound", "hangs"))
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = start(toml, "-j", "1", **quiet)
    assert soon(lambda: len(noted(tmp_path)) == 2, 60)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert soon(lambda: not marked(tmp_path), 20), marked(tmp_path)
    assert soon(lambda: not list(tmp_path.glob("gan-bench-*")), 20)
    again = start(toml, "-j", "1", "--trial-timeout", "20s", **quiet)
    assert again.wait(120) == 3
    ends = {r.trial.method.name: str(r.status) for r in Store(tmp_path / "results/own")}
    assert ends == {"sound": "completed", "hangs": "timeout"}


SLOW = {
    "sh": (SHELL.replace("do\n", 'do\n    sleep 1\n    touch "$3"\n', 1), "train.sh"),
    "node": (
        NODE.replace(
            "const loss",
            'require("child_process").execSync("sleep 1"); fs.writeFileSync(MARK, ""); const loss',
        ).replace("const [out, lr]", "const [out, lr, MARK]"),
        "train.js",
    ),
}


@pytest.mark.parametrize("language", SLOW)
def test_a_program_that_is_killed_half_way_is_run_again_from_its_start(
    tmp_path, language, monkeypatch
):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    text, name = SLOW[language]
    (tmp_path / name).write_text(text)
    mark, files = tmp_path / "half", f'files = ["{name}"]'
    words = f'"{{out}}", "{{train.lr}}", "{mark}"'
    how = f'{files}\ncommand = ["{language}", "{name}", {words}]\ngrid.train.lr = 0.5'
    toml = write(tmp_path, table("mine", how))
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = start(toml, "-j", "1", **quiet)
    assert soon(mark.exists, 90)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert soon(lambda: not marked(tmp_path), 20), marked(tmp_path)
    assert not list(tmp_path.glob("gan-bench-*"))
    assert not list(Store(tmp_path / "results/own"))
    assert start(toml, "-j", "1", **quiet).wait(180) == 0
    (result,) = Store(tmp_path / "results/own")
    assert result.status == "completed"
    assert list(result.curves["step"]) == [5, 10, 15, 20]
    assert result.signals["loss_g"] == [0.5] * 4
