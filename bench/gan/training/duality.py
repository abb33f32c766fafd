"""The duality gap of a game at a state: how much each player gains by its best answer to the other.

`bench.gan.training.diagnostics.along` takes it of a trial.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from bench.gan.backend import Tensor, Tensors, tf
from bench.gan.game.game import Game
from bench.gan.parts.optimizers import Optimizer
from bench.gan.state import Batch, HParams, Memory, State

Draws = TypeVar("Draws")
"""The samples that a duality gap is taken on: a `Batch`, or whatever else its value reads."""

Value = Callable[[Tensors, Tensors, Draws], Tensor]
"""(weights of G, weights of D, draws) -> M [], which G minimises and D maximises."""


def duality_gap(
    value: Value[Draws],
    g: Tensors,
    d: Tensors,
    search: Sequence[Draws],
    test: Draws,
    optimizer: Optimizer,
    lr: float = 1e-3,
) -> float:
    """max_d' M(g, d') - min_g' M(g', d), where M is `value` and g, d are weights.

    Each player in turn is trained from where it is, one step for each batch of `search`, against
    the other one fixed; M is then taken on the batch `test`. 0 at an equilibrium. It is a lower
    bound, as close as the search comes to the best answer. Grnarova et al. 2019.
    """
    # on other draws than those of the search: a player that learned them by heart gains nothing
    best_d = _trained(lambda w, batch: -value(g, w, batch), d, search, optimizer, lr)
    best_g = _trained(lambda w, batch: value(w, d, batch), g, search, optimizer, lr)
    return float(value(g, best_d, test) - value(best_g, d, test))


def _trained(
    loss: Callable[[Tensors, Draws], Tensor],
    w: Tensors,
    search: Sequence[Draws],
    optimizer: Optimizer,
    lr: float,
) -> Tensors:
    """The weights after one step down `loss` on each batch of `search`."""

    @tf.function(autograph=False)
    def step(w: Tensors, slots: Memory, batch: Draws) -> tuple[Tensors, Memory]:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(w)
            found = loss(w, batch)
        changes, slots = optimizer.update(tape.gradient(found, w), slots, lr)
        return tuple(a + b for a, b in zip(w, changes, strict=True)), slots

    slots = optimizer.init(w)
    for batch in search:
        w, slots = step(w, slots, batch)
    return w


def minimax(game: Game, hparams: HParams, state: State) -> Value[Batch]:
    """The value M = -(E sp(-D(x)) + E sp(D(G(z)))) of the zero-sum game, whatever the loss.

    Networks are in evaluation mode, with the buffers of `state`.
    """
    players = game.bind(hparams).players

    def value(g: Tensors, d: Tensors, batch: Batch) -> Tensor:
        there = state._replace(d=state.d._replace(weights=d))
        fake, _ = game.g(g, state.g.buffers, batch.z)
        real_logits, fake_logits = (players.logits(there, x) for x in (batch.real, fake))
        return -tf.reduce_mean(tf.nn.softplus(-real_logits)) - tf.reduce_mean(
            tf.nn.softplus(fake_logits)
        )

    return value
