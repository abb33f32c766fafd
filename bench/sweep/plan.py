"""The plan of a sweep: its trials, which of them are stored, the time that the others take, and the
effects that the sweep can find."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from bench.analysis.statistics.common import ALPHA, POWER
from bench.console import count, duration, table
from bench.gan.methods.rules import compared
from bench.store import Brief, Store
from bench.sweep.advice import advice
from bench.sweep.power import Detectable, detectable
from bench.sweep.price.forecast import Forecast, forecast
from bench.sweep.price.probe import probe
from bench.sweep.price.stored import Known, known
from bench.trial import Status, Trial

if TYPE_CHECKING:
    from rich.console import Console

    from bench.grid import Sweep


@dataclass(frozen=True)
class Plan:
    """The trials that are asked for, and those of them that the store has."""

    sweep: Sweep
    """The sweep as its file describes it."""
    store: Store
    """The results folder."""
    trials: tuple[Trial, ...]
    """The trials that are asked for: all of the sweep, or the part that `--only` chooses."""
    stored: dict[str, Brief]
    """Id -> status and seconds of those that are stored."""
    todo: tuple[Trial, ...]
    """The trials to train now."""
    jobs: int
    """Number of trials that are trained at a time."""
    known: Known = field(default_factory=Known)
    """The speed of trials that older ones tell."""


@dataclass(frozen=True)
class Cell:
    """One task and one method of a plan, with its numbers of trials."""

    task: str
    """The task with its networks."""
    method: str
    """The method."""
    trials: int
    """Number of trials that are asked for."""
    stored: int
    """Number of those that are stored."""
    failed: int
    """Number of those that are stored and failed."""
    todo: int
    """Number of those to train now."""
    seconds: float | None
    """Seconds that one slot takes for these; None: nothing tells."""


def make(
    sweep: Sweep, trials: tuple[Trial, ...], store: Store, retry: Collection[Status], jobs: int
) -> Plan:
    """The plan to train what the store does not have, or has with a status of `retry`.

    Raises StoreError for a stored file that cannot be read.
    """
    present = store.ids()
    stored = store.briefs(trial.id for trial in trials if trial.id in present)
    todo = tuple(t for t in trials if t.id not in stored or stored[t.id].status in retry)
    jobs = min(jobs, max(1, len(todo)))
    return Plan(sweep, store, trials, stored, todo, jobs, known(trials, todo, store))


def probed(plan: Plan, say: Callable[[str], None]) -> Plan:
    """The plan with what a short training of its structures tells; see
    `bench.sweep.price.probe`."""
    return replace(plan, known=probe(plan.todo, plan.jobs, plan.known, plan.sweep.plugins, say))


def cells(plan: Plan, price: Forecast) -> list[Cell]:
    """The plan by task and method, in the order of the sweep."""
    groups: dict[tuple[str, str], list[Trial]] = {}
    for trial in plan.trials:
        groups.setdefault((trial.setting, trial.method.name), []).append(trial)
    todo = {t.id for t in plan.todo}
    return [_cell(plan, group, todo, price) for group in groups.values()]


def price_of(plan: Plan) -> Forecast:
    """The time that the plan takes."""
    return forecast(plan.todo, plan.jobs, plan.known)


def record(plan: Plan) -> dict[str, Any]:
    """The plan as plain data, ready for JSON."""
    price = price_of(plan)
    parts = cells(plan, price)
    return {
        "sweep": plan.sweep.name,
        "results": str(plan.store.path),
        "trials": len(plan.trials),
        "stored": len(plan.stored),
        "failed": sum(part.failed for part in parts),
        "todo": len(plan.todo),
        "jobs": plan.jobs,
        "seconds": price.seconds,
        "range": price.range,
        "price_from": dict(plan.known.sources),
        "shares": [vars(part) for part in parts],
        "warnings": warnings(plan),
        "unmeasurable": list(plan.sweep.warnings),
        "detectable": [vars(found) for found in _detectable(plan)],
    }


def show(plan: Plan, console: Console) -> None:
    """Print the trials per task and method, and the time they will take."""
    numbers = ("trials", "stored", "failed", "to train", "time")
    price = price_of(plan)
    rows = table("task", "method", numbers=numbers)
    for part in cells(plan, price):
        shown = (part.trials, part.stored, part.failed, part.todo, duration(part.seconds))
        rows.add_row(part.task, part.method, *map(str, shown))
    console.print(rows)
    most = "at most " if plan.sweep.race and plan.todo else ""
    todo = f"{most}{count(len(plan.todo), 'trial')} to train, {plan.jobs} at a time"
    console.print(f"{todo}: {price.words}" if plan.todo else todo)
    show_warnings(plan, console)
    _show_power(_detectable(plan), console)


def warnings(plan: Plan) -> dict[str, str]:
    """Kind -> warning about what the sweep cannot show as it is planned (see `bench.sweep.advice`).

    Warnings are about the whole sweep of the file, of which `--only` may choose a part.
    """
    return advice(compared(plan.sweep.trials), plan.sweep.analysis.get("baseline"))


def show_warnings(plan: Plan, console: Console) -> None:
    """Print a line for each warning."""
    for text in warnings(plan).values():
        console.print(f"warning: {text}", style="yellow", soft_wrap=not console.is_terminal)


def _detectable(plan: Plan) -> list[Detectable]:
    """The effects that tests with so many seeds find; a race has tests of its own."""
    if plan.sweep.race:
        return []
    return detectable(compared(plan.trials), plan.sweep.analysis.get("baseline"))


def _show_power(found: Sequence[Detectable], console: Console) -> None:
    """Print the smallest effects that the sweep can find, with one comparison and with all."""
    if not found:
        return
    console.print(
        f"\nWhat {POWER:.0%} of such sweeps find (p < {ALPHA:g}; alone, and corrected for all "
        "comparisons): the least rate of success\nthat is told from one of 0% and of 50%, and "
        "P(better), the least probability that a trial is better than one of another method."
    )
    numbers = ("seeds compared", "comparisons", "rate over 0%", "rate over 50%", "P(better)")
    rows = table("task", numbers=numbers)
    for line in found:
        effects = (line.over_none, line.over_half, line.better)
        cells = ("nothing" if effect is None else f"{effect:.0%}" for effect in effects)
        rows.add_row(line.task, str(line.seeds), str(line.comparisons), *cells)
    console.print(rows)


def _cell(plan: Plan, group: list[Trial], todo: set[str], price: Forecast) -> Cell:
    missing = [t for t in group if t.id in todo]
    stored = [plan.stored[t.id].status for t in group if t.id in plan.stored]
    return Cell(
        task=group[0].setting,
        method=group[0].method.name,
        trials=len(group),
        stored=len(stored),
        failed=sum(status.failed for status in stored),
        todo=len(missing),
        seconds=price.slot_seconds(missing),
    )
