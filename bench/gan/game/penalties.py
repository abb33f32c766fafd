"""A player's penalties: which are its own, what they remember, and their sum with its loss."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bench import registry
from bench.gan import keys
from bench.gan.backend import tf
from bench.gan.parts.regularizers import Seen
from bench.gan.state import Batch, Tensors
from bench.registry import own_hparams
from bench.trial import Method

HParams = Mapping[str, Any]


class Penalties:
    """The penalties that a method adds to the loss of one player, "g" or "d"."""

    def __init__(self, method: Method, player: str) -> None:
        self._all, self._lazy = method.regularizers, method.lazy
        self.names = [n for n in self._all if player in _facts(n).get("players", "d")]

    @property
    def need_features(self) -> bool:
        """Whether one of them looks at D's last hidden layer."""
        return any(_facts(name).get("features") for name in self.names)

    def memory(self, weights: Tensors, kernels: Tensors) -> Any:
        """What they remember at first, by their names; () where none remembers anything."""
        made = {n: _facts(n)["memory"] for n in self.names if "memory" in _facts(n)}
        return {n: make(weights, kernels) for n, make in made.items()} or ()

    def add(
        self, value: Any, seen: Seen, batch: Batch, fake: Any, hparams: HParams
    ) -> tuple[Any, Any]:
        """(value plus the mean of each penalty, what they remember after it).

        Of a `lazy` method they are taken in every `lazy`-th step only, so many times as strong.
        """
        if not self.names:
            return value, seen.memory
        memory = dict(seen.memory or {})
        if self._lazy == 1:
            return value + self._sum(seen, batch, fake, hparams, memory), memory or seen.memory
        now = tf.equal(batch.step % self._lazy, 0)
        penalty = tf.cond(
            now,
            lambda: self._lazy * self._sum(seen, batch, fake, hparams, memory),
            lambda: tf.zeros([], fake.dtype),
        )
        return value + penalty, memory or seen.memory

    def _sum(
        self, seen: Seen, batch: Batch, fake: Any, hparams: HParams, memory: dict[str, Any]
    ) -> Any:
        """The sum of their means, each with draws of its own; `memory` is brought up to date."""
        total = tf.zeros([], fake.dtype)
        for i, name in enumerate(self._all):  # i is the key of its draws, whoever pays the others
            if name not in self.names:
                continue
            key = keys.split(keys.fold(batch.key, i + 1), ())
            own, known = own_hparams(name, hparams), seen._replace(memory=memory.get(name))
            penalty = registry.regularizer[name].fn(known, batch.real, fake, key, **own)
            if name in memory:
                penalty, memory[name] = penalty
            total += tf.reduce_mean(penalty)
        return total


def _facts(regularizer: str) -> dict[str, Any]:
    return registry.regularizer[regularizer].traits
