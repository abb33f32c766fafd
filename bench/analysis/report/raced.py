"""A race in sentences."""

from __future__ import annotations

from collections.abc import Iterator

from bench.analysis.tables import races
from bench.analysis.tables.races import Raced


def sentences(one: Raced) -> Iterator[str]:
    """The comparisons of a race in sentences, and the trials that it has saved."""
    for found in one.comparisons:
        state, estimate = found.state, found.estimate()
        names = f"`{state.method}` against `{state.other}`"
        if estimate is None:
            looks = f"after {state.seeds} seeds" if state.look else "no look was taken yet"
            yield f"{names}: {state.words}, {looks}."
            continue
        low, high = estimate.interval
        yield (
            f"{names}: {state.words}, after {state.seeds} seeds ({state.look} "
            f"look{'s' if state.look > 1 else ''}); difference of the rates of success "
            f"{estimate.difference:+.2f} ({low:+.2f} to {high:+.2f})."
        )
    if not all(found.ended for found in one.comparisons):
        yield (
            "The race goes on: the same command goes on from here. Estimates follow when it has "
            f"ended; the probability of any wrong decision is at most {one.race.alpha:g}."
        )
        return
    used, most = races.saved(one.race, one.comparisons)
    yield (
        f"{used} trials in place of the {most} that {one.race.most} seeds a method would have "
        f"taken; the probability of any wrong decision here is at most {one.race.alpha:g}."
    )
