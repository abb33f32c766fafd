"""Curves -> a verdict on the trial: what we conclude, by the first rule that holds.

A status is a fact of the run; a verdict is an opinion about its curves. All thresholds are the
constants below, so that one can be argued over without training again. In what follows the *tail*
is the last 20 % of the evaluations, *late* the last 50 %, and q the distance of the generated from
the real distribution: 0 is indistinguishable from real, 1 as bad as one broad Gaussian.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Any

import numpy as np

from bench.analysis import signals
from bench.trial import Result, Status

TAIL = 0.2
START = 0.05
"""Share of the training blocks that counts as the start of the run."""
MOST = 0.8
"""A condition holds in the tail when it holds at this share of its evaluations."""

FAR_Q = 1.0
"""Worse than a broad Gaussian. Runaway samples saturate near q = 1.07: its features are bounded."""
FAR_OUTSIDE = 0.5
FAR_LOGITS = 50.0
FAR_WEIGHTS = 100.0

COLLAPSED_DISTANCE = 0.1
"""Mean distance of two generated samples over that of two real ones."""
COLLAPSED_MASS = 0.9
COLLAPSED_MASS_MODES = 4
"""Of fewer modes than this, one may hold most of the mass without a collapse."""
COLLAPSED_MODES = 0.25
COLLAPSED_QUALITY = 0.3
"""Few modes are a collapse only when the samples are good: else they are not sharp *yet*."""

SWING = 0.15
"""Range of q (90th minus 10th percentile) that matters; its sampling noise is .03 to .06."""
HOPPING = 0.25
"""Mean total variation between the mode shares of successive evaluations."""
LOST_Q = 0.2
DRIFT = 0.05
"""Change of q over the late half that matters."""
SIGNIFICANT = 0.05
HOLD = 4
"""Successive evaluations at which the criterion must hold for the run to have converged there."""

_COMPARE: Mapping[str, Callable[[Any, Any], Any]] = {
    ">=": np.greater_equal,
    "<=": np.less_equal,
    ">": np.greater,
    "<": np.less,
}


class Verdict(StrEnum):
    """What we conclude of a trial, in the order in which the rules are tried."""

    DIVERGED = "diverged"
    COLLAPSED = "collapsed"
    OSCILLATING = "oscillating"
    DEGRADED = "degraded"
    CONVERGED = "converged"
    MODE_DROP = "mode_drop"
    IMPROVING = "improving"
    STALLED = "stalled"
    NONE = "none"
    """No opinion: the trial crashed or was stopped, or nothing was measured."""


MEANING: Mapping[Verdict, str] = {
    Verdict.DIVERGED: (
        "a loss, gradient, weight or sample was not finite; or q ended above "
        f"{FAR_Q:g} with most samples far outside the data or logits grown {FAR_LOGITS:g}-fold; or "
        f"the weights grew {FAR_WEIGHTS:g}-fold"
    ),
    Verdict.COLLAPSED: (
        f"in {MOST:.0%} of the tail the samples are nearly one point (pairwise distance below "
        f"{COLLAPSED_DISTANCE:g} of the real one), or one mode holds over {COLLAPSED_MASS:.0%} of "
        f"them, or at most a quarter of the modes is covered by good samples"
    ),
    Verdict.OSCILLATING: (
        f"q swings by at least {SWING:g} in the last half, in a cycle (autocorrelation >= "
        f"{signals.OSCILLATION_R:g} after one period, and {signals.OSCILLATION_F:.0%} of the power "
        f"in one peak), or with the mass moving between modes (total variation >= {HOPPING:g})"
    ),
    Verdict.DEGRADED: f"q ended at least {LOST_Q:g} above its earlier best",
    Verdict.CONVERGED: f"the task's criterion holds at {MOST:.0%} of the tail's evaluations",
    Verdict.MODE_DROP: "calm and sharp, but modes are missing",
    Verdict.IMPROVING: f"q still falls by at least {DRIFT:g} in the last half: more steps may do",
    Verdict.STALLED: "none of these: calm, and not there",
    Verdict.NONE: "the trial crashed or was stopped: its status says how",
}

UNSTABLE = (Verdict.DIVERGED, Verdict.COLLAPSED, Verdict.OSCILLATING, Verdict.DEGRADED)


@dataclass(frozen=True)
class Numbers:
    """What the rules look at. NaN: could not be computed, and no rule holds on it."""

    q_tail: float
    """Median of q over the tail."""
    q_best: float
    """Least running median (of 5 evaluations) of q."""
    best_early: bool
    """The best was reached before the tail."""
    swing: float
    drift: float
    """Theil-Sen change of q over the late half."""
    drift_p: float
    cycle: signals.Oscillation | None
    hopping: float
    outside: float
    logit_growth: float
    """Tail over start of the run, of the discriminator's absolute logits."""
    weight_growth: float
    collapsed: float
    """Share of the tail's evaluations that look collapsed."""
    collapsed_before: float
    """The same of the evaluations before the tail."""
    success: float
    """Share of the tail's evaluations at which the criterion holds."""
    modes: float
    modes_needed: float
    sharp: bool
    """Whatever the criterion asks of the single sample holds in the tail."""


