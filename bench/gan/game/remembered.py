"""Extras that remember something, in the game: what they change of the samples that D is shown.

Which of them there are is `Composition.remembering`; their memories are in `State.extras`.
"""

from __future__ import annotations

from bench.gan import keys
from bench.gan.backend import Key, Shape, Tensor, tf
from bench.gan.game.composition import Composition
from bench.gan.state import Memory, State


def first(parts: Composition, shape: Shape, dtype: str) -> Memory:
    """The first memory of each extra by its name, () where none has any; `shape` is that of one
    sample as D is shown it."""
    extras = parts.remembering.items()
    return {n: extra.memory(shape, dtype) for n, extra in extras if extra.memory} or ()


def adapted(parts: Composition, state: State) -> dict[str, Tensor]:
    """The numbers that extras tell their layers, by the names of the buffers that take them."""
    extras = parts.remembering.items()
    told = [extra.tells(state.extras[name]) for name, extra in extras if extra.tells]
    return {name: number for own in told for name, number in own.items()}


def pooled(parts: Composition, state: State, fake: Tensor, key: Key) -> tuple[Tensor, Memory]:
    """(the generated samples that D is shown in its own step, the memory of the extras after it).

    `key` is that of the batch.
    """
    extras = state.extras
    for i, (name, extra) in enumerate(parts.remembering.items()):
        if extra.fakes:
            # -100: below the keys of the loss and of augmentations
            own = keys.split(keys.fold(key, -100 - i), ())
            fake, memory = extra.fakes(extras[name], fake, own)
            extras = {**extras, name: memory}
    return fake, extras


def augmented(
    parts: Composition, state: State, x: Tensor, key: Key, nth: int, progress: Tensor
) -> Tensor:
    """x [B, ...] after all augmentations, with the draws of D's nth call on a batch with this key.

    Where an extra decides how often, each augmentation is applied to a part of the samples.
    """
    extras = parts.remembering.items()
    chances = [extra.chance(state.extras[name]) for name, extra in extras if extra.chance]
    for i, augment in enumerate(parts.augmentations):
        own = keys.split(keys.fold(key, -2 - i), (2,))[nth]
        y = augment(x, own, progress)
        x = _sometimes(chances[0], y, x, keys.fold(own, 1)) if chances else y
    return x


def _sometimes(chance: Tensor, new: Tensor, old: Tensor, key: Key) -> Tensor:
    """Each sample [B, ...] new with a probability [], else old."""
    draws = keys.uniform(key, tf.shape(new)[:1], new.dtype)
    mask = tf.reshape(draws < tf.cast(chance, new.dtype), [-1] + [1] * (len(new.shape) - 1))
    return tf.where(mask, new, old)
