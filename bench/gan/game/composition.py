"""A method's parts, each looked up by its name and bound to its own numbers, once.

A method is names, a trial's numbers are `{"r1.gamma": 1.0, "lr_g": ...}`. `compose` makes functions
of the two: whoever plays the game afterwards calls `composition.loss(real, fake, key)` and knows
neither which loss it is nor which numbers it has.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from bench import registry
from bench.gan import keys
from bench.gan.backend import Key, Model, Tensor, Tensors
from bench.gan.game import moving
from bench.gan.game.penalties import Penalties, Penalty
from bench.gan.networks import Layers, Sizes
from bench.gan.parts.extras import Extra
from bench.gan.parts.normalizers import Normalizer
from bench.gan.parts.optimizers import Optimizer
from bench.gan.state import HParams, Memory, State
from bench.registry import Part, own_hparams
from bench.trial import Method

PLAYERS = ("g", "d")


class Composition(NamedTuple):
    """A method's parts as functions, bound to the numbers of a trial.

    The numbers are tensors, so that a composition lives inside of one trace, or eagerly.
    """

    loss: Callable[[Tensor, Tensor, Key], tuple[Tensor, Tensor]]
    """Real and fake logits [B] and a key -> both players' losses of each sample, (L_G, L_D)."""
    normalizers: Mapping[str, Normalizer]
    """The normalizer of each player, "g" and "d"."""
    optimizers: Mapping[str, Optimizer]
    """The optimizer of each player, "g" and "d"."""
    rates: Mapping[str, Tensor | None]
    """The learning rate of each player; None where none was given, as for a structure alone."""
    penalties: Mapping[str, Penalties]
    """The penalties that are added to the loss of each player, "g" and "d"."""
    augmentations: tuple[Callable[[Tensor, Key, Tensor], Tensor], ...]
    """The augmentations of all that the discriminator sees, one after the other. Each is a function
    (x, key, progress) -> x, where progress is the share of the training that is done."""
    extras: tuple[Extra, ...]
    """The changes that no other kind of part makes."""
    remembering: Mapping[str, Extra]
    """Those among them that remember something, by their names."""
    dynamics: Callable[..., State]
    """(state, field, move, batches) -> the state after one step of both players."""
    motion: Callable[[State], Memory]
    """A function that gives the first memory of the dynamics at a state."""
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


def compose(
    method: Method, hparams: HParams, network: str = "", progress: Tensor | None = None
) -> Composition:
    """Look up every part of a method and bind it to its own numbers, at a share `progress` [] of
    the training where one of them moves.

    `hparams` may lack a part's numbers, which then has its defaults: an empty mapping gives the
    structure alone. `network` is what the task calls its networks, for a method without its own.
    Raises UnknownName for a part that is not registered.
    """
    hparams = moving.at(hparams, progress)
    extras = tuple(_bound(registry.extra[name], hparams)() for name in method.extras)
    penalties = _penalties(method, hparams)
    optimizers, rates = _optimizers(method, hparams, extras, penalties)
    dynamics = registry.dynamics[method.dynamics]
    looks = [registry.augmentation[name] for name in method.augmentations]
    own = registry.network[method.network] if method.network else None
    # names of the user's own networks ("file:function") are not registered
    shown = registry.network[network] if own is None and network in registry.network else own
    return Composition(
        loss=_loss(registry.loss[method.loss], hparams),
        normalizers={
            who: _bound(registry.normalizer[name], hparams)()
            for who, name in zip(PLAYERS, (method.g_normalizer, method.normalizer), strict=True)
        },
        optimizers=optimizers,
        rates=rates,
        penalties=penalties,
        augmentations=tuple(_bound(part, hparams) for part in looks),
        extras=extras,
        remembering={n: e for n, e in zip(method.extras, extras, strict=True) if e.memory},
        dynamics=_bound(dynamics, hparams),
        motion=dynamics.traits.get("memory") or _nothing,
        networks=own.fn if own else None,
        real=_real(shown, hparams),
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


def _optimizers(
    method: Method,
    hparams: HParams,
    extras: Sequence[Extra],
    penalties: Mapping[str, Penalties],
) -> tuple[dict[str, Optimizer], dict[str, Tensor | None]]:
    """Both players' optimizers and learning rates, with the numbers that extras make of theirs."""
    part, changes = registry.optimizer[method.optimizer], [e.numbers for e in extras if e.numbers]
    made: dict[str, Optimizer] = {}
    rates: dict[str, Tensor | None] = {}
    for who in PLAYERS:
        own, lr = own_hparams(part.name, hparams), hparams.get(f"lr_{who}")
        # only of a player who pays a penalty: a lazy one makes k of its steps count for k + 1
        if lr is not None and penalties[who].own:
            for change in changes:
                own = change({**own, "lr": lr}, method.lazy)
                lr = own.pop("lr")
        made[who], rates[who] = part.fn(**own), lr
    return made, rates


def _real(part: Part | None, hparams: HParams) -> Callable[[Tensor, Tensor], Tensor]:
    """The function that shows real samples to the discriminator as the networks have them.

    ProGAN shows them at its present resolution.
    """
    if part is None or "real" not in part.traits:
        return _as_they_are
    return partial(part.traits["real"], **own_hparams(part.name, hparams))


def _as_they_are(x: Tensor, progress: Tensor) -> Tensor:
    return x


def _nothing(state: State) -> Tensors:
    return ()
