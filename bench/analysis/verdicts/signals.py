"""Measures series along training: their trend, their variance, their oscillation.

All functions take series [..., T] of values at equal distances, oldest first, and give a number for
each of them [...]; NaN marks a value that could not be measured and is left out. A thousand series
at once take a tenth of the time of one after the other.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

LATE = 0.5
"""The share of a run, at its end, over which trend, amplitude and variance are taken."""

TAIL = 0.2
"""The share of a run that counts as its end."""
START = 0.05
"""The share of a run that counts as its start."""
VANISHED = 1e-6
"""A gradient norm below this share of its start has vanished."""

MAD_TO_SD = 1.4826
"""Median absolute deviation -> standard deviation, for a normal distribution."""

OSCILLATION_POINTS = 50
"""Fewer values than this cannot tell an oscillation from noise."""

OSCILLATION_R = 0.4
"""Least autocorrelation after one period of an oscillation."""
OSCILLATION_F = 0.5
"""Least share of power in one peak of an oscillation; both must be reached. On first-order
autoregressive noise (coefficient 0 to 0.95, 50 to 200 values) this calls at most about 1 % of the
series oscillating; the laxer pair (0.3, 0.4) 5 %."""

_SLOW_BINS = 3  # of the periodogram, the constant one included: a bent trend, not an oscillation


class LossVariance(NamedTuple):
    """Variance of a loss over the last half of a run, in squared units of the loss."""

    raw: Any
    """The plain variance, which counts a trend."""
    detrended: Any
    """The variance about a Theil-Sen line."""
    robust: Any
    """(1.4826 MAD)^2 about the same line, which single spikes cannot move."""


class Oscillation(NamedTuple):
    """Evidence for an oscillation. All are NaN for fewer than 50 values."""

    r: Any
    """Autocorrelation after one period."""
    f: Any
    """Share of the power in one peak of the periodogram."""
    period: Any
    """Period in points of the series; NaN: none."""

    @property
    def found(self) -> Any:
        """True where both measures reach their thresholds."""
        return (self.r >= OSCILLATION_R) & (self.f >= OSCILLATION_F)


class Trend(NamedTuple):
    """A Theil-Sen line."""

    slope: Any
    """Change per point of the series."""
    start: Any
    """Value of the line at the first point."""


class Drift(NamedTuple):
    """A trend and its test."""

    slope: Any
    """Change per point of the series."""
    p: Any
    """Two-sided p-value against no monotonic trend."""


def late(series: ArrayLike, share: float = LATE) -> np.ndarray:
    """The last `share` of each series, at least one value of it if there is one."""
    values = np.asarray(series, dtype=float)
    length = values.shape[-1]
    return values[..., length - math.ceil(share * length) :]


def theil_sen(series: ArrayLike) -> Trend:
    """The line through the medians: the median of all pairwise slopes (Sen 1968).

    NaN for a series of fewer than 2 values.
    """

    def line(y: np.ndarray, x: np.ndarray) -> Any:
        slope = median(_slopes(y, x))
        return slope, median(y - slope[:, None] * x)

    return Trend(*_of_each(series, 2, 2, line))


def mann_kendall(series: ArrayLike) -> Any:
    """Two-sided p-value of the Mann-Kendall test against "no monotonic trend" (Mann 1945).

    Normal approximation with the correction for ties; 1 where there is nothing to test.
    """

    (found,) = _of_each(series, 3, 1, lambda y, x: _mann_kendall(_slopes(y, x), y)[None])
    return np.where(np.isnan(found), 1.0, found)[()]


def _mann_kendall(slopes: np.ndarray, y: np.ndarray) -> np.ndarray:
    n = y.shape[1]
    score = np.sign(slopes).sum(axis=1)
    variance = (n * (n - 1) * (2 * n + 5) - _ties(y)) / 18
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.abs(score) / np.sqrt(2 * variance)
    return np.array([math.erfc(v) if n > 0 else 1.0 for v, n in zip(z, variance, strict=True)])


def drift(series: ArrayLike) -> Drift:
    """The slope of `theil_sen` and the p of `mann_kendall`, in half the time of both."""

    def both(y: np.ndarray, x: np.ndarray) -> Any:
        slopes = _slopes(y, x)
        p = _mann_kendall(slopes, y) if y.shape[1] > 2 else np.ones(len(y))
        return median(slopes), p

    slope, p = _of_each(series, 2, 2, both)
    return Drift(slope, np.where(np.isnan(p), 1.0, p)[()])


def loss_variance(blocks: ArrayLike) -> LossVariance:
    """Variance of a loss over the last half of its blocks (means over equal numbers of steps).

    Compare it within one kind of loss only: losses have different scales, and a calm loss can
    accompany a wrong generator. NaN for fewer than 4 values.
    """

    def variances(y: np.ndarray, x: np.ndarray) -> Any:
        line = theil_sen(y)
        rest = y - line.start[:, None] - line.slope[:, None] * np.arange(y.shape[1])
        mad = median(np.abs(rest - median(rest)[:, None]))
        return y.var(axis=1, ddof=1), rest.var(axis=1, ddof=1), (MAD_TO_SD * mad) ** 2

    return LossVariance(*_of_each(late(blocks), 4, 3, variances))


def loss_gap(blocks: ArrayLike, equilibrium: ArrayLike) -> Any:
    """Mean of a loss over the last fifth of its blocks, less its value at the ideal equilibrium.

    0 where the discriminator cannot tell; below for one that wins. NaN without blocks.
    """
    return mean(late(blocks, TAIL)) - np.asarray(equilibrium, dtype=float)


def gradient_ratio(g: ArrayLike, d: ArrayLike) -> Any:
    """Median gradient norm of G over that of D, over all blocks of a run; NaN where that is 0."""
    below = quantile(d, 0.5)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(below > 0, quantile(g, 0.5) / below, math.nan)[()]


def vanished(blocks: ArrayLike) -> Any:
    """True where a gradient norm ended below 1e-6 of its value in the first 5 % of the blocks."""
    values = np.asarray(blocks, dtype=float)
    start = quantile(values[..., : math.ceil(START * values.shape[-1])], 0.5)
    return quantile(late(values, TAIL), 0.5) < VANISHED * start


def oscillation(series: ArrayLike) -> Oscillation:
    """Measure how periodic a series is once its linear trend is removed.

    r: the autocorrelation at its first positive local maximum after its first zero crossing, at
    lags below half the length (a negative maximum is noise on the way back from the trough).
    f: the share of the power of a Hann-windowed periodogram within one bin of its peak, the three
    lowest bins left out.
    """

    def evidence(y: np.ndarray, x: np.ndarray) -> Any:
        rest = _detrended(y)
        # A series of rounding errors has no period.
        still = np.ptp(rest, axis=1) <= 1e-12 * np.maximum(1.0, np.abs(y).max(axis=1))
        with np.errstate(invalid="ignore"):
            r, period = _first_return(_autocorrelation(rest))
            f = _peak_share(rest)
        return np.where(still, 0, r), np.where(still, 0, f), np.where(still, math.nan, period)

    return Oscillation(*_of_each(series, OSCILLATION_POINTS, 3, evidence))


def running_median(series: ArrayLike, width: int = 5) -> np.ndarray:
    """Medians of `width` neighbouring values -> [..., n - width + 1]; NaN where all are missing."""
    values = np.asarray(series, dtype=float)
    width = min(width, values.shape[-1])
    if width == 0:
        return values
    windows = np.sort(np.lib.stride_tricks.sliding_window_view(values, width, axis=-1))  # NaN last
    count = np.isfinite(windows).sum(axis=-1, keepdims=True)
    below, above = np.maximum(count - 1, 0) // 2, count // 2 % width
    take = np.take_along_axis
    middle: np.ndarray = (take(windows, below, -1) + take(windows, above, -1)) / 2
    return middle[..., 0]


def quantile(series: ArrayLike, q: float, infinite: bool = False) -> Any:
    """Quantile (linear between values) of the finite values; NaN if there are none.

    With `infinite`, infinities count as values too: the worst of a metric without a worst finite
    value. Between a finite value and infinity lies infinity.
    """

    def between(y: np.ndarray, x: np.ndarray) -> Any:
        low, share = divmod(q * (y.shape[1] - 1), 1)
        values = np.sort(y, axis=1)
        below, above = values[:, int(low)], values[:, min(int(low) + 1, y.shape[1] - 1)]
        # of two equal infinities, and with 0 times infinity, the sum is not a number
        with np.errstate(invalid="ignore"):
            sums = below + share * (above - below)
        return np.where((below == above) | (share == 0), below, sums)[None]

    return _of_each(series, 1, 1, between, infinite)[0]


def mean(series: ArrayLike) -> Any:
    """Mean of the finite values; NaN if there are none."""
    return _of_each(series, 1, 1, lambda y, x: y.mean(axis=1)[None])[0]


def median(values: np.ndarray) -> Any:
    """Median of finite values [..., n], n > 0; numpy's own takes longer."""
    half = values.shape[-1] // 2
    parted = np.partition(values, half, axis=-1)
    above = parted[..., half]
    if values.shape[-1] % 2:
        return above
    return (parted[..., :half].max(axis=-1) + above) / 2


