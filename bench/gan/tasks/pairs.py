"""Images of two domains, of which no pair is ever shown."""

from __future__ import annotations

from typing import Any

import numpy as np

from bench import registry
from bench.gan import data, keys, networks
from bench.gan.tasks import criteria
from bench.gan.tasks.task import Task, check
from bench.ranges import Count, Width, WidthOfFour
from bench.registry import task


@task(
    steps=3000,
    hparams=dict(registry.task["digits8"].traits["hparams"]),
    check=check,
    data="images",
    images=True,
    domains=True,
)
def digits8_twins(*, batch: Count = 64, latent: Width = 32, units: WidthOfFour = 128) -> Task:
    """A digit 8 x 8 and, to the right of it, an inverted one: [8, 16, 1]. Small convolutions.

    The two of a training sample have nothing to do with each other: they are drawn from disjoint
    halves of the data. What is wanted is the pair of a digit and its own negative, and that is what
    generated pairs are measured against. Without ties between the domains (`coupled`) there is no
    reason for it to come out: the curve `agreement` stays near 0.1. Nor do ties help dense
    networks, whose untied layers know no place in the picture. Liu & Tuzel 2016, section 4.
    """
    from bench.gan.tasks import instruments

    def nets(shape: tuple[int, ...]) -> Any:
        def make(layers: networks.Layers) -> tuple[Any, Any]:
            g = networks.small_generator(latent, shape, units=units, layers=layers.g)
            return g, networks.small_discriminator(shape, units=units, layers=layers)

        return make

    shape = (8, 16, 1)
    halves = data.split(data.digits8(), 1 / 2)

    def real(key: np.ndarray, n: int) -> np.ndarray:
        rng = keys.generator(key)
        left, right = (half.images[rng.integers(len(half.images), size=n)] for half in halves)
        return np.concatenate([left, -right], 2)

    return Task(
        shape=shape,
        real=real,
        networks=nets(shape),
        instrument=instruments.twins8,
        criterion=lambda instrument: criteria.of("digits8_twins"),
        latent=latent,
        batch=batch,
        kind="images",
        domain=nets((8, 8, 1)),
        xla=False,
    )
