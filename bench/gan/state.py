"""What a step takes and gives back, as tuples of tensors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from bench import names
from bench.gan.backend import Tensors

SIGNALS = tuple(names.SIGNALS)
"""Training signals of every step, in the order in which a step reports them: losses (without
penalties), gradient norms (with them), mean logits of the real and of the fake batch and their mean
size. The last, the norm of all weights of both players, is taken once a call."""


def reported(**values: Any) -> dict[str, Any]:
    """Training signals by their names, each a scalar. Raises UndeclaredName for another name."""
    for name in values:
        names.check_signal(name)
    return values


class Batch(NamedTuple):
    """Draws of one gradient: real samples [B, ...], latent z [B, latent], key int32 [2]. `step` is
    the number of steps done before this one, int32 []; `label` the classes of the real samples,
    int32 [B], which are asked of the fake ones as well, or None where nobody is told."""

    real: Any
    z: Any
    key: Any
    step: Any = None
    label: Any = None


class Player(NamedTuple):
    """One player: trainable weights (the network's, then its normalizer's own), buffers (batch-norm
    statistics, seeds), optimizer slots, and the memory of its penalties by their names."""

    weights: Tensors
    buffers: Tensors
    slots: Any
    memory: Any = ()


class State(NamedTuple):
    """Everything that a step changes. `norm` is the memory of D's normalizer, `signals` the last
    value of each training signal, `motion` the memory of the dynamics, `ema` the average of G's
    weights where the method keeps one (see `Step.generate_ema`)."""

    g: Player
    d: Player
    norm: Any
    signals: dict[str, Any]
    motion: Any = ()
    ema: Any = ()


class Slope(NamedTuple):
    """One player's half of the field at a state, and what came with computing it."""

    gradient: Tensors
    buffers: Tensors
    norm: Any
    signals: dict[str, Any]
    memory: Any = ()


class Halves(NamedTuple):
    """Two functions, one of each player: of the vector field, or of the motion. `unroll` is the
    method's number of inner steps, `g_steps` that of G's steps."""

    g: Callable[..., Any]
    d: Callable[..., Any]
    unroll: int = 0
    g_steps: int = 1
