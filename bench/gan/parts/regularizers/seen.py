"""What a penalty gets to see of the game."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple


def _no_scores(x: Any) -> Any:
    raise NotImplementedError("this discriminator gives one logit")


class Seen(NamedTuple):
    """The discriminator d(x) -> logits [B], and what else a penalty may need.

    `features(x)` is D's last hidden layer [B, F], `scores(x)` what it makes its logits of [B, K],
    with the draws of the loss's generated batch (see `bench.gan.networks.ensembles`), `generate(z)`
    what D sees of G, `z` the latents that `fake` came from. `weights` and `kernels` are those of
    the `player` ("g" or "d") whose loss the penalty is added to, before any normalizer; `memory` is
    what the penalty remembers; `progress` is the share of the training that is done.
    """

    logits: Callable[[Any], Any]
    features: Callable[[Any], Any]
    generate: Callable[[Any], Any]
    player: str
    z: Any
    weights: tuple[Any, ...]
    kernels: tuple[Any, ...]
    progress: Any
    memory: Any = None
    scores: Callable[[Any], Any] = _no_scores

    def __call__(self, x: Any) -> Any:
        """Logits [B] of samples [B, ...]."""
        return self.logits(x)
