"""Says before a race what it will take: boundaries, power, expected and most seeds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bench.analysis.statistics.sequential import Design, boundaries, operating, worst_power
from bench.console import table
from bench.sweep.race.arms import Task
from bench.vocabulary.races import Race

if TYPE_CHECKING:
    from rich.console import Console

USUAL = 0.5
"""The difference of rates that the power is shown for where no least one is declared."""


@dataclass(frozen=True)
class Expected:
    """The course of one comparison at two true rates of success."""

    rates: tuple[float, float]
    """Rates of success of the two methods."""
    power: float
    """Probability that they are told apart."""
    seeds: float
    """Expected seeds a method."""


@dataclass(frozen=True)
class Forecast:
    """The design of a race on one task, with its levels."""

    task: str
    """The task."""
    comparisons: int
    """Number of comparisons, among which alpha is shared at first."""
    level: float
    """Level of each comparison at first; it grows with each one that is decided."""
    apart: tuple[float | None, ...]
    """Least difference of two observed rates that decides at each look; None: none does."""
    last: tuple[float | None, ...]
    """The same for a comparison that is alone left."""
    power: float
    """The least probability that a difference of `least` is found by one comparison at `level`."""
    least: float
    """The difference of rates that `power` is about."""
    expected: tuple[Expected, ...]
    """The course at some rates, at `level`."""


def forecasts(race: Race, tasks: Sequence[Task]) -> list[Forecast]:
    """The forecast of each task with comparisons; tasks with as many share their numbers."""
    return [_forecast(race, task.name, len(task.pairs)) for task in tasks if task.pairs]


def _forecast(race: Race, task: str, comparisons: int) -> Forecast:
    design, alone = (
        Design(race.looks, race.alpha / m, race.spending, race.least) for m in (comparisons, 1)
    )
    least = race.least or USUAL
    return Forecast(
        task,
        comparisons,
        design.alpha,
        tuple(_apart(design)),
        tuple(_apart(alone)),
        worst_power(design, least),
        least,
        tuple(_expected(design, least)),
    )


def _apart(design: Design) -> Iterator[float | None]:
    for apart in boundaries(design).apart:
        yield float(apart) if apart <= 1 else None


def _expected(design: Design, least: float) -> Iterator[Expected]:
    middle = ((1 + least) / 2, (1 - least) / 2)
    for rates in dict.fromkeys(((0.0, 0.0), (0.5, 0.5), middle, (0.8, 0.2), (0.9, 0.0))):
        found = operating(design, *rates)
        yield Expected(rates, found.power, found.expected)


def record(found: Sequence[Forecast]) -> list[dict[str, Any]]:
    """The forecasts as plain data, ready for JSON."""
    return [{**vars(one), "expected": [vars(own) for own in one.expected]} for one in found]


def show(race: Race, found: Sequence[Forecast], console: Console) -> None:
    """Print the boundaries, and what to expect."""
    if not found:
        return
    wrap = not console.is_terminal
    console.print(
        f"\nA race: looks after {', '.join(map(str, race.looks))} seeds a method; the probability "
        f"of any wrong decision on a task is at most {race.alpha:g}. Each comparison has "
        f"{race.alpha:g} by their number, and passes it on to the others when it is decided. A "
        "difference of the rates seen decides from:",
        soft_wrap=wrap,
    )
    rows = table("task", "comparisons", numbers=tuple(f"{n} seeds" for n in race.looks))
    for one in found:
        rows.add_row(one.task, str(one.comparisons), *map(_percent, one.apart))
        if one.comparisons > 1:
            rows.add_row("", "1 left", *map(_percent, one.last))
    console.print(rows)
    console.print("Expected seeds of a comparison, where it is the first to be decided:")
    rates = [f"{own.rates[0]:.0%} - {own.rates[1]:.0%}" for own in found[0].expected]
    rows = table("task", "", numbers=tuple(rates))
    for one in found:
        rows.add_row(one.task, "seeds a method", *(f"{own.seeds:.1f}" for own in one.expected))
        rows.add_row("", "told apart", *(f"{own.power:.0%}" for own in one.expected))
    console.print(rows)
    for one in found:
        console.print(
            f"{one.task}: a difference of {one.least:.0%} is found in at least {one.power:.0%} of "
            f"such races; at most {race.most} seeds a method",
            soft_wrap=wrap,
        )


def _percent(share: float | None) -> str:
    return "never" if share is None else f"{share:.0%}"
