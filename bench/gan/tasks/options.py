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
from bench.ranges import Count, Scale, Width
from bench.registry import BadPart

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

NEEDED = ("network", "batch", "latent")
"""Options without which no networks can be made."""

NETWORKS = ("network", "generator", "discriminator")
"""Options that choose the networks."""

LATER = (*NETWORKS, "features", "features_digest")
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
    there, ValueError for a bad data file.
    """
    for name, value in options.items():
        if not isinstance(value, str) and not 0 < value < math.inf:
            raise BadOption(name, f"must be above 0, not {value}")
    for name in ("data", "features_digest"):
        if options.get(name):
            raise BadOption(name, "is found from the file; give its path only")
    if options.get("path"):
        options = options | {"data": data.digest(options["path"])}
    if options.get("features"):
        options = options | {"features_digest": _digest(options["features"])}
    return options


def _digest(network: str) -> str:
    from bench.gan.data.classifier import Own

    try:
        return Own(network).digest
    except (OSError, ValueError) as error:
        raise BadOption("features", f"names no feature network: {error}") from error


def signature(own: inspect.Signature, given: Mapping[str, Any], name: str) -> inspect.Signature:
    """The signature of a task: its own options, then the common ones with the defaults that its
    decorator was told. Raises BadPart for an option that is given twice, or is lacking."""
    for option in NEEDED:
        if option not in given:
            raise BadPart(f"{name}: a task with a shape needs {option}: @task({option}=...)")
    common = {option: given[option] for option in COMMON if option in given}
    common |= {"generator": "", "discriminator": ""}
    if twice := common.keys() & own.parameters.keys():
        raise BadPart(f"{name}: {min(twice)} is an option of the decorator: leave it out here")
    added = [_parameter(option, default) for option, default in common.items()]
    parameters = [*own.parameters.values(), *added]
    parameters.sort(key=lambda p: p.name in ("features", "features_digest"))  # as it always was
    return own.replace(parameters=parameters)


def _parameter(name: str, default: Any) -> inspect.Parameter:
    kind = inspect.Parameter.KEYWORD_ONLY
    return inspect.Parameter(name, kind, default=default, annotation=COMMON.get(name, str))
