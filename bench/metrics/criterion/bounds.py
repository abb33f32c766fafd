"""The bounds of a criterion, from trivial samplers and real data.

The bound of a metric stands in the middle between the best value that a trivial sampler reaches
in any draw (among those that this metric has to see) and the worst that real samples get in any
draw. It must be three deviations of a draw from the mean of either. The band between them must be
at least a tenth of the larger value, save for counts: in a narrower one there is no room to tell
methods apart. So real samples meet the criterion, and no sampler of the list does; milder faults
than theirs may still pass.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from bench.metrics.criterion.trivial import Draw, Trivial
from bench.metrics.measure import value
from bench.metrics.sample import Array, Instrument
from bench.registry import metric

DRAWS = 200
FAR = 3.0
"""Deviations of a draw between the bound and the mean of either side."""
ROOM = 0.1
"""Width of a band over the larger of its ends."""
DIGITS = 3


class Inseparable(ValueError):
    """No bound of a metric separates a trivial sampler from real data; the message says which."""


class Band(NamedTuple):
    """The bound of a metric, and the two values that it stands between."""

    metric: str
    """The name of the metric."""
    op: str
    """The comparison that a value must pass: ">=" or "<="."""
    bound: float
    """The bound, in the units of the metric."""
    trivial: float
    """The best value that the nearest trivial sampler reaches in any draw."""
    by: str
    """The name of that sampler."""
    real: float
    """The worst value that real samples get in any draw."""


Bands = tuple[Band, ...]
"""The bands of a criterion, one for each of its metrics."""


def criterion(bands: Bands) -> dict[str, tuple[str, float]]:
    """The criterion of some bands: metric -> (comparison, bound)."""
    return {band.metric: (band.op, band.bound) for band in bands}


def meets(instrument: Instrument, bands: Bands, points: Array) -> bool:
    """True where points [n, ...] meet the criterion. A missing value does not meet it."""
    sample = instrument.sample(points)
    found = ((value(metric[band.metric], instrument, sample).value, band) for band in bands)
    return all(x is not None and _holds(x, band) for x, band in found)


def bounds(
    instrument: Instrument, real: Draw, trivial: Sequence[Trivial], draws: int = DRAWS
) -> Bands:
    """The band of each metric that sees one of the trivial samplers.

    All are drawn `draws` times at `instrument.n` points. Raises Inseparable with the sampler, the
    metric and both values where the margin is too small, and where real samples have no value.
    """
    names = list(dict.fromkeys(sampler.seen_by for sampler in trivial))
    table = _table(instrument, real, names, draws, 0)
    seen: dict[str, dict[str, Array]] = {name: {} for name in names}
    for place, sampler in enumerate(trivial, start=1):
        found = _table(instrument, sampler.draw, [sampler.seen_by], draws, place)
        seen[sampler.seen_by][sampler.name] = found[sampler.seen_by]
    return tuple(_band(name, table[name], seen[name]) for name in names)


def _table(
    instrument: Instrument, draw: Draw, names: list[str], draws: int, stream: int
) -> dict[str, Array]:
    """Metric -> its value in each draw [draws], NaN where it is missing."""
    rows: list[list[Any]] = []
    for i in range(draws):
        sample = instrument.sample(draw(np.random.default_rng((1729, stream, i)), instrument.n))
        rows.append([value(metric[name], instrument, sample).value for name in names])
    return dict(zip(names, np.array(rows, dtype=float).T, strict=True))


def _band(name: str, real: Array, seen: Mapping[str, Array]) -> Band:
    """The band of one metric from its values of real samples [draws] and of each sampler."""
    if np.isnan(real).any():
        raise Inseparable(f"{name} cannot be measured on real samples")
    sign = {"higher": 1.0, "lower": -1.0}.get(metric[name].traits.get("better", ""))
    if sign is None:
        raise Inseparable(f"no direction of {name} is the better one, so it has no bound")
    worst = (sign * real).min()
    best = {by: np.nanmax(sign * x, initial=-np.inf) for by, x in seen.items()}
    by = max(best, key=lambda sampler: best[sampler])
    if not np.isfinite(best[by]):
        raise Inseparable(f"{name} cannot be measured on any trivial sampler")
    drawn = np.concatenate([real, seen[by][~np.isnan(seen[by])]])
    whole = bool((drawn == np.rint(drawn)).all())  # a count, and no share that is 1 by chance
    bound = _rounded((worst + best[by]) / 2, whole)
    sides = ((sign * real, 1), (sign * seen[by][~np.isnan(seen[by])], -1))
    far = all(side * (x.mean() - bound) >= FAR * x.std() for x, side in sides)
    room = whole or worst - best[by] >= ROOM * max(abs(worst), abs(best[by]))
    if not (far and room and best[by] < bound <= worst):
        raise Inseparable(
            f'{name} does not tell real samples ({sign * worst:.3g} or better) from "{by}" '
            f"(up to {sign * best[by]:.3g})"
        )
    op = ">=" if sign > 0 else "<="
    trivial, known = (round(float(sign * x), DIGITS) for x in (best[by], worst))
    return Band(name, op, float(sign * bound) + 0.0, trivial, by, known)


def _rounded(bound: float, whole: bool) -> float:
    """Counts are bounded by the next whole number, all else by three decimals."""
    return float(math.ceil(bound)) if whole else round(bound, DIGITS)


def _holds(x: float, band: Band) -> bool:
    return x >= band.bound if band.op == ">=" else x <= band.bound
