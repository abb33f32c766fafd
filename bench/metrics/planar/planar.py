"""The instrument of points in the plane: Fourier features, modes of equal weight."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from bench.metrics.calibrate import endless
from bench.metrics.planar.fourier import Fourier
from bench.metrics.sample import Array, Instrument, Sample

REFERENCE = 50_000
"""Real samples behind the moments; science asks for many times the 1000 of a measurement."""

WIDTHS = 3.0
"""A point of high quality is nearer to its mode than so many of the mode's widths."""

Place = Callable[[Array], tuple[Array, Array]]


def look(place: Place, points: Array) -> Sample:
    """The points in their modes, without features: enough for all metrics but distances, at a tenth
    of the time."""
    modes, apart = place(points)
    return Sample(points, np.empty((len(points), 0)), modes, apart < WIDTHS, apart=apart)


def of_points(
    place: Place,
    draw: Callable[[int, int], Array],
    *,
    n: int,
    dim: int,
    modes: int,
    bandwidths: tuple[float, ...],
    sharp_most: float,
) -> Instrument:
    """RFF-FD of points [N, dim] that `draw(index, n)` gives without end, in equally likely modes.

    `place(points)` says in which mode each is and how far from it in units of the mode's width, [N]
    and [N]; `sharp_most` is the share of high quality of a perfect sampler.
    """
    fourier = Fourier(dim, bandwidths)

    def see(points: Array) -> Sample:
        return replace(look(place, points), features=fourier(points))

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
