"""Tables: rows of numbers and categories, as synthetic data are made of."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from bench.gan import keys
from bench.gan.networks import Layers, dense
from bench.gan.networks.pieces import rows
from bench.gan.tasks import criteria
from bench.gan.tasks.applied import net
from bench.gan.tasks.cases import Case
from bench.gan.tasks.options import BadOption, check
from bench.gan.tasks.points import TOY, mixture
from bench.gan.tasks.task import Array, Pair, Task
from bench.metrics import Instrument, Mixture, Sample, endless, grid, ring
from bench.metrics.criterion.trivial import Trivial
from bench.metrics.special.tables import ROWS
from bench.ranges import Count, Width
from bench.registry import suggest, task
from bench.trial import digest

MEASURED = 5000
TAU = 0.2
"""Temperature of the levels, CTGAN's."""

VARIANCE = 0.05
"""The variance of each mode of the published rings and grids."""
PLANE: dict[str, tuple[Callable[[], Array], int]] = {
    "ring": (lambda: ring(8, 1.0), 10),
    "grid": (lambda: grid(5, 2.0), 30),
}
"""Tables of two numbers: their modes, and the components of the mixture that is fitted to them."""

TABLES = ("net", *PLANE)


def _checked(options: dict[str, Any]) -> dict[str, Any]:
    given = options["table"]
    if given not in TABLES:
        raise BadOption("table", f"= {given!r} is not known{suggest(str(given), TABLES)}")
    return check(options)


@task(
    steps=5000,
    hparams=TOY,
    check=_checked,
    data="points",
    bounds={},
    sized={"units": ("units",)},
    also=("CTGAN", "SDV", "SDGym", "synthetic data", "tabular GAN", "medGAN", "TableGAN"),
)
def tabular(
    *, table: str = "net", batch: Count = 256, latent: Width = 16, units: Width = 128
) -> Task:
    """Rows of a table whose density is known: `table` is "net", "ring" or "grid".

    "net" has three categories of 2, 3 and 4 levels and two numbers, drawn from a Bayes net; its 24
    combinations of levels are the modes, the rarest with 0.45 % of the rows. Levels are softmax
    blocks with Gumbel noise of temperature 0.2, as in CTGAN (Xu et al. 2019), whose `pack = 10` is
    any method's. "ring" and "grid" are the tables of two numbers that SDGym's published scores are
    of: 8 modes on a circle of radius 1, 25 on a lattice of spacing 2, each of variance 0.05. Rows
    of the data have `likelihood_syn` and `likelihood_test` of about -1.70 and -3.06 there. Two
    hidden layers of `units` each.
    """
    plane = table in PLANE
    size = net.NUMBERS if plane else net.NUMBERS + sum(net.LEVELS)

    def networks(layers: Layers) -> Pair:
        g = dense.mlp((latent,), (size,), units=units, layers=layers.for_g)
        if not plane:
            g = rows.filling(rows.Row(g, net.NUMBERS, net.LEVELS, TAU), latent)
        return g, dense.mlp((size,), (1,), units=units, slope=0.2, layers=layers)

    common: dict[str, Any] = {
        "shape": (size,),
        "networks": networks,
        "batch": batch,
        "network": "rows",
    }
    if plane:
        found = mixture(_mixture(table))
        assert found.case
        case = found.case
        return Task(
            real=found.real,
            instrument=lambda: _plane(table),
            criterion=lambda made: criteria.of_case(f"tabular {table}", 0.0, case, found.content),
            latent=latent,
            case=case,
            **common,
        )
    return Task(
        real=lambda key, n: _rows(keys.generator(key), n).astype(np.float32),
        instrument=_net,
        criterion=lambda made: criteria.of_case("tabular", 0.0, _case, "tabular"),
        latent=latent + sum(net.LEVELS),
        case=_case,
        **common,
    )


def _mixture(table: str) -> Mixture:
    return Mixture.standardized(PLANE[table][0](), VARIANCE**0.5)


@functools.cache
def _plane(table: str) -> Instrument:
    """The instrument of a table of two numbers, whose densities are those of its own units."""
    truth, components = _mixture(table), PLANE[table][1]

    def fits(points: Array) -> Callable[[Array], Array]:
        from sklearn.mixture import GaussianMixture

        # It begins at the truth: from random modes EM misses some of 25, which would be taken for a
        # fault of the data. The components that are left over begin beside the first modes.
        modes = truth.centres * truth.scale
        more = modes[: components - len(modes)] + VARIANCE**0.5
        model = GaussianMixture(
            components,
            covariance_type="diag",
            means_init=np.concatenate([modes, more]),
            precisions_init=np.full((components, 2), 1 / VARIANCE),
            weights_init=np.full(components, 1 / components),
            random_state=0,
        )
        model.fit(points * truth.scale)
        return lambda others: np.asarray(model.score_samples(others * truth.scale))

    return replace(truth.instrument(n=ROWS), fits=fits)


