"""Dynamics that solve for a step by conjugate gradients. See the package's docstring.

No matrix is ever formed: products with second derivatives are backward passes through the field.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from bench.gan.backend import Tensor, Tensors, tf
from bench.gan.parts.dynamics.steps import Batches, Both, both, one
from bench.gan.state import Batch, Halves, Slope, State
from bench.ranges import Decay, LearningRate, NonNegative, Period, Positive
from bench.registry import dynamics

Product = Callable[[Tensors], Tensors]
"""Tensors like the weights of a player -> a matrix times them."""

SOLVED = 1e-12
"""The squared residual, in that of the first, at which a system counts as solved."""


@dynamics(batches=one, simultaneous=True, cost=5, also=("competitive gradient descent", "BCGD"))
def cgd(
    state: State,
    field: Halves,
    move: Halves,
    batches: Batches,
    *,
    rate_g: LearningRate = 1e-3,
    rate_d: LearningRate = 1e-3,
    iterations: Period = 10.0,
) -> State:
    """The Nash equilibrium of the game's local bilinear model: each player foresees the other one.

    G: u = (I + h_G h_D B B^T)^-1 (g_G - h_D B g_D), D: g_D + h_G B^T u, B = d^2 L_G / d theta d psi
    [P_G, P_D]; h are `rate_g` and `rate_d`, the rates that each expects of the other: those of the
    optimizer, sgd, or it is another method. On min_x max_y x y it is the proximal point, x' = x - h
    y', y' = y + h x'. Conjugate gradients, at most so many `iterations`. It is exact for a zero-sum
    game; of another one D counts on -L_G. Schaefer & Anandkumar 2019, eq. 4, and their code.
    """
    game = _local(state, field, batches[0])
    rates = _each(_weights(state), rate_g, rate_d)
    g, d = _foreseen(game, rates, iterations)
    return both(move, state, game.g._replace(gradient=g), game.d._replace(gradient=d))


def _squares(state: State) -> tuple[Both, Tensor]:
    """Averages of the squared gradients of both players, from 0, and beta^t, 1 at first."""
    weights = _weights(state)
    return tf.nest.map_structure(tf.zeros_like, weights), tf.ones([], weights[0][0].dtype)


@dynamics(
    batches=one,
    simultaneous=True,
    memory=_squares,
    cost=5,
    also=("adaptive competitive gradient descent",),
)
def acgd(
    state: State,
    field: Halves,
    move: Halves,
    batches: Batches,
    *,
    rate_g: LearningRate = 1e-3,
    rate_d: LearningRate = 1e-3,
    beta: Decay = 0.99,
    eps: Positive = 1e-5,
    iterations: Period = 10.0,
) -> State:
    """`cgd` with a rate for each weight, h sqrt(1 - beta^t) / (sqrt(s) + eps), as Adam has one.

    s <- beta s + (1 - beta) g^2, from 0. The optimizer is sgd at the rates `rate_g` and `rate_d`:
    what it is given is the step in their unit. Schaefer et al. 2020, alg. 1, and their code.
    """
    game, (squares, power) = _local(state, field, batches[0]), state.motion
    gradients, power = (game.g.gradient, game.d.gradient), power * beta
    squares = tf.nest.map_structure(lambda s, g: beta * s + (1 - beta) * g**2, squares, gradients)
    shares = tf.nest.map_structure(lambda s: tf.sqrt(1 - power) / (tf.sqrt(s) + eps), squares)
    rates = tf.nest.map_structure(tf.multiply, _each(shares, rate_g, rate_d), shares)
    g, d = (_times(a, b) for a, b in zip(shares, _foreseen(game, rates, iterations), strict=True))
    after = both(move, state, game.g._replace(gradient=g), game.d._replace(gradient=d))
    return after._replace(motion=(squares, power))


@dynamics(batches=one, simultaneous=True, cost=12.5, returns=True, also=("follow-the-ridge", "FR"))
def follow_the_ridge(
    state: State,
    field: Halves,
    move: Halves,
    batches: Batches,
    *,
    damping: NonNegative = 1.0,
    iterations: Period = 5.0,
) -> State:
    """`simultaneous`, with a move of D that keeps its gradient as it was before the move of G.

    psi' = psi - h_D g_D + s, H s = g_D(theta, psi) - g_D(theta', psi), H = d^2 L_D / d psi^2: so D
    stays on the ridge, where it answers best. Least squares, (H^2 + damping I) s = H (...), by at
    most so many conjugate gradient `iterations`, so that H may be indefinite. Without damping its
    stable points are the local minimax points and no others. s is added to the weights and not
    given to the optimizer. Wang et al. 2020, alg. 1; difference, damping and least squares are
    those of their code, whose D looks at its gradient at the end of the move.
    """
    (batch,) = batches
    psi = state.d.weights
    with tf.GradientTape(persistent=True, watch_accessed_variables=False) as tape:
        tape.watch(psi)
        d = field.d(state, batch)
    moved = move.g(state, field.g(state, batch))
    change = _plus(d.gradient, -1.0, field.d(moved, batch).gradient)

    def curved(v: Tensors) -> Tensors:
        return _product(tape, d.gradient, psi, v)

    def system(v: Tensors) -> Tensors:
        return _plus(curved(curved(v)), damping, v)

    along = _solved(system, curved(change), iterations)
    # before D's step and not after it, which ends in what the normalizer makes of the weights
    return move.d(moved._replace(d=moved.d._replace(weights=_plus(psi, 1.0, along))), d)


class _Local(NamedTuple):
    """A game at a state, to the first order of what each player sees of the other one."""

    g: Slope
    """The generator's half of the field."""
    d: Slope
    """The discriminator's half of the field."""
    straight: Product
    """B times tensors like the weights of D."""
    transposed: Product
    """B^T times tensors like the weights of G."""


