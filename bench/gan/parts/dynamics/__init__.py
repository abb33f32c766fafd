"""Dynamics: (state, field, move, batches, *, ...) -> state, one step of both players.

`field.g(state, batch)` and `field.d(state, batch)` are the two halves of the game's vector field,
`move.g(state, slope)` and `move.d(state, slope)` the players' steps along them. `batches` holds
fresh draws; the last `field.g_steps` of them are for G.

Traits, told to the decorator:

* `batches`: (d_steps, g_steps) -> how many batches it needs.
* `simultaneous`: it steps both players once and at once.
* `memory`: state -> what it remembers at first; it finds and leaves that in `state.motion`.
* `unrolls`: G's loss is taken after inner steps of D.
* `returns`: it puts players back to other weights than their optimizers left them at.
* `cost`: how many times the gradients of a plain step it takes; 1 where nothing is said.
"""

from bench.gan.parts.dynamics import conjugate, plain, unrolled, whole_field  # noqa: F401
