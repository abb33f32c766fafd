"""Mixtures of equal isotropic Gaussians: their centres, their truth and their instrument."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bench.metrics.planar.planar import of_points
from bench.metrics.sample import Array, Instrument


def ring(k: int = 8, radius: float = 2.0) -> Array:
    """k centres at equal angles 2 pi i / k on a circle -> float64 [k, 2].

    Not `linspace(0, 2 pi, k)`, which holds both ends: a ring of k - 1 modes, one of double weight,
    that is in circulation since the notebook of the unrolled GAN.
    """
    angles = 2 * np.pi * np.arange(k) / k
    return radius * np.stack([np.cos(angles), np.sin(angles)], 1)


def grid(side: int = 5, spacing: float = 2.0) -> Array:
    """side^2 centres on a square lattice about the origin -> float64 [side^2, 2]."""
    line = spacing * (np.arange(side) - (side - 1) / 2)
    return np.stack(np.meshgrid(line, line, indexing="ij"), -1).reshape(-1, 2)


def check_centres(centres: Array) -> None:
    """Raises ValueError unless centres are finite [K, dim], K >= 2, and no two coincide."""
    if centres.ndim != 2 or len(centres) < 2 or not np.isfinite(centres).all():
        raise ValueError(f"centres must be finite [K >= 2, dim], got shape {centres.shape}")
    distances = _distances(centres, centres)
    first, second = np.triu_indices(len(centres), 1)
    nearest = distances[first, second].argmin()
    pair = int(first[nearest]), int(second[nearest])
    if distances[pair] <= 1e-6 * distances.max():
        raise ValueError(f"modes {pair[0]} and {pair[1]} coincide at {centres[pair[0]].tolist()}")


@dataclass(frozen=True, eq=False)
class Mixture:
    """A mixture of round Gaussians with equal weights and one width, in the units of the networks.

    Raises ValueError for coinciding centres and for a sigma that is not above 0.
    """

    centres: Array
    """The centres of the modes [K, dim]."""
    sigma: float
    """The standard deviation of every mode, along each axis."""
    scale: float = 1.0
    """The number by which `standardized` has divided centres and sigma."""

    def __post_init__(self) -> None:
        check_centres(self.centres)
        if not 0 < self.sigma < np.inf:
            raise ValueError(f"sigma must be above 0, got {self.sigma}")

    @classmethod
    def standardized(cls, centres: Array, sigma: float) -> Mixture:
        """Divided by the RMS of the centres' coordinates: 1.41421 for the ring of radius 2,
        2.82843 for the 5 x 5 grid of spacing 2. Penalties on gradients depend on this scale."""
        check_centres(centres)
        scale = float(np.sqrt(np.mean(centres**2)))
        return cls(centres / scale, sigma / scale, scale)

    def scaled(self, factor: float) -> Mixture:
        """The same mixture, `factor` times as large: centres, sigma and the unit of the plane."""
        return Mixture(factor * self.centres, factor * self.sigma, self.scale / factor)

    def draw(self, index: int, n: int) -> Array:
        """Sample number `index` of the truth, float64 [n, dim]; equal for equal arguments."""
        rng = np.random.default_rng((2718, index))
        centres = self.centres[rng.integers(len(self.centres), size=n)]
        return centres + self.sigma * rng.normal(size=centres.shape)

    def instrument(self, n: int = 1000) -> Instrument:
        """The instrument: nearest centre, 3 sigma for high quality, RFF-FD."""
        modes, dim = self.centres.shape
        return of_points(
            self.place,
            self.draw,
            n=n,
            dim=dim,
            modes=modes,
            bandwidths=self._bandwidths(),
            sharp_most=_within(3.0, dim),
        )

    facts = instrument
    """The older name, for plugins."""

    def place(self, points: Array) -> tuple[Array, Array]:
        """The nearest centre [N] of each point [N, dim], and its distance in sigmas [N]."""
        distances = _distances(points, self.centres)
        return distances.argmin(1), distances.min(1) / self.sigma

    def _bandwidths(self) -> tuple[float, float, float]:
        """Bandwidths: of the whole, of half the distance between modes, and of a mode."""
        whole = float(np.sqrt(np.mean(self.centres.var(0)) + self.sigma**2))
        apart = _distances(self.centres, self.centres)
        return whole, float(apart[apart > 0].min() / 2), 3 * self.sigma


def _within(radius: float, dim: int) -> float:
    """Mass of a standard Gaussian within a radius: 1 - exp(-9/2) for 3 sigma in two dimensions."""
    from scipy.special import chdtr  # scipy.stats has the same, and takes a second to import

    return float(chdtr(dim, radius**2))


def _distances(points: Array, centres: Array) -> Array:
    """Euclidean distance of each point to each centre, [N, K]."""
    apart: Array = np.sqrt(sum((points[:, None, i] - c) ** 2 for i, c in enumerate(centres.T)))
    return apart
