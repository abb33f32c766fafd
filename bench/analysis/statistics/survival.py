"""Computes times to convergence, where some trials never converge.

A trial that did not converge is censored *at the full budget*, also when it broke off before:
censoring it at its divergence would take it out of the risk set and make unstable methods look
fast.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from bench.analysis.statistics.common import LEVEL
from bench.analysis.statistics.rates import wilson


class Survival(NamedTuple):
    """A Kaplan-Meier curve."""

    steps: np.ndarray
    """The steps at which it falls [m], 0 before them."""
    share: np.ndarray
    """Share of the trials that have not converged, from each step on [m]."""
    low: np.ndarray
    """Lower end of its interval [m]."""
    high: np.ndarray
    """Upper end of its interval [m]."""

    @property
    def median(self) -> float:
        """The first step at which at most half are left; infinity when it is not reached."""
        reached = self.steps[self.share <= 0.5 + 1e-12]
        return float(reached[0]) if len(reached) else math.inf


def kaplan_meier(times: ArrayLike, converged: ArrayLike, level: float = LEVEL) -> Survival:
    """Kaplan and Meier's estimate (1958) with log(-log) intervals, which stay within [0, 1].

    `times` [n]: the step of convergence, or of censoring where `converged` [n] is False. Where all
    or none are left the log(-log) interval does not exist, and Wilson's for n trials is given.
    Raises ValueError for no trials.
    """
    t, event = np.asarray(times, dtype=float), np.asarray(converged, dtype=bool)
    n = len(t)
    if n == 0:
        raise ValueError("no trials: a curve needs one at least")
    steps = np.unique(t[event])
    risk = np.array([(t >= step).sum() for step in steps])
    died = np.array([(event & (t == step)).sum() for step in steps])
    # Of those that are left before a step, so many stay: the product over the steps.
    share = np.concatenate([[1.0], np.cumprod(1 - died / risk)])
    with np.errstate(divide="ignore", invalid="ignore"):
        # Greenwood's variance of the log share, carried to log(-log): it stays within [0, 1].
        greenwood = np.concatenate([[0.0], np.cumsum(died / (risk * (risk - died)))])
        half = stats.norm.ppf((1 + level) / 2) * np.sqrt(greenwood) / np.log(share)
        low, high = share ** np.exp(-half), share ** np.exp(half)
    certain = wilson(0, n, level).high
    low = np.where(share == 1, 1 - certain, np.where(share <= 0, 0.0, low))
    high = np.where(share == 1, 1.0, np.where(share <= 0, certain, high))
    return Survival(np.concatenate([[0.0], steps]), share, low, high)


class LogRank(NamedTuple):
    """The result of a log-rank test."""

    statistic: float
    """Chi-squared with (groups - 1) degrees of freedom."""
    p: float
    """p-value against groups that converge equally fast."""


def logrank(times: Sequence[ArrayLike], converged: Sequence[ArrayLike]) -> LogRank:
    """Test whether any number of groups converge equally fast (log-rank test, Mantel 1966).

    SciPy's takes two groups, and its statistic is the square root of this one. p = 1 where no trial
    converged or only one group has trials.
    """
    t = np.concatenate([np.asarray(own, dtype=float) for own in times])
    event = np.concatenate([np.asarray(own, dtype=bool) for own in converged])
    group = np.repeat(np.arange(len(times)), [len(np.ravel(np.asarray(own))) for own in times])
    k = len(times)
    excess, covariance = np.zeros(k), np.zeros((k, k))
    for step in np.unique(t[event]):
        risk = np.bincount(group[t >= step], minlength=k)
        died = np.bincount(group[event & (t == step)], minlength=k)
        n, d = risk.sum(), died.sum()
        # If all groups were alike, the d that converge now would fall on them by their sizes
        # (hypergeometrically): excess is what came beyond that, covariance how much chance gives.
        share = risk / n
        excess += died - d * share
        if n > 1:
            scale = d * (n - d) / (n - 1)
            covariance += scale * (np.diag(share) - np.outer(share, share))
    # The excesses add up to 0, so that one of the groups adds nothing.
    freedom = int(np.linalg.matrix_rank(covariance))
    if freedom == 0:
        return LogRank(0.0, 1.0)
    statistic = float(excess @ np.linalg.pinv(covariance) @ excess)
    return LogRank(statistic, float(stats.chi2.sf(statistic, freedom)))


def ert(times: ArrayLike, converged: ArrayLike) -> float:
    """Expected running time: the steps of *all* trials over the number of those that converged
    (COCO/BBOB): what one success costs when failures are started again. Infinite for none."""
    t, event = np.asarray(times, dtype=float), np.asarray(converged, dtype=bool)
    return float(t.sum() / event.sum()) if event.any() else math.inf


def par10(times: ArrayLike, converged: ArrayLike, budget: float, factor: float = 10.0) -> float:
    """Penalized mean: a trial that did not converge counts as `factor` budgets. NaN for none."""
    t, event = np.asarray(times, dtype=float), np.asarray(converged, dtype=bool)
    return float(np.where(event, t, factor * budget).mean()) if len(t) else math.nan
