"""What a task is, how its options are checked, and how it is found by name."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from bench import registry
from bench.gan import data
from bench.gan.networks import Layers, Sizes, own

if TYPE_CHECKING:
    from bench.metrics import Instrument
    from bench.metrics.criterion.bounds import Bands

Criterion = Mapping[str, tuple[str, float]]
T = TypeVar("T")


def _also_facts(cls: type[T]) -> type[T]:
    """Let a task be made with `facts=` too, the older name of `instrument`."""
    init = cls.__init__

    @functools.wraps(init)
    def named(self: T, *args: Any, **values: Any) -> None:
        if "facts" in values:
            values["instrument"] = values.pop("facts")
        init(self, *args, **values)

    cls.__init__ = named  # type: ignore[assignment]
    return cls


@_also_facts
@dataclass(frozen=True, eq=False)
class Task:
    """What a trainer needs to know of a task.

    `real(key, n)` draws samples [n, *shape] and is pure in its key; `networks(layers)` makes
    (generator, discriminator) with what a method puts into them; `instrument()` makes what measures
    generated samples; `criterion` says when one measurement is a success, e.g.
    {"modes": (">=", 8)}, or makes of the instrument the bands of its bounds (see
    `bench.metrics.criterion.bounds`). `xla` says how the step is compiled: XLA for dense networks;
    on a CPU it is about 15 times slower than TensorFlow's own convolutions. `latents(key, n)` draws
    z [n, latent] where it is not standard normal; `observe(state)` gives the curves of a game, read
    from its weights in place of measured samples. `held` are samples of a data set that `real`
    never draws. `sizes` are those of its networks, for methods that bring their own; `network` is
    what the task's own are called. `labelled(key, n)` draws what `real` does, and the class 0 ...
    `sizes.classes` - 1 of each sample, where those are known. Where a sample is the picture of
    several domains side by side, `domain(layers)` makes the networks of one of them.
    """

    shape: tuple[int, ...]
    real: Callable[[np.ndarray, int], Any]
    networks: Callable[[Layers], tuple[Any, Any]]
    instrument: Callable[[], Instrument]
    criterion: Criterion | Callable[[Instrument], Bands]
    latent: int
    batch: int
    kind: str = "mixture"
    xla: bool = True
    dtype: str = "float32"
    latents: Callable[[np.ndarray, int], np.ndarray] | None = None
    observe: Callable[[Any], dict[str, float]] | None = None
    held: np.ndarray | None = None
    domain: Callable[[Any], tuple[Any, Any]] | None = None
    sizes: Sizes | None = None
    network: str = ""
    labelled: Callable[[np.ndarray, int], tuple[Any, Any]] | None = None

    @property
    def facts(self) -> Callable[[], Instrument]:
        """The older name of `instrument`, for plugins."""
        return self.instrument

    @property
    def size(self) -> int:
        """Numbers in one sample."""
        return math.prod(self.shape)

    def bands(self, instrument: Instrument) -> Bands:
        """The bounds of the criterion with what they stand between; none where it was given as it
        is. Raises Inseparable where no bound can be set."""
        return self.criterion(instrument) if callable(self.criterion) else ()

    def success(self, instrument: Instrument) -> Criterion:
        """The criterion, with this task's instrument. Raises Inseparable."""
        from bench.metrics.criterion.bounds import criterion

        return criterion(self.bands(instrument)) if callable(self.criterion) else self.criterion


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


@functools.lru_cache(maxsize=8)
def build(name: str, options: tuple[tuple[str, Any], ...]) -> Task:
    """The task of a trial, made once per process; `options` are sorted pairs.

    Raises UnknownName for a name that is not registered.
    """
    return registry.task[name].fn(**dict(options))


NETWORKS = ("network", "generator", "discriminator")
"""Options that choose the networks."""

LATER = (*NETWORKS, "features", "features_digest")
"""Options that came after the first version: left out of a trial where they have their default, so
that the names of older trials last."""


def playing(
    sizes: Sizes, network: str, generator: str = "", discriminator: str = ""
) -> dict[str, Any]:
    """What a Task must be told of its networks: those of a name, or functions of the user's own
    files ("file:function") in the place of one of them or of both."""
    part = registry.network[network]

    def nets(layers: Layers) -> tuple[Any, Any]:
        g, d = (None, None) if generator and discriminator else part.fn(sizes, layers)
        g = own.generator(generator, sizes, layers) if generator else g
        return g, own.discriminator(discriminator, sizes, layers) if discriminator else d

    names = (generator or network, discriminator or network)
    images = len(sizes.shape) > 1
    return {
        "networks": nets,
        "sizes": sizes,
        "network": names[0] if names[0] == names[1] else " / ".join(names),
        "xla": part.traits.get("xla", not images) and not (images and (generator or discriminator)),
    }
