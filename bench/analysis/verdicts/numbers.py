"""Turns curves into the numbers that the verdicts rest on, and the time to convergence."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from bench.analysis.verdicts import signals
from bench.analysis.verdicts import thresholds as at
from bench.analysis.verdicts.runs import COMPARE, Runs
from bench.trial import Result


@dataclass(frozen=True)
class Numbers:
    """The numbers that the rules look at. NaN: could not be computed, and no rule holds on it.

    In a game, whose curve is the `radius` r to its equilibrium, q is log10(r_t / r_0).
    """

    q_last: float
    """The last q."""
    q_tail: float
    """Median of q over the tail."""
    q_best: float
    """Least running median (of 5 evaluations) of q."""
    best_early: bool
    """True where the best was reached before the tail."""
    swing: float
    """Range of q over the late half: its 90th minus its 10th percentile."""
    drift: float
    """Theil-Sen change of q over the late half."""
    drift_p: float
    """p-value of the Mann-Kendall test against no trend of q over the late half."""
    cycle: signals.Oscillation
    """Evidence for an oscillation of q over the late half."""
    shares_cycle: signals.Oscillation
    """Evidence for an oscillation of the first principal component of the mode shares."""
    turns: float
    """Full turns of the path within the tail; 0 where it turns to and fro."""
    hopping: float
    """Mean total variation between the mode shares of successive evaluations, in the tail."""
    outside: float
    """Mean share of samples far outside the data, in the tail."""
    logit_growth: float
    """The discriminator's absolute logits: tail over start of the run."""
    weight_growth: float
    """The norm of the weights: tail over start of the run."""
    collapsed: float
    """Share of the tail's evaluations that look collapsed."""
    collapsed_before: float
    """Share of the evaluations before the tail that look collapsed."""
    success: float
    """Share of the tail's evaluations at which the criterion holds."""
    unknown: float
    """Share of the tail's evaluations at which the criterion may hold, for all that was measured,
    but a metric that it asks for is missing."""
    modes: float
    """Median number of covered modes in the tail."""
    modes_needed: float
    """Number of modes that the criterion asks for, or that the task has."""
    sharp: bool
    """True where the bounds of the criterion on single samples hold in the tail."""
    solution: float = math.nan
    """1 where the last point of a game could be a solution, a local minimax point; 0 where not."""
    told: float = math.nan
    """Share of the tail's evaluations at which the discriminator tells nearly all samples."""


@dataclass(frozen=True)
class Convergence:
    """The time at which a criterion was reached and lost."""

    first: float
    """Step at which it holds, there and at the next 3 evaluations; NaN: never, and the trial is
    censored at its last step."""
    lost: float
    """The first step after it at which it fails, there and at the next 3; NaN: never."""
    held: float
    """Share of the evaluations from `first` on at which it holds; NaN without one."""
    relapses: int
    """Number of times that it was lost."""


def success(result: Result) -> np.ndarray:
    """True at each evaluation of one trial where the task's criterion holds; see `Runs.success`."""
    holds: np.ndarray = Runs([result]).success[0]
    return holds


def convergence(result: Result) -> Convergence:
    """Time to convergence of one trial; see `convergences`."""
    return convergences(Runs([result]))[0]


def convergences(runs: Runs) -> list[Convergence]:
    """Time to convergence of each run, with relapses: one miss in a row is not a loss."""
    if runs.success.shape[1] < at.HOLD:
        return [Convergence(math.nan, math.nan, math.nan, 0)] * len(runs.results)
    # At each evaluation: does the criterion hold here and at all of the next ones? At none of them?
    ahead: Any = np.lib.stride_tricks.sliding_window_view(runs.success, at.HOLD, axis=1)
    changes = zip(np.all(ahead, axis=2), ~np.any(ahead, axis=2), strict=True)
    each = zip(runs.curve("step"), runs.success, changes, strict=True)
    return [_convergence(steps, holds, _flips(*change)) for steps, holds, change in each]


def _flips(kept: np.ndarray, gone: np.ndarray) -> list[int]:
    """The places at which the criterion begins to hold, ceases to hold, begins again ..."""
    found: list[int] = []
    place, wanted, other = 0, kept, gone
    while wanted[place:].any():
        place += int(wanted[place:].argmax())
        found.append(place)
        wanted, other = other, wanted
    return found


