"""A player's penalties: which are its own, what they remember, and their sum with its loss."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from bench.gan import keys
from bench.gan.backend import Tensor, Tensors, tf
from bench.gan.parts.regularizers import Seen
from bench.gan.state import Batch, Memory


class Penalty(NamedTuple):
    """A regularizer with its numbers."""

    name: str
    """The name under which it is registered, and under which its memory is kept."""
    place: int
    """Its place among all regularizers of the method, which makes the key of its draws: so they
    are the same whoever pays for the others."""
    fn: Callable[..., Any]
    """(d, real, fake, key) -> penalty [B] or []; (penalty, memory) where it remembers anything."""
    players: str
    """The players whose loss it is added to: "g", "d" or "gd"."""
    memory: Callable[[Tensors, Tensors], Memory] | None
    """(weights, kernels) -> what it remembers at first; None where it has no memory."""
    features: bool
    """True where it looks at the discriminator's last hidden layer."""


class Penalties:
    """The penalties that are added to the loss of one player, taken in every `lazy`-th step."""

    def __init__(self, own: Sequence[Penalty], lazy: int) -> None:
        self.own, self._lazy = tuple(own), lazy

    @property
    def need_features(self) -> bool:
        """True where one of them looks at the discriminator's last hidden layer."""
        return any(penalty.features for penalty in self.own)

    def memory(self, weights: Tensors, kernels: Tensors) -> Memory:
        """The first memory of each penalty by its name; () where none remembers anything."""
        return {p.name: p.memory(weights, kernels) for p in self.own if p.memory} or ()

    def add(self, value: Tensor, seen: Seen, batch: Batch, fake: Tensor) -> tuple[Tensor, Memory]:
        """(a player's loss [] plus the mean of each penalty, what they remember after it).

        Those of a `lazy` method are taken in every `lazy`-th step, so many times as strong.
        """
        if not self.own:
            return value, seen.memory
        memory = dict(seen.memory or {})
        if self._lazy == 1:
            return value + self._sum(seen, batch, fake, memory), memory or seen.memory
        # tf.cond runs one branch only: the steps between cost no gradient of a gradient. A penalty
        # with a memory is never lazy (`bench.gan.methods.rules`), as the memory would leave a
        # branch that may not have run.
        penalty = tf.cond(
            tf.equal(batch.step % self._lazy, 0),
            lambda: self._lazy * self._sum(seen, batch, fake, memory),
            lambda: tf.zeros([], fake.dtype),
        )
        return value + penalty, memory or seen.memory

    def _sum(self, seen: Seen, batch: Batch, fake: Tensor, memory: dict[str, Memory]) -> Tensor:
        """The sum of their means, each with draws of its own; `memory` is brought up to date."""
        total = tf.zeros([], fake.dtype)
        for own in self.own:
            # + 1: key 0 is that of the batch itself
            key = keys.split(keys.fold(batch.key, own.place + 1), ())
            penalty = own.fn(seen._replace(memory=memory.get(own.name)), batch.real, fake, key)
            if own.name in memory:
                penalty, memory[own.name] = penalty
            total += tf.reduce_mean(penalty)
        return total
