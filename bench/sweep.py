"""python -m bench.sweep experiments/x.toml: run what the store does not have yet.

Running the same command again runs what is missing, and nothing else.

Exit codes: 0 every trial has an outcome (divergence is one), 2 usage or configuration, 3 some
trials crashed or are missing, 130 interrupted.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import statistics
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench import __version__
from bench.store import Store, StoreError
from bench.trial import Result, Status, Trial

if TYPE_CHECKING:
    from rich.console import Console

    from bench.grid import Sweep

FAILED = {Status.CRASHED, Status.TIMEOUT, Status.OUT_OF_MEMORY}
"""Statuses that are our fault, or the machine's: no outcome of the method."""


def main(argv: Sequence[str] | None = None) -> int:
    """The command line. Returns the exit code."""
    options = _parser().parse_args(argv)
    try:
        plan = _plan(options)
        with _console() as console:
            if options.dry_run:
                _show_plan(plan, console)
                return 0
            return _run(plan, console, options.quiet)
    except (_Refused, StoreError) as error:
        print(error, file=sys.stderr)
        return 2


class _Refused(Exception):
    """The command cannot be carried out as it stands."""


@dataclass(frozen=True)
class Plan:
    """What a sweep asks for, what of it is stored, and what is to be trained now."""

    sweep: Sweep
    store: Store
    trials: tuple[Trial, ...]
    stored: dict[str, Result]
    todo: tuple[Trial, ...]
    jobs: int


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m bench.sweep", description=__doc__.split("\n\n")[0])
    add = parser.add_argument
    add("toml", type=Path, help="the experiment, such as experiments/quickstart.toml")
    add("-n", "--dry-run", action="store_true", help="show the plan and train nothing")
    add("-j", "--jobs", type=_positive, help="trials at a time (default: one per core)")
    add("-S", "--set", action="append", default=[], metavar="KEY=VALUE", help="change the TOML")
    add("--only", metavar="KEY=VALUE,...", help="only these trials: method=r1,seed=0..4")
    add("--retry", default="", metavar="STATUS,...", help="run these again: crashed,timeout")
    add("--fresh", action="store_true", help="move old results aside and begin anew")
    add(
        "--results", type=Path, default=Path("results"), help="folder of results (default: results)"
    )
    add("-q", "--quiet", action="store_true", help="no progress, only the closing table")
    add("--version", action="version", version=f"gan-stability-bench {__version__}")
    return parser


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


def _plan(options: argparse.Namespace) -> Plan:
    from bench import grid, runner

    try:
        sweep = grid.load(options.toml, options.set)
        trials = grid.select(sweep.trials, options.only) if options.only else sweep.trials
    except grid.GridError as error:
        raise _Refused(error) from error
    retry = _statuses(options.retry)
    store = Store(options.results / sweep.name)
    if options.fresh and not options.dry_run:
        _move_aside(store.path)
    present = store.ids()
    stored = {t.id: store.read(t.id) for t in trials if t.id in present}
    todo = tuple(t for t in trials if t.id not in stored or stored[t.id].status in retry)
    jobs = min(options.jobs or runner.cores(), max(1, len(todo)))
    return Plan(sweep, store, trials, stored, todo, jobs)


def _statuses(text: str) -> set[Status]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    try:
        return {Status(name) for name in names}
    except ValueError as error:
        known = ", ".join(Status)
        raise _Refused(f"--retry: {error} (there is: {known})") from error


def _move_aside(folder: Path) -> None:
    if not folder.exists():
        return
    old = folder.with_name(f"{folder.name}.{time.strftime('%Y%m%d-%H%M%S')}")
    try:
        folder.rename(old)
    except OSError as error:
        raise _Refused(f"cannot move {folder} aside: {error.strerror}") from error
    print(f"old results are in {old}")


def _run(plan: Plan, console: Console, quiet: bool) -> int:
    plan.store.create()
    plan.store.write_text("sweep.toml", plan.sweep.text)
    plan.store.write_text("provenance.json", _provenance(plan))
    _announce(plan, console)
    code = _train(plan, console, quiet) if plan.todo else 0
    _close(plan, console)
    if code:
        return code
    results = {t.id: plan.store.read(t.id) for t in plan.trials if t.id in plan.store.ids()}
    bad = len(plan.trials) - len(results) + sum(r.status in FAILED for r in results.values())
    return 3 if bad else 0


@contextlib.contextmanager
def _console() -> Iterator[Console]:
    """A console on a copy of standard output, which a trial in this process does not redirect.

    A file or a pipe has no width to wrap lines at.
    """
    from rich.console import Console

    with os.fdopen(os.dup(1), "w") as file:
        width = None if file.isatty() else 200
        yield Console(file=file, highlight=False, markup=False, soft_wrap=True, width=width)


def _provenance(plan: Plan) -> str:
    from bench.provenance import provenance

    record = {"planned": len(plan.sweep.trials), "overrides": list(plan.sweep.overrides)}
    return json.dumps(record | provenance(), indent=1)


def _announce(plan: Plan, console: Console) -> None:
    tasks = {t.task for t in plan.trials}
    methods = {t.method.name for t in plan.trials}
    seeds = {t.seed for t in plan.trials}
    console.print(
        f"{plan.sweep.name}: {_count(len(plan.trials), 'trial')} = "
        f"{_count(len(methods), 'method')} on {', '.join(sorted(tasks))}, "
        f"{_count(len(seeds), 'seed')}; {len(plan.trials) - len(plan.todo)} stored in "
        f"{plan.store.path}, {len(plan.todo)} to train, {plan.jobs} at a time"
    )


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}{'' if n == 1 else 's'}"


