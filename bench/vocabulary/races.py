"""A race: seeds are added until what separates two methods is decided.

A sweep declares one in its table [race]; how far it has come is written beside its trials.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Pair = tuple[str, str]
"""Two methods that are compared: the method, and the one that it is compared with."""

SPENDING = ("obrien_fleming", "pocock")
"""Names of the functions that say how much of the level may be spent up to each look; they are
those of `bench.analysis.statistics.sequential`."""


@dataclass(frozen=True)
class Race:
    """The declaration of a race, which is fixed before anything is trained."""

    pairs: tuple[Pair, ...]
    """The methods that are compared, wherever a task has both."""
    looks: tuple[int, ...]
    """Seeds a method after which the outcomes are looked at, rising; the last is the most."""
    alpha: float = 0.05
    """Probability of any wrong decision on a task, at most (family-wise, two-sided)."""
    least: float | None = None
    """The smallest difference of rates worth finding: a comparison that hardly finds it any more is
    given up. None: none is given up."""
    spending: str = SPENDING[0]
    """The function that says how much of the level may be spent up to each look."""
    first: int = 0
    """The first seed of the race; smaller ones chose the settings."""
    success: str = "converged"
    """The verdict that counts as a success."""
    baseline: str | None = None
    """The method of every pair that the others are compared with; None: pairs were listed."""

    @property
    def most(self) -> int:
        """Seeds a method at the last look."""
        return self.looks[-1]


@dataclass(frozen=True)
class Course:
    """One task of a race, as far as it has come. What was counted at a look is never counted
    again."""

    task: str
    """The task with its networks and options."""
    trials: tuple[str, ...]
    """The ids of the trials that choose its settings, and of those of its first look as soon as
    they are chosen."""
    counts: Mapping[Pair, tuple[tuple[int, int], ...]]
    """Successes of both methods of each pair, at each look so far."""
    settings: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """The numbers of each method that were chosen before the race began; empty without a search,
    or before it is done."""


@dataclass(frozen=True)
class State:
    """One comparison of a race as it stands."""

    task: str
    """The task with its networks and options."""
    method: str
    """The method."""
    other: str
    """The method that it is compared with."""
    look: int
    """Number of looks that were taken."""
    seeds: int
    """Seeds of each method at the last look that was taken."""
    successes: tuple[int, int]
    """Successes of both methods among these."""
    ended: str
    """"better" or "worse" (the method than the other), "futile", "undecided" at the last look; ""
    while it goes on."""

    @property
    def words(self) -> str:
        """The end in a few words."""
        return {
            "better": f"{self.method} is better",
            "worse": f"{self.other} is better",
            "futile": "given up: it would hardly find a difference worth finding",
            "undecided": "not decided",
            "": "goes on",
        }[self.ended]