@dataclass(frozen=True)
class Judgement:
    """A verdict, the rule that gave it, and the numbers it rests on (None: not computed)."""

    verdict: Verdict
    rule: str
    numbers: Numbers | None = None


def judge(result: Result) -> Judgement:
    """The verdict on one trial by the first rule that holds. Any curve may be short or missing."""
    if result.status is Status.DIVERGED:
        return Judgement(Verdict.DIVERGED, "not finite")
    if result.status is not Status.COMPLETED or not len(result.curves.get("step", ())):
        return Judgement(Verdict.NONE, result.status.value)
    numbers = measure(result)
    verdict, rule = next((v, name) for v, name, holds in _RULES if holds(numbers))
    return Judgement(verdict, rule, numbers)


_RULES: tuple[tuple[Verdict, str, Callable[[Numbers], bool]], ...] = (
    (Verdict.DIVERGED, "samples ran away", lambda n: n.q_tail > FAR_Q and n.outside > FAR_OUTSIDE),
    (Verdict.DIVERGED, "logits ran away", lambda n: n.q_tail > FAR_Q and _logits_ran_away(n)),
    (Verdict.DIVERGED, "weights ran away", lambda n: n.weight_growth > FAR_WEIGHTS),
    (Verdict.DEGRADED, "late collapse", lambda n: _is_collapsed(n) and _was_better(n)),
    (Verdict.COLLAPSED, "one place", lambda n: _is_collapsed(n)),
    (Verdict.OSCILLATING, "cycle", lambda n: n.swing >= SWING and _cycles(n)),
    (Verdict.OSCILLATING, "hopping", lambda n: n.swing >= SWING and n.hopping >= HOPPING),
    (Verdict.DEGRADED, "was better", lambda n: _lost_quality(n)),
    (Verdict.CONVERGED, "criterion", lambda n: n.success >= MOST),
    (Verdict.MODE_DROP, "modes missing", lambda n: _calm(n) and n.sharp and _misses_modes(n)),
    (Verdict.IMPROVING, "trend", lambda n: n.drift <= -DRIFT and n.drift_p < SIGNIFICANT),
    (Verdict.STALLED, "no other rule", lambda n: True),
)


def _logits_ran_away(n: Numbers) -> bool:
    return n.logit_growth > FAR_LOGITS and not _is_collapsed(n)


def _is_collapsed(n: Numbers) -> bool:
    return n.collapsed >= MOST


def _was_better(n: Numbers) -> bool:
    return n.collapsed_before < 0.5 and _lost_quality(n)


def _lost_quality(n: Numbers) -> bool:
    return n.best_early and n.q_tail - n.q_best >= LOST_Q


def _cycles(n: Numbers) -> bool:
    return n.cycle is not None and n.cycle.found


def _calm(n: Numbers) -> bool:
    return n.swing < SWING and abs(n.drift) < DRIFT


def _misses_modes(n: Numbers) -> bool:
    return n.modes < n.modes_needed


def success(result: Result) -> np.ndarray:
    """Whether the task's criterion holds, at each evaluation -> bool [evaluations].

    A value that is missing does not hold, and no criterion is never met. Raises ValueError for a
    comparison other than >=, <=, >, <.
    """
    criterion = result.facts.get("criterion") or {}
    holds = np.full(len(result.curves.get("step", ())), bool(criterion))
    for metric, (comparison, threshold) in criterion.items():
        if comparison not in _COMPARE:
            raise ValueError(f'criterion of {metric}: "{comparison}" is no comparison')
        holds &= _COMPARE[comparison](_curve(result, metric), threshold)
    return holds


