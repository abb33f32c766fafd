"""What do starting, tracing and compiling take? python tests/performance/compiling.py [PART ...]

Parts: quickstart, structures, memory; all of them without a name. Each prints what it has run, on
this machine and in folders of its own; nothing is asserted. Ten minutes on two idle cores.

* quickstart: `experiments/quickstart.toml` with two of its five seeds, with an empty cache of
  compiled steps, with a full one and with --no-cache: seconds of the processor, and which share of
  them goes before the first step of a trial (imports, data, calibration, tracing, compiling);
  whole_quickstart, which has to be named, takes all five seeds;
* structures: 20 structures, 30 trials each of 20 steps, on two slots, likewise;
* memory: a slot's child after 20, 50, 100, 150 and 200 trials of 10 structures (aim: grows by at
  most 5 %), whole and without the pages of files, which the system takes back as it likes.
"""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parents[2]))
from bench import grid
from bench.runner import Setup, slot
from bench.runner.messages import Finished
from bench.runner.phases import At
from bench.store import Store
from bench.trial import Trial
from tests import commands
from tests.runner.sweeps import MARK, marked

PARTS = ("quickstart", "structures", "memory")
QUICKSTART = commands.ROOT / "experiments" / "quickstart.toml"
SEEDS = "0..1"
STEPS, REPEATS, TICK = 20, 30, 0.1
AFTER = (20, 50, 100, 150, 200)
"""Trials after which the memory is read."""

TOML = """
[sweep]
tasks = ["{task}"]
methods = ["ns", "r1"]
seeds = "0..{last}"
steps = {steps}
evaluations = 2
{plugins}

[task.{task}]
units = [{units}]
"""

PLUGIN = '''
import numpy as np

from bench import registry
from bench.gan import keys, networks
from bench.gan.tasks import Task
from bench.gan.tasks.games import Exact


@registry.task(steps=20, hparams={"lr_g": 1e-3, "lr_d": 1e-3, "r1.gamma": 0.1}, data="game")
def unmeasured(*, units=64):
    """Points that nobody measures: a trial is little but its step."""

    def real(key, n):
        return keys.generator(key).standard_normal((n, 2), np.float32)

    def nets(layers):
        return networks.mlp((16,), (2,), units=units), networks.mlp((2,), (1,), units=units)

    return Task(shape=(2,), real=real, networks=nets, instrument=lambda: Exact(2), latent=16,
                batch=64, kind="game", criterion={}, observe=lambda state: {"radius": 1.0})
'''


class Cost(NamedTuple):
    """Seconds of a sweep."""

    processor: float
    """Seconds of the processor, of all of its processes."""
    clock: float
    """Seconds from the prompt to the prompt."""
    before: float
    """Seconds of the processor that were not spent on steps and measurements of trials."""


def main() -> None:
    """Measure everything, or what is named, each part in a process of its own."""
    names = sys.argv[1:] or PARTS
    if len(names) > 1:
        for name in names:
            subprocess.run([sys.executable, __file__, name], check=True)
        return
    with tempfile.TemporaryDirectory() as folder:
        globals()[names[0]](Path(folder))


def quickstart(folder: Path) -> None:
    """Print the costs of the quickstart's sweep without a report."""
    print(f"quickstart, seeds {SEEDS}:")
    costs(folder, QUICKSTART, f'sweep.seeds="{SEEDS}"')


def whole_quickstart(folder: Path) -> None:
    """Print the same with all of its seeds."""
    print("quickstart, all seeds:")
    costs(folder, QUICKSTART)


def structures(folder: Path) -> None:
    """Print the costs of a sweep of many structures and short trials."""
    print(f"20 structures, {REPEATS} trials of {STEPS} steps each, two slots:")
    (folder / "unmeasured.py").write_text(PLUGIN)
    costs(folder, written(folder, "unmeasured", 10, REPEATS), jobs=2)


