"""The view of the game that a penalty gets."""

from __future__ import annotations

from typing import NamedTuple

from bench.gan.backend import Map, Memory, Tensor, Tensors


def _no_scores(x: Tensor) -> Tensor:
    raise NotImplementedError("this discriminator gives one logit")


class Seen(NamedTuple):
    """The discriminator d(x) -> logits [B], and what else of the game a penalty may need."""

    logits: Map
    """x [B, ...] -> logits [B]; `d(x)` is the same."""

    features: Map
    """x [B, ...] -> D's last hidden layer, [B, F]."""

    generate: Map
    """z [B, latent] -> what D sees of G's samples, [B, ...]."""

    player: str
    """The player whose loss the penalty is added to: "g" or "d"."""

    z: Tensor
    """The latents that `fake` was made of, [B, latent]."""

    weights: Tensors
    """All trainable weights of the player."""

    kernels: Tensors
    """The player's kernels, before any normalizer."""

    progress: Tensor
    """The share of the training that is done, in [0, 1]."""

    memory: Memory = None
    """The penalty's memory from the step before; None where it was declared without."""

    scores: Map = _no_scores
    """x [B, ...] -> what D makes its logits of, [B, K], with the draws of the loss's generated
    batch (see `bench.gan.networks.ensembles`). Raises NotImplementedError where D gives one logit.
    """

    def __call__(self, x: Tensor) -> Tensor:
        """Logits [B] of samples [B, ...]."""
        return self.logits(x)
