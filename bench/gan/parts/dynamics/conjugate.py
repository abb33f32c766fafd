"""Dynamics that solve for a step by conjugate gradients. See the package's docstring.

No matrix is ever formed: products with second derivatives are backward passes through the field.
"""

from __future__ import annotations

from collections.abc import Callable

from bench.gan.backend import Tensor, Tensors, tf
from bench.gan.parts.dynamics.steps import Batches, both, one
from bench.gan.state import Halves, State
from bench.ranges import LearningRate, NonNegative, Period
from bench.registry import dynamics

Product = Callable[[Tensors], Tensors]
"""Tensors like the weights of a player -> a matrix times them."""

SOLVED = 1e-12
"""The squared residual, in that of the first, at which a system counts as solved."""


@dynamics(
    batches=one, simultaneous=True, cost=16, also=("competitive gradient descent", "BCGD", "ACGD")
)
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
    """The Nash equilibrium of the game's local bilinear model: both players foresee the other one.

    G: (I + h_G h_D B B^T)^-1 (g_G - h_D B g_D), D: g_D - h_G B^T (G's), B = d^2 L_G / d theta
    d psi [P_G, P_D]; h are `rate_g` and `rate_d`, the rates that each expects of the other: those
    of the optimizer, or it is another method. On min_x max_y x y it is the proximal point, x' = x -
    h y'. Conjugate gradients, at most so many `iterations`. Exact for a zero-sum game; of another
    one it sees L_G. In circulation: the signs of the two corrections alike. Schaefer & Anandkumar
    2019, eq. 4.
    """
    (batch,) = batches
    theta, psi = state.g.weights, state.d.weights
    with tf.GradientTape(persistent=True, watch_accessed_variables=False) as outer:
        # B^T v is linear in v, so its derivative by v, with u before it, is B u
        slots = tuple(tf.zeros_like(w) for w in theta)
        outer.watch(slots)
        with tf.GradientTape(persistent=True, watch_accessed_variables=False) as inner:
            inner.watch(psi)
            g = field.g(state, batch)
        linear = _product(inner, g.gradient, psi, slots)
    d = field.d(state, batch)

    def transposed(v: Tensors) -> Tensors:
        return _product(inner, g.gradient, psi, v)

    def straight(u: Tensors) -> Tensors:
        return _product(outer, linear, slots, u)

    def system(v: Tensors) -> Tensors:
        return _plus(v, rate_g * rate_d, straight(transposed(v)))

    foreseen = _plus(g.gradient, -rate_d, straight(d.gradient))
    own = _solved(system, foreseen, iterations)
    other = _plus(d.gradient, rate_g, transposed(own))
    return both(move, state, g._replace(gradient=own), d._replace(gradient=other))


@dynamics(batches=one, simultaneous=True, cost=16, also=("follow-the-ridge", "FR"))
def follow_the_ridge(
    state: State,
    field: Halves,
    move: Halves,
    batches: Batches,
    *,
    damping: NonNegative = 1.0,
    iterations: Period = 5.0,
) -> State:
    """`simultaneous`, with a move of D that keeps its own gradient as it was before G's move.

    psi' = psi - h_D g_D + s, H s = g_D(theta, psi) - g_D(theta', psi), H = d^2 L_D / d psi^2: along
    the ridge, where D's answer is the best. Least squares, (H^2 + damping I) s = H (...), by at
    most so many conjugate gradient `iterations`, so that H may be indefinite. Its stable points are
    the local minimax points and no others. s is added to the weights and not given to the
    optimizer. In circulation: s with the other sign. Wang et al. 2020, alg. 1; the difference, the
    damping and the least squares of their code.
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


def _solved(system: Product, b: Tensors, iterations: Tensor) -> Tensors:
    """The solution x of a symmetric positive system, A x = b, from x = 0, by conjugate gradients:
    until it is solved, or for so many iterations. Hestenes & Stiefel 1952."""
    zero, first = tuple(tf.zeros_like(t) for t in b), _dot(b, b)

    def unsolved(i: Tensor, x: Tensors, rest: Tensors, way: Tensors, size: Tensor) -> Tensor:
        return (tf.cast(i, first.dtype) < tf.cast(iterations, first.dtype)) & (
            size > SOLVED * first
        )

    def step(
        i: Tensor, x: Tensors, rest: Tensors, way: Tensors, size: Tensor
    ) -> tuple[Tensor, Tensors, Tensors, Tensors, Tensor]:
        pushed = system(way)
        length = tf.math.divide_no_nan(size, _dot(way, pushed))
        x, rest = _plus(x, length, way), _plus(rest, -length, pushed)
        new = _dot(rest, rest)
        return i + 1, x, rest, _plus(rest, new / size, way), new

    return tf.while_loop(unsolved, step, (tf.constant(0), zero, b, b, first))[1]


def _product(tape: tf.GradientTape, targets: Tensors, weights: Tensors, u: Tensors) -> Tensors:
    """sum_i u_i d targets_i / d weights; 0 where weights do not take part."""
    found = tape.gradient(targets, weights, output_gradients=u, unconnected_gradients="zero")
    return tuple(found)


def _plus(a: Tensors, strength: Tensor | float, b: Tensors) -> Tensors:
    """a + strength * b, tensor by tensor."""
    return tuple(x + tf.cast(strength, x.dtype) * y for x, y in zip(a, b, strict=True))


def _dot(a: Tensors, b: Tensors) -> Tensor:
    """The inner product of all numbers."""
    return tf.add_n([tf.reduce_sum(x * y) for x, y in zip(a, b, strict=True)])
