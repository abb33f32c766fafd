"""Programs that take turns: each runs in a process of its own, and only while it is told.

Libraries in one process disturb each other: TensorFlow dies of flags that JAX needs, and their
pools of threads compete.
"""

from __future__ import annotations

import importlib.util
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench.gan.environment import THREADS

ROOT = Path(__file__).parents[3]
EXTRA = 'pip install -e ".[compare]"'
NEEDS = {"in_jax": "jax", "in_torch": "torch"}
FLAGS = {"in_jax": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"}
"""XLA_FLAGS that a library needs to stay on one thread."""


def missing(*libraries: str) -> list[str]:
    """The modules of libraries that are not installed. A line says so for each."""
    absent = [n for n in libraries if n in NEEDS and not importlib.util.find_spec(NEEDS[n])]
    for name in absent:
        print(f"{NEEDS[name]} is not installed, and is left out: {EXTRA}")
    return absent


class Loop:
    """A loop of one library in a process of its own. It starts at once, beside others.

    `name` is that of the library, with its version; `steps` is how many it runs in a turn. Both are
    known when it is `ready`.
    """

    def __init__(self, library: str, game: str, *sizes: object) -> None:
        self.words = ["-m", str(__package__), library, game, *map(str, sizes)]
        self.name, self.steps, self.errors = "", 4, tempfile.TemporaryFile("w+")  # noqa: SIM115
        environment = {**os.environ, **THREADS}
        if library in FLAGS:
            environment["XLA_FLAGS"] = FLAGS[library]
        self.process = subprocess.Popen(
            [sys.executable, *self.words],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            text=True,
        )

    def ready(self, turn: float) -> None:
        """Wait until it has compiled, and find how many steps take about `turn` seconds."""
        self.name = self._answer()
        while (took := self.seconds()) < turn / 4:
            self.steps *= 4
        self.steps = max(4, round(self.steps * turn / took))

    def seconds(self) -> float:
        """Run `steps` steps more -> the seconds of the processor that they took."""
        assert self.process.stdin
        self.process.stdin.write(f"{self.steps}\n")
        self.process.stdin.flush()
        return float(self._answer())

    def _answer(self) -> str:
        assert self.process.stdout
        if line := self.process.stdout.readline():
            return line.strip()
        self.errors.seek(0)
        sys.exit(f"{self.errors.read()}\npython {' '.join(self.words)} has died")

    def __enter__(self) -> Loop:
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        """End the process."""
        self.process.kill()
        self.process.communicate()
        self.errors.close()


def in_turn(loops: Sequence[Loop], rounds: int, turn: float) -> list[tuple[float, ...]]:
    """Let each loop run for about `turn` seconds a round -> its steps a second in each round."""
    for loop in loops:
        loop.ready(turn)
    found = [[loop.steps / loop.seconds() for loop in loops] for _ in range(rounds)]
    return list(zip(*found, strict=True))


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """The median over rounds of our steps a second by theirs."""
    return statistics.median(a / b for a, b in zip(ours, theirs, strict=True))
