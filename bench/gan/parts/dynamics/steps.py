"""The steps that all dynamics are made of, and names for what they are given. See the package."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bench.gan.backend import Tensors
from bench.gan.state import Batch, Halves, Slope, State

Batches = Sequence[Batch]

Path = Callable[[State], State]
"""The way from the present state to the one at whose end G's gradient is taken."""

Both = tuple[Tensors, Tensors]
"""Tensors like the weights of G, tensors like those of D."""


def one(d_steps: int, g_steps: int) -> int:
    """One batch, whatever the steps."""
    return 1


def two(d_steps: int, g_steps: int) -> int:
    """Two batches, whatever the steps."""
    return 2


def every_step(d_steps: int, g_steps: int) -> int:
    """A batch for each step of either player."""
    return d_steps + g_steps


def all_but_one(d_steps: int, g_steps: int) -> int:
    """A batch for each step, where two steps have the same one."""
    return d_steps + g_steps - 1


def in_turn(
    state: State,
    field: Halves,
    move: Halves,
    batches: Batches,
    ahead: Callable[[Batch], Path] | None = None,
) -> State:
    """The state after a step of D on each of the first batches and of G on each of the last
    `field.g_steps`; `ahead(batch)` is the path at whose end G's gradient is taken."""
    d_steps = len(batches) - field.g_steps
    for batch in batches[:d_steps]:
        state = move.d(state, field.d(state, batch))
    for batch in batches[d_steps:]:
        path = (ahead(batch),) if ahead else ()
        state = move.g(state, field.g(state, batch, *path))
    return state


def both(move: Halves, state: State, g: Slope, d: Slope) -> State:
    """The state after both players' steps along two halves taken at one point."""
    return move.g(move.d(state, d), g)


def at(state: State, ahead: State) -> State:
    """Everything of `ahead` but the players' weights, which are those of `state`."""
    return ahead._replace(
        g=ahead.g._replace(weights=state.g.weights), d=ahead.d._replace(weights=state.d.weights)
    )
