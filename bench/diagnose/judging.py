"""Says what the rules of the verdicts see in the series of one training.

The rules are those of `bench.analysis.verdicts`, with its thresholds and its measures of a series.
They were made for q, the distance of the generated from the real distribution, which is 1 for one
broad Gaussian. A log has no q: where a rule asks for a change in q, the same share of the usual
size of the series is asked for, the median of its absolute values in the last half. Series are
taken as means over at most 200 blocks, as those of our own trials are.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bench.analysis import verdicts
from bench.analysis.verdicts import signals
from bench.analysis.verdicts import thresholds as at
from bench.diagnose import accuracy
from bench.diagnose.columns import ROLES
from bench.diagnose.log import Series

BLOCKS = 200
"""Blocks that a series is taken in at most."""

FEWEST = 10
"""Fewer values than this say nothing of a course."""

PINNED = verdicts.PINNED
"""The rule that D wins: users' "scores pinned"."""

FOOLED = "the generator wins"
"""The rule that G wins."""

LOSSES = ("loss_g", "loss_d", "loss_d_real", "loss_d_fake")
"""Roles that are losses."""


@dataclass(frozen=True)
class Finding:
    """Something that a rule sees in a log."""

    rule: str
    """The rule in two or three words, such as "not finite"."""

    series: str
    """The role of the series that it was seen in."""

    words: str
    """A sentence with the numbers."""

    step: float = math.nan
    """The step at which it begins; NaN for one of the whole course."""

    sick: bool = True
    """False for what is worth knowing and no failure."""

    numbers: Mapping[str, float] = field(default_factory=dict)
    """The numbers that the rule looked at."""


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
    course = {name: blocks(own) for name, own in whole.items() if len(own.values) >= FEWEST}
    wins = [one for one in (_d_wins(course), _g_wins(course)) if one]
    found += wins
    losses = not course.keys().isdisjoint(LOSSES)
    for name, own in course.items():
        chosen = (*_RULES, *(_COURSE if name in LOSSES or not losses else ()))
        every = (rule(name, own) for rule in chosen)
        found += [one for one in every if one and not (wins and one.rule == "flat")]
    return sorted(found, key=lambda one: not one.sick)


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


def blocks(own: Series) -> Series:
    """The means of a series over at most 200 blocks of equally many values, each with its last
    step."""
    count = min(len(own.values), BLOCKS)
    edges = np.linspace(0, len(own.values), count + 1).astype(int)
    means = np.add.reduceat(own.values, edges[:-1]) / np.diff(edges)
    return Series(own.steps[edges[1:] - 1], means)


def size(values: np.ndarray) -> float:
    """The usual size of a series: the median of its absolute values in the last half."""
    return float(signals.quantile(np.abs(signals.late(values)), 0.5))


def spread(values: np.ndarray) -> float:
    """The 90th minus the 10th percentile."""
    return float(signals.quantile(values, 0.9) - signals.quantile(values, 0.1))


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


def _wins(shares: Iterable[accuracy.Share], rule: str, text: str) -> Finding | None:
    """The finding of the first share that the verdicts' rule for D's accuracy holds on."""
    for found in shares:
        if accuracy.pinned(found):
            least = float(signals.quantile(signals.late(found.values, signals.TAIL), 0.5))
            told = text.format(least=f"{min(least, 0.999):.1%} or more")
            high = found.values >= at.PINNED
            begin = len(high) - int(np.argmin(high[::-1])) if not high.all() else 0
            step = float(found.steps[min(begin, len(high) - 1)])
            words = f"{told}, by {found.how}"
            return Finding(rule, found.series, words, step, numbers={"share": least})
    return None


def _cycle(name: str, course: Series) -> Finding | None:
    """A cycle in the last half that is large enough to matter."""
    late = signals.late(course.values)
    cycle, swing, unit = signals.oscillation(late), spread(late), size(course.values)
    if not cycle.found or swing < at.SWING * unit:
        return None
    period = float(cycle.period) * float(course.steps[-1] - course.steps[0]) / (len(course[1]) - 1)
    words = (
        f"swings by {swing:.3g} around every {period:.3g} steps in the last half "
        f"(autocorrelation {float(cycle.r):.2f} after one period, {float(cycle.f):.0%} of the "
        "power in one peak)"
    )
    numbers = {"swing": swing, "r": float(cycle.r), "f": float(cycle.f), "period": period}
    return Finding("swinging", name, words, float(course.steps[-len(late)]), numbers=numbers)


