"""Alignment without pairs: a generator that turns one space into another."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from bench.gan import keys
from bench.gan.backend import Model
from bench.gan.networks import Layers, dense
from bench.gan.networks.pieces import rotations
from bench.gan.tasks import criteria
from bench.gan.tasks.cases import Case
from bench.gan.tasks.options import BadOption, check
from bench.gan.tasks.points import TOY
from bench.gan.tasks.task import Array, Pair, Task
from bench.metrics import Instrument, Sample, endless
from bench.metrics.criterion.trivial import Trivial
from bench.metrics.planar.fourier import Fourier
from bench.ranges import Count, Width
from bench.registry import suggest, task

SIZE = 6
"""Dimensions of both spaces."""
CLUSTERS = 12
WITHIN = 0.3
"""Deviation of a cluster in each dimension, of which all points have a mean square of 1."""
SPREAD = 0.5
"""The first cluster lies exp(0.5) times as far from the origin as the middle one, the last
exp(-0.5) times: were all at one distance, hardly a seed would find the rotation."""
NOISE = 0.02
"""Deviation of the noise of B."""
BANDWIDTHS = (3.0, 1.5, 0.75)
"""Widths of the features: of the whole, between clusters, within one."""
MEASURED = 1000
MAPS = ("rotation", "mlp")


class Spaces:
    """The spaces A and B: clusters of unequal shares in A, and a rotation of them in B."""

    def __init__(self) -> None:
        rng = np.random.default_rng((SIZE, 0))
        share = 1 / (np.arange(CLUSTERS) + 5)
        self.shares: Array = share / share.sum()
        centres = rng.normal(size=(CLUSTERS, SIZE))
        centres /= np.linalg.norm(centres, axis=1, keepdims=True)
        centres *= np.exp(SPREAD * np.linspace(1, -1, CLUSTERS))[:, None]
        square = (self.shares @ centres**2).mean()
        self.centres: Array = centres * np.sqrt((1 - WITHIN**2) / square)
        self.rotation: Array = turn(rng)
        self.images: Array = self.centres @ self.rotation

    def a(self, rng: np.random.Generator, n: int) -> tuple[Array, Array]:
        """Points [n, 6] of A, and the cluster of each."""
        which = rng.choice(CLUSTERS, n, p=self.shares)
        return self.centres[which] + WITHIN * rng.normal(size=(n, SIZE)), which

    def b(self, rng: np.random.Generator, a: Array) -> Array:
        """The counterparts in B of points of A, with the noise of B."""
        found: Array = a @ self.rotation + NOISE * rng.normal(size=a.shape)
        return found


def turn(rng: np.random.Generator) -> Array:
    """A random rotation [6, 6], of determinant 1: reached from any other one on a path of such."""
    q, r = np.linalg.qr(rng.normal(size=(SIZE, SIZE)))
    found: Array = q * np.sign(np.diag(r))
    found[:, 0] *= np.sign(np.linalg.det(found))
    return found


@functools.cache
def spaces() -> Spaces:
    """The two spaces."""
    return Spaces()


def _checked(options: dict[str, Any]) -> dict[str, Any]:
    given = options["mapping"]
    if given not in MAPS:
        raise BadOption("mapping", f"= {given!r} is not known{suggest(str(given), MAPS)}")
    return check(options)


@task(
    steps=4000,
    hparams=TOY | {"lr_g": 3e-3, "lr_d": 3e-3},
    check=_checked,
    data="points",
    bounds={},
    given=True,
    takes=(*("d.norm", "d.after", "d.head", "d.pack", "d.kernels", "d.features"), "g.kernels"),
    instead="a map without normalizers in G",
    sized={"units": ("units",)},
    also=(
        *("MUSE", "vec2vec", "unpaired translation", "CycleGAN", "unpaired alignment"),
        *("word translation", "embedding alignment"),
    ),
)
def align(*, mapping: str = "rotation", batch: Count = 128, units: Width = 128) -> Task:
    """Points of A, six numbers each, to their counterparts in B, of which no pair is ever shown.

    A is a mixture of 12 clusters of unequal shares at unequal distances, B a rotation of it with
    little noise, so that the right map is known and is the only one. `mapping` is the generator,
    from A to B: "rotation", a matrix that stays one and begins at random, or "mlp", two hidden
    layers. A rotation finds the whole map or next to nothing, by the seed: `retrieval` has two
    peaks. D has two hidden layers of `units`. Conneau et al. 2018 (word translation without
    parallel data).
    """
    known = spaces()

    def networks(layers: Layers) -> Pair:
        d = dense.mlp((SIZE,), (1,), units=units, slope=0.2, layers=layers)
        return _map(mapping, units, layers.for_g), d

    def latents(key: Array, n: int) -> Array:
        return known.a(keys.generator(key), n)[0].astype(np.float32)

    def real(key: Array, n: int) -> Array:
        rng = keys.generator(key)
        return known.b(rng, known.a(rng, n)[0]).astype(np.float32)

    return Task(
        shape=(SIZE,),
        real=real,
        networks=networks,
        instrument=_instrument,
        criterion=lambda instrument: criteria.of_case("align", 0.0, _case, "align"),
        latent=SIZE,
        batch=batch,
        network=mapping,
        latents=latents,
        case=_case,
    )


def _map(mapping: str, units: int, layers: Layers) -> Model:
    if mapping == "mlp":
        return dense.mlp((SIZE,), (SIZE,), units=units, layers=layers)
    return rotations.turning(SIZE)


def inputs(n: int) -> tuple[Array, Array]:
    """The points [n, 6] of A that generators are measured with, and the cluster of each."""
    return spaces().a(keys.generator(keys.key(0, "evaluation")), n)


@functools.cache
def _instrument() -> Instrument:
    known = spaces()
    fourier = Fourier(SIZE, BANDWIDTHS)
    truth = inputs(MEASURED)[0] @ known.rotation
    squares = (truth**2).sum(1)

    def see(points: Array) -> Sample:
        flat = points.astype(np.float64)
        first = flat[:MEASURED]
        # the squared distances, less what is the same for all counterparts
        right = (squares - 2 * first @ truth.T).argmin(1) == np.arange(len(first))
        return Sample(points, fourier(flat), marks={"retrieved": right})

    def draw(index: int, n: int) -> Array:
        rng = np.random.default_rng((18, index))
        return known.b(rng, known.a(rng, n)[0])

    return endless(
        see,
        draw,
        reference=20 * MEASURED,
        n=MEASURED,
        proxy="RFF-FD",
        digest=fourier.digest,
        bandwidths=BANDWIDTHS,
    )


def _case() -> Case:
    known = spaces()
    points, which = inputs(MEASURED)

    def counterparts(rng: np.random.Generator, n: int) -> Array:
        return known.b(rng, points[:n])

    def others(rng: np.random.Generator, n: int) -> Array:
        return known.b(rng, known.a(rng, n)[0])

    def neighbours(rng: np.random.Generator, n: int) -> Array:
        near = known.centres[which[:n]] + WITHIN * rng.normal(size=(n, SIZE))
        return known.b(rng, near)

    def mirrored(rng: np.random.Generator, n: int) -> Array:
        turned = points[:n].copy()
        turned[:, :2] *= -1
        return known.b(rng, turned)

    trivial = (
        Trivial("points of B in any order", "retrieval", others),
        Trivial("others of the right cluster", "retrieval", neighbours),
        Trivial("another rotation", "retrieval", mirrored),
    )
    return Case(_instrument(), counterparts, trivial)
