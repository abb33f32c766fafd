"""The instrument of points in the plane: Fourier features, modes of equal weight."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from bench.metrics.calibrate import endless
from bench.metrics.fourier import Fourier
from bench.metrics.sample import Array, Facts, Sample

REFERENCE = 50_000
"""Real samples behind the moments; science asks for many times the 1000 of a measurement."""

Place = Callable[[Array], tuple[Array, Array]]


def of_points(
    place: Place,
    draw: Callable[[int, int], Array],
    *,
    n: int,
    dim: int,
    modes: int,
    bandwidths: tuple[float, ...],
    sharp_most: float,
) -> Facts:
    """RFF-FD of points [N, dim] that `draw(index, n)` gives without end, in equally likely modes.

    `place(points)` says in which mode each is and whether it is of high quality, [N] and [N];
    `sharp_most` is the share of high quality of a perfect sampler.
    """
    fourier = Fourier(dim, bandwidths)

    def see(points: Array) -> Sample:
        return Sample(points, fourier(points), *place(points))

    return endless(
        see,
        draw,
        reference=REFERENCE,
        n=n,
        proxy="RFF-FD",
        digest=fourier.digest,
        weights=np.full(modes, 1 / modes),
        bandwidths=bandwidths,
        sharp_most=sharp_most,
    )
