"""Slots of the networks: those that a method asks for, and those they have. Loads no TensorFlow.

A *slot* is a place of a network that a method may use: `d.norm` is a normalizing layer in the
discriminator, `g.kernels` the kernels of the generator. What a method asks for is read off its
parts (`asked`). A network declares the slots that it has (`takes` at its decorator; a task with
networks of its own likewise), and what it lacks is refused when a sweep is read (`lacking`). Once a
game is built, every layer that was asked for must be found in its networks (`unused`), so that
neither a declaration nor a builder can leave anything out in silence.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, NamedTuple

from bench import registry
from bench.gan.networks import Layers
from bench.gan.parts.normalizers import Normalizer
from bench.traits import SLOTS
from bench.trial import Method

WORDS = SLOTS
"""Every slot, and what it is."""

ALL = tuple(WORDS)
D = tuple(slot for slot in ALL if slot.startswith("d."))


class Asked(NamedTuple):
    """One part of a method and the slot that it needs; `make()` is the Keras layer to put there."""

    part: str
    slot: str
    make: Callable[[], Any] | None = None


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
        for slot, make in (("d.after", extra.after), ("d.head", extra.head)):
            found += [Asked(name, slot, make)] if make else []
    for name in method.regularizers:
        facts = registry.regularizer[name].traits
        players = facts.get("players", "d") if facts.get("kernels") else ""
        found += [Asked(name, f"{player}.kernels") for player in players]
        found += [Asked(name, "d.features")] if facts.get("features") else []
    return found + ([Asked(f"pack = {method.pack}", "d.pack")] if method.pack > 1 else [])


def composed(method: Method, wanted: Iterable[Asked]) -> Layers:
    """The same as a builder of networks is told it."""
    makes: dict[str, tuple[Any, ...]] = {}
    for part in wanted:
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


def lacking(method: Method, who: str, facts: dict[str, Any]) -> str | None:
    """Why networks with these facts cannot have a method; None where they have all it asks for."""
    takes: Collection[str] = facts.get("takes", ALL)
    for part in asked(method):
        if part.slot not in takes:
            return _without(part, who) + (f" ({facts['instead']})" if "instead" in facts else "")
    return None


class Watched:
    """The slots that a method asks for, and the layers that a builder made for them."""

    def __init__(self, method: Method, batch: int) -> None:
        self._made: list[list[Any]] = []
        self._asked = asked(method, batch)
        self.layers = composed(method, [self._watched(part) for part in self._asked])

    def _watched(self, part: Asked) -> Asked:
        made: list[Any] = []
        self._made.append(made)
        if part.make is None:
            return part
        make = part.make

        def noted() -> Any:
            made.append(make())
            return made[-1]

        return part._replace(make=noted)

    def unused(self, who: str, inside: Sequence[Any], has: Callable[[str], bool]) -> str | None:
        """Says in words what was asked for and is not there; None where all of it is.

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
    return f"{part.part} would have no effect: it needs {WORDS[part.slot]}, and {who} have none"