def costs(folder: Path, toml: Path, change: str = "", jobs: int | None = None) -> None:
    """Print a line for each state of the cache."""
    for name, words in (("empty cache", []), ("full cache", []), ("--no-cache", ["--no-cache"])):
        cost = swept(folder, toml, *(["-S", change] if change else []), *words, jobs=jobs)
        print(
            f"    {name:12} {cost.processor:6.1f} s of the processor in {cost.clock:5.1f} s; before"
            f" the first steps {cost.before:5.1f} s, {cost.before / cost.processor:.0%}",
            flush=True,
        )


def swept(folder: Path, toml: Path, *words: str, jobs: int | None) -> Cost:
    """The cost of a sweep whose cache is in `folder`. It begins anew."""
    results = folder / "results"
    command = commands.command("sweep", toml, "-q", "--fresh", "--results", results, *words)
    command += ["-j", str(jobs)] if jobs else []
    mark = {MARK: str(folder), "XDG_CACHE_HOME": str(folder / "cache")}
    spent: dict[int, float] = {}
    begin = time.perf_counter()
    process = subprocess.Popen(command, env=commands.environment(**mark), stdout=subprocess.DEVNULL)
    while process.poll() is None:  # slots are killed, so that nobody inherits their seconds
        spent |= {pid: used for pid in marked(folder) if (used := processor(pid))}
        time.sleep(TICK)
    clock = time.perf_counter() - begin
    if process.returncode:
        sys.exit(f"{' '.join(command)} has failed")
    whole = sum(spent.values())
    return Cost(whole, clock, whole - trained(results / toml.stem))


def processor(pid: int) -> float:
    """Seconds of the processor that a process has used; 0 for one that is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return 0.0
    user, system = text.rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def trained(results: Path) -> float:
    """Seconds of the processor that the trials of a sweep have spent after their first steps.

    A trial's seconds of the processor are divided as those of the clock are.
    """
    facts = [(result.facts, result.seconds) for result in Store(results)]
    return sum(f["cpu_seconds"] * (1 - f["phases"]["start"] / whole) for f, whole in facts)


def memory(folder: Path) -> None:
    """Print the memory of a slot's child that trains 10 structures in turn."""
    os.environ["XDG_CACHE_HOME"] = str(folder)
    trials = grid.load(written(folder, "ring8", 5, AFTER[-1] // 10)).trials
    slot.prepare()
    read = dict(resident(trials))
    print(f"memory of a slot's child that trains {len({t.structure for t in trials})} structures:")
    for number in AFTER:
        (whole, own), (first, first_own) = read[number], read[AFTER[0]]
        text = f"    after {number:3} trials {whole:5.0f} MiB resident ({whole / first - 1:+.1%}),"
        print(text, f"of which {own:5.0f} MiB are no files ({own / first_own - 1:+.1%})")


def resident(trials: tuple[Trial, ...]) -> Iterator[tuple[int, tuple[float, float]]]:
    """(trials that are done, MiB of the child: resident, and what is not of files), after each."""
    for number, trial in enumerate(trials, 1):
        slot.work([trial], Setup(), Desk())
        (child,) = multiprocessing.active_children()
        status = Path(f"/proc/{child.pid}/status").read_text(encoding="utf-8").splitlines()
        table = {line.partition(":")[0]: line.split()[1] for line in status if "kB" in line}
        yield number, (int(table["VmRSS"]) / 1024, int(table["RssAnon"]) / 1024)


class Desk:
    """A receiver that keeps nothing."""

    def keep(self, finished: Finished) -> None:
        assert not finished.result.status.failed, finished.result.error

    def show(self, trial: Trial, at: At, left: int) -> None: ...

    def abandoned(self) -> bool:
        return False


def written(folder: Path, task: str, widths: int, seeds: int) -> Path:
    """A sweep of two methods on networks of so many widths, from so many seeds each."""
    units = ", ".join(str(16 + 4 * n) for n in range(widths))
    plugins = "".join(f'plugins = ["{file.name}"]' for file in folder.glob("*.py"))
    toml = folder / "short.toml"
    toml.write_text(
        TOML.format(task=task, last=seeds - 1, steps=STEPS, units=units, plugins=plugins)
    )
    return toml


if __name__ == "__main__":
    main()