def _local(state: State, field: Halves, batch: Batch) -> _Local:
    """Both halves of the field, and products with B = d^2 L_G / d theta d psi and with B^T."""
    theta, psi = _weights(state)
    with tf.GradientTape(persistent=True, watch_accessed_variables=False) as outer:
        # B^T v is linear in v, so its derivative by v, with u before it, is B u
        slots = tuple(tf.zeros_like(w) for w in theta)
        outer.watch(slots)
        with tf.GradientTape(persistent=True, watch_accessed_variables=False) as inner:
            inner.watch(psi)
            g = field.g(state, batch)
        linear = _product(inner, g.gradient, psi, slots)
    return _Local(
        g,
        field.d(state, batch),
        straight=lambda u: _product(outer, linear, slots, u),
        transposed=lambda v: _product(inner, g.gradient, psi, v),
    )


def _foreseen(game: _Local, rates: Both, iterations: Tensor) -> Both:
    """The slopes of both players, with a rate for each weight, where both foresee the other one.

    G: (I + B P_D B^T P_G)^-1 (g_G - B P_D g_D), made symmetric by the roots of P_G.
    """
    own, other = rates
    root = tuple(tf.sqrt(p) for p in own)

    def system(v: Tensors) -> Tensors:
        answer = _times(other, game.transposed(_times(root, v)))
        return _plus(v, 1.0, _times(root, game.straight(answer)))

    seen = _plus(game.g.gradient, -1.0, game.straight(_times(other, game.d.gradient)))
    solved = _solved(system, _times(root, seen), iterations)
    g = tuple(x / r for x, r in zip(solved, root, strict=True))
    return g, _plus(game.d.gradient, 1.0, game.transposed(_times(root, solved)))


def _solved(system: Product, b: Tensors, iterations: Tensor) -> Tensors:
    """The solution x of a symmetric positive system, A x = b, from x = 0, by conjugate gradients:
    until it is solved, or for so many iterations. Hestenes & Stiefel 1952."""
    zero, first = tuple(tf.zeros_like(t) for t in b), _dot(b, b)
    most = tf.cast(iterations, first.dtype)

    def unsolved(i: Tensor, x: Tensors, rest: Tensors, way: Tensors, size: Tensor) -> Tensor:
        return (tf.cast(i, first.dtype) < most) & (size > SOLVED * first)

    def step(
        i: Tensor, x: Tensors, rest: Tensors, way: Tensors, size: Tensor
    ) -> tuple[Tensor, Tensors, Tensors, Tensors, Tensor]:
        pushed = system(way)
        length = tf.math.divide_no_nan(size, _dot(way, pushed))
        x, rest = _plus(x, length, way), _plus(rest, -length, pushed)
        new = _dot(rest, rest)
        return i + 1, x, rest, _plus(rest, new / size, way), new

    x: Tensors = tf.while_loop(unsolved, step, (tf.constant(0), zero, b, b, first))[1]
    return x


def _product(tape: tf.GradientTape, targets: Tensors, weights: Tensors, u: Tensors) -> Tensors:
    """sum_i u_i d targets_i / d weights; 0 where weights do not take part."""
    found = tape.gradient(targets, weights, output_gradients=u, unconnected_gradients="zero")
    return tuple(found)


def _weights(state: State) -> Both:
    return state.g.weights, state.d.weights


def _each(like: Both, *rates: Tensor) -> Both:
    """A player's rate for each of its weights."""
    g, d = (
        tuple(tf.zeros_like(w) + tf.cast(rate, w.dtype) for w in half)
        for half, rate in zip(like, rates, strict=True)
    )
    return g, d


def _plus(a: Tensors, strength: Tensor | float, b: Tensors) -> Tensors:
    """a + strength * b, tensor by tensor."""
    return tuple(x + tf.cast(strength, x.dtype) * y for x, y in zip(a, b, strict=True))


def _times(a: Tensors, b: Tensors) -> Tensors:
    """a * b, number by number."""
    return tuple(x * y for x, y in zip(a, b, strict=True))


def _dot(a: Tensors, b: Tensors) -> Tensor:
    """The inner product of all numbers."""
    return tf.add_n([tf.reduce_sum(x * y) for x, y in zip(a, b, strict=True)])
