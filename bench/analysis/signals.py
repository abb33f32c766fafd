"""What a series of numbers along training shows: its trend, its variance, its oscillation.

All functions take one series at equal distances, oldest value first; NaN marks a value that could
not be measured and is left out.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

LATE = 0.5
"""The share of a run, at its end, over which trend, amplitude and variance are taken."""

TAIL = 0.2
START = 0.05
"""The shares of a run that count as its end and as its start."""
VANISHED = 1e-6

MAD_TO_SD = 1.4826
"""Median absolute deviation -> standard deviation, for a normal distribution."""

OSCILLATION_POINTS = 50
"""Fewer values than this cannot tell an oscillation from noise."""

OSCILLATION_R = 0.4
OSCILLATION_F = 0.5
"""Both must be reached. On first-order autoregressive noise (coefficient 0 to 0.95, 50 to 200
values) this calls at most about 1 % of the series oscillating; the laxer pair (0.3, 0.4) 5 %."""

_SLOW_BINS = 3  # of the periodogram, the constant one included: a bent trend, not an oscillation


class LossVariance(NamedTuple):
    """Variance of a loss over the last half of a run, in squared units of the loss.

    `raw` counts a trend as variance; `detrended` is taken about a Theil-Sen line; `robust` is
    (1.4826 MAD)^2 about the same line, which single spikes cannot move.
    """

    raw: float
    detrended: float
    robust: float


class Oscillation(NamedTuple):
    """Evidence for an oscillation: `r` is the autocorrelation after one period, `f` the share of
    power in one peak of the periodogram, `period` is in points of the series (NaN: none)."""

    r: float
    f: float
    period: float

    @property
    def found(self) -> bool:
        """Both measures reach their thresholds."""
        return self.r >= OSCILLATION_R and self.f >= OSCILLATION_F


class Trend(NamedTuple):
    """A Theil-Sen line: `slope` per point of the series and `start`, its value at the first."""

    slope: float
    start: float


def late(series: ArrayLike, share: float = LATE) -> np.ndarray:
    """The last `share` of a series, at least one value of it if there is one."""
    values = np.asarray(series, dtype=float)
    return values[len(values) - math.ceil(share * len(values)) :]


def theil_sen(series: ArrayLike) -> Trend:
    """The line through the medians: the median of all pairwise slopes (Sen 1968).

    NaN for a series of fewer than 2 values.
    """
    values = np.asarray(series, dtype=float)
    x = np.flatnonzero(np.isfinite(values))
    y = values[x]
    if len(y) < 2:
        return Trend(math.nan, math.nan)
    first, second = _pairs(len(y))
    slope = median((y[second] - y[first]) / (x[second] - x[first]))
    return Trend(slope, median(y - slope * x))


def mann_kendall(series: ArrayLike) -> float:
    """Two-sided p-value of the Mann-Kendall test against "no monotonic trend" (Mann 1945).

    Normal approximation with the correction for ties; 1 where there is nothing to test.
    """
    y = _finite(series)
    n = len(y)
    if n < 3:
        return 1.0
    first, second = _pairs(n)
    score = np.sign(y[second] - y[first]).sum()
    ties = np.unique(y, return_counts=True)[1]
    variance = (n * (n - 1) * (2 * n + 5) - (ties * (ties - 1) * (2 * ties + 5)).sum()) / 18
    return math.erfc(abs(score) / math.sqrt(2 * variance)) if variance > 0 else 1.0


def loss_variance(blocks: ArrayLike) -> LossVariance:
    """Variance of a loss over the last half of its blocks (means over equal numbers of steps).

    Compare it within one kind of loss only: losses have different scales, and a calm loss can
    accompany a wrong generator. NaN for fewer than 4 values.
    """
    y = _finite(late(blocks))
    if len(y) < 4:
        return LossVariance(math.nan, math.nan, math.nan)
    line = theil_sen(y)
    rest = y - line.start - line.slope * np.arange(len(y))
    mad = median(np.abs(rest - median(rest)))
    return LossVariance(
        float(np.var(y, ddof=1)), float(np.var(rest, ddof=1)), float((MAD_TO_SD * mad) ** 2)
    )


def loss_gap(blocks: ArrayLike, equilibrium: float) -> float:
    """Mean of a loss over the last fifth of its blocks, less its value at the ideal equilibrium.

    0 where the discriminator cannot tell; below for one that wins. NaN without blocks.
    """
    tail = _finite(late(blocks, TAIL))
    return float(tail.mean() - equilibrium) if len(tail) else math.nan


def gradient_ratio(g: ArrayLike, d: ArrayLike) -> float:
    """Median gradient norm of G over that of D, over all blocks of a run."""
    below = quantile(d, 0.5)
    return quantile(g, 0.5) / below if below > 0 else math.nan


def vanished(blocks: ArrayLike) -> bool:
    """Whether a gradient norm ended below 1e-6 of what it was in the first 5 % of the blocks."""
    values = np.asarray(blocks, dtype=float)
    start = quantile(values[: math.ceil(START * len(values))], 0.5)
    return quantile(late(values, TAIL), 0.5) < VANISHED * start


def oscillation(series: ArrayLike) -> Oscillation | None:
    """How periodic a series is once its linear trend is removed; None for fewer than 50 values.

    r: the autocorrelation at its first positive local maximum after its first zero crossing, at
    lags below half the length (a negative maximum is noise on the way back from the trough).
    f: the share of the power of a Hann-windowed periodogram within one bin of its peak, the three
    lowest bins left out.
    """
    y = _finite(series)
    if len(y) < OSCILLATION_POINTS:
        return None
    rest = _detrended(y)
    if np.ptp(rest) <= 1e-12 * max(1.0, float(np.abs(y).max())):
        return Oscillation(0.0, 0.0, math.nan)
    r, period = _first_return(_autocorrelation(rest))
    return Oscillation(r, _peak_share(rest), period)


def running_median(series: ArrayLike, width: int = 5) -> np.ndarray:
    """Medians of `width` neighbouring values -> [n - width + 1]; NaN where all are missing."""
    values = np.asarray(series, dtype=float)
    width = min(width, len(values))
    if width == 0:
        return values
    windows = np.sort(np.lib.stride_tricks.sliding_window_view(values, width))  # NaN last
    count = np.isfinite(windows).sum(axis=1)
    row = np.arange(len(windows))
    return (windows[row, np.maximum(count - 1, 0) // 2] + windows[row, count // 2 % width]) / 2


def quantile(series: ArrayLike, q: float) -> float:
    """Quantile (linear between values) of the finite values; NaN if there are none."""
    values = np.sort(_finite(series))
    if not len(values):
        return math.nan
    low, share = divmod(q * (len(values) - 1), 1)
    below, above = values[int(low)], values[min(int(low) + 1, len(values) - 1)]
    return float(below + share * (above - below))


def median(values: np.ndarray) -> float:
    """Median of finite values [n], n > 0; numpy's own takes longer to start than to compute."""
    half = len(values) // 2
    parted = np.partition(values, half)
    above = parted[half]
    return float(above if len(values) % 2 else (parted[:half].max() + above) / 2)