def _falling(name: str, course: Series) -> Finding | None:
    """A loss of G that still falls: more steps may do."""
    if name != "loss_g":
        return None
    late, unit = signals.late(course.values), size(course.values)
    drift = signals.drift(late)
    change = float(drift.slope) * len(late)
    if not (change <= -at.DRIFT * unit and drift.p < at.SIGNIFICANT):
        return None
    p = float(drift.p)
    words = f"still falls by {-change:.3g} in the last half (p = {p:.2g}): more steps may do"
    numbers = {"change": change, "p": p}
    return Finding("still falling", name, words, sick=False, numbers=numbers)


def _flat(name: str, course: Series) -> Finding | None:
    """A loss without a change that matters, from the first value to the last."""
    swing, unit = spread(course.values), size(course.values)
    if name not in LOSSES or swing > at.DRIFT * unit or _late(name, course):
        return None
    level = float(signals.quantile(course.values, 0.5))
    text = "nothing is learnt, or nothing is logged"
    words = f"stands at {level:.4g} from the start, within {swing:.2g}: {text}"
    return Finding("flat", name, words, float(course.steps[0]), numbers={"swing": swing})


def _late(name: str, course: Series) -> Finding | None:
    """A jump in the last half to a level that the first half does not know, held to the end.

    A slow trend leaves the levels of the first half too: a jump is half of the way at once, and
    more than they spread.
    """
    values, half = course.values, len(course.values) // 2
    first = values[half // 4 : half]  # the start of a training is no level
    if len(first) < at.HOLD:
        return None
    middle, step = _median(first), at.LOST_Q * size(values)
    for i in range(half, len(values) - at.HOLD + 1):
        before, after = _median(values[i - at.HOLD : i]), values[i : i + at.HOLD]
        level = _median(values[i:])
        up = math.copysign(1, level - middle)
        edge = up * float(signals.quantile(up * first, 0.9)) + up * step
        away = up * (values[i:] - edge) > 0
        jump = up * (_median(after) - before)
        beyond = up * (values[half:i] - (before + level) / 2) > 0
        new = beyond.sum() <= (1 - at.MOST) * (i - half)
        if (
            new
            and jump >= max(up * (level - middle) / 2, spread(first)) > 0
            and away[: at.HOLD].all()
            and away.mean() >= at.MOST
        ):
            words = (
                f"jumps from {before:.3g} to {level:.3g} at step {course.steps[i]:g} and stays: "
                "look at samples from before and after"
            )
            numbers = {"before": before, "after": level}
            return Finding("late change", name, words, float(course.steps[i]), numbers=numbers)
    return None


def _median(values: np.ndarray) -> float:
    return float(signals.quantile(values, 0.5))


def _vanished(name: str, course: Series) -> Finding | None:
    if not name.startswith("gradient") or not bool(signals.vanished(course.values)):
        return None
    start, end = (float(signals.quantile(part, 0.5)) for part in _ends(course.values))
    words = (
        f"ended at {end:.2g}, below {signals.VANISHED:g} of its start ({start:.2g}): nothing moves"
    )
    return Finding("gradient gone", name, words, numbers={"start": start, "end": end})


def _grown(name: str, course: Series) -> Finding | None:
    """Logits or weights that grew as those of a training that ran away."""
    most = {"logit": at.FAR_LOGITS, "weight": at.FAR_WEIGHTS}.get(name.partition("_")[0])
    start, end = (float(signals.quantile(np.abs(part), 0.5)) for part in _ends(course.values))
    if most is None or not start > 0 or end <= most * start:
        return None
    words = f"grew {end / start:.3g}-fold from {start:.2g}: it runs away, if samples are bad too"
    return Finding("ran away", name, words, numbers={"growth": end / start})


def _ends(values: np.ndarray) -> Iterator[np.ndarray]:
    """The start and the end of a series."""
    yield values[: math.ceil(signals.START * len(values))]
    yield signals.late(values, signals.TAIL)


_Rule = Callable[[str, Series], Finding | None]

_COURSE: tuple[_Rule, ...] = (_cycle, _late, _flat, _falling)
"""Rules on the course of a loss; without one, of what else there is."""

_RULES: tuple[_Rule, ...] = (_vanished, _grown)
"""Rules on series of some roles."""
