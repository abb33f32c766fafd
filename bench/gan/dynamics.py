"""Dynamics: (state, field, move, batches) -> state, one step of both players.

`field.g(state, batch)` and `field.d(state, batch)` are the two halves of the game's vector field,
`move.g(state, slope)` and `move.d(state, slope)` the players' steps along them. `batches` holds
fresh draws, as many as the registered function `batches(d_steps)` says.
"""

from __future__ import annotations

from typing import Any

from bench.registry import dynamics


@dynamics(batches=lambda d_steps: d_steps + 1)
def alternating(state: Any, field: Any, move: Any, batches: Any) -> Any:
    """d_steps discriminator steps, then a generator step, each on a fresh batch.

    Goodfellow et al. 2014, alg. 1.
    """
    *d_batches, g_batch = batches
    for batch in d_batches:
        state = move.d(state, field.d(state, batch))
    return move.g(state, field.g(state, g_batch))


@dynamics(batches=lambda d_steps: 1, simultaneous=True)
def simultaneous(state: Any, field: Any, move: Any, batches: Any) -> Any:
    """Both players step at once from the same point, on the same batch.

    The gradient descent of the theory; Mescheder et al. 2018, alg. 1.
    """
    (batch,) = batches
    g, d = field.g(state, batch), field.d(state, batch)
    return move.g(move.d(state, d), g)