@functools.cache
def _scale() -> tuple[Array, Array]:
    """Mean and deviation of the numbers x, y: from the net's own moments."""
    known = net.truth()
    a, b, c = net.split(np.arange(net.CELLS))
    mean_x = known.means[a, b]
    mean = np.stack([mean_x, known.offsets[c] + known.slope * mean_x], 1)
    spread = known.spread[a] ** 2
    inside = np.stack([spread, known.slope**2 * spread + known.rest**2], 1)
    centre = known.shares @ mean
    return centre, np.sqrt(known.shares @ (inside + (mean - centre) ** 2))


def _joined(cells: Array, numbers: Array) -> Array:
    """Rows [n, 11] in the units of the networks."""
    centre, deviation = _scale()
    return np.concatenate([(numbers - centre) / deviation, net.blocks(cells)], 1)


def _apart(points: Array) -> tuple[Array, Array]:
    """(cells [n], numbers [n, 2]) of rows in the units of the networks."""
    centre, deviation = _scale()
    flat = points.astype(np.float64)
    return net.cells(flat[:, net.NUMBERS :]), flat[:, : net.NUMBERS] * deviation + centre


def _rows(rng: np.random.Generator, n: int) -> Array:
    return _joined(*net.truth().draw(rng, n))


@functools.cache
def _net() -> Instrument:
    known = net.truth()

    def see(points: Array) -> Sample:
        cells, numbers = _apart(points)
        density = known.log_density(cells, numbers)
        return Sample(points, _joined(cells, numbers), cells, marks={"log_density": density})

    def fits(points: Array) -> Callable[[Array], Array]:
        model = net.fitted(*_apart(points))
        return lambda others: model.log_density(*_apart(others))

    return endless(
        see,
        lambda index, n: _rows(np.random.default_rng((19, index)), n),
        reference=10 * MEASURED,
        n=MEASURED,
        proxy="XY-FD",
        digest=digest(known.shares.tobytes()),
        weights=known.shares,
        fits=fits,
    )


def _case() -> Case:
    known = net.truth()
    rare, common = int(known.shares.argmin()), int(known.shares.argmax())

    def independent(rng: np.random.Generator, n: int) -> Array:
        drawn = [known.draw(rng, n) for _ in range(5)]
        a, b, c = (net.split(cells)[i] for i, (cells, _) in enumerate(drawn[:3]))
        numbers = np.stack([drawn[3][1][:, 0], drawn[4][1][:, 1]], 1)
        return _joined(12 * a + 4 * b + c, numbers)

    def strangers(rng: np.random.Generator, n: int) -> Array:
        return _joined(known.draw(rng, n)[0], known.draw(rng, n)[1])

    def exact(rng: np.random.Generator, n: int) -> Array:
        cells = known.draw(rng, n)[0]
        a, b, c = net.split(cells)
        x = known.means[a, b]
        return _joined(cells, np.stack([x, known.offsets[c] + known.slope * x], 1))

    def lacking(rng: np.random.Generator, n: int) -> Array:
        cells = known.draw(rng, 2 * n)[0]
        cells = cells[cells != rare][:n]
        return _joined(cells, known.numbers(rng, cells))

    def unequal(rng: np.random.Generator, n: int) -> Array:
        cells = known.draw(rng, n)[0]
        moved = (rng.random(n) < 0.1) & (cells != common)
        cells = np.where(moved, common, cells)
        even = np.where(rng.random(n) < 0.1, rng.integers(net.CELLS, size=n), cells)
        return _joined(even, known.numbers(rng, even))

    def gaussian(rng: np.random.Generator, n: int) -> Array:
        pool = _rows(np.random.default_rng(0), 4000)
        return rng.multivariate_normal(pool.mean(0), np.cov(pool.T), n)

    trivial = (
        Trivial("columns drawn independently", "density_gap", independent),
        Trivial("numbers of other rows", "density_gap", strangers),
        Trivial("exact means", "density_gap", exact),
        Trivial("one Gaussian", "density_gap", gaussian),
        Trivial("rarest combination missing", "modes", lacking),
        Trivial("a tenth of the shares moved", "mode_kl", unequal),
    )
    return Case(_net(), _rows, trivial)
