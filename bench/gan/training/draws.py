"""Random numbers of a training, a block of steps at a time: real samples, latents and keys.

They are drawn outside of the compiled step, and depend on nothing but the seed and the number of
the block.
"""

from __future__ import annotations

import math
from functools import cached_property

import numpy as np

from bench import registry
from bench.gan import keys
from bench.gan.backend import Key, Tensor, tf
from bench.gan.game.game import Batch, Game
from bench.gan.methods.rules import IllegalMethod
from bench.gan.tasks import Task

Array = np.ndarray


class Draws:
    """The draws of a game. `shape` is (steps of a block, batches of a step, samples of a batch).

    Raises IllegalMethod where an extra walks through a data set and the task has none.
    """

    def __init__(self, game: Game, shape: tuple[int, int, int]) -> None:
        self.task, self.shape, self.labelled = game.task, shape, game.labelled
        method, together = game.method, registry.dynamics[game.method.dynamics].traits
        # batches of a step that D is shown; the others are those of G's own steps
        self._judged = shape[1] - (0 if together.get("simultaneous") else method.g_steps)
        self._repeats = any(extra.repeats for extra in game.extras)
        self._places = next((extra.places for extra in game.extras if extra.places), None)
        if self._places and self.task.whole is None:
            named = zip(method.extras, game.extras, strict=True)
            name = next(name for name, extra in named if extra.places)
            text = "walks through a data set in its order, and the samples of this task have none"
            raise IllegalMethod(f"{name} {text}")

    def block(self, seed: int, index: int) -> Batch:
        """Real samples, latents and keys of a block, [steps, batches, size, ...] each.

        Where the task leaves latents to us they are bits, of which each step makes normal numbers.
        """
        task, shape = self.task, self.shape
        latent, noise = (keys.key(seed, s, index) for s in ("latent", "noise"))
        x, label = self._real(seed, index)
        z = np.reshape(_latents(task, latent, x, len(x)), (*shape, task.latent))
        pairs = keys.generator(noise).integers(-(2**31), 2**31, (*shape[:2], 2), np.int32)
        x = tf.reshape(x, (*shape, *task.shape))
        label = None if label is None else tf.reshape(label, shape)
        return Batch(x, tf.constant(z), tf.constant(pairs), label=label)

    def _real(self, seed: int, index: int) -> tuple[Array | Tensor, Tensor | None]:
        """The real samples of a block, [n, ...], and the class of each where they are told."""
        n = math.prod(self.shape)
        if self._places:
            images, label = self._whole
            places = self._places(self._numbers(index), len(images))
            return images[places], classes(label[places]) if self.labelled else None
        if not self._repeats:
            return self._drawn(keys.key(seed, "real", index), n)
        first, told = self._drawn(keys.key(seed, "real"), self.shape[2])
        times = n // self.shape[2]
        tiled = tf.tile(first, (times, *(1 for _ in self.task.shape)))
        return tiled, None if told is None else tf.tile(told, (times,))

    def _numbers(self, index: int) -> Array:
        """The numbers of a block's real samples, counted from the first step on, int [n]. Those
        that D is shown follow one another; a step of G has the last of them again."""
        steps, batches, size = self.shape
        own = np.minimum(np.arange(batches), self._judged - 1)
        first = (index * steps + np.arange(steps)) * self._judged
        numbers = (first[:, None] + own)[..., None] * size + np.arange(size)
        return np.asarray(numbers.ravel())

    def _drawn(self, key: Key, n: int) -> tuple[Array | Tensor, Tensor | None]:
        return labelled(self.task, key, n) if self.labelled else (self.task.real(key, n), None)

    @cached_property
    def _whole(self) -> tuple[Array, Array]:
        """All samples of the data set with their classes, 0 where nobody knows them."""
        assert self.task.whole
        images, label = self.task.whole()
        return images, np.zeros(len(images), np.int32) if label is None else label


def labelled(task: Task, key: Key, n: int) -> tuple[Array | Tensor, Tensor]:
    """n real samples of a task with classes, and the class of each, int32 [n]."""
    assert task.labelled
    x, label = task.labelled(key, n)
    return x, classes(label)


def classes(label: Array | Tensor) -> Tensor:
    """Classes as networks are told them, int32."""
    return tf.cast(tf.convert_to_tensor(label), tf.int32)


def _latents(task: Task, key: Key, x: Array | Tensor, n: int) -> Array:
    """Inputs of the generator for n samples: those that belong to real samples x [n, ...], what the
    task draws, or bits of normal numbers, int32. -> [n, latent]."""
    if task.given:
        return np.asarray(task.given(x))
    if task.latents:
        return np.asarray(task.latents(key, n))
    return keys.bits(keys.generator(key), (n, task.latent))
