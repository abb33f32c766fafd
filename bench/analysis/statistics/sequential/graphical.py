"""Decides several comparisons at once: a rejected one passes its level on to the others.

The graphical procedure of Maurer and Bretz (2013) for group-sequential tests, with equal weights:
Holm's procedure at every look.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bench.analysis.statistics.sequential.boundaries import Decision, check, decide
from bench.analysis.statistics.sequential.design import Design
from bench.analysis.statistics.sequential.rejection import rejections

Table = tuple[int, int]
"""Successes of the first and the second arm at a look."""


@dataclass(frozen=True)
class State:
    """A comparison's state after the looks so far."""

    level: float
    """Two-sided level: at which it was decided, or at which it is tested now."""
    decision: Decision
    """Decision, or "open"."""
    look: int | None = None
    """Look, from 0, whose counts decided it; None while it is open. The look of the estimate, with
    a design of the level above."""
    known: int | None = None
    """Look, from 0, at which that was known; None while it is open. Later than `look` where another
    comparison's level was passed on after it."""


def decisions(
    counts: Sequence[Sequence[Table]],
    m: int,
    looks: tuple[int, ...],
    alpha: float,
    spending: str = "obrien_fleming",
    least: float | None = None,
) -> tuple[State, ...]:
    """States of m comparisons with common looks: `counts` has for each the successes (s_1, s_2) at
    the looks so far, of which one that ended has fewer.

    Each comparison is tested at alpha / j, where j is the number of those not yet rejected, by the
    boundaries that the spending function gives for this level *at all looks*. So a level that grows
    may reject by the counts of an earlier look. This is valid: each test of the closed family
    rejects when any look so far crosses its boundary, which is the sequential p-value of Liu and
    Anderson (2008) within Holm's procedure. The boundaries depend on the level and the looks alone,
    and not on other comparisons' data.

    Holm's procedure needs that whoever rejects at a level rejects at any greater one. The exact
    boundaries of a greater level may spend more early and have less left for a table at a later
    look. Therefore a rejection at alpha / j needs one at each greater level alpha / i, i < j.

    A comparison that was given up or ended without a decision keeps its level. It is not taken up
    again when the level grows, but its looks until then may still reject. The family-wise error is
    at most alpha, whichever hypotheses are true, whatever the comparisons share.

    The states follow from the counts look by look: later counts change no earlier rejection.
    Raises ValueError for more than m comparisons, and for impossible counts or looks.
    """
    if not 1 <= len(counts) <= m:
        raise ValueError(f"{len(counts)} comparisons of {m}: give counts for 1 to {m}")
    family = _Family(counts, [Design(looks, alpha / j, spending, least) for j in range(1, m + 1)])
    for look in range(max(len(tables) for tables in counts)):
        family.decide(look)
    return tuple(family.states)


class _Family:
    """The comparisons of a family, decided look by look."""

    def __init__(self, tables: Sequence[Sequence[Table]], designs: list[Design]) -> None:
        for own in tables:
            for look, (s1, s2) in enumerate(own):
                check(designs[0], s1, s2, look)
        self.tables = tables
        self.designs = designs
        """By the number of comparisons that share alpha, less one."""
        self.states = [State(designs[-1].alpha, "open") for _ in tables]

    def decide(self, look: int) -> None:
        """Decides what the counts up to a look decide."""
        while hits := self._hits(look):
            level = self._design.alpha
            for i, (at, decision) in hits.items():
                self.states[i] = State(level, decision, at, look)
        design = self._design
        for i, state in enumerate(self.states):
            if state.decision != "open":
                continue
            self.states[i] = replace(state, level=design.alpha)
            if len(self.tables[i]) > look:
                found = decide(design, *self.tables[i][look], look)
                if found in ("futile", "undecided"):
                    self.states[i] = State(design.alpha, found, look, look)

    def _hits(self, look: int) -> dict[int, tuple[int, Decision]]:
        """The comparisons that are rejected at the present level, by the counts up to a look: the
        look that did, and in whose favour."""
        found = {}
        for i, state in enumerate(self.states):
            if state.decision in ("open", "futile", "undecided"):
                until = look if state.look is None else state.look
                own = self._crossed(i, until, self._left)
                if own and all(self._crossed(i, until, j) for j in range(1, self._left)):
                    found[i] = own
        return found

    def _crossed(self, i: int, until: int, left: int) -> tuple[int, Decision] | None:
        """The first look up to `until` that rejects at alpha / left, and in whose favour."""
        rejects = rejections(self.designs[left - 1]).both
        for look, (s1, s2) in enumerate(self.tables[i][: until + 1]):
            if rejects[look][s1, s2]:
                return look, "first" if s1 > s2 else "second"
        return None

    @property
    def _left(self) -> int:
        """Comparisons that share alpha: those not rejected."""
        rejected = sum(state.decision in ("first", "second") for state in self.states)
        return max(1, len(self.designs) - rejected)

    @property
    def _design(self) -> Design:
        return self.designs[self._left - 1]
