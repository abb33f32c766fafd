"""Defines a comparison of two rates in several looks, and how its error is spent over them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

SPENDING = ("obrien_fleming", "pocock")
"""Names of the functions that say how much of the level may be spent up to each look."""

MOST = 500
"""Number of seeds up to which tables are counted: it takes seconds, and the time grows with n^3."""


@dataclass(frozen=True)
class Design:
    """A race of two methods: their rates of success are compared after equal numbers of seeds, and
    the race may end at each look.

    The trials of both arms are taken for independent. Seeds that both share can make their outcomes
    more alike than that; equal rates are then rejected less often than alpha says.

    Raises ValueError for looks that do not rise or exceed `MOST` seeds, and for a level, a spending
    function or a least difference that cannot be.
    """

    looks: tuple[int, ...]
    """Seeds an arm at each look [K], rising."""
    alpha: float
    """Two-sided level of this comparison, over all looks together."""
    spending: str = "obrien_fleming"
    """Spending function of Lan and DeMets 1983, one of `SPENDING`: like O'Brien and Fleming's
    boundary it spends almost nothing early, like Pocock's about equally much at each look."""
    least: float | None = None
    """Smallest difference of the rates that is worth finding. A comparison that will hardly find it
    any more is given up. None: none is given up."""

    def __post_init__(self) -> None:
        """Refuses what cannot be."""
        object.__setattr__(self, "looks", tuple(int(n) for n in self.looks))
        rising = all(a < b for a, b in zip((0, *self.looks), self.looks, strict=False))
        if not self.looks or not rising:
            raise ValueError(f"looks {list(self.looks)}: give rising numbers of seeds, at least 1")
        if self.looks[-1] > MOST:
            raise ValueError(f"looks up to {self.looks[-1]} seeds: give at most {MOST}")
        if not 0 < self.alpha < 1:
            raise ValueError(f"alpha {self.alpha}: give a level between 0 and 1, usually 0.05")
        if self.spending not in SPENDING:
            raise ValueError(f'spending "{self.spending}": give {" or ".join(SPENDING)}')
        if self.least is not None and not 0 < self.least <= 1:
            raise ValueError(f"least {self.least}: give a difference of rates, above 0 to 1")


def spent(design: Design) -> list[float]:
    """Two-sided error that may be spent up to each look [K]; the last is the design's alpha.

    The information at a look is its share of all seeds. Each side spends half of the level by the
    function of Lan and DeMets (1983) for one side: 2 - 2 Phi(z_{1 - a/2} / sqrt t) or
    a log(1 + (e - 1) t), with a = alpha / 2.
    """
    shares = [n / design.looks[-1] for n in design.looks[:-1]]
    if design.spending == "pocock":
        found = [design.alpha * math.log1p((math.e - 1) * t) for t in shares]
    else:
        normal = NormalDist()
        z = normal.inv_cdf(design.alpha / 4)
        found = [4 * normal.cdf(z / math.sqrt(t)) for t in shares]
    return [*found, design.alpha]
