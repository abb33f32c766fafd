"""Says how a race stands: a line at each look, and a table at its end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bench.analysis.tables import races
from bench.console import count, table
from bench.store.kept.races import Record
from bench.sweep.race import course as courses

if TYPE_CHECKING:
    from rich.console import Console

    from bench.trial import Trial


def look(record: Record) -> list[str]:
    """A line for each task: what is open, and at how many seeds it is looked at next."""
    lines = []
    for course in record.courses:
        found = courses.decided(record.race, course)
        open_ = [one for one in found if not one.ended]
        if record.race.first and not course.settings:
            lines.append(f"race on {course.task}: the settings are being chosen")
        elif open_:
            seeds = record.race.looks[len(open_[0].path)]
            text = f"{len(open_)} of {count(len(found), 'comparison')} open"
            lines.append(f"race on {course.task}: {text}, next look at {seeds} seeds a method")
        else:
            lines.append(f"race on {course.task}: decided as far as it will be")
    return lines


def taken(before: Record, after: Record) -> list[str]:
    """A line for each comparison that has ended since."""
    known = {(state.task, state.method, state.other) for state in before.states if state.ended}
    return [
        f"{state.task}: {state.method} - {state.other}: {state.successes[0]} and "
        f"{state.successes[1]} of {state.seeds} succeeded: {state.words}"
        for state in after.states
        if state.ended and (state.task, state.method, state.other) not in known
    ]


def show(record: Record, console: Console) -> None:
    """Print the comparisons with what can be said of them now, and the seeds that were saved."""
    numbers = ("seeds", "succeeded", "difference", "interval", "p")
    rows = table("task", "comparison", "outcome", numbers=numbers)
    saved = []
    for course in record.courses:
        found = courses.decided(record.race, course)
        for one in found:
            state, estimate = one.state, one.estimate()
            cells = ("-", "-", "-")
            if estimate is not None:
                low, high = estimate.interval
                p = races.adjusted_p(record.race, one, len(found))
                cells = f"{estimate.difference:+.2f}", f"{low:+.2f} to {high:+.2f}", f"{p:.2g}"
            won = f"{state.successes[0]}, {state.successes[1]}"
            names = f"{state.method} - {state.other}"
            rows.add_row(state.task, names, state.words, str(state.seeds), won, *cells)
        if all(one.ended for one in found):
            used, most = races.saved(record.race, found)
            saved.append(f"{course.task}: {used} of {most}")
    console.print(rows)
    told = f" Trials: {'; '.join(saved)} that the last look would have taken." if saved else ""
    console.print(
        "The difference of rates is median-unbiased, for a race that looked as it did; the interval"
        f" is at each comparison's own level.{told}",
        soft_wrap=not console.is_terminal,
    )


def waiting(trials: Sequence[Trial]) -> str:
    """The line about trials that have no outcome, which the race cannot do without."""
    first = trials[0].label + (f" and {len(trials) - 1} others" if len(trials) > 1 else "")
    return (
        f"the race waits for {count(len(trials), 'trial')} that failed twice ({first}): a trial "
        "that fails for a reason of the machine is no outcome; see its log, mend the cause, and "
        "run the same command again"
    )
