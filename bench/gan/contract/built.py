"""Builds networks to find their slots and sizes, to be compared with what they declare."""

from __future__ import annotations

from typing import Any

from bench.gan.backend import keras
from bench.gan.contract.calls import Calls
from bench.gan.methods import slots
from bench.gan.networks import Layers, Network, Sizes
from bench.registry import Part


def taken(part: Part, sizes: Sizes, call: Calls | None = None) -> set[str]:
    """The slots of `bench.gan.methods.slots` that networks really have. Raises Wrong where they
    cannot be built with one of them."""
    call = call or Calls()

    def marked() -> Any:
        made.append(keras.layers.Activation("linear"))
        return made[-1]

    found = set()
    for slot in slots.ALL:
        made: list[Any] = []
        g = Layers(marked if slot == "g.norm" else None, (marked,) * (slot == "g.after"))
        layers = Layers(
            norm=marked if slot == "d.norm" else None,
            after=(marked,) * (slot == "d.after"),
            head=(marked,) * (slot == "d.head"),
            pack=2 if slot == "d.pack" else 1,
            g=g,
        )
        pair = call(f"with {slots.WORDS[slot]} it", part.fn, sizes, layers)
        players = dict(zip("gd", map(Network, pair), strict=True))
        network, what = players[slot[0]], slot[2:]
        there = {
            "pack": network.shape == (*sizes.shape[:-1], 2 * sizes.shape[-1]),
            "kernels": bool(network.kernels),
            "features": slot[0] == "d" and network.features is not None,
        }
        inside = {id(layer) for layer in network.layers}
        if there[what] if what in there else any(id(layer) in inside for layer in made):
            found.add(slot)
    return found


def sized(part: Part, sizes: Sizes) -> set[str]:
    """The numbers among `sizes`, beside shape and latent, on which the networks depend."""

    def shapes(sizes: Sizes) -> list[Any]:
        models = part(sizes, Layers(g=Layers()))
        return [tuple(v.shape) for model in models for v in model.variables]

    plain = shapes(sizes)
    others = {
        "units": sizes._replace(units=2 * sizes.units),
        "width": sizes._replace(width=2 * sizes.width),
        "classes": sizes._replace(classes=sizes.classes + 1),
        "g_units": sizes._replace(g_units=2 * sizes.units),
        "d_units": sizes._replace(d_units=2 * sizes.units),
        "g_depth": sizes._replace(g_depth=sizes.g_depth + 1),
        "d_depth": sizes._replace(d_depth=sizes.d_depth + 1),
    }
    return {name for name, other in others.items() if shapes(other) != plain}
