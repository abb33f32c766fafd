"""Ctrl-C and SIGTERM at any time, of any command, from its first import on."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bench import console
from bench.__main__ import COMMANDS
from bench.analysis.frame import cores
from tests.analysis import synthetic
from tests.runner.sweeps import marked, soon, start

ENDS = {signal.SIGINT: (130, "interrupted\n"), signal.SIGTERM: (143, "terminated\n")}


def handled(process: subprocess.Popen[bytes]) -> bool:
    """True once the process handles SIGTERM, which Python itself does not."""
    for line in Path(f"/proc/{process.pid}/status").read_text().splitlines():
        if line.startswith("SigCgt:"):
            return bool(int(line.split()[1], 16) >> (signal.SIGTERM - 1) & 1)
    return False


def alone(command: list[str]) -> tuple[int, str]:
    """(exit code, stderr) of a command that nobody interrupts."""
    done = subprocess.run([sys.executable, "-m", *command], capture_output=True, text=True)
    return done.returncode, done.stderr


def interrupted(
    command: list[str], number: signal.Signals, delay: float, done: tuple[int, str] = (0, "")
) -> None:
    """Send a signal so many seconds after the first import; it ends as it should, or was `done`."""
    start = [sys.executable, "-m", *command]
    with subprocess.Popen(start, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        while process.poll() is None and not handled(process):
            time.sleep(0.002)
        time.sleep(delay)
        process.send_signal(number)
        _, err = process.communicate(timeout=60)
    assert (process.returncode, err.decode()) in (ENDS[number], done), delay


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize("number", ENDS)
@pytest.mark.parametrize("delay", [0.0, 0.05, 0.4])
def test_a_command_ends_with_a_word(number, delay):
    interrupted(["bench.catalogue", "methods"], number, delay)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize("name", ["bench", *(f"bench.{name}" for name in (*COMMANDS, "metrics"))])
def test_every_command_at_random_times(name, tmp_path):
    toml = Path(__file__).parents[2] / "experiments" / "quickstart.toml"
    rest = {"bench.sweep": [str(toml), "-n"], "bench.catalogue": ["losses"], "bench": []}
    rng = random.Random(name)
    command = [name, *rest.get(name, [str(tmp_path), str(tmp_path / "x")])]
    done = alone(command)
    for number in ENDS:
        for _ in range(6):
            interrupted(command, number, rng.uniform(0, 2) ** 2 / 2, done)


def test_a_program_that_imports_the_package_keeps_its_handlers():
    program = "import signal; before = signal.getsignal(2), signal.getsignal(15); import bench; "
    program += "assert (signal.getsignal(2), signal.getsignal(15)) == before"
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.mark.parametrize("number", ENDS)
def test_an_interrupt_that_became_another_error_is_one(number, capsys):
    """As C extensions make an ImportError of it while they are imported."""

    def main():
        try:
            signal.raise_signal(number)
        except KeyboardInterrupt as error:
            raise ImportError("initialization failed") from error

    before = signal.getsignal(number)
    with pytest.raises(SystemExit) as end:
        console.run(main)
    assert (end.value.code, capsys.readouterr().err) == ENDS[number]
    assert signal.getsignal(number) is before


def test_an_error_without_a_signal_stays_one():
    def main():
        raise ImportError("no such module")

    with pytest.raises(ImportError, match="no such module"):
        console.run(main)


def test_a_full_disk_under_the_output_is_said(capsys):
    program = "from bench import console; console.run(lambda: print('x' * 100_000) or 0)"
    with open("/dev/full", "w") as full:
        command = [sys.executable, "-c", program]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "cannot write what was asked for: No space left on device" in done.stderr


SLOW = """
import os, time
from pathlib import Path
from bench.analysis.report import drawing


def draw(*given):
    Path(f"drawing-{os.getpid()}").touch()
    time.sleep(600)


drawing.draw = draw
"""
"""A plugin after which every picture takes ten minutes, in this process and in its forks."""


@pytest.mark.skipif(sys.platform != "linux" or cores.count() < 2, reason="forks over two cores")
@pytest.mark.parametrize("everybody", [True, False], ids=["terminal", "one process"])
def test_a_report_is_interrupted_while_forks_draw_its_figures(tmp_path, everybody):
    """A terminal sends Ctrl-C to every process, whoever sends a signal mostly to one."""
    synthetic.write(tmp_path / "x", [synthetic.result("converged", seed=seed) for seed in range(3)])
    (tmp_path / "slow.py").write_text(SLOW)
    process = start(tmp_path / "x", "--plugins", "slow.py", module="report")
    try:
        assert soon(lambda: len([*tmp_path.glob("drawing-*")]) > 1 or process.poll() is not None)
        drawing = {int(file.name.partition("-")[2]) for file in tmp_path.glob("drawing-*")}
        assert len(drawing) > 1
        assert drawing <= set(marked(tmp_path)) - {process.pid}
        if everybody:
            os.killpg(process.pid, signal.SIGINT)
        else:
            process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
        assert (process.returncode, out, err) == (130, "", "interrupted\n")
        assert soon(lambda: not marked(tmp_path), 10), marked(tmp_path)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
