"""The state of a training and its batches, which a step takes and gives back: tuples of tensors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from bench.gan.backend import Key, Tensor, Tensors
from bench.vocabulary import names

SIGNALS = tuple(names.SIGNALS)
"""Training signals of every step, in the order in which a step reports them: losses (without
penalties), gradient norms (with them), mean logits of the real and of the fake batch and their mean
size. The last, the norm of all weights of both players, is taken once a call."""

HParams = Mapping[str, Tensor]
"""A trial's numbers by their full names ("lr_g", "r1.gamma"), each a scalar tensor: a Python float
would be traced anew for each of its values."""

Memory = Any
"""Tensors that a part keeps from one step to the next, in tuples and dicts as it made them. Only
the part itself looks inside."""


def reported(**values: Tensor) -> dict[str, Tensor]:
    """Training signals by their names, each a scalar. Raises UndeclaredName for another name."""
    for name in values:
        names.check_signal(name)
    return values


class Batch(NamedTuple):
    """The draws that one gradient is taken on."""

    real: Tensor
    """Real samples, [B, ...]."""
    z: Tensor
    """Latents of as many generated samples, [B, latent]."""
    key: Key
    """The key of everything that networks, penalties and augmentations draw on this batch."""
    step: Tensor = None
    """The number of steps done before this one, int32 []."""
    label: Tensor | None = None
    """Classes of the real samples, int32 [B]; the generated ones are asked for the same. None where
    no network is told classes."""


class Player(NamedTuple):
    """One player of the game, the generator or the discriminator."""

    weights: Tensors
    """Trainable weights: those of the network, then those of its normalizer's own."""
    buffers: Tensors
    """Tensors that training changes without a gradient: batch-norm statistics, seeds."""
    slots: Memory
    """The optimizer's memory, such as Adam's moments."""
    memory: Memory = ()
    """The memory of the player's penalties by their names; () where none has any."""


class State(NamedTuple):
    """Everything that a step changes."""

    g: Player
    """The generator."""
    d: Player
    """The discriminator."""
    norm: Memory
    """The memory of the discriminator's normalizer."""
    signals: dict[str, Tensor]
    """The last value of each training signal, without that of `SIGNALS` which is taken later."""
    motion: Memory = ()
    """The memory of the dynamics."""
    ema: Tensors = ()
    """The average of the generator's weights; () where the method keeps none."""
    extras: Memory = ()
    """The memory of each extra that has one, by its name; () where none has."""


class Slope(NamedTuple):
    """One player's half of the vector field at a state, and what came with computing it."""

    gradient: Tensors
    """The gradient of the player's loss with its penalties, one tensor for each of its weights."""
    buffers: Tensors
    """The player's buffers after its network was called."""
    norm: Memory
    """The memory of the discriminator's normalizer after it was applied."""
    signals: dict[str, Tensor]
    """The training signals that this half gives."""
    memory: Memory = ()
    """The memory of the player's penalties after they were taken."""
    extras: Memory = None
    """The memory of the extras after D's half was taken; None where it is as before."""


class Halves(NamedTuple):
    """Two functions, one of each player: a vector field or a motion.

    Those of a field are (state, batch) -> Slope, where the generator's may be given a `Path` as
    well; those of a motion are (state, slope) -> State.
    """

    g: Callable[..., Any]
    """The generator's half."""
    d: Callable[..., Any]
    """The discriminator's half."""
    unroll: int = 0
    """The method's number of inner steps of the discriminator, of a field."""
    g_steps: int = 1
    """The method's number of steps of the generator, of a field."""


Path = Callable[[State], State]
"""A way from a state to another one, at whose end the generator's loss is taken (unrolling)."""
