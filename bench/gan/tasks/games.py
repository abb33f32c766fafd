"""Games with known solutions, as tasks: the same trainer on networks of one to four numbers.

The real batch and the latents are exact (no sampling noise), the numbers are float64, and what is
measured is the curve `radius`: the distance of all weights from the equilibrium. Theory says what
each method must do here, see `tests/gan/parts/test_dirac.py` and its neighbours. Games of two
numbers have these as curves as well, `theta` and `psi`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np

from bench.gan.backend import Layer, Model, Tensor, keras
from bench.gan.networks import Layers
from bench.gan.state import State
from bench.gan.tasks.task import Array, Criterion, Draws, Pair, Task
from bench.metrics.planar.saddles import SADDLES, Saddle
from bench.ranges import Count, Positive, Real
from bench.registry import task

Observed = dict[str, float | None]
"""The curves of a game at a state; None where a number is beyond what can be held."""

SIX = np.array([-1.0, 0.0, 0.0, 0.0, 0.0, 1.0]) * 3**0.5
"""Six points with the moments 1 to 5 of a standard normal: 0, 1, 0, 3, 0."""

_PLAIN = {"lr_g": 0.1, "lr_d": 0.1, "r1.gamma": 0.3, "r2.gamma": 0.3}
"""Numbers at which the theory's pictures are usually drawn; a squared scale of 1."""

_GAME: dict[str, Any] = {"data": "game", "takes": ("d.kernels", "d.features")}
"""Nothing is generated and measured, and the players have no layers to put anything behind."""


@dataclass(frozen=True, eq=False)
class Exact:
    """The instrument of a game, which measures nothing: its state says it all."""

    size: int
    """The count of numbers in one sample."""

    n: int = 1
    """The number of samples to measure."""

    real: Any = field(init=False)
    """A real sample: one point at the origin."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "real", SimpleNamespace(points=np.zeros((1, self.size))))

    def record(self) -> dict[str, Any]:
        """The plain data that are stored of it with each result."""
        return {"proxy": None, "n": self.n, "modes": None}


@task(steps=500, hparams=_PLAIN, **_GAME)
def dirac(*, bias: bool = False, batch: Count = 2) -> Task:
    """Dirac-GAN: x = 0, G(z) = theta, D(x) = psi x, from (1, 1); radius = |(theta, psi)|.

    With `bias`, D(x) = psi x + beta from beta = 0; least squares (0, 1, 1) has its equilibrium at
    beta = 1/2 and is degenerate without. Mescheder et al. 2018, definition 2.1, whose D is high on
    fake samples (psi -> -psi).
    """
    return _points(1, batch, bias)


@task(steps=500, hparams=_PLAIN, losses=("wasserstein",), **_GAME)
def bilinear(*, size: Count = 1, batch: Count = 2) -> Task:
    """min_x max_y <x, y> in `size` dimensions, from (1, ..., 1); radius = |(x, y)|.

    The game in which simultaneous steps spiral outwards for every learning rate. Its only loss is
    `wasserstein`: any other bends it into a Dirac-GAN. Gidel et al. 2019, section 2.
    """
    return _points(size, batch, False)


@task(
    steps=4000,
    hparams=_PLAIN | {"lr_g": 0.05, "lr_d": 0.05, "r1.gamma": 0.5},
    **_GAME,
)
def gauss1d_lq(*, mean: Real = 0.0, std: Positive = 1.0) -> Task:
    """N(mean, std^2), G(z) = mu + sd z, D(x) = w1 x + w2 x^2, from mu = sd = 1/2 and w = 0.

    Batches are the six points of `SIX`, on which the gradients are those of the expectation (for
    wasserstein and R1 exactly, for other losses to first order at the equilibrium (mean, +-std, 0,
    0)). Linear-quadratic GAN: Feizi et al. 2017; Nagarajan & Kolter 2017, section 3.
    """
    six = mean + std * SIX[:, None]

    def networks(layers: Layers) -> Pair:
        from bench.gan.parts.layers import Affine, Powers

        def g(z: Tensor) -> Tensor:
            return Affine(start=0.5, dtype="float64")(z)

        def d(x: Tensor) -> Tensor:
            return _dense(False, "zeros")(Powers(dtype="float64")(x))

        return _model(1, g), _model(1, d)

    def distance(g: list[Array], d: list[Array]) -> list[float]:
        mu, sd = np.ravel(g[0])
        return [mu - mean, abs(sd) - std, *np.ravel(d[0])]

    return _game(
        lambda key, n: np.resize(six, (n, 1)),
        networks,
        distance,
        batch=len(SIX),
        latents=lambda key, n: np.resize(SIX[:, None], (n, 1)),
    )


_RIDGE = {
    **{"lr_g": 0.05, "lr_d": 0.05, "consensus.gamma": 0.1, "follow_the_ridge.damping": 0.0},
    **{"cgd.rate_g": 0.05, "cgd.rate_d": 0.05},
}
"""The numbers of the authors' pictures (gd-zhang/Follow-the-Ridge, quadratic.py)."""

_RIDGES: dict[str, Any] = {
    **{"steps": 1000, "hparams": _RIDGE, "losses": ("wasserstein",), "data": "game", "takes": ()}
}