def converged_at(result: Result) -> float:
    """The first step at which the criterion holds, there and at the next 3 evaluations; NaN if
    there is none: then the trial is censored at its last step."""
    holds = success(result)
    if len(holds) < HOLD:
        return math.nan
    runs = np.lib.stride_tricks.sliding_window_view(holds, HOLD).all(axis=1)
    return float(result.curves["step"][int(np.argmax(runs))] or 0) if runs.any() else math.nan


def measure(result: Result) -> Numbers:
    """All numbers that the rules look at."""
    curve, blocks = partial(_curve, result), partial(_values, result.signals)
    q = curve("q")
    late, tail = signals.late(q), _tail(q)
    middle, best = signals.running_median(q), math.nan
    place = 0
    if np.isfinite(middle).any():
        place, best = int(np.nanargmin(middle)), float(np.nanmin(middle))
    collapsed = _collapsed(result)
    return Numbers(
        q_tail=_median(tail),
        q_best=best,
        best_early=place + (len(q) - len(middle)) // 2 < len(q) - len(tail),
        swing=signals.quantile(late, 0.9) - signals.quantile(late, 0.1),
        drift=signals.theil_sen(late).slope * len(late),
        drift_p=signals.mann_kendall(late),
        cycle=signals.oscillation(late),
        hopping=_mean(_tail(curve("mode_tv"))),
        outside=_mean(_tail(curve("outside"))),
        logit_growth=_growth(blocks("logit_scale")),
        weight_growth=_growth(blocks("weight_norm")),
        collapsed=_mean(_tail(collapsed)),
        collapsed_before=_mean(collapsed[: len(q) - len(tail)]),
        success=_mean(_tail(success(result))),
        modes=_median(_tail(curve("modes"))),
        modes_needed=_modes_needed(result),
        sharp=_sharp(result),
    )


def _collapsed(result: Result) -> np.ndarray:
    """Whether the samples look collapsed, at each evaluation -> bool [evaluations]."""
    curve = partial(_curve, result)
    modes = result.facts.get("modes") or 0
    found = curve("pairwise_ratio") < COLLAPSED_DISTANCE
    if modes >= COLLAPSED_MASS_MODES:
        found |= curve("mode_max") > COLLAPSED_MASS
    if modes > 1:  # a task of one mode cannot lose any
        few = curve("modes") <= max(1.0, COLLAPSED_MODES * modes)
        found |= few & (curve("high_quality") > COLLAPSED_QUALITY)
    return found


def _sharp(result: Result) -> bool:
    """The criterion's demand on single samples; without one, better than a broad Gaussian."""
    asked = result.facts.get("criterion") or {}
    asked = {name: asked[name] for name in ("high_quality", "confidence") if name in asked}
    if not asked:
        return _median(_tail(_curve(result, "q"))) < FAR_Q
    tails = ((_median(_tail(_curve(result, name))), rule) for name, rule in asked.items())
    return all(_COMPARE[comparison](value, threshold) for value, (comparison, threshold) in tails)


def _modes_needed(result: Result) -> float:
    _, needed = (result.facts.get("criterion") or {}).get("modes", (">=", None))
    return float(needed if needed is not None else result.facts.get("modes") or math.nan)


def _curve(result: Result, metric: str) -> np.ndarray:
    if metric == "fd_ratio":
        return _values(result.curves, "fd") / (result.facts.get("floor") or math.nan)
    return _values(result.curves, metric)


def _values(series: Mapping[str, Any], name: str) -> np.ndarray:
    """One series as floats, NaN where a value is missing; all NaN where the series is."""
    values = series.get(name)
    if values is None:
        return np.full(len(series.get("step", ())), math.nan)
    return np.asarray(values, dtype=float)


def _tail(values: np.ndarray) -> np.ndarray:
    return signals.late(values, TAIL)


def _growth(blocks: np.ndarray) -> float:
    start = _median(blocks[: math.ceil(START * len(blocks))])
    return _median(_tail(blocks)) / start if start > 0 else math.nan


def _median(values: np.ndarray) -> float:
    return signals.quantile(values, 0.5)


def _mean(values: np.ndarray) -> float:
    finite = values[np.isfinite(values)]
    return float(finite.mean()) if len(finite) else math.nan
