"""A trainer of the user's own as a process, and the folder that it speaks by; see `bench.trainer`.

Nothing that it writes is trusted: a line or a file that is not whole does not count, and whatever
else is wrong with one is said in words.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bench import registry
from bench.gan.training import keeper
from bench.gan.training.logged import Failed, Log
from bench.trial import Trial

Array = np.ndarray

KEPT = 64 * 1024
"""Most bytes of its output that are kept, from the end."""

PLACEHOLDER = re.compile(r"\{\{([\w.]+)\}\}|\{([\w.]+)\}")
"""`{name}` in a word of a command; `{{name}}` stands for itself in single braces."""


def write(folder: Path, trial: Trial, asked: Mapping[str, Any], real: Mapping[str, Array]) -> None:
    """Write what a trainer is given: run.json, arrays, and the files that it is made of. Raises
    Failed where one of those is not there."""
    for name, array in real.items():
        np.save(folder / f"{name}.npy", array)
    numbers = {name.removeprefix("train."): value for name, value in trial.hparams.items()}
    about = {"task": trial.task, "seed": trial.seed, "steps": trial.steps, "hparams": numbers}
    about |= {"trainer": trial.method.trainer, "options": dict(trial.options)}
    (folder / "run.json").write_text(json.dumps({**about, **asked}, indent=1), encoding="utf-8")
    code = folder / "code"
    code.mkdir()
    for name in trial.method.files:
        content = registry.programs.get(trial.plugins[name])
        if content is None:
            raise Failed("files", f"{name} is not there as it was when the sweep was read")
        file = code / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        if content.startswith(b"#!"):
            file.chmod(0o755)


def words(trial: Trial, folder: Path) -> list[str]:
    """The command of a trial, with its numbers in the place of their names."""
    if trial.method.trainer:
        module = "bench.trainer" if ":" in trial.method.trainer else "bench.gan.trainers"
        return [sys.executable, "-P", "-m", module, str(folder)]
    known = {name: _written(value) for name, value in trial.hparams.items()}
    known |= {"seed": str(trial.seed), "steps": str(trial.steps), "out": str(folder)}
    known |= {"python": sys.executable, "task": trial.task}

    def filled(found: re.Match[str]) -> str:
        return f"{{{found[1]}}}" if found[1] else known[found[2]]

    first, *rest = (PLACEHOLDER.sub(filled, word) for word in trial.method.command)
    if first in ("python", "python3") and shutil.which(first) is None:
        first = sys.executable
    return [f"./{first}" if first in trial.method.files else first, *rest]


def _written(value: float) -> str:
    return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)


class Process:
    """A trainer that runs: `folder` is where it writes, `log` what it has logged so far."""

    def __init__(
        self, trial: Trial, folder: Path, environment: Mapping[str, str] | None = None
    ) -> None:
        self.trial, self.folder, self.log = trial, folder, Log(folder / "log.jsonl")
        self._status, status = os.pipe()
        script = [sys.executable, "-I", "-S", keeper.__file__, str(os.getpid())]
        script += [str(folder), str(status)]
        given = {**os.environ, **(environment or {})}
        if trial.method.trainer:  # it imports what this process can
            given["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))
        self.process = subprocess.Popen(
            [*script, *words(trial, folder)],
            cwd=folder / "code",
            env=given,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=[status],
            start_new_session=True,
        )
        os.close(status)
        self._output, self._reader = b"", threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait(self, seconds: float) -> bool:
        """True where it has ended, with everything that it had started."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(seconds)
        return self.process.returncode is not None

    def stop(self) -> None:
        """End it, where it goes on, and everything that it has started."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait()

    def close(self) -> None:
        """End it, and what it is read by."""
        self.stop()
        self._reader.join(1.0)
        os.close(self._status)

    def samples(self, step: int) -> Array | None:
        """The samples after a step, float32 [n, ...], and take them from the folder; None where
        they are not there, or not whole."""
        for file in self._files(step):
            try:
                found = np.load(file, allow_pickle=False)
            except (OSError, ValueError, EOFError):
                continue
            with contextlib.suppress(OSError):
                file.unlink()
            if found.dtype.kind not in "fiu":
                raise Failed("samples", f"{file.name} holds {found.dtype}, needed are numbers")
            return np.asarray(found, np.float32)
        return None

    def steps(self) -> list[int]:
        """The steps of the samples that lie in the folder."""
        names = (file.stem.partition("-")[2] for file in self.folder.glob("samples-*.npy"))
        return sorted(int(name) for name in names if name.isdigit())

    def _files(self, step: int) -> Iterator[Path]:
        plain = self.folder / f"samples-{step}.npy"
        if plain.exists():
            yield plain
            return
        for file in self.folder.glob(f"samples-0*{step}.npy"):  # with zeros before the number
            if file.stem.partition("-")[2].lstrip("0") == str(step):
                yield file

    def check(self) -> None:
        """Raises Failed where it has ended otherwise than as one that is done."""
        self._reader.join(1.0)
        printed = self.printed()
        last = next((line for line in reversed(printed.splitlines()) if line.strip()), "")
        told = os.read(self._status, 4096).decode(errors="replace")
        if not self.folder.is_dir():
            raise Failed("folder", "it deleted its folder, or somebody did", printed)
        if not re.fullmatch(r"-?\d+", told):
            if not told:
                raise Failed(
                    "keeper", f"it killed the process that keeps it{self._when()}", printed
                )
            text = told.removesuffix("127")
            raise Failed("command", f"it could not be run: {text}", printed)
        if code := int(told):
            self._raised()
            how = f"ended with code {code}" if code > 0 else f"was killed by {_signal(code)}"
            last = f": {last.strip()[:500]}" if last else ""
            raise Failed("exit", f"its process {how}{self._when()}{last}", printed, code)

    def printed(self) -> str:
        """The end of its output."""
        return self._output.decode(errors="replace")[-8192:]

    def output(self) -> bytes:
        """The same, as much of it as is kept."""
        return self._output

    def _when(self) -> str:
        return f" after {self.log.step} of {self.trial.steps} steps"

    def _raised(self) -> None:
        """Raises Failed with the error that a function has raised, where it has told one."""
        try:
            told = json.loads((self.folder / "error.json").read_text(encoding="utf-8"))
            failed = Failed(str(told["type"]), str(told["message"]), str(told["traceback"]), 1)
        except (OSError, ValueError, KeyError, TypeError):
            return
        raise failed

    def _read(self) -> None:
        assert self.process.stdout
        with self.process.stdout as stream:
            while data := os.read(stream.fileno(), KEPT):
                self._output = (self._output + data)[-KEPT:]


def _signal(code: int) -> str:
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"


@contextlib.contextmanager
def folder() -> Iterator[Path]:
    """A folder for a trainer. It is removed afterwards, by its keeper where this process dies."""
    made = Path(tempfile.mkdtemp(prefix="gan-bench-"))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def lacking(process: Process, missing: Sequence[int]) -> Failed:
    """The error about samples of some steps that a trainer has ended without."""
    log, steps, found = process.log, process.trial.steps, process.steps()
    if log.step < steps and log.step:
        text = f"it ended after {log.step} of {steps} steps"
    elif missing and (process.folder / f"samples-{missing[0]}.npy").exists():
        text = f"samples-{missing[0]}.npy is cut off, or no array of NumPy"
    else:
        text = f"it ended without samples-{missing[0]}.npy"
        text += f"; there are those of steps {', '.join(map(str, found[:5]))}" if found else ""
    return Failed("returned", text, process.printed())