@task(**_RIDGES)
def ridge_1(*, batch: Count = 2) -> Task:
    """min_x max_y -3 x^2 - y^2 + 4 x y from (5, 7): the origin is minimax, and gradients leave it.

    theta is x, psi is y, radius = |(x, y)|. Wang et al. 2020 (follow the ridge), f1.
    """
    return _saddle("ridge_1", batch)


@task(**_RIDGES)
def ridge_2(*, batch: Count = 2) -> Task:
    """min_x max_y 3 x^2 + y^2 + 4 x y from (6, 5): the origin attracts, and is no minimax point.

    Whoever converges here is wrong: y could gain without end, so that nothing meets the criterion,
    which asks for a local minimax point as well. Wang et al. 2020, f2.
    """
    return _saddle("ridge_2", batch)


@task(**_RIDGES)
def ridge_3(*, batch: Count = 2) -> Task:
    """A game of degree six, damped by a Gaussian, from (7, 5): gradients end in a cycle.

    f = (0.4 x^2 - 0.1 (y - 3 x + 0.05 x^3)^2 - 0.01 y^4) exp(-0.01 (x^2 + y^2)); the origin is a
    local minimax point. Wang et al. 2020, f3.
    """
    return _saddle("ridge_3", batch)


def _saddle(name: str, batch: int) -> Task:
    """A game min_x max_y f(x, y) of two numbers: G makes (x, 1), real samples are 0, and D of the
    number y gives -f(x, y) to samples of G and 0 to real ones."""
    saddle = SADDLES[name]

    def networks(layers: Layers) -> Pair:
        from bench.gan.parts.layers import Point

        def g(z: Tensor) -> Tensor:
            x = Point(1, saddle.start[0], dtype="float64")(z)
            return keras.ops.concatenate([x, keras.ops.ones_like(x)], -1)

        def d(sample: Tensor) -> Tensor:
            y = Point(1, saddle.start[1], dtype="float64")(sample)
            # squared, so that D has no slope at real samples
            return -saddle.value(sample[:, :1], y, keras.ops.exp) * sample[:, 1:] ** 2

        return _model(1, g), _model(2, d)

    def more(x: float, y: float) -> Observed:
        return _judged(saddle, x, y)

    return _game(
        lambda key, n: np.zeros((n, 2)),
        networks,
        _both,
        batch=batch,
        size=2,
        pair=True,
        more=more,
        solution={"local_minimax": (">=", 1.0)},
    )


def _judged(saddle: Saddle, x: float, y: float) -> Observed:
    """The curves that say whether a point is stationary, and whether it could be a solution."""
    slope = float(np.linalg.norm(saddle.slopes(np.array(x), np.array(y))))
    known = slope if np.isfinite(slope) else None
    return {"field_norm": known, "local_minimax": float(saddle.best_answers(x, y))}


def _both(g: list[Array], d: list[Array]) -> list[float]:
    """All numbers of both players."""
    return [*np.ravel(g[0]), *np.ravel(d[0])]


def _points(size: int, batch: int, bias: bool) -> Task:
    """Data at the origin of R^size, a generator that ignores z, a linear discriminator."""

    def networks(layers: Layers) -> Pair:
        from bench.gan.parts.layers import Point

        g = _model(1, Point(size, dtype="float64"))
        return g, _model(size, _dense(bias, "ones"))

    pair = size == 1 and not bias
    return _game(
        lambda key, n: np.zeros((n, size)), networks, _both, batch=batch, size=size, pair=pair
    )


def _game(
    real: Draws,
    networks: Callable[[Layers], Pair],
    distance: Callable[[list[Array], list[Array]], list[float]],
    *,
    batch: int,
    size: int = 1,
    latents: Callable[[Array, int], Array] | None = None,
    pair: bool = False,
    more: Callable[[float, float], Observed] = lambda theta, psi: {},
    solution: Criterion | None = None,
) -> Task:
    """A task that stores the length of `distance(weights of G, weights of D)` as `radius`; of a
    `pair` of numbers also these, as `theta` and `psi`, and the curves that `more` makes of them.
    `solution` is what must hold beside a small radius."""

    @np.errstate(over="ignore", invalid="ignore")  # on their way to infinity
    def observe(state: State) -> Observed:
        g, d = ([np.asarray(w) for w in player.weights] for player in (state.g, state.d))
        radius: Observed = {"radius": float(np.linalg.norm(distance(g, d)))}
        if not pair:
            return radius
        theta, psi = float(np.ravel(g[0])[0]), float(np.ravel(d[0])[0])
        return radius | {"theta": theta, "psi": psi} | more(theta, psi)

    return Task(
        shape=(size,),
        real=real,
        networks=networks,
        instrument=lambda: Exact(size),  # type: ignore[arg-type,return-value]
        criterion={"radius": ("<=", 0.01), **(solution or {})},
        latent=1,
        batch=batch,
        kind="game",
        dtype="float64",
        latents=latents,
        observe=observe,
    )


def _dense(bias: bool, start: str) -> Layer:
    return keras.layers.Dense(1, use_bias=bias, kernel_initializer=start, dtype="float64")


def _model(size: int, layer: Callable[[Tensor], Tensor]) -> Model:
    inputs = keras.Input((size,), dtype="float64")
    return keras.Model(inputs, layer(inputs))
