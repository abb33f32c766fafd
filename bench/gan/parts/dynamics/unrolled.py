"""Dynamics that look ahead of D's steps in G's loss. See the package's docstring."""

from __future__ import annotations

from bench.gan.backend import Tensor, tf
from bench.gan.parts.dynamics.steps import Batches, Path, both, every_step, in_turn, one
from bench.gan.state import Batch, Halves, State
from bench.ranges import LearningRate
from bench.registry import dynamics


def _descent(field: Halves, batch: Batch, rate: Tensor) -> Path:
    """state -> state after `field.unroll` plain gradient steps of D on one batch."""

    def ahead(state: State) -> State:
        for _ in range(field.unroll):
            slope = field.d(state, batch).gradient
            weights = tuple(
                w - tf.cast(rate, w.dtype) * g for w, g in zip(state.d.weights, slope, strict=True)
            )
            state = state._replace(d=state.d._replace(weights=weights))
        return state

    return ahead


@dynamics(batches=every_step, unrolls=True, also=("unrolling",))
def unrolled(
    state: State, field: Halves, move: Halves, batches: Batches, *, rate: LearningRate = 1e-3
) -> State:
    """`alternating`; G's loss is taken after `unroll` more steps of D, as a function of G as well.

    psi_{j+1} = psi_j - rate grad L_D(theta, psi_j), differentiated through, on G's own batch; D
    keeps none of them. In circulation: the same with the gradient stopped at psi, which damps half
    as much. Metz et al. 2017, eq. 5; for their Adam in the inner steps see `unrolled_by_optimizer`.
    """

    def ahead(batch: Batch) -> Path:
        return _descent(field, batch, rate)

    return in_turn(state, field, move, batches, ahead)


@dynamics(batches=every_step, unrolls=True)
def unrolled_by_optimizer(state: State, field: Halves, move: Halves, batches: Batches) -> State:
    """`unrolled`, with the inner steps psi_{j+1} of D's own optimizer, from its present moments.

    At lr_d, differentiated through the moments too. With adam this is the inner loop of Metz et al.
    2017 and their code. With sgd it is `unrolled` at rate = lr_d.
    """

    def ahead(batch: Batch) -> Path:
        def inner(state: State) -> State:
            for _ in range(field.unroll):
                state = move.d(state, field.d(state, batch))
            return state

        return inner

    return in_turn(state, field, move, batches, ahead)


@dynamics(batches=one, unrolls=True, simultaneous=True)
def unrolled_simultaneous(
    state: State, field: Halves, move: Halves, batches: Batches, *, rate: LearningRate = 1e-3
) -> State:
    """`unrolled` with both players' steps from the same point: theta by grad L_G(theta, psi_K)."""
    (batch,) = batches
    g, d = field.g(state, batch, _descent(field, batch, rate)), field.d(state, batch)
    return both(move, state, g, d)
