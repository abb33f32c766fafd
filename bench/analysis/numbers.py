"""Curves -> the numbers that the verdicts rest on, and the time to convergence."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from bench.analysis import signals
from bench.analysis import thresholds as at
from bench.trial import Result

_COMPARE: Mapping[str, Callable[[Any, Any], Any]] = {
    ">=": np.greater_equal,
    "<=": np.less_equal,
    ">": np.greater,
    "<": np.less,
}


@dataclass(frozen=True)
class Numbers:
    """What the rules look at. NaN: could not be computed, and no rule holds on it.

    Of a game, whose curve is the `radius` r to its equilibrium, q is log10(r_t / r_0).
    """

    q_last: float
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
    """Of q."""
    shares_cycle: signals.Oscillation | None
    """Of the first principal component of the mode shares."""
    turns: float
    """Full turns of the path within the tail; 0 where it turns to and fro."""
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


def success(result: Result) -> np.ndarray:
    """Whether the task's criterion holds, at each evaluation -> bool [evaluations].

    A value that is missing does not hold, and no criterion is never met. Raises ValueError for a
    comparison other than >=, <=, >, <.
    """
    criterion = result.facts.get("criterion") or {}
    if not criterion and "radius" in result.curves:
        return _distance(result) < at.GAME_CONVERGED
    holds = np.full(len(result.curves.get("step", ())), bool(criterion))
    for metric, (comparison, threshold) in criterion.items():
        if comparison not in _COMPARE:
            raise ValueError(f'criterion of {metric}: "{comparison}" is no comparison')
        holds &= _COMPARE[comparison](_curve(result, metric), threshold)
    return holds


@dataclass(frozen=True)
class Convergence:
    """When the criterion was reached, and whether it was kept."""

    first: float
    """Step at which it holds, there and at the next 3 evaluations; NaN: never, and the trial is
    censored at its last step."""
    lost: float
    """The first step after it at which it fails, there and at the next 3; NaN: never."""
    held: float
    """Share of the evaluations from `first` on at which it holds; NaN without one."""
    relapses: int
    """How often it was lost."""


def convergence(result: Result) -> Convergence:
    """Time to convergence, with relapses: one miss in a row of evaluations is not a loss."""
    holds, steps = success(result), result.curves.get("step", ())
    flips: list[int] = []
    for i in range(len(holds) - at.HOLD + 1):
        ahead = holds[i : i + at.HOLD]
        if (not ahead.any()) if len(flips) % 2 else ahead.all():
            flips.append(i)
    first, lost = [float(steps[i] or 0) for i in flips[:2]] + [math.nan] * (2 - len(flips[:2]))
    held = float(holds[flips[0] :].mean()) if flips else math.nan
    return Convergence(first, lost, held, len(flips) // 2)


def measure(result: Result) -> Numbers:
    """All numbers that the rules look at."""
    curve, blocks = partial(_curve, result), partial(_values, result.signals)
    q = _distance(result)
    late, tail = signals.late(q), _tail(q)
    middle, best = signals.running_median(q), math.nan
    place = 0
    if np.isfinite(middle).any():
        place, best = int(np.nanargmin(middle)), float(np.nanmin(middle))
    collapsed = _collapsed(result)
    return Numbers(
        q_last=float(q[-1]) if len(q) else math.nan,
        q_tail=_median(tail),
        q_best=best,
        best_early=place + (len(q) - len(middle)) // 2 < len(q) - len(tail),
        swing=signals.quantile(late, 0.9) - signals.quantile(late, 0.1),
        drift=signals.theil_sen(late).slope * len(late),
        drift_p=signals.mann_kendall(late),
        cycle=signals.oscillation(late),
        shares_cycle=signals.oscillation(signals.late(curve("mode_pc"))),
        turns=_turns(result),
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
    found = curve("pairwise_ratio") < at.COLLAPSED_DISTANCE
    found |= curve("vendi") < at.COLLAPSED_VENDI
    if modes >= at.COLLAPSED_MASS_MODES:
        found |= curve("mode_max") > at.COLLAPSED_MASS
    if modes > 1:  # a task of one mode cannot lose any
        few = curve("modes") <= max(1.0, at.COLLAPSED_MODES * modes)
        found |= few & (curve("high_quality") > at.COLLAPSED_QUALITY)
    return found


def _distance(result: Result) -> np.ndarray:
    """q, or of a game log10(r_t / r_0); r_0 is `radius_start` of the facts, or the first value."""
    if "radius" not in result.curves:
        return _curve(result, "q")
    radius = _curve(result, "radius")
    start = result.facts.get("radius_start") or (radius[0] if len(radius) else math.nan)
    with np.errstate(divide="ignore"):  # at the equilibrium itself
        return np.maximum(np.log10(radius / start), np.log10(np.finfo(float).tiny))


def _turns(result: Result) -> float:
    """Turning angles of the tail, each taken for the steps since the one before it."""
    steps, angle = (_curve(result, name) for name in ("step", "turning_angle"))
    window = np.minimum(
        result.facts.get("turning_window") or math.nan, np.diff(steps, prepend=0.0) // 2
    )
    tail = np.arange(len(steps)) >= len(steps) - len(_tail(steps))
    taken = np.isfinite(angle)
    each = (angle / np.maximum(window, 1))[taken] * np.diff(steps[taken], prepend=0.0)
    each = each[tail[taken]]
    if not len(each) or (each.min() < 0 < each.max()):
        return 0.0
    return float(abs(each.sum()) / 360)


def _sharp(result: Result) -> bool:
    """The criterion's demand on single samples; without one, better than a broad Gaussian."""
    asked = result.facts.get("criterion") or {}
    asked = {name: asked[name] for name in ("high_quality", "confidence") if name in asked}
    if not asked:
        return _median(_tail(_curve(result, "q"))) < at.FAR_Q
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
    return signals.late(values, signals.TAIL)


def _growth(blocks: np.ndarray) -> float:
    start = _median(blocks[: math.ceil(signals.START * len(blocks))])
    return _median(_tail(blocks)) / start if start > 0 else math.nan


def _median(values: np.ndarray) -> float:
    return signals.quantile(values, 0.5)


def _mean(values: np.ndarray) -> float:
    finite = values[np.isfinite(values)]
    return float(finite.mean()) if len(finite) else math.nan
