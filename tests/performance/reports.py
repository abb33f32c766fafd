"""How long do reading, planning and reporting take? Nothing is asserted.

    python tests/performance/reports.py [--quick] [RESULTS ...]

Makes up 5,050 trials and packs them, and 10,000 in a file each (--quick: a tenth of both). In
processes of their own, by CPU time: `bench.load` of both, when nothing is kept beside them, when it
is, and with `cache=False`; the plan of 10,000 stored trials; the report of the 5,050, twice, with
the size of its page, and once with all formats; and the report of each results folder that is
named, such as results/quickstart. Behind each stands the time that is aimed at and the ratio to it.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from bench.grid.sweep import load
from bench.pack import main as pack
from bench.store import Store
from bench.store.encoding import encode
from tests import many
from tests.analysis import synthetic

FRAME = "import bench, sys; bench.load(sys.argv[1])"
ANEW = "import bench, sys; bench.load(sys.argv[1], cache=False)"
PLAN = """
[sweep]
tasks = ["ring8"]
methods = ["ns", "ls"]
seeds = "0..{last}"

[grid]
lr_g = [1e-4, 2e-4, 5e-4, 1e-3, 2e-3]
lr_d = [1e-4, 2e-4, 5e-4, 1e-3, 2e-3]
"""


def timed(what: str, aim: float | None, *command: str | Path, cwd: Path | None = None) -> None:
    """Run Python with a command and print its seconds, of all its processes and by the clock."""
    start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *map(str, command)], check=True, capture_output=True, cwd=cwd)
    clock, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    aimed = f"{aim:6.1f}  x{cpu / aim:4.2f}" if aim else ""
    print(f"{what:46} {cpu:7.2f} {clock:7.2f} {aimed}", flush=True)


def planned(folder: Path, seeds: int) -> Path:
    """A sweep of 50 trials a seed, all of them stored."""
    toml = folder / "plan.toml"
    toml.write_text(PLAN.format(last=seeds - 1))
    store = Store(folder / "results" / "plan").create()
    one = synthetic.result("converged", evaluations=40)
    for trial in load(toml).trials:
        (store.path / "trials" / f"{trial.id}.json").write_bytes(encode(replace(one, trial=trial)))
    return toml


def reported(what: str, aim: float, folder: Path, out: Path) -> None:
    """Print the times of a report, the first time and again."""
    shutil.rmtree(folder / ".cache", ignore_errors=True)
    for again in ("", ", again"):
        timed(f"report, {what}{again}", aim, "-m", "bench.report", folder, "-o", out)
    print(f"{'its page':46} {(out / 'index.html').stat().st_size / 1e6:7.2f} MB", flush=True)


def main() -> None:
    """Print the times."""
    parser = argparse.ArgumentParser(usage="python tests/performance/reports.py [RESULTS ...]")
    parser.add_argument("results", nargs="*", type=Path)
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args()
    share = 10 if given.quick else 1
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before")
    print(f"{'':46} {'CPU s':>7} {'clock':>7} {'aim':>6}")
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        loose, packed = place / "loose", place / "packed"
        many.make(place / "made", 5050 // share)
        pack([str(place / "made"), str(packed)])
        shutil.rmtree(packed / ".cache", ignore_errors=True)
        many.make(loose, 10_000 // share, sampled=10)
        for name, folder, aim in (("packed", packed, 1.5), ("10,000 files", loose, 4.0)):
            timed(f"bench.load, {name}, nothing kept", None, "-c", FRAME, folder)
            timed(f"bench.load, {name}, kept", aim, "-c", FRAME, folder)
            timed(f"bench.load, {name}, cache=False", None, "-c", ANEW, folder)
        toml = planned(place, 200 // share)
        timed("plan, 10,000 stored", 0.7, "-m", "bench.sweep", toml.name, "-n", cwd=place)
        reported("5,050 trials", 25.0, packed, place / "report")
        few = "-m", "bench.report", packed, "-o", place / "few", "--formats", "csv,png,svg"
        timed("report, 5,050 trials, no PDF", 25.0, *few)
        for folder in given.results:
            copy = place / folder.name
            shutil.copytree(folder, copy)
            reported(folder.name, 20.0, copy, place / f"report {folder.name}")


if __name__ == "__main__":
    main()
