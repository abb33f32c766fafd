"""Dynamics that differentiate the whole field. See the package's docstring."""

from __future__ import annotations

from typing import Any, NamedTuple

from bench.gan.backend import Tensor, Tensors, tf
from bench.gan.parts.dynamics.steps import Batches, Both, both, one
from bench.gan.state import Batch, Halves, Slope, State
from bench.ranges import Real, Weight
from bench.registry import dynamics

Nest = Any
"""Tensors in a nest of tuples, such as `Both`."""


@dynamics(batches=one, simultaneous=True, cost=2.5, also=("consensus optimization", "ConOpt"))
def consensus(
    state: State, field: Halves, move: Halves, batches: Batches, *, gamma: Weight = 10.0
) -> State:
    """g + gamma grad R along the whole field g = (grad L_G, grad L_D), R = 1/2 ||g||^2.

    All weights of both players in one R, with the 1/2; `simultaneous`. In circulation: another
    1/2 on the second derivative. Mescheder et al. 2017, alg. 1; gamma of their experiments.
    """
    (batch,) = batches
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch((state.g.weights, state.d.weights))
        g, d = field.g(state, batch), field.d(state, batch)
        energy = _energy(g.gradient) + _energy(d.gradient)
    pull = _derivative(tape, energy, (state.g.weights, state.d.weights))
    return both(move, state, *_along(gamma, (g, d), pull))


@dynamics(batches=one, simultaneous=True, cost=2.5, also=("Jacobian regularization",))
def jare(
    state: State, field: Halves, move: Halves, batches: Batches, *, gamma: Weight = 0.1
) -> State:
    """G: g_G + gamma grad_G 1/2 ||g_D||^2; D: g_D + gamma grad_D 1/2 ||g_G||^2.

    Only the cross terms of `consensus`; with the 1/2. Nie & Patel 2020, eq. 13, and their code.
    """
    (batch,) = batches
    with tf.GradientTape(persistent=True, watch_accessed_variables=False) as tape:
        tape.watch((state.g.weights, state.d.weights))
        g, d = field.g(state, batch), field.d(state, batch)
        energies = _energy(g.gradient), _energy(d.gradient)
    pull = (
        _derivative(tape, energies[1], state.g.weights),
        _derivative(tape, energies[0], state.d.weights),
    )
    return both(move, state, *_along(gamma, (g, d), pull))


@dynamics(batches=one, simultaneous=True, cost=2.5, also=("symplectic gradient adjustment", "SGA"))
def symplectic(
    state: State, field: Halves, move: Halves, batches: Batches, *, weight: Weight = 1.0
) -> State:
    """g + lam A^T g, A = 1/2 (H - H^T) the antisymmetric part of H = dg/dw: SGA.

    lam = weight * sign(<g, H^T g> <A^T g, H^T g> / n + 0.1), n the number of weights. H^T g is a
    vector-Jacobian product, H g the derivative of another one. Without XLA its sums may differ in
    the last bit from run to run. Balduzzi et al. 2018, alg. 1.
    """
    turned = _turned(state, field, batches[0])
    n = sum(w.shape.num_elements() for half in _weights(state) for w in half)
    fixed = tuple(slope.gradient for slope in turned.slopes)
    align = _dot(fixed, turned.transposed) * _dot(turned.pull, turned.transposed) / n + 0.1
    return both(move, state, *_along(weight * tf.sign(align), turned.slopes, turned.pull))


@dynamics(batches=one, simultaneous=True, cost=2.5)
def symplectic_unaligned(
    state: State, field: Halves, move: Halves, batches: Batches, *, weight: Weight = 1.0
) -> State:
    """`symplectic` with lam = weight everywhere: g + weight A^T g.

    The sign of the original turns where a stable point is far away, as on the game `ridge_1`, from
    whose start it leaves. Wang et al. 2020 compare with this one and call it SGA.
    """
    turned = _turned(state, field, batches[0])
    return both(move, state, *_along(weight, turned.slopes, turned.pull))