def _train(plan: Plan, console: Console, quiet: bool) -> int:
    from bench import runner

    os.environ["BENCH_RUNNER"] = str(os.getpid())
    outcomes = runner.run(plan.todo, plan.store, jobs=plan.jobs, plugins=plan.sweep.plugins)
    try:
        _watch(outcomes, plan, console, quiet)
    except KeyboardInterrupt:
        outcomes.close()
        console.print("interrupted; run the same command again to go on from here")
        return 130
    except runner.WorkerDied as error:
        console.print(f"a worker process died: {error}")
        console.print("run the same command again to train what is missing")
        return 3
    return 0


def _watch(outcomes: Iterable[Any], plan: Plan, console: Console, quiet: bool) -> None:
    """Show outcomes as they come: a bar with the time left, and a line for what went wrong."""
    from rich.progress import (
        BarColumn,
        Progress,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[done]}"),
        TimeElapsedColumn(),
        TextColumn("elapsed,"),
        TimeRemainingColumn(elapsed_when_finished=False),
        TextColumn("left"),
    )
    live = console.is_terminal and not quiet
    total = sum(map(price, plan.todo))
    ended: dict[str, int] = {}
    with Progress(*columns, console=console, disable=not live, speed_estimate_period=600) as bar:
        job = bar.add_task("importing TensorFlow", total=total, done=f"0/{len(plan.todo)}")
        for n, outcome in enumerate(outcomes, 1):
            ended[outcome.status] = ended.get(outcome.status, 0) + 1
            text = ", ".join(f"{count} {status}" for status, count in ended.items())
            done = f"{n}/{len(plan.todo)}"
            bar.update(job, advance=price(outcome.trial), description=text, done=done)
            if outcome.error or not (live or quiet):
                bar.console.print(f"[{done}] {_line(outcome)}")


def price(trial: Trial) -> int:
    """Relative cost of a trial: its gradient steps, for the time left."""
    return trial.steps * (1 + trial.method.d_steps)


def _line(outcome: Any) -> str:
    trial = outcome.trial
    text = f"{trial.task} {trial.method.name} seed {trial.seed}: {outcome.status}"
    return f"{text} in {outcome.seconds:.1f} s" + (f" ({outcome.error})" if outcome.error else "")


def _close(plan: Plan, console: Console) -> None:
    """The closing table and what to run next."""
    import bench

    ids = {t.id for t in plan.trials} & plan.store.ids()
    if not ids:
        console.print("no trial has finished yet")
        return
    from bench.analysis import tables

    frame = bench.load(plan.store.path)
    console.print(_table(tables.summary(frame[frame["id"].isin(ids)])))
    console.print(f"next: python -m bench.report {plan.store.path}")


def _table(frame: Any) -> Any:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name, kind in frame.dtypes.items():
        number = kind.kind in "if"
        table.add_column(str(name), justify="right" if number else "left", overflow="fold")
    for row in frame.itertuples(index=False):
        table.add_row(*(_cell(value) for value in row))
    return table


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return "-" if value != value else f"{value:.3g}"
    return str(value)


def _show_plan(plan: Plan, console: Console) -> None:
    """Trials per task and method: planned, stored, failed, missing, and the time they will take."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("task", "method"):
        table.add_column(name)
    for name in ("trials", "stored", "failed", "to train", "time"):
        table.add_column(name, justify="right")
    cells: dict[tuple[str, str], list[Trial]] = {}
    for trial in plan.trials:
        cells.setdefault((trial.task, trial.method.name), []).append(trial)
    todo = {t.id for t in plan.todo}
    rate = _rates(plan)
    times: list[float | None] = []
    for (task, method), trials in cells.items():
        missing = [t for t in trials if t.id in todo]
        times.append(_estimate(missing, rate))
        stored = [plan.stored[t.id] for t in trials if t.id in plan.stored]
        failed = sum(r.status in FAILED for r in stored)
        counts = (len(trials), len(stored), failed, len(missing))
        table.add_row(task, method, *map(str, counts), _duration(times[-1]))
    console.print(table)
    whole = None if None in times else sum(t or 0 for t in times) / plan.jobs
    console.print(
        f"{_count(len(plan.todo), 'trial')} to train, {plan.jobs} at a time: {_duration(whole)}"
        + ("" if whole is not None else " (no finished trial of some task to judge by)")
    )


def _rates(plan: Plan) -> dict[str, float]:
    """Seconds per unit of price, by task: medians over the trials that completed."""
    seconds: dict[str, list[float]] = {}
    for result in plan.stored.values():
        if result.status is Status.COMPLETED:
            seconds.setdefault(result.trial.task, []).append(result.seconds / price(result.trial))
    return {task: statistics.median(values) for task, values in seconds.items()}


def _estimate(trials: Sequence[Trial], rate: dict[str, float]) -> float | None:
    if any(t.task not in rate for t in trials):
        return None
    return sum(rate[t.task] * price(t) for t in trials)


def _duration(seconds: float | None) -> str:
    if seconds is None:
        return "unknown"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return (
        f"{hours} h {minutes} min"
        if hours
        else f"{minutes} min {rest} s"
        if minutes
        else f"{rest} s"
    )


if __name__ == "__main__":
    sys.exit(main())
