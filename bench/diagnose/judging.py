"""Says what the rules of the verdicts see in the series of one training.

The rules are those of `bench.analysis.verdicts`, with its thresholds and its measures of a series.
They were made for q, the distance of the generated from the real distribution, which is 1 for one
broad Gaussian. A log has no q: where a rule asks for a change in q, the same share of the usual
size of the series is asked for, the median of its absolute values in the last half. Series are
taken as means over at most 200 blocks, as those of our own trials are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from bench.analysis import verdicts
from bench.analysis.verdicts import signals
from bench.analysis.verdicts import thresholds as at
from bench.diagnose import accuracy, courses, reliability
from bench.diagnose.columns import ROLES
from bench.diagnose.finding import Finding
from bench.diagnose.log import Series

FEWEST = 10
"""Fewer values than this say nothing of a course."""

PINNED = verdicts.PINNED
"""The rule that D wins: users' "scores pinned"."""

FOOLED = "the generator wins"
"""The rule that G wins."""

AHEAD = "the discriminator is ahead"
"""The rule that both losses speak for D: what can be seen of a D that wins where the loss of D does
not fall to nothing."""


def judge(**given: Any) -> list[Finding]:
    """Findings on the series of one training, failures first.

    Each keyword is a role (see `bench.diagnose.columns.ROLES`): loss_g, loss_d, accuracy (a share
    or a percentage), logit_real, logit_fake, gradient_g ...; its value an array [T] in the order of
    the training, NaN and infinities where they were logged, or a `Series` with its steps. Without
    steps, values are counted. Raises TypeError for a keyword that is no role.
    """
    if unknown := [name for name in given if name not in ROLES]:
        raise TypeError(f"{unknown[0]} is no role of a series; there are: {', '.join(ROLES)}")
    series = {name: _series(own) for name, own in given.items() if own is not None}
    found = [one for name, own in series.items() if (one := _not_finite(name, own))]
    whole = {name: finite(own) for name, own in series.items()}
    enough = {name: own for name, own in whole.items() if len(own.values) >= fewest(name)}
    course = {name: courses.blocks(own) for name, own in enough.items()}
    wins = _d_wins(course) or _g_wins(course) or _d_ahead(course)
    found += [wins] if wins else []
    losses = not course.keys().isdisjoint(courses.LOSSES)
    for name, own in course.items():
        course_too = name in courses.LOSSES or not (losses or name == "distance")
        chosen = (*courses.RULES, *(courses.COURSE if course_too else ()))
        every = (rule(name, own) for rule in chosen)
        found += [one for one in every if one and not (wins and one.rule in courses.STILL)]
    return sorted(map(reliability.weighed, found), key=lambda one: not one.sick)


def fewest(role: str) -> int:
    """The values of a role without which nothing is said; few files hold samples."""
    return 3 if role == "distance" else FEWEST


def _series(own: Any) -> Series:
    if isinstance(own, Series):
        return own
    values = np.asarray(own, dtype=float).ravel()
    return Series(np.arange(1, len(values) + 1, dtype=float), values)


def finite(own: Series) -> Series:
    """The series before its first value that is not finite."""
    bad = np.flatnonzero(~np.isfinite(own.values))
    stop = bad[0] if len(bad) else len(own.values)
    return Series(own.steps[:stop], own.values[:stop])


def _not_finite(name: str, own: Series) -> Finding | None:
    bad = np.flatnonzero(~np.isfinite(own.values))
    if not len(bad):
        return None
    first, n = int(bad[0]), len(own.values)
    before = f"; {own.values[first - 1]:.3g} before" if first else ", the first one"
    words = f"{len(bad)} of {n} values are not finite, from step {own.steps[first]:g} on{before}"
    numbers = {"share": len(bad) / n}
    return Finding("not finite", name, words, float(own.steps[first]), numbers=numbers)


def _d_wins(course: Mapping[str, Series]) -> Finding | None:
    return _wins(accuracy.told(course), PINNED, "D tells {least} of all samples in the tail")


def _g_wins(course: Mapping[str, Series]) -> Finding | None:
    text = "D takes {least} of the generated samples in the tail for real ones"
    return _wins(accuracy.fooled(course), FOOLED, text)


def _d_ahead(course: Mapping[str, Series]) -> Finding | None:
    """D gives the truth a high probability, and G's loss says so too."""
    for found in accuracy.truth(course):
        tail, loss = signals.late(found.values, signals.TAIL), course["loss_g"].values
        if (tail >= at.MOST).mean() < at.MOST:
            return None
        level = float(signals.quantile(signals.late(loss, signals.TAIL), 0.5))
        drift = signals.drift(signals.late(loss))
        change = float(drift.slope) * len(signals.late(loss))
        rises = change >= at.DRIFT * level and drift.p < at.SIGNIFICANT
        risen = f" and has risen by {change:.2g} in the last half" if rises else ""
        least = float(signals.quantile(tail, 0.5))
        words = (
            f"D gives the truth {least:.0%} or more in the tail, by {found.how}; that of G stands "
            f"at {level:.3g}{risen}"
        )
        numbers = {"share": least, "loss_g": level, "change": change}
        return Finding(AHEAD, found.series, words, _begin(found, at.MOST), numbers=numbers)
    return None


def _wins(shares: Iterable[accuracy.Share], rule: str, text: str) -> Finding | None:
    """The finding of the first share that the verdicts' rule for D's accuracy holds on."""
    for found in shares:
        if accuracy.pinned(found):
            least = float(signals.quantile(signals.late(found.values, signals.TAIL), 0.5))
            told = text.format(least=f"{min(least, 0.999):.1%} or more")
            words = f"{told}, by {found.how}"
            step = _begin(found, at.PINNED)
            return Finding(rule, found.series, words, step, numbers={"share": least})
    return None


def _begin(found: accuracy.Share, least: float) -> float:
    """The step from which on a share is never below its bound; the last one, where it is at the
    end."""
    high = found.values >= least
    begin = 0 if high.all() else len(high) - int(np.argmin(high[::-1]))
    return float(found.steps[min(begin, len(high) - 1)])