def _finite(series: ArrayLike) -> np.ndarray:
    values = np.asarray(series, dtype=float)
    return values[np.isfinite(values)]


@lru_cache(maxsize=64)
def _pairs(n: int) -> tuple[np.ndarray, np.ndarray]:
    first, second = np.triu_indices(n, 1)
    return first, second


def _detrended(y: np.ndarray) -> np.ndarray:
    x = np.arange(len(y)) - (len(y) - 1) / 2
    return y - y.mean() - x * (x @ y) / (x @ x)


def _autocorrelation(y: np.ndarray) -> np.ndarray:
    """At lags 0 <= lag < n/2, divided by n and not by n - lag: long lags do not win by chance."""
    power = np.abs(np.fft.rfft(y, 2 * len(y))) ** 2
    covariance = np.fft.irfft(power)[: math.ceil(len(y) / 2)]
    return covariance / covariance[0]


def _first_return(acf: np.ndarray) -> tuple[float, float]:
    crossed = np.flatnonzero(acf <= 0)
    if not len(crossed):
        return 0.0, math.nan
    lag = np.arange(1, len(acf) - 1)
    peak = (acf[1:-1] > np.maximum(acf[:-2], 0)) & (acf[1:-1] >= acf[2:]) & (lag > crossed[0])
    if not peak.any():
        return 0.0, math.nan
    period = lag[peak][0]
    return float(acf[period]), float(period)


def _peak_share(y: np.ndarray) -> float:
    power = np.abs(np.fft.rfft(y * np.hanning(len(y) + 1)[:-1])) ** 2
    power[:_SLOW_BINS] = 0
    peak = int(np.argmax(power))
    return float(power[peak - 1 : peak + 2].sum() / power.sum()) if power[peak] > 0 else 0.0
