"""The effects of the factors of each task on success, and on the time to the criterion."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from bench.analysis.frame import budgets
from bench.analysis.statistics import factorial
from bench.analysis.statistics.common import Interval
from bench.analysis.statistics.factorial import Effect
from bench.analysis.statistics.many import holm
from bench.analysis.statistics.rates import of_clusters
from bench.analysis.tables import convergence
from bench.analysis.tables.effects.design import Design, design
from bench.analysis.tables.outcomes import deterministic

SUCCESS, TIME = "success", "time"
"""The outcomes that there are in any case: success at the end, and the time to the criterion as a
share of the budget, the whole of it where the criterion was not reached."""


@dataclass(frozen=True)
class Estimated:
    """The effects on one outcome on one task."""

    design: Design
    """The factorial."""
    outcome: str
    """The outcome: "success", "time", or "reached by 20 %" of the budget."""
    cells: np.ndarray
    """The outcome in each cell of each seed, [seeds, levels, levels, ...]."""
    effects: Sequence[Effect]
    """Main effects in the order of the factors, then all pairs."""
    p_holm: np.ndarray
    """The p of each effect, adjusted for all effects on this outcome on this task."""

    def of(self, effect: Effect) -> list[str]:
        """The names of the factors of an effect."""
        return [[*self.design.levels][place] for place in effect.factors]


def by(share: float) -> str:
    """The name of the outcome that the criterion was reached by a share of the budget."""
    return f"reached by {100 * share:g} %"


def estimated(
    trials: pd.DataFrame, success: str, shares: Sequence[float] = (), raced: Collection[str] = ()
) -> list[Estimated]:
    """The effects on each task that has a full factorial of declared factors (see `design`), for
    each outcome: success, the criterion reached by each of the `shares` of the budget, and time.
    None for a task that is `raced` or deterministic: its seeds are no blocks."""
    found = []
    for task, own in trials.groupby("task", sort=False):
        made = None if task in raced or deterministic(own) else design(own)
        if made is None or not made.seeds:
            continue
        for outcome, each in _outcomes(made.trials, success, shares).items():
            cells = made.table(each)
            effects = factorial.effects(cells)
            adjusted = holm([effect.p for effect in effects])
            found.append(Estimated(made, outcome, cells, effects, adjusted))
    return found


def _outcomes(
    trials: pd.DataFrame, success: str, shares: Sequence[float]
) -> Mapping[str, np.ndarray]:
    """Outcome -> its value for each trial [n], from 0 to 1. A trial that failed has no success, has
    reached the criterion only if it did so before, and else takes the whole budget."""
    found = {SUCCESS: (trials["outcome"] == success).to_numpy(dtype=float)}
    if (trials["criterion"].fillna("") != "").any():
        times = convergence.times(trials)
        spent = times.steps / budgets.length(trials)
        for share in shares:
            found[by(share)] = (times.reached & (spent <= share)).astype(float)
        found[TIME] = spent
    return found


def main(found: Sequence[Estimated]) -> pd.DataFrame:
    """A row per task, factor and level; for each outcome its mean over all cells of the level with
    an interval, the difference from the factor's first level ("Δ"), and p_holm of the factor.

    `share` is the factor's share of the variance of success over the cells; "smallest p" the least
    that so many seeds can reach, before the adjustment."""
    rows: dict[tuple[str, str, str], dict[str, Any]] = {}
    for one in found:
        for effect, adjusted in zip(one.effects, one.p_holm, strict=True):
            if len(effect.factors) == 1:
                for level, cells in _levels(one, effect):
                    row = rows.setdefault((one.design.task, one.of(effect)[0], level), {})
                    row |= cells | {f"p_holm {one.outcome}": adjusted}
                    if one.outcome == SUCCESS:
                        row |= {"share": effect.share, "smallest p": effect.smallest_p}
    keys = ("task", "factor", "level")
    table = pd.DataFrame([dict(zip(keys, key, strict=True)) | row for key, row in rows.items()])
    return _last(table, ("share", "smallest p"))


def _levels(one: Estimated, effect: Effect) -> Iterator[tuple[str, dict[str, float]]]:
    """Yield each level of a factor with the numbers of one outcome."""
    (axis,) = effect.factors
    (name,) = one.of(effect)
    for place, level in enumerate(one.design.levels[name]):
        rates = one.cells.take(place, axis=axis + 1).reshape(len(one.cells), -1).mean(axis=1)
        interval = of_clusters(rates, np.ones(len(rates)))
        difference, ends = effect.differences[place]
        own = {one.outcome: float(effect.means[place]), **_ends(one.outcome, interval)}
        apart = f"Δ {one.outcome}"
        # The first level is what the others are compared with.
        none = place == 0
        own |= {apart: np.nan if none else difference}
        own |= _ends(apart, Interval(np.nan, np.nan) if none else ends)
        yield shown(level), own


def interactions(found: Sequence[Estimated]) -> pd.DataFrame:
    """A row per task, outcome and pair of factors: the share of the variance over the cells that
    their interaction has, the pair of levels at which the two add up least ("where") with what is
    left there when both effects are taken off, p, and p_holm."""
    rows = []
    for one in found:
        for effect, adjusted in zip(one.effects, one.p_holm, strict=True):
            if len(effect.factors) == 2:
                most = np.unravel_index(
                    int(np.argmax(np.abs(effect.deviations))), effect.deviations.shape
                )
                names = one.of(effect)
                levels = [one.design.levels[n][int(i)] for n, i in zip(names, most, strict=True)]
                rows.append(
                    {
                        "task": one.design.task,
                        "outcome": one.outcome,
                        "factors": " x ".join(names),
                        "share": effect.share,
                        "where": ", ".join(map(shown, levels)),
                        "beyond both": float(effect.deviations[most]),
                        **_ends(
                            "beyond both",
                            Interval(float(effect.low[most]), float(effect.high[most])),
                        ),
                        "p": effect.p,
                        "p_holm": float(adjusted),
                    }
                )
    return pd.DataFrame(rows)


def pairs(found: Sequence[Estimated]) -> pd.DataFrame:
    """A row per task, outcome and pair of levels of two factors: the mean there, and what is beyond
    both effects with its interval."""
    rows = []
    for one in found:
        for effect in one.effects:
            if len(effect.factors) == 2:
                names = one.of(effect)
                for place in np.ndindex(*effect.means.shape):
                    first, second = (
                        shown(one.design.levels[n][i]) for n, i in zip(names, place, strict=True)
                    )
                    ends = Interval(float(effect.low[place]), float(effect.high[place]))
                    rows.append(
                        {
                            "task": one.design.task,
                            "outcome": one.outcome,
                            "factor": names[0],
                            "level": first,
                            "other factor": names[1],
                            "other level": second,
                            "mean": float(effect.means[place]),
                            "beyond both": float(effect.deviations[place]),
                            **_ends("beyond both", ends),
                        }
                    )
    return pd.DataFrame(rows)


def shown(level: object) -> str:
    """A level in words."""
    return f"{level:g}" if isinstance(level, int | float) else str(level)


def sentences(found: Sequence[Estimated]) -> Iterator[str]:
    """Tell for each task what did most to success, and at which level."""
    for one in found:
        if one.outcome == SUCCESS:
            yield f"**{one.design.task}**: {_sentence(one)}"


def _sentence(one: Estimated) -> str:
    count = len([*one.design.levels])
    mains = list(zip(one.effects[:count], one.p_holm[:count], strict=True))
    told = sorted((e for e, p in mains if p < 0.05), key=lambda e: -e.share)
    if not told:
        return "no factor has an effect on success that these seeds tell from chance."
    said = []
    for effect in told:
        (name,) = one.of(effect)
        levels = one.design.levels[name]
        best, worst = int(np.argmax(effect.means)), int(np.argmin(effect.means))
        said.append(
            f"{name} ({100 * effect.share:.0f} % of the variance over the cells: "
            f"{shown(levels[best])} {100 * effect.means[best]:.0f} %, {shown(levels[worst])} "
            f"{100 * effect.means[worst]:.0f} %)"
        )
    between = zip(one.effects[count:], one.p_holm[count:], strict=True)
    joint = sorted((e for e, p in between if p < 0.05), key=lambda e: -e.share)[:2]
    names = ["; ".join(said)]
    if joint:
        own = (f"{' x '.join(one.of(e))} ({100 * e.share:.0f} %)" for e in joint)
        names.append(f"largest interactions: {', '.join(own)}")
    return "what did it: " + "; ".join(names) + "."


def about(trials: pd.DataFrame) -> Iterator[str]:
    """Tell for each task which trials the effects are of, and what was left out."""
    for task, own in trials.groupby("task", sort=False):
        made = design(own)
        if made is None:
            continue
        size = " x ".join(f"{len(levels)} {name}" for name, levels in made.levels.items())
        left = f" Left out: {'; '.join(made.left)}." if made.left else ""
        if made.seeds:
            yield f"**{task}**: {size} = {made.cells} cells, {len(made.seeds)} seeds each.{left}"
        else:
            yield f"**{task}**: no effects.{left}"


def _ends(name: str, interval: Interval) -> dict[str, float]:
    return {f"{name} low": interval.low, f"{name} high": interval.high}


def _last(table: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """The table with these columns at its end, and each outcome's p behind its numbers."""
    kept = [name for name in table if name not in names]
    return table[[*kept, *(name for name in names if name in table)]]


def strongest(one: Estimated) -> Effect:
    """The interaction with the largest share of the variance over the cells; of equals the first
    one."""
    return max(
        itertools.filterfalse(lambda e: len(e.factors) == 1, one.effects),
        key=lambda e: -1.0 if np.isnan(e.share) else e.share,
    )
