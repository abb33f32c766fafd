"""What a sweep costs beside its training: python tests/performance/sweep_overhead.py [PART ...]

Parts: noop, long_trials, scaling, commands; all of them without a name. Three minutes on two idle
cores. Prints, measured in one run on this machine:
* milliseconds per no-op trial with isolation at -j 2, and of a plain joblib loop (aim: 15);
* harness time over training time in a sweep of 5-second trials (aim: 3 %);
* scaling from one job to two on trials that compute (aim: 0.9), and that of a plain joblib loop;
* seconds that `plan` over 10,000 stored trials takes (aim: 2), `status` and `--help` (aim: 0.3).
"""

from __future__ import annotations

import itertools
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from joblib import Parallel, delayed

from bench import grid, runner
from bench.runner.local import LocalPool
from bench.store import Store
from bench.trial import Result, Status

sys.path.insert(0, str(Path(__file__).parents[2]))
from tests.runner.sweeps import write

TRIALS = 100
"""Of no training."""


PARTS = ("noop", "long_trials", "scaling", "commands")


def main() -> None:
    """Measure everything, each part in a process of its own, or what is named; and print it."""
    names = sys.argv[1:] or PARTS
    if len(names) > 1:  # a plugin is read once in a process
        for name in names:
            subprocess.run([sys.executable, __file__, name], check=True)
        return
    with tempfile.TemporaryDirectory() as folder:
        globals()[names[0]](Path(folder))


def timed(work: Callable[[], object]) -> float:
    """Seconds that a call takes."""
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def trained(folder: Path, sweep: grid.Sweep, jobs: int) -> tuple[float, float]:
    """Seconds of a sweep since its first trial began, and of its training.

    Importing TensorFlow, which a sweep does once, comes before.
    """
    pool = LocalPool(jobs, Store(folder / f"results{jobs}").create(), runner.Setup(sweep.plugins))
    begin, end, training = math.inf, 0.0, 0.0
    for outcome in runner.run(sweep.trials, pool):
        if outcome:
            end = time.perf_counter()
            begin = min(begin, end - outcome.seconds)
            training += outcome.seconds
    return end - begin, training


def noop(folder: Path) -> None:
    """Trials of next to no training."""
    wall, training = trained(folder, grid.load(write(folder, TRIALS)), 2)
    print(f"no-op trials, -j 2: {1000 * wall / TRIALS:.1f} ms a trial, of it ", end="")
    print(f"{1000 * (wall - training / 2) / TRIALS:.1f} ms harness")
    plain = timed(lambda: Parallel(2)(delayed(time.sleep)(0) for _ in range(TRIALS)))
    print(f"plain joblib loop over nothing: {1000 * plain / TRIALS:.1f} ms a call")


def long_trials(folder: Path) -> None:
    """Trials of two blocks of steps, that take five seconds."""
    n = 16
    wall, training = trained(folder, grid.load(write(folder, n, pause=2.4)), 2)
    print(f"{training / n:.1f}-second trials, -j 2: ", end="")
    print(f"harness {(2 * wall - training) / training:.1%} of training")


def scaling(folder: Path) -> None:
    """The same trials with one job and with two."""
    toml = write(folder, 16)
    toml.write_text(toml.read_text().replace("steps = 4", "steps = 4000"))
    sweep = grid.load(toml)
    (one, training), (two, again) = (trained(folder, sweep, jobs) for jobs in (1, 2))
    print(f"scaling from one job to two: {one / two / 2:.2f} ({one:.0f} s, {two:.0f} s; ", end="")
    print(f"a trial takes {training / 16:.2f} s alone and {again / 16:.2f} s beside another)")
    one, two = (
        timed(lambda jobs=jobs: Parallel(jobs)(delayed(sum)(range(4 * 10**7)) for _ in range(8)))
        for jobs in (1, 2)
    )
    print(f"of a plain joblib loop: {one / two / 2:.2f}")


def commands(folder: Path) -> None:
    """Commands that answer at once."""
    toml = write(folder, 10_000)
    os.fsync = lambda descriptor: None  # the disk is not what is measured
    store = Store(folder / "results/small").create()
    curve = [0.123456789 * i for i in range(50)]
    curves = dict.fromkeys(("step", "q", "modes", "fd", "mode_kl", "high_quality"), curve)
    signals = {f"signal{i}": curve + curve for i in range(10)}
    for trial in grid.load(toml).trials:
        store.write(Result(trial, Status.COMPLETED, curves, signals, seconds=1.0))
    ten = Store(folder / "results/ten").create()
    for result in itertools.islice(store, 10):
        ten.write(result)
    for text, command in {
        "plan over 10,000 stored trials": ["bench.sweep", str(toml), "-n"],
        "status of 10,000 stored trials": ["bench.status", "results/small"],
        "status of 10 stored trials": ["bench.status", "results/ten"],
        "bench.sweep --help": ["bench.sweep", "--help"],
        "python -m bench --help": ["bench", "--help"],
    }.items():
        call = partial(subprocess.run, [sys.executable, "-m", *command], check=True)
        seconds = min(timed(partial(call, cwd=folder, capture_output=True)) for _ in range(3))
        print(f"{text}: {seconds:.2f} s", flush=True)


if __name__ == "__main__":
    main()