class _Turned(NamedTuple):
    """The field at a state, and its products with the Jacobian H of the gradients."""

    slopes: tuple[Slope, Slope]
    """Both halves of the field, g."""
    pull: Both
    """A^T g, A the antisymmetric part of H."""
    transposed: Both
    """H^T g."""


def _turned(state: State, field: Halves, batch: Batch) -> _Turned:
    """The field at a state on a batch, with A^T g and H^T g."""
    weights = _weights(state)
    with tf.GradientTape(watch_accessed_variables=False) as outer:
        # H^T u is linear in u, so its derivative along g, with g held fixed, is H g
        slots = tuple(tuple(tf.zeros_like(w) for w in half) for half in weights)
        outer.watch(slots)
        with tf.GradientTape(persistent=True, watch_accessed_variables=False) as inner:
            inner.watch(weights)
            g, d = field.g(state, batch), field.d(state, batch)
            fixed = tuple(tuple(map(tf.stop_gradient, s.gradient)) for s in (g, d))
            along = _dot((g.gradient, d.gradient), fixed)
            along_slots = _dot((g.gradient, d.gradient), slots)
        transposed = _derivative(inner, along_slots, weights)
        product = _dot(transposed, fixed)
    straight = _derivative(outer, product, slots)
    transposed = _derivative(inner, along, weights)
    pull = tf.nest.map_structure(lambda t, s: (t - s) / 2, transposed, straight)
    return _Turned((g, d), pull, transposed)


def _weights(state: State) -> Both:
    """The weights of both players."""
    return state.g.weights, state.d.weights


@dynamics(
    batches=one,
    simultaneous=True,
    memory=_weights,
    cost=2.5,
    also=("least-action dynamics", "sLEAD", "LSD"),
)
def lead(
    state: State, field: Halves, move: Halves, batches: Batches, *, alpha: Real = 0.6
) -> State:
    """G: g_G - alpha grad_G <g_D, dpsi>; D: g_D - alpha grad_D <g_G, dtheta>, d the last moves.

    In a zero-sum game: a player's gradient where the other one is about to be, if it moves again
    as it did. The momentum is the optimizer's. alpha stands in the gradient, as in their code with
    Adam: with sgd the alpha of the paper is lr times this one, so that without momentum alpha = 1
    on the bilinear game is optimistic descent. In circulation: their code for the figure of the
    bilinear game, whose second step of an iteration overwrites the last weights, so that its
    momentum is 0. Askari Hemmat et al. 2023, alg. 1; alpha of their experiments.
    """
    (batch,) = batches
    with tf.GradientTape(persistent=True, watch_accessed_variables=False) as tape:
        tape.watch(_weights(state))
        g, d = field.g(state, batch), field.d(state, batch)
        last = tf.nest.map_structure(tf.subtract, _weights(state), state.motion)
        along = _dot(g.gradient, last[0]), _dot(d.gradient, last[1])
    pull = (
        _derivative(tape, along[1], state.g.weights),
        _derivative(tape, along[0], state.d.weights),
    )
    after = both(move, state, *_along(-alpha, (g, d), pull))
    return after._replace(motion=_weights(state))


def _derivative(tape: tf.GradientTape, target: Tensor, weights: Nest) -> Nest:
    """The gradient of a scalar; 0 where weights do not take part, as biases in a linear game."""
    return tape.gradient(target, weights, unconnected_gradients="zero")


def _along(strength: Tensor, slopes: tuple[Slope, Slope], pull: Both) -> tuple[Slope, ...]:
    """Both slopes with strength * pull added to their gradients."""
    return tuple(
        slope._replace(
            gradient=tuple(g + strength * p for g, p in zip(slope.gradient, half, strict=True))
        )
        for slope, half in zip(slopes, pull, strict=True)
    )


def _energy(gradient: Tensors) -> Tensor:
    """1/2 ||g||^2, over all weights of a player."""
    return tf.add_n([tf.reduce_sum(g**2) for g in gradient]) / 2


def _dot(a: Nest, b: Nest) -> Tensor:
    """The inner product of two nests of equal structure."""
    pairs = zip(tf.nest.flatten(a), tf.nest.flatten(b), strict=True)
    return tf.add_n([tf.reduce_sum(x * y) for x, y in pairs])
