"""Slots of the networks: those that a method asks for, and those they have. Loads no TensorFlow.

A *slot* is a place of a network that a method may use: `d.norm` is a normalizing layer in the
discriminator, `g.kernels` the kernels of the generator. What a method asks for is read off its
parts (`asked`). A network declares the slots that it has (`takes` at its decorator; a task with
networks of its own likewise), and what it lacks is refused when a sweep is read (`lacking`). Once a
game is built, every layer that was asked for must be found in its networks (`unused`), so that
neither a declaration nor a builder can leave anything out in silence.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from bench import registry
from bench.gan.backend import Layer, Make
from bench.gan.networks import Layers
from bench.gan.parts.normalizers import Normalizer
from bench.trial import Method
from bench.vocabulary.traits import SLOTS

WORDS = SLOTS
"""Every slot, and the words for it in a sentence."""

ALL = tuple(WORDS)
"""Every slot."""


class Asked(NamedTuple):
    """One thing that a part of a method asks of the networks."""

    part: str
    """The name of the part."""

    slot: str
    """The slot that it needs, one of `ALL`."""

    make: Make | None = None
    """The Keras layer to put there; None where the slot takes no layer."""


def asked(method: Method, batch: int = 2) -> list[Asked]:
    """Everything that a method asks of networks for batches of a task's size."""
    found: list[Asked] = []
    for player, name in (("d", method.normalizer), ("g", method.g_normalizer)):
        made = registry.normalizer[name].fn()
        if not isinstance(made, Normalizer):
            continue
        before, behind = made.layers(batch)
        found += [Asked(name, f"{player}.norm", before)] if before else []
        found += [Asked(name, f"{player}.after", make) for make in behind]
        found += [Asked(name, f"{player}.kernels")] if made.on_kernels else []
    for name in method.extras:
        extra = registry.extra[name].fn()
        for slot, make in (
            ("d.norm", extra.norm),
            ("d.after", extra.after),
            ("d.head", extra.head),
        ):
            found += [Asked(name, slot, make)] if make else []
    for name in method.regularizers:
        traits = registry.regularizer[name].traits
        players = traits.get("players", "d") if traits.get("kernels") else ""
        found += [Asked(name, f"{player}.kernels") for player in players]
        found += [Asked(name, "d.features")] if traits.get("features") else []
    return found + ([Asked(f"pack = {method.pack}", "d.pack")] if method.pack > 1 else [])


def composed(method: Method, wanted: Iterable[Asked]) -> Layers:
    """The layers of everything that a method asks for, as a builder of networks is told them."""
    makes: dict[str, tuple[Make, ...]] = {}
    for part in wanted:
        if part.make:
            makes[part.slot] = (*makes.get(part.slot, ()), part.make)
    (g_norm,), (d_norm,) = (makes.get(f"{player}.norm", (None,)) for player in "gd")
    made = registry.normalizer[method.normalizer].fn()
    return Layers(
        norm=d_norm,
        after=makes.get("d.after", ()),
        head=makes.get("d.head", ()),
        pack=method.pack,
        g=Layers(g_norm, makes.get("g.after", ())),
        inner=isinstance(made, Normalizer) and made.inner,
    )


def lacking(method: Method, who: str, traits: Mapping[str, Any]) -> str | None:
    """The reason why networks `who` with these traits cannot have a method; None where they have
    all that it asks for."""
    takes: Collection[str] = traits.get("takes", ALL)
    for part in asked(method):
        if part.slot not in takes:
            return _without(part, who) + (f" ({traits['instead']})" if "instead" in traits else "")
    return None


class Watched:
    """The slots that a method asks for, and the layers that a builder made for them."""

    def __init__(self, method: Method, batch: int) -> None:
        # for each part that asks for a layer, those that a builder made of it
        self._made: list[list[Layer]] = []
        self._asked = asked(method, batch)
        self.layers = composed(method, [self._watched(part) for part in self._asked])

    def _watched(self, part: Asked) -> Asked:
        made: list[Layer] = []
        self._made.append(made)
        if part.make is None:
            return part
        make = part.make

        def noted() -> Layer:
            made.append(make())
            return made[-1]

        return part._replace(make=noted)

    def unused(self, who: str, inside: Sequence[Layer], has: Callable[[str], bool]) -> str | None:
        """The first thing that was asked for and is not there, in words; None where all of it is.

        `inside` are all layers of both players, `has(slot)` says whether there is anything in a
        slot that takes no layer.
        """
        there = {id(layer) for layer in inside}
        for part, made in zip(self._asked, self._made, strict=True):
            used = any(id(layer) in there for layer in made) if part.make else has(part.slot)
            if not used:
                return _without(part, who)
        return None


def _without(part: Asked, who: str) -> str:
    """The sentence about a part for which the networks `who` have no slot."""
    return f"{part.part} would have no effect: it needs {WORDS[part.slot]}, and {who} have none"
