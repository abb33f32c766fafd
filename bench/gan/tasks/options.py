"""The options that most tasks have in common, said once to the decorator and checked in one place.

    @task(steps=3000, hparams={...}, shape=(2,), network="mlp", batch=256, latent=16, units=128)
    def my_points(*, sigma: Positive = 0.1) -> Distribution: ...

`network` brings `generator` and `discriminator` with it, which name functions of the user's own
files: they take the place of one of the two networks.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Mapping
from typing import Any

from bench.gan import data
from bench.gan.data.classifier import Own
from bench.ranges import Count, Depth, OwnWidth, Scale, Width
from bench.registry import BadPart, network, suggest
from bench.store.files import read
from bench.trial import File, digest, digest_name

COMMON: Mapping[str, Any] = {
    "width": Scale,
    "batch": Count,
    "latent": Width,
    "units": Width,
    "network": str,
}
"""Option that a decorator may give -> what it can be. `width` multiplies the channels of
convolutions, `batch` is the number of real samples of one gradient, `latent` the size of z, `units`
the width of dense layers, `network` the name of the networks."""

OF_PLAYERS: Mapping[str, tuple[Any, int]] = {
    "g_units": (OwnWidth, 0),
    "d_units": (OwnWidth, 0),
    "g_depth": (Depth, 0),
    "d_depth": (Depth, 0),
}
"""Option of one player's dense networks -> (what it can be, its default), of tasks that have
`units`. `g_units` and `d_units` are the width of its hidden layers (0: `units`), `g_depth` and
`d_depth` their number (0: the two that they have)."""

NEEDED = ("network", "batch", "latent")
"""Options without which no networks can be made."""

NETWORKS = ("network", "generator", "discriminator")
"""Options that choose the networks."""

FEW = ("n", "few")
"""Options that are numbers of images, with 0 for all."""

LATER = (*NETWORKS, *OF_PLAYERS, "features", "features_digest", *FEW, "radius")
"""Options that came after the first version: left out of a trial where they have their default, so
that the names of older trials last."""


class BadOption(ValueError):
    """A value that a task cannot take; `option` names the one."""

    def __init__(self, option: str, text: str) -> None:
        super().__init__(f"{option} {text}")
        self.option = option


def check(options: dict[str, Any]) -> dict[str, Any]:
    """Options with the digests of their files, which name them in a trial's id.

    Raises BadOption for sizes and widths that are not above 0 and for a feature network that is not
    there, ValueError for a bad data file, OSError for another file that is not there.
    """
    for name, value in options.items():
        least = -1 if name in NONE else 0
        if not isinstance(value, str | File | bool) and not least < value < math.inf:
            raise BadOption(name, f"must be above 0, not {value}")
    for name in map(digest_name, FILES):
        if options.get(name):
            raise BadOption(name, FOUND)
    known = {"path": data.digest, "features": _features}
    checked = dict(options)
    for name, value in options.items():
        if isinstance(value, File):
            if value and not value.digest:
                checked[name] = File(value.path, known.get(name, _content)(value.path))
        elif name in FILES and value:
            checked[digest_name(name)] = known[name](value)
    return checked


def check_few(options: dict[str, Any], most: int, name: str = "n") -> dict[str, Any]:
    """Options of which the one with a `name` is a number of images that a data set can give, at
    most so many, 0 for all. Raises BadOption."""
    n = options[name]
    if n > most:
        words = f"there are {most:,} images" if name == "n" else f"the most are {most:,}"
        raise BadOption(name, f"= {n:,}: {words}")
    if 0 < n < LEAST:
        raise BadOption(name, f"= {n}: the least are {LEAST}")
    return options


NONE = (*FEW, *OF_PLAYERS)
"""Options that can be 0: all samples, the usual width and depth."""

LEAST = 20
"""Fewest images that a data set can be cut to."""

FILES = ("path", "features")
"""Options that are files though they are strings, in tasks that make their Task themselves."""

FOUND = "is found from the file; give its path only"
"""The remedy where a digest is given."""


def files(defaults: Mapping[str, Any]) -> list[str]:
    """The options that are files, by the defaults of a task."""
    return [k for k, v in defaults.items() if isinstance(v, File) or (k in FILES and v == "")]


def _features(network: str) -> str:
    try:
        return Own(network).digest
    except (OSError, ValueError) as error:
        raise BadOption("features", f"names no feature network: {error}") from error


def _content(path: str) -> str:
    return digest(read(path))


def fitting(images: bool) -> set[str]:
    """The names of the networks that a task can have: of images all of them."""
    return {part.name for part in network if images or not part.traits.get("images")}


def misfit(name: Any, images: bool) -> str:
    """The fault of a name of networks, to stand behind "network"; "" where a task can have it."""
    known = fitting(images)
    if name in known:
        return ""
    if name in network:
        return f'"{name}" is for images only: its samples are points{suggest("", known)}'
    return f"{name!r} is not known{suggest(str(name), known)}"


def signature(own: inspect.Signature, given: Mapping[str, Any], name: str) -> inspect.Signature:
    """The signature of a task: its own options, then the common ones with the defaults that its
    decorator was told. Raises BadPart for an option that is given twice, or is lacking."""
    for option in NEEDED:
        if option not in given:
            raise BadPart(f"{name}: a task with a shape needs {option}: @task({option}=...)")
    common = {option: given[option] for option in COMMON if option in given}
    if "units" in common:
        common |= {option: default for option, (_, default) in OF_PLAYERS.items()}
    common |= {"generator": "", "discriminator": ""}
    if twice := common.keys() & own.parameters.keys():
        raise BadPart(f"{name}: {min(twice)} is an option of the decorator: leave it out here")
    added = [_parameter(option, default) for option, default in common.items()]
    parameters = [*own.parameters.values(), *added]
    parameters.sort(key=lambda p: p.name == "features")  # the last, as it always was
    return own.replace(parameters=parameters)


def _parameter(name: str, default: Any) -> inspect.Parameter:
    kind = inspect.Parameter.KEYWORD_ONLY
    annotation = OF_PLAYERS[name][0] if name in OF_PLAYERS else COMMON.get(name, str)
    return inspect.Parameter(name, kind, default=default, annotation=annotation)