def _convergence(steps: np.ndarray, holds: np.ndarray, flips: list[int]) -> Convergence:
    first, lost = [float(steps[i]) for i in flips[:2]] + [math.nan] * (2 - len(flips[:2]))
    held = float(holds[flips[0] :].mean()) if flips else math.nan
    return Convergence(first, lost, held, len(flips) // 2)


def measure(runs: Runs) -> list[Numbers]:
    """Compute all numbers that the rules look at, for each run."""
    columns = _columns(runs)
    ordered = (columns[field.name] for field in fields(Numbers))
    plain = [c.tolist() if isinstance(c, np.ndarray) else _cycles(c) for c in ordered]
    return [Numbers(*row) for row in zip(*plain, strict=True)]


def _columns(runs: Runs) -> dict[str, Any]:
    """Name of each number -> its values [N]."""
    q, curve = runs.distance, runs.curve
    late, tail = signals.late(q), _tail(q)
    collapsed, cycle = _collapsed(runs), signals.oscillation(late)
    before, drift = q.shape[1] - tail.shape[1], signals.drift(late)
    return {
        "q_last": q[:, -1],
        "q_tail": _median(tail),
        **_best(q, before),
        "swing": signals.quantile(late, 0.9) - signals.quantile(late, 0.1),
        "drift": drift.slope * late.shape[1],
        "drift_p": drift.p,
        "cycle": cycle,
        "shares_cycle": signals.oscillation(signals.late(curve("mode_pc"))),
        "turns": _turns(runs),
        "hopping": signals.mean(_tail(curve("mode_tv"))),
        "outside": signals.mean(_tail(curve("outside"))),
        "logit_growth": _growth(runs.blocks("logit_scale")),
        "weight_growth": _growth(runs.blocks("weight_norm")),
        "collapsed": signals.mean(_tail(collapsed)),
        "collapsed_before": signals.mean(collapsed[:, :before]),
        "success": signals.mean(_tail(runs.success)),
        "unknown": signals.mean(_tail(_unknown(runs))),
        "modes": _median(_tail(curve("modes"))),
        "modes_needed": _modes_needed(runs),
        "sharp": _sharp(runs),
        "solution": curve("local_minimax")[:, -1],
        "told": signals.mean(_tail(_told(runs))),
    }


def _cycles(found: signals.Oscillation) -> list[signals.Oscillation]:
    return [signals.Oscillation(*row) for row in np.transpose(found).tolist()]


def _best(q: np.ndarray, before: int) -> dict[str, np.ndarray]:
    """The least running median, and True where it was reached before the tail."""
    middle = signals.running_median(q)
    known = np.where(np.isfinite(middle), middle, math.inf)
    place = known.argmin(axis=1)  # of a window's first value: its middle is half a width later
    best = known[np.arange(len(q)), place]
    early = place + (q.shape[1] - middle.shape[1]) // 2 < before
    return {"q_best": np.where(np.isinf(best), math.nan, best), "best_early": early}


def _collapsed(runs: Runs) -> np.ndarray:
    """True at each evaluation where the samples look collapsed -> bool [N, T]."""
    curve, modes = runs.curve, np.nan_to_num(runs.fact("modes"))[:, None]
    found: np.ndarray = curve("pairwise_ratio") < at.COLLAPSED_DISTANCE
    found |= curve("vendi") < at.COLLAPSED_VENDI
    found |= (modes >= at.COLLAPSED_MASS_MODES) & (curve("mode_max") > at.COLLAPSED_MASS)
    few = curve("modes") <= np.maximum(1.0, at.COLLAPSED_MODES * modes)
    # a task of one mode cannot lose any
    found |= (modes > 1) & few & (curve("high_quality") > at.COLLAPSED_QUALITY)
    return found


def _told(runs: Runs) -> np.ndarray:
    """1 at each evaluation where the discriminator tells nearly all samples [N, T], else 0; NaN
    where its accuracy was not measured."""
    accuracy = runs.curve("d_accuracy")
    return np.where(np.isnan(accuracy), math.nan, accuracy >= at.PINNED)


def _unknown(runs: Runs) -> np.ndarray:
    """True where a missing value leaves the criterion neither met nor failed -> bool [N, T]."""
    missing, failed = np.zeros((2, *runs.curve("step").shape), bool)
    missing |= runs.unjudged[:, None]
    for metric, (comparison, threshold) in runs.criterion.items():
        values = runs.curve(metric)
        missing |= np.isnan(values)
        failed |= np.isfinite(values) & ~COMPARE[comparison](values, threshold)
    unknown: np.ndarray = np.logical_and(missing, ~failed)
    return unknown


def _turns(runs: Runs) -> np.ndarray:
    """Full turns within the tail [N]; 0 where the path turns to and fro."""
    steps, angles = runs.curve("step"), runs.curve("turning_angle")
    # An angle is measured over a window of steps, which is shorter where evaluations are close.
    windows = np.minimum(
        runs.fact("turning_window", zero=False)[:, None], np.diff(steps, prepend=0.0) // 2
    )
    tail = _tail(np.arange(steps.shape[1]))
    turned = np.zeros(len(steps))
    for row in np.flatnonzero(np.isfinite(angles[:, tail.astype(int)]).any(axis=1)):
        taken = np.isfinite(angles[row])
        # Degrees a step, taken to hold for all steps since the angle before.
        each = (angles[row] / np.maximum(windows[row], 1))[taken]
        each = (each * np.diff(steps[row, taken], prepend=0.0))[np.flatnonzero(taken) >= tail[0]]
        if not each.min() < 0 < each.max():
            turned[row] = abs(each.sum() / 360)
    return turned


def _sharp(runs: Runs) -> np.ndarray:
    """True where the criterion's bounds on single samples hold [N]; without such a bound, where q
    is better than that of a broad Gaussian."""
    asked = [name for name in ("high_quality", "confidence") if name in runs.criterion]
    if not asked:
        sharp: np.ndarray = np.less(_median(_tail(runs.curve("q"))), at.FAR_Q)
        return sharp
    holds = np.ones(len(runs.results), bool)
    for name in asked:
        comparison, threshold = runs.criterion[name]
        holds &= COMPARE[comparison](_median(_tail(runs.curve(name))), threshold)
    return holds


def _modes_needed(runs: Runs) -> np.ndarray:
    _, needed = runs.criterion.get("modes", (">=", None))
    if needed is None:
        return runs.fact("modes", zero=False)
    return np.full(len(runs.results), float(needed))


def _tail(values: np.ndarray) -> np.ndarray:
    return signals.late(values, signals.TAIL)


def _growth(blocks: np.ndarray) -> np.ndarray:
    """Tail over start of each run; NaN where the start is not above 0."""
    start = _median(blocks[:, : math.ceil(signals.START * blocks.shape[1])])
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(start > 0, _median(_tail(blocks)) / start, math.nan)


def _median(values: np.ndarray) -> Any:
    return signals.quantile(values, 0.5)
