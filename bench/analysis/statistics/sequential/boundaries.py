"""Gives the boundaries of a race and decides a comparison at a look."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np

from bench.analysis.statistics.sequential.design import Design
from bench.analysis.statistics.sequential.futility import futile
from bench.analysis.statistics.sequential.rejection import rejections

Decision = Literal["first", "second", "futile", "undecided", "open"]
"""State of a comparison: an arm was found better, it was given up, it ended without a decision, or
it goes on."""


@dataclass(frozen=True, eq=False)
class Boundaries:
    """The tables at which a race ends, by look. A table is (s_1, s_2), the successes of two arms of
    n_k seeds each."""

    critical: np.ndarray
    """Least |score statistic| with which equal rates are rejected at each look [K], of tables
    with a pooled rate from 1/4 to 3/4; infinite where no table can. For many seeds it is the
    constant of the textbooks. `rejects` decides, by an order that is not quite the score's."""
    apart: np.ndarray
    """Least difference of two observed rates with which equality is rejected at each look [K];
    infinite where no table can."""
    rejects: tuple[np.ndarray, ...]
    """True at [s_1, s_2] where equal rates are rejected at a look: K of bool [n_k + 1, n_k + 1].
    The arm with more successes is found better."""
    futile: tuple[np.ndarray, ...]
    """True at [s_1, s_2] where the comparison is given up at a look: K of bool [n_k + 1, n_k + 1].
    It is not binding: going on all the same costs no error. All False without a least difference,
    and at the last look."""
    spent: np.ndarray
    """Two-sided probability of a rejection up to each look [K], exact, at the worst common rate of
    success; nothing is counted as given up."""


@lru_cache(maxsize=512)
def boundaries(design: Design) -> Boundaries:
    """The exact boundaries of a design. Cached.

    At each look equality is rejected for as many tables, in the order of Fisher's one-sided p, as
    keep the probability of any rejection up to this look at most the error that may be spent by
    then: for every common rate of success, and for each side half. Error that an early look has no
    table for is spent at later ones. With one look this is Boschloo's test. Takes time with n^3.
    """
    found = rejections(design)
    boundary = Boundaries(
        np.array(found.critical),
        np.array([_apart(at) for at in found.both]),
        tuple(found.both),
        tuple(futile(design)),
        np.array(found.error),
    )
    for array in (boundary.critical, boundary.apart, boundary.spent):
        array.setflags(write=False)
    for array in (*boundary.rejects, *boundary.futile):
        array.setflags(write=False)  # whoever asks again gets the same ones
    return boundary


def _apart(rejects: np.ndarray) -> float:
    s = np.arange(len(rejects))
    apart = np.abs(s[:, None] - s)[rejects] / (len(rejects) - 1)
    return float(apart.min(initial=np.inf))


def decide(design: Design, s1: int, s2: int, look: int) -> Decision:
    """Decision at a look, of a comparison that no earlier look ended: `s1` and `s2` successes of
    `design.looks[look]` seeds each; looks are counted from 0.

    Raises ValueError for a look that the design does not have, and for impossible counts.
    """
    check(design, s1, s2, look)
    found = boundaries(design)
    if found.rejects[look][s1, s2]:
        return "first" if s1 > s2 else "second"
    if look == len(design.looks) - 1:
        return "undecided"
    return "futile" if found.futile[look][s1, s2] else "open"


def needed(design: Design, s1: int, s2: int, look: int) -> float:
    """Least difference of the observed rates that rejects equality at a look, for as many successes
    of both arms together as `s1 + s2`: the boundary beside an observed difference, which lies on or
    beyond it just where equality is rejected. Infinite where none does. Raises ValueError as
    `decide` does."""
    check(design, s1, s2, look)
    n = design.looks[look]
    rejects = boundaries(design).rejects[look]
    first = range(max(0, s1 + s2 - n), min(n, s1 + s2) + 1)
    apart = [abs(2 * s - s1 - s2) / n for s in first if rejects[s, s1 + s2 - s]]
    return min(apart, default=float("inf"))


def check(design: Design, s1: int, s2: int, look: int) -> None:
    """Raises ValueError for a look that the design does not have, and for impossible counts."""
    if not 0 <= look < len(design.looks):
        raise ValueError(f"look {look}: give from 0 to {len(design.looks) - 1}")
    n = design.looks[look]
    if not (0 <= s1 <= n and 0 <= s2 <= n):
        raise ValueError(f"{s1} and {s2} successes of {n} seeds: give from 0 to {n}")