def _of_each(
    series: ArrayLike,
    least: int,
    outputs: int,
    measure: Callable[[np.ndarray, np.ndarray], Any],
    infinite: bool = False,
) -> np.ndarray:
    """Measure each series -> [outputs, ...], NaN where fewer than `least` values are finite.

    `measure` gets the finite values [M, m] of those series that have equally many, and their
    places in the series (of one row where no value is missing). With `infinite` it gets the
    infinite ones as well.
    """
    values = np.asarray(series, dtype=float)
    rows = values.reshape(math.prod(values.shape[:-1]), values.shape[-1])
    there = ~np.isnan(rows) if infinite else np.isfinite(rows)
    counts = there.sum(axis=1)
    found = np.full((outputs, len(rows)), math.nan)
    for count in np.unique(counts[counts >= least]):  # series of equally many values at once
        chosen = counts == count
        kept, places = rows[chosen], np.arange(rows.shape[1])[None]
        if count < rows.shape[1]:
            places = np.nonzero(there[chosen])[1].reshape(-1, count)
            kept = np.take_along_axis(kept, places, axis=1)
        found[:, chosen] = measure(kept, places)
    return found.reshape(outputs, *values.shape[:-1])


def _slopes(y: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Slopes between all pairs of points [M, m (m - 1) / 2], by their distance: without indices."""
    n = y.shape[1]
    equal = len(x) == 1 and x[0, -1] - x[0, 0] == n - 1  # no value between them is missing
    found = np.empty((len(y), n * (n - 1) // 2))
    begin = 0
    for lag in range(1, n):
        pairs = found[:, begin : begin + n - lag]
        np.subtract(y[:, lag:], y[:, :-lag], out=pairs)
        pairs /= lag if equal else x[:, lag:] - x[:, :-lag]
        begin += n - lag
    return found


def _ties(y: np.ndarray) -> np.ndarray:
    """Sum of t (t - 1) (2 t + 5) over the groups of t equal values, for each row."""
    found = np.zeros(len(y))
    for row in np.flatnonzero((np.diff(np.sort(y, axis=1), axis=1) == 0).any(axis=1)):
        t = np.unique(y[row], return_counts=True)[1]
        found[row] = (t * (t - 1) * (2 * t + 5)).sum()
    return found


def _detrended(y: np.ndarray) -> np.ndarray:
    x = np.arange(y.shape[1]) - (y.shape[1] - 1) / 2
    rest: np.ndarray = y - y.mean(axis=1, keepdims=True) - x * (y @ x)[:, None] / (x @ x)
    return rest


def _autocorrelation(y: np.ndarray) -> np.ndarray:
    """The autocorrelation at lags 0 <= lag < n/2, divided by n and not by n - lag: long lags do not
    win by chance."""
    power = np.abs(np.fft.rfft(y, 2 * y.shape[1])) ** 2  # padded: the series does not wrap around
    covariance = np.fft.irfft(power)[:, : math.ceil(y.shape[1] / 2)]
    return covariance / covariance[:, :1]


def _first_return(acf: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The height and the lag of the first return; 0 and NaN where there is none."""
    inner, lag = acf[:, 1:-1], np.arange(1, acf.shape[1] - 1)
    crossed = np.where((acf <= 0).any(axis=1), (acf <= 0).argmax(axis=1), acf.shape[1])
    # A return is a positive local maximum after the first zero crossing.
    peak = (inner > np.maximum(acf[:, :-2], 0)) & (inner >= acf[:, 2:]) & (lag > crossed[:, None])
    first, returns = peak.argmax(axis=1), peak.any(axis=1)
    height = inner[np.arange(len(acf)), first]
    return np.where(returns, height, 0.0), np.where(returns, lag[first], math.nan)


def _peak_share(y: np.ndarray) -> np.ndarray:
    power = np.abs(np.fft.rfft(y * np.hanning(y.shape[1] + 1)[:-1])) ** 2
    power[:, :_SLOW_BINS] = 0
    peak = power.argmax(axis=1)
    around = np.take_along_axis(
        np.pad(power, [(0, 0), (0, 1)]), peak[:, None] + np.array([-1, 0, 1]), axis=1
    )
    total = power.sum(axis=1)
    return np.where(total > 0, around.sum(axis=1) / total, 0.0)
