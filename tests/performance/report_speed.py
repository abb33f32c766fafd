"""How long do the frame and the page of ten thousand trials take, and how large is the page?
Nothing is asserted.

    python tests/performance/report_speed.py [trials]

Makes up that many trials (2 tasks, 10 methods, 25 settings, with curves of 100 evaluations), reads
them as `bench.load` does, and writes the whole report, in processes of their own.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from bench.store import Store
from bench.store.encoding import encode
from tests.analysis.synthetic import KINDS, result, ring

TASKS, METHODS, RATES, WEIGHTS = ("ring8", "grid25"), 10, 5, 5
FRAME = "import bench, sys; print(len(bench.load(sys.argv[1])), 'rows')"


def make(folder: Path, count: int) -> None:
    """Write `count` trials, and samples of every hundredth."""
    store = Store(folder).create()
    rng = np.random.default_rng(0)
    cells = len(TASKS) * METHODS * RATES * WEIGHTS
    for i in range(count):
        seed, cell = divmod(i, cells)
        cell, lr = divmod(cell, RATES)
        cell, weight = divmod(cell, WEIGHTS)
        task, method = divmod(cell, METHODS)
        kind = str(rng.choice([*KINDS, "nonfinite", "crashed"], p=_chances(lr, method)))
        numbers = {"lr_g": 10 ** (-4 + lr / 2), "lr_d": 1e-3, f"part{method}.weight": 2.0**weight}
        made = result(kind, task=TASKS[task], method=f"method{method}", seed=seed, hparams=numbers)
        file = folder / "trials" / f"{made.trial.id}.json"
        file.write_bytes(encode(made))  # no flush to disk each
        if i % 100 == 0:
            name = folder / "samples" / f"{made.trial.id}.npz"
            np.savez_compressed(name, fake=ring(rng, 1000, modes=6), step=np.asarray(5000))
    store.write_real("ring8", {"real": ring(rng, 1000)})


def _chances(lr: int, method: int) -> np.ndarray:
    """Of each kind: the nearer to the method's own learning rate, the more converge."""
    chances = np.ones(len(KINDS) + 2)
    chances[KINDS.index("converged")] = 40.0 / (1 + 3 * abs(lr - method % RATES))
    return chances / chances.sum()


def timed(*command: str) -> str:
    """Run a command -> the seconds that it took, by the clock and of all processors, and its
    output."""
    start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([sys.executable, *command], check=True, capture_output=True, text=True)
    clock, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return f"{clock:5.1f} s by the clock, {cpu:5.1f} s CPU  {done.stdout.splitlines()[0]}"


def main() -> None:
    """Print the times and the size."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    print(f"{count} trials, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before")
    with tempfile.TemporaryDirectory() as scratch:
        folder, out = Path(scratch) / "results", Path(scratch) / "report"
        make(folder, count)
        print("frame ", timed("-c", FRAME, str(folder)))
        print("report", timed("-m", "bench.report", str(folder), "-o", str(out)))
        print(f"page   {(out / 'index.html').stat().st_size / 1e6:5.2f} MB")


if __name__ == "__main__":
    main()
