"""Making the instrument of a task: reference, floor and ceiling of its Fréchet proxy.

A Fréchet distance alone says nothing. Its floor is what two independent real samples give, its
ceiling what one Gaussian with the mean and covariance of the real points gives (images: clipped
to their range), both at the number of samples that generators are measured with.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from bench.metrics.frechet import Moments, frechet, moments
from bench.metrics.sample import Array, Instrument, Sample, See

SPLITS = 24
"""Number of pairs of real samples that the floor is a mean of."""

GAUSSIANS = 4
SHAPED = 2000
"""Most points that give centre, radius and the Gaussian of the ceiling."""

LARGEST = 20_000
"""Most images that are used of a finite data set."""


def endless(
    see: See,
    draw: Callable[[int, int], Array],
    *,
    reference: int,
    n: int = 1000,
    splits: int = SPLITS,
    **about: Any,
) -> Instrument:
    """The instrument of data without end; `draw(index, n)` gives sample number `index` [n, ...].

    The moments come from `reference` points (many times n), the floor from `splits` further samples
    of n against them. `about`: proxy, digest and what else the instrument of the task has (weights,
    bandwidths, sharp_most); `bounds` of the points for the ceiling.
    """
    if splits < 2:
        raise ValueError(f"a floor needs at least 2 pairs of samples, got {splits}")
    batches = [see(draw(index, n)) for index in range(reference // n)]
    known = moments(*(batch.features for batch in batches))
    after = len(batches)
    floors = [frechet(known, see(draw(after + i, n)).features) for i in range(splits)]
    points = np.concatenate([batch.points for batch in batches[: -(-SHAPED // n)]])
    return _instrument(see, batches[0], known, floors, points, **about)


def finite(see: See, points: Array, *, n: int = 1000, **about: Any) -> Instrument:
    """The instrument of a data set of limited size, points [M, ...].

    The data are split at random into two halves: disjoint halves of independent samples are
    independent. The moments come from a fixed half, and n is at most the size of a half. The floor
    is the mean, over new splits, of the distance between one half and n samples of the other; so
    it compares samples of the same sizes as a measurement does, and it holds for a generator that
    draws new samples. One that draws from the data set itself shares half of the reference and
    can come out a little below (q < 0): the proxy does not see memorization.
    Raises ValueError for fewer than 4 points. `about` as for `endless`; `space=False` says that the
    points are features already: there is then no ceiling, as a Gaussian of the same moments is as
    good as real to a Fréchet distance of them.
    """
    if len(points) < 4:
        raise ValueError(f"needs at least 4 points to split them, got {len(points)}")
    rng = np.random.default_rng(0)
    points = points[rng.permutation(len(points))[:LARGEST]]
    half = len(points) // 2
    n = min(n, half)
    features = see(points).features
    floors = []
    for _ in range(SPLITS):
        order = rng.permutation(len(points))
        floors.append(frechet(moments(features[order[:half]]), features[order[half:][:n]]))
    real, known = see(points[:n]), moments(features[:half])
    space = features if about.get("bandwidths") is None else points  # where distances are taken
    about |= {"train": space, "different": _different(points)}
    return _instrument(see, real, known, floors, points[:half], **about)


def _different(points: Array) -> int:
    """The number of points that differ from one another."""
    return len({point.tobytes() for point in np.ascontiguousarray(points)})


def _instrument(
    see: See,
    real: Sample,
    known: Moments,
    floors: list[float],
    points: Array,
    *,
    bounds: tuple[float, float] | None = None,
    space: bool = True,
    **about: Any,
) -> Instrument:
    points = points[:SHAPED]
    centre = points.mean(0, dtype=np.float64)
    offsets = (points - centre).reshape(len(points), -1)
    return Instrument(
        see=see,
        n=len(real),
        real=real,
        moments=known,
        floor=float(np.mean(floors)),
        floor_sd=float(np.std(floors, ddof=1)),
        ceiling=_ceiling(see, known, points, len(real), bounds) if space else None,
        centre=centre,
        radius=float(np.linalg.norm(offsets, axis=1).max()),
        **about,
    )


def _ceiling(
    see: See, known: Moments, points: Array, n: int, bounds: tuple[float, float] | None
) -> float:
    rng = np.random.default_rng(1)
    blobs = (gaussian(points, n, rng) for _ in range(GAUSSIANS))
    clipped = (blob if bounds is None else np.clip(blob, *bounds) for blob in blobs)
    return float(np.mean([frechet(known, see(blob).features) for blob in clipped]))


def gaussian(points: Array, n: int, rng: np.random.Generator) -> Array:
    """n draws from the Gaussian with the mean and covariance of points [M, ...] -> [n, ...].

    Random combinations of the centred points themselves: exact for any rank, and no [D, D]
    covariance of the pixels is needed.
    """
    mean = points.mean(0, dtype=np.float64)
    centred = (points - mean).reshape(len(points), -1)
    draws = rng.normal(size=(n, len(points))) @ centred / np.sqrt(len(points) - 1)
    found: Array = (draws.reshape(n, *points.shape[1:]) + mean).astype(points.dtype)
    return found
