"""Rules on the course of one series: cycles, jumps, losses that stand still or fall, growth.

They take a series as the means of its blocks (`blocks`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np

from bench.analysis.verdicts import signals
from bench.analysis.verdicts import thresholds as at
from bench.diagnose.finding import Finding
from bench.diagnose.log import Series

BLOCKS = 200
"""Blocks that a series is taken in at most."""

FLAT, CONSTANT = "flat", "constant"
STILL = (FLAT, CONSTANT)
"""Rules of a loss that stands still, nearly and wholly; said of none where a player wins."""

LOSSES = ("loss_g", "loss_d", "loss_d_real", "loss_d_fake")
"""Roles that are losses."""


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
    """A loss without a change that matters, from the first value to the last. Many a training that
    converges has such losses: it is a failure only where nothing moves at all."""
    swing, unit = spread(course.values), size(course.values)
    if name not in LOSSES or swing > at.DRIFT * unit or _late(name, course):
        return None
    level = float(signals.quantile(course.values, 0.5))
    still = swing <= signals.VANISHED * unit
    text = "nothing is learnt, or logged" if still else "the players are equal, or learn nothing"
    words = f"stands at {level:.4g} from the start, within {swing:.2g}: {text}"
    rule = CONSTANT if still else FLAT
    return Finding(rule, name, words, float(course.steps[0]), still, {"swing": swing})


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


def _one_place(name: str, course: Series) -> Finding | None:
    """Samples that became nearly one point: the verdicts' bound, of the most that they ever were
    apart, since nothing is known of real ones."""
    if name != "distance" or not (most := float(np.max(course.values))) > 0:
        return None
    tail = signals.late(course.values, signals.TAIL)
    if (tail < at.COLLAPSED_DISTANCE * most).mean() < at.MOST:
        return None
    high = course.values >= at.COLLAPSED_DISTANCE * most
    begin = min(len(high) - int(np.argmax(high[::-1])), len(high) - 1)
    last, step = _median(tail), float(course.steps[begin])
    words = f"ended at {last:.3g}, {last / most:.1%} of the {most:.3g} that it has been: one place"
    return Finding("one place", name, words, step, numbers={"share": last / most})


def _ends(values: np.ndarray) -> Iterator[np.ndarray]:
    """The start and the end of a series."""
    yield values[: math.ceil(signals.START * len(values))]
    yield signals.late(values, signals.TAIL)


Rule = Callable[[str, Series], Finding | None]
"""(role, its course) -> a finding; None where the rule does not hold."""

COURSE: tuple[Rule, ...] = (_cycle, _late, _flat, _falling)
"""Rules on the course of a loss; without one, of what else there is."""

RULES: tuple[Rule, ...] = (_vanished, _grown, _one_place)
"""Rules on series of some roles."""
