"""A spiral: one curved mode, whose coverage is counted in pieces of equal probability."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from bench.metrics.planar.planar import of_points
from bench.metrics.sample import Array, Instrument

PIECES = 20
SCALE = 7.5
KNOTS = 2000
"""Points of the curve that a sample is projected to: 0.05 apart, of a noise of 0.25."""
FARTHEST = 1e6


@dataclass(frozen=True, eq=False)
class Spiral:
    """x = (t cos t, t sin t) / 7.5 with t = 1.5 pi (1 + 2 u), u uniform, and isotropic noise.

    The columns 0 and 2 of scikit-learn's swiss roll, scaled as in the toy of Gulrajani et al. 2017.
    Raises ValueError for a noise that is not above 0.
    """

    noise: float = 0.25
    """The standard deviation of the noise along each axis, before the division by 7.5."""

    def __post_init__(self) -> None:
        if not 0 < self.noise < np.inf:
            raise ValueError(f"noise must be above 0, got {self.noise}")

    def draw(self, index: int, n: int) -> Array:
        """Sample number `index` of the truth, float64 [n, 2]; equal for equal arguments."""
        rng = np.random.default_rng((1618, index))
        return self.points(rng.random(n), rng.normal(size=(n, 2)))

    def points(self, u: Any, normal: Any) -> Array:
        """From uniform numbers [n] and standard normal ones [n, 2]."""
        found: Array = curve(u) + self.noise / SCALE * normal
        return found

    def instrument(self, n: int = 1000) -> Instrument:
        """The instrument: nearest point of the curve, 3 noises for high quality, 20 pieces of equal
        probability as modes (equal in t), RFF-FD."""
        return of_points(
            self.place,
            self.draw,
            n=n,
            dim=2,
            modes=PIECES,
            bandwidths=self._bandwidths(),
            sharp_most=0.9973,  # of a normal within 3 deviations: across the curve, not along it
        )

    facts = instrument
    """The older name, for plugins."""

    def place(self, points: Array) -> tuple[Array, Array]:
        """The piece [N] of the curve that is nearest to each point [N, 2], and the distance to the
        curve in noises [N]."""
        # a tree refuses what is not finite, and its distances overflow
        tame = np.clip(np.nan_to_num(points.astype(np.float64)), -FARTHEST, FARTHEST)
        apart, knot = self._tree.query(tame)
        return knot * PIECES // KNOTS, apart * SCALE / self.noise

    @cached_property
    def _tree(self) -> Any:
        from scipy.spatial import cKDTree

        return cKDTree(curve((np.arange(KNOTS) + 0.5) / KNOTS))

    def _bandwidths(self) -> tuple[float, float, float]:
        """Bandwidths: of the whole, of a quarter of it, and of the width of the curve."""
        whole = float(np.sqrt(curve(np.linspace(0, 1, KNOTS)).var(0).mean()))
        return whole, whole / 4, 3 * self.noise / SCALE


def curve(u: Any) -> Array:
    """The middle of the spiral at u in [0, 1] -> [..., 2]; the outer end has radius 1.88."""
    t = 1.5 * np.pi * (1 + 2 * np.asarray(u))
    return np.stack([t * np.cos(t), t * np.sin(t)], -1) / SCALE
