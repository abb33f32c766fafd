"""Images of two domains, of which no pair is ever shown."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from bench.gan import data, keys, networks
from bench.gan.backend import Shape
from bench.gan.tasks import cases, criteria, instruments
from bench.gan.tasks.cases import Case
from bench.gan.tasks.images import DIGITS, SMALL_DIGITS
from bench.gan.tasks.options import check, check_few
from bench.gan.tasks.task import Pair, Task
from bench.metrics.criterion.trivial import Trivial, of_images
from bench.metrics.sample import Array
from bench.ranges import Count, Number, Width, WidthOfFour
from bench.registry import task


@task(
    steps=3000,
    hparams=DIGITS,
    check=lambda options: check(check_few(options, SMALL_DIGITS)),
    data="images",
    images=True,
    domains=True,
    bounds={},
)
def digits8_twins(
    *, batch: Count = 64, latent: Width = 32, units: WidthOfFour = 128, n: Number = 0
) -> Task:
    """A digit 8 x 8 and, to the right of it, an inverted one: [8, 16, 1]. Small convolutions.

    The two of a training sample have nothing to do with each other: they are drawn from disjoint
    halves of the data. What is wanted is the pair of a digit and its own negative, and that is what
    generated pairs are measured against. Without ties between the domains (`coupled`) there is no
    reason for it to come out: the curve `agreement` stays near 0.1. Nor do ties help dense
    networks, whose untied layers know no place in the picture. `n` draws both halves from so many
    digits only. Liu & Tuzel 2016, section 4.
    """

    def nets(shape: Shape) -> Callable[[networks.Layers], Pair]:
        def make(layers: networks.Layers) -> Pair:
            g = networks.small_generator(latent, shape, units=units, layers=layers.for_g)
            return g, networks.small_discriminator(shape, units=units, layers=layers)

        return make

    shape = (8, 16, 1)
    halves = data.split(data.few(data.digits8(), n)[0], 1 / 2)

    def real(key: Array, n: int) -> Array:
        rng = keys.generator(key)
        left, right = (half.images[rng.integers(len(half.images), size=n)] for half in halves)
        return np.concatenate([left, -right], 2)

    return Task(
        shape=shape,
        real=real,
        networks=nets(shape),
        instrument=instruments.twins8,
        criterion=lambda instrument: criteria.of_case("digits8_twins", 0.0, _case, "digits8_twins"),
        latent=latent,
        batch=batch,
        kind="images",
        domain=nets((8, 8, 1)),
        xla=False,
        case=_case,
    )


def _case() -> Case:
    known = data.digits8()
    halves = cases.fresh(known.images, known.labels)

    def pairs(rng: np.random.Generator, n: int) -> tuple[Array, Array | None]:
        images, labels = halves(rng, n)
        return np.concatenate([images, -images], 2), labels

    def strangers(rng: np.random.Generator, n: int, share: float = 1.0) -> Array:
        left, right = pairs(rng, n)[0], pairs(rng, n)[0]
        own = np.where((rng.random(n) < share)[:, None, None, None], right, left)
        return np.concatenate([left[:, :, :8], own[:, :, 8:]], 2)

    def half(rng: np.random.Generator, n: int) -> Array:
        return strangers(rng, n, 0.5)

    more = (
        Trivial("pairs of strangers", "agreement", strangers),
        Trivial("half of the pairs strangers", "agreement", half),
    )
    return Case(instruments.twins8(), cases.plain(pairs), (*of_images(pairs), *more))
