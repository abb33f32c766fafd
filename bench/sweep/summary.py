"""Prints the size of a sweep before it trains, and a table of the outcomes after."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import bench
from bench.console import count, table
from bench.store import commands
from bench.sweep.advice import improving
from bench.sweep.plan import Plan, show_warnings

if TYPE_CHECKING:
    from rich.console import Console


def announce(plan: Plan, scheduler: str | None, console: Console) -> None:
    """Print the numbers of trials that are asked for, stored and to train, and where."""
    where = f"on the workers of {scheduler}" if scheduler else f"{plan.jobs} at a time"
    tasks = {t.task for t in plan.trials}
    methods = {t.method.name for t in plan.trials}
    seeds = {t.seed for t in plan.trials}
    console.print(
        f"{plan.sweep.name}: {count(len(plan.trials), 'trial')} = "
        f"{count(len(methods), 'method')} on {', '.join(sorted(tasks))}, "
        f"{count(len(seeds), 'seed')}; {len(plan.trials) - len(plan.todo)} stored in "
        f"{plan.store.path}, {len(plan.todo)} to train, {where}",
        soft_wrap=not console.is_terminal,
    )
    show_warnings(plan, console)


def close(plan: Plan, console: Console) -> None:
    """Print the closing table and the command to run next."""
    ids = {t.id for t in plan.trials} & plan.store.ids()
    if not ids:
        console.print("no trial has finished yet")
        return
    from bench.analysis.tables import outcomes

    frame = bench.load(plan.store.path)
    own = frame[frame["id"].isin(ids)]
    console.print(_table(outcomes.summary(own)))
    still = improving(own, plan.sweep.analysis.get("baseline"))
    if still:
        console.print(f"warning: {still}", style="yellow")
    console.print(f"next: {commands.report([plan.store.path])}")


def _table(frame: Any) -> Any:
    kinds = frame.dtypes.items()
    words = [str(name) for name, kind in kinds if kind.kind not in "if"]
    numbers = [str(name) for name, kind in frame.dtypes.items() if kind.kind in "if"]
    rows = table(*words, numbers=tuple(numbers))
    for row in frame[words + numbers].itertuples(index=False):
        rows.add_row(*(_cell(value) for value in row))
    return rows


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return "-" if value != value else f"{value:.3g}"
    return str(value)
