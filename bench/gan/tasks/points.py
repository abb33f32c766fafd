"""Points in the plane: mixtures of Gaussians and a spiral."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from bench.gan import keys
from bench.gan.networks import Sizes
from bench.gan.tasks import cases, criteria
from bench.gan.tasks.task import BadOption, Task, check, playing
from bench.metrics.criterion.bounds import Inseparable
from bench.ranges import Count, Positive, Width
from bench.registry import task

_TOY = {
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

_SIZED = {"units": ("units",)}


def _of_width(name: str, option: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """The check of a task whose points have a width: refused where no criterion can tell real
    samples from those that need no learning."""

    def checked(options: dict[str, Any]) -> dict[str, Any]:
        options, width = check(options), float(options[option])
        try:
            criteria.of(name, width)
        except Inseparable as error:
            raise BadOption(option, f"= {width:g} leaves nothing to learn: {error}") from error
        return options

    return checked


@task(steps=5000, hparams=_TOY, check=_of_width("ring8", "sigma"), data="points", sized=_SIZED)
def ring8(
    *,
    sigma: Positive = 0.1,
    batch: Count = 256,
    latent: Width = 16,
    units: Width = 128,
    network: str = "mlp",
    generator: str = "",
    discriminator: str = "",
) -> Task:
    """Eight Gaussians of width `sigma` on a circle of radius 2, divided by 1.414.

    The literature's sigma is 0.02, which takes ten times the steps. Networks: two hidden layers.
    """
    nets = playing(Sizes((2,), latent, units), network, generator, discriminator)
    return _mixture("ring8", sigma, batch, nets)


@task(
    steps=15_000,
    hparams=_TOY
    | {"lr_g": 2e-3, "lr_d": 2e-3, "r1.gamma": 0.02, "r2.gamma": 0.02, "ema.decay": 0.9977},
    check=_of_width("grid25", "sigma"),
    data="points",
    sized=_SIZED,
)
def grid25(
    *,
    sigma: Positive = 0.2,
    batch: Count = 256,
    latent: Width = 16,
    units: Width = 128,
    network: str = "mlp",
    generator: str = "",
    discriminator: str = "",
) -> Task:
    """25 Gaussians of width `sigma` on {-4, -2, 0, 2, 4}^2, divided by 2.828.

    The literature's sigma is 0.05, which takes ten times the steps. Networks: two hidden layers.
    """
    nets = playing(Sizes((2,), latent, units), network, generator, discriminator)
    return _mixture("grid25", sigma, batch, nets)


@task(steps=15_000, hparams=_TOY, check=_of_width("spiral", "noise"), data="points", sized=_SIZED)
def spiral(
    *,
    noise: Positive = 0.25,
    batch: Count = 256,
    latent: Width = 16,
    units: Width = 128,
    network: str = "mlp",
    generator: str = "",
    discriminator: str = "",
) -> Task:
    """A spiral of 1.5 turns with isotropic noise, divided by 7.5; two hidden layers each.

    Twenty pieces of the curve, equally likely, take the place of modes.
    """
    from bench.metrics import Spiral

    truth = Spiral(noise)

    def real(key: np.ndarray, n: int) -> np.ndarray:
        rng = keys.generator(key)
        return truth.points(rng.random(n), rng.standard_normal((n, 2))).astype(np.float32)

    return Task(
        shape=(2,),
        real=real,
        instrument=truth.instrument,
        criterion=lambda instrument: criteria.of("spiral", noise),
        latent=latent,
        batch=batch,
        **playing(Sizes((2,), latent, units), network, generator, discriminator),
    )


def _mixture(name: str, sigma: float, batch: int, nets: dict[str, Any]) -> Task:
    """A mixture of equal isotropic Gaussians, scaled to centres of unit variance."""
    truth = cases.mixture(name, sigma)
    table, width = truth.centres.astype(np.float32), np.float32(truth.sigma)

    def real(key: np.ndarray, n: int) -> np.ndarray:
        rng = keys.generator(key)
        which = rng.integers(len(table), size=n)
        return table[which] + width * rng.standard_normal((n, 2), np.float32)

    return Task(
        shape=(2,),
        real=real,
        instrument=truth.instrument,
        criterion=lambda instrument: criteria.of(name, sigma),
        latent=nets["sizes"].latent,
        batch=batch,
        **nets,
    )
