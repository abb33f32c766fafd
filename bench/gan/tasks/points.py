"""Points in the plane: mixtures of Gaussians and a spiral."""

from __future__ import annotations

import hashlib
import math
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from bench.gan import keys
from bench.gan.tasks.cases import Case
from bench.gan.tasks.task import Distribution
from bench.metrics import Instrument, Mixture, Spiral, grid, ring
from bench.metrics.criterion.trivial import of_mixture, of_spiral
from bench.metrics.planar.planar import look
from bench.metrics.sample import Array
from bench.ranges import Number, Positive
from bench.registry import task

TOY = {
    "lr_g": 1e-3,
    "lr_d": 1e-3,
    "r1.gamma": 0.1,
    "r2.gamma": 0.1,
    "wgan_gp.weight": 0.1,
    "wgan_lp.weight": 0.1,
    "gp0.weight": 0.05,
    "dragan.weight": 1.0,
    "weight_clipping.bound": 0.1,
    "ema.decay": 0.993,
}
"""Numbers that fit mixtures scaled to unit variance; an average over a fiftieth of the steps."""

RADIUS = math.sqrt(2)
"""The radius of the ring at unit variance."""

SET = 271828
"""The seed of finite training sets: all trials have the same one."""

_GRID = {"lr_g": 2e-3, "lr_d": 2e-3, "r1.gamma": 0.02, "r2.gamma": 0.02, "ema.decay": 0.9977}

_NETWORKS: dict[str, Any] = {
    "shape": (2,),
    "network": "mlp",
    "batch": 256,
    "latent": 16,
    "units": 128,
}


@task(
    steps=5000,
    hparams=TOY,
    bounds={"sigma": (0.1, 0.02)},
    **_NETWORKS,
    also=(
        "8 gaussians",
        "eight gaussians",
        "gaussians",
        "mixture of gaussians",
        "MoG",
        "GMM",
        "toy",
    ),
)
def ring8(*, sigma: Positive = 0.1, radius: Positive = RADIUS, n: Number = 0) -> Distribution:
    """Eight Gaussians of width `sigma` on a circle of radius 2, divided by 1.414.

    The literature's sigma is 0.02, which takes ten times the steps. `radius` is that of the circle
    as the networks see it; the modes shrink with it. `n` points are drawn once and make a finite
    training set; 0: there is no end of them. Networks: two hidden layers.
    """
    truth = Mixture.standardized(ring(), sigma)
    if radius != RADIUS:
        truth = truth.scaled(radius / RADIUS)
    return mixture(truth, n)


@task(
    steps=15_000,
    hparams=TOY | _GRID,
    bounds={"sigma": (0.2, 0.05)},
    **_NETWORKS,
    also=(
        "25 gaussians",
        "gaussians",
        "mixture of gaussians",
        "MoG",
        "GMM",
        "toy",
    ),
)
def grid25(*, sigma: Positive = 0.2) -> Distribution:
    """25 Gaussians of width `sigma` on {-4, -2, 0, 2, 4}^2, divided by 2.828.

    The literature's sigma is 0.05, which takes ten times the steps. Networks: two hidden layers.
    """
    return mixture(Mixture.standardized(grid(), sigma))


@task(
    steps=15_000,
    hparams=TOY,
    bounds={"noise": (0.25,)},
    **_NETWORKS,
    also=(
        "swiss roll",
        "two spirals",
    ),
)
def spiral(*, noise: Positive = 0.25) -> Distribution:
    """A spiral of 1.5 turns with isotropic noise, divided by 7.5; two hidden layers each.

    Twenty pieces of the curve, equally likely, take the place of modes.
    """
    truth = Spiral(noise)

    def real(key: Array, n: int) -> Array:
        rng = keys.generator(key)
        return truth.points(rng.random(n), keys.normals(rng, (n, 2))).astype(np.float32)

    def fresh(rng: np.random.Generator, n: int) -> Array:
        return truth.points(rng.random(n), rng.normal(size=(n, 2)))

    def case() -> Case:
        return Case(_light(truth), fresh, tuple(of_spiral(truth)))

    return Distribution(real, truth.instrument, case=case, content=f"spiral-{noise!r}")


def mixture(truth: Mixture, size: int = 0) -> Distribution:
    """A mixture of equal isotropic Gaussians in the plane, with the bounds that its trivial
    samplers give. Training sees `size` points of it, drawn once; 0: new ones in every step."""
    table, width = truth.centres.astype(np.float32), np.float32(truth.sigma)
    known = _fresh(truth, np.random.default_rng(SET), size).astype(np.float32)

    def real(key: Array, n: int) -> Array:
        rng = keys.generator(key)
        if size:
            return known.take(rng.integers(size, size=n), 0)
        which = rng.integers(len(table), size=n)
        return table.take(which, 0) + width * keys.normals(rng, (n, 2))

    def case() -> Case:
        return Case(_light(truth), partial(_fresh, truth), tuple(of_mixture(truth)))

    name = hashlib.sha256(truth.centres.tobytes()).hexdigest()
    whole = (lambda: (known, None)) if size else None
    return Distribution(
        real, truth.instrument, case=case, content=f"{name}-{truth.sigma!r}", whole=whole
    )


def _fresh(truth: Mixture, rng: np.random.Generator, n: int) -> Array:
    """n new points of a mixture, float64 [n, 2]."""
    centres = truth.centres[rng.integers(len(truth.centres), size=n)]
    return centres + truth.sigma * rng.normal(size=centres.shape)


def _light(truth: Mixture | Spiral) -> Instrument:
    """The instrument of a truth without the features, which no bound of points needs."""
    return replace(truth.instrument(), see=partial(look, truth.place))
