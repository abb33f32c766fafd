"""A method's parts, each looked up by its name and bound to its own numbers, once.

A method is names, a trial's numbers are `{"r1.gamma": 1.0, "lr_g": ...}`. `compose` makes functions
of the two: whoever plays the game afterwards calls `composition.loss(real, fake, key)` and knows
neither which loss it is nor which numbers it has.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

from bench import registry
from bench.gan import keys
from bench.gan.backend import Key, Model, Tensor, Tensors
from bench.gan.game.penalties import Penalties, Penalty
from bench.gan.networks import Layers, Sizes
from bench.gan.parts.extras import Extra
from bench.gan.parts.normalizers import Normalizer
from bench.gan.parts.optimizers import Optimizer
from bench.gan.state import HParams, Memory, State
from bench.registry import Part, own_hparams
from bench.trial import Method

PLAYERS = ("g", "d")


class Motor(NamedTuple):
    """One player's optimizer with its numbers."""

    optimizer: Optimizer
    """The pair of functions (init, update)."""
    lr: Tensor | None
    """The learning rate; None where no numbers were given, as for a structure."""


class Composition(NamedTuple):
    """A method's parts as functions, bound to the numbers of a trial.

    The numbers are tensors, so that a composition lives inside of one trace, or eagerly.
    """

    loss: Callable[[Tensor, Tensor, Key], tuple[Tensor, Tensor]]
    """Real and fake logits [B] and a key -> both players' losses of each sample, (L_G, L_D)."""
    normalizers: Mapping[str, Normalizer]
    """The normalizer of each player, "g" and "d"."""
    motors: Mapping[str, Motor]
    """The optimizer of each player, "g" and "d"."""
    penalties: Mapping[str, Penalties]
    """The penalties that are added to the loss of each player, "g" and "d"."""
    augmentations: tuple[Callable[[Tensor, Key, Tensor], Tensor], ...]
    """What is done, one after the other, to what the discriminator sees: (x, key, progress) -> x,
    where progress is the share of the training that is done."""
    extras: tuple[Extra, ...]
    """The changes that no other kind of part makes."""
    dynamics: Callable[..., State]
    """(state, field, move, batches) -> the state after one step of both players."""
    motion: Callable[[State], Memory]
    """What the dynamics remembers at first."""
    networks: Callable[[Sizes, Layers], tuple[Model, Model]] | None
    """The builder of the networks that the method brings; None where the task's own play."""
    real: Callable[[Tensor, Tensor], Tensor]
    """(real samples, progress) -> those that the networks show to the discriminator."""
    hparams: HParams
    """All numbers, as buffers of a network may be named after any of them."""

    @property
    def coupled(self) -> bool:
        """True where networks of several domains are tied together."""
        return any(extra.coupled for extra in self.extras)

    @property
    def averaged(self) -> bool:
        """True where an average of the generator's weights is kept."""
        return any(extra.average for extra in self.extras)


def compose(method: Method, hparams: HParams, network: str = "") -> Composition:
    """Look up every part of a method and bind it to its own numbers.

    `hparams` may lack a part's numbers, which then has its defaults: an empty mapping gives the
    structure alone. `network` is what the task calls its networks, for a method without its own.
    Raises UnknownName for a part that is not registered.
    """
    extras = tuple(_bound(registry.extra[name], hparams)() for name in method.extras)
    penalties = _penalties(method, hparams)
    dynamics, looks = registry.dynamics[method.dynamics], method.augmentations
    return Composition(
        loss=_loss(registry.loss[method.loss], hparams),
        normalizers={
            who: _bound(registry.normalizer[name], hparams)()
            for who, name in zip(PLAYERS, (method.g_normalizer, method.normalizer), strict=True)
        },
        motors={who: _motor(method, hparams, extras, penalties[who], who) for who in PLAYERS},
        penalties=penalties,
        augmentations=tuple(_bound(registry.augmentation[x], hparams) for x in looks),
        extras=extras,
        dynamics=_bound(dynamics, hparams),
        motion=dynamics.traits.get("memory") or _nothing,
        networks=registry.network[method.network].fn if method.network else None,
        real=_real(method.network or network, hparams),
        hparams=hparams,
    )


def _bound(part: Part, hparams: HParams) -> Callable[..., Any]:
    """A part's function with its own numbers, and with nobody else's."""
    return partial(part.fn, **own_hparams(part.name, hparams))


def _loss(part: Part, hparams: HParams) -> Callable[[Tensor, Tensor, Key], tuple[Tensor, Tensor]]:
    bound, draws = _bound(part, hparams), part.traits.get("draws")

    def losses(real: Tensor, fake: Tensor, key: Key) -> tuple[Tensor, Tensor]:
        # -1: penalties draw from 1 on and augmentations from -2 down
        return bound(real, fake, keys.split(keys.fold(key, -1), ())) if draws else bound(real, fake)

    return losses


def _penalties(method: Method, hparams: HParams) -> dict[str, Penalties]:
    """Both players' penalties. A penalty of both is bound once, and called once for each."""
    parts = [registry.regularizer[name] for name in method.regularizers]
    made = [
        Penalty(
            name=part.name,
            place=place,
            fn=_bound(part, hparams),
            players=part.traits.get("players", "d"),
            memory=part.traits.get("memory"),
            features=bool(part.traits.get("features")),
        )
        for place, part in enumerate(parts)
    ]
    return {who: Penalties([p for p in made if who in p.players], method.lazy) for who in PLAYERS}


def _motor(
    method: Method, hparams: HParams, extras: tuple[Extra, ...], penalties: Penalties, who: str
) -> Motor:
    """A player's optimizer. Extras may change the numbers of a player who has penalties, as those
    of a lazy method make its steps count for more."""
    part = registry.optimizer[method.optimizer]
    own = {**own_hparams(part.name, hparams), "lr": hparams.get(f"lr_{who}")}
    for extra in extras:
        if extra.numbers and penalties.own and own["lr"] is not None:
            own = extra.numbers(own, method.lazy)
    lr = own.pop("lr")
    return Motor(part.fn(**own), lr)


def _real(name: str, hparams: HParams) -> Callable[[Tensor, Tensor], Tensor]:
    """What networks show of real samples. Names of the user's own networks are not registered, and
    those show the samples as they are."""
    if name not in registry.network or "real" not in registry.network[name].traits:
        return _as_they_are
    return partial(registry.network[name].traits["real"], **own_hparams(name, hparams))


def _as_they_are(x: Tensor, progress: Tensor) -> Tensor:
    return x


def _nothing(state: State) -> Tensors:
    return ()
