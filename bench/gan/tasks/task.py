"""A task, and how it is found by name."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from bench import registry
from bench.gan import keys
from bench.gan.backend import Model, Shape, Tensor
from bench.gan.networks import Layers, Sizes, own
from bench.gan.tasks.options import LATER, NETWORKS, BadOption, check
from bench.metrics.criterion.bounds import criterion
from bench.trial import File, Scalar, paired
from bench.vocabulary import forms

if TYPE_CHECKING:
    from bench.gan.state import State
    from bench.gan.tasks.cases import Case
    from bench.metrics import Instrument
    from bench.metrics.criterion.bounds import Bands

__all__ = ["LATER", "NETWORKS", "BadOption", "Criterion", "Distribution", "Task"]
__all__ += ["build", "check", "playing"]

Criterion = Mapping[str, tuple[str, float]]
"""Metric -> (one of >= <= > <, bound): what one measurement must meet to be a success."""

Array = np.ndarray
Draws = Callable[[Array, int], Array | Tensor]
"""(key, n) -> n real samples [n, *shape], the same for the same key."""

Labelled = Callable[[Array, int], tuple[Array | Tensor, Array | Tensor]]
"""(key, n) -> the samples that `Draws` gives, and the class of each, int [n]."""

Whole = Callable[[], "tuple[Array, Array | None]"]
"""() -> all samples of a data set [N, *shape], and their classes [N], None where there are none."""

Pair = tuple[Model | None, Model | None]
T = TypeVar("T")


def known_metrics() -> set[str]:
    """The names that a criterion can have: the registered metrics, and q."""
    return {part.name for part in registry.metric} | {"q"}


def _check_criterion(given: object, known: set[str] | None) -> None:
    """Refuse a criterion by which nothing could be judged. Raises BadPart."""
    if given is None or callable(given):
        return
    if fault := forms.criterion(given, known):
        raise registry.BadPart(f"the criterion {fault}")


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


@dataclass(frozen=True, eq=False)
class Distribution:
    """The real distribution of a task: how to draw from it, and how to measure generated samples.

    A task's function returns one, and its decorator makes the `Task` of it. Raises BadPart for a
    criterion that no measurement could be held against.
    """

    real: Draws
    """Draws samples [n, *shape] from a key; points float32, images in [-1, 1]."""

    instrument: Callable[[], Instrument]
    """Makes what measures generated samples."""

    criterion: Criterion | Callable[[Instrument], Bands] | None = None
    """Says when a measurement is a success; None: bounds are computed from `case`."""

    case: Callable[[], Case] | None = None
    """Gathers real and trivial samplers, of which the bounds of the criterion are made."""

    content: str = ""
    """Names the distribution: bounds that were computed are kept under it."""

    labelled: Labelled | None = None
    """Draws what `real` does with the class of each sample; None where there are no classes."""

    classes: int = 0
    """The number of classes, 0 where there are none."""

    whole: Whole | None = None
    """Gives a data set as a whole; None where samples have no end."""

    held: Array | None = None
    """Samples [m, *shape] of a data set that `real` never draws, for the overfit gap."""

    shape: Shape | None = None
    """The shape of one sample, where it depends on options; None: the decorator's."""

    def __post_init__(self) -> None:
        _check_criterion(self.criterion, known_metrics())


@_also_facts
@dataclass(frozen=True, eq=False)
class Task:
    """Everything that a trainer needs to know of a task.

    Raises BadPart for a criterion that no measurement could be held against; what a game observes
    is known only when it is played, so the names of its criterion are not looked at here.
    """

    shape: Shape
    """The shape of one sample."""

    real: Draws
    """Draws real samples [n, *shape]; pure in its key."""

    networks: Callable[[Layers], Pair]
    """Makes (generator, discriminator) with what a method puts into them."""

    instrument: Callable[[], Instrument]
    """Makes the instrument that measures generated samples."""

    criterion: Criterion | Callable[[Instrument], Bands]
    """Says when one measurement is a success, such as {"modes": (">=", 8)}, or makes of the
    instrument the bands of its bounds (see `bench.metrics.criterion.bounds`)."""

    latent: int
    """The size of z."""

    batch: int
    """The number of real samples of one gradient."""

    kind: str = "mixture"
    """"mixture", "images" or "game": how its samples are shown."""

    xla: bool = True
    """True where XLA compiles the step, as is right for dense networks; on a CPU its convolutions
    are about 15 times slower than TensorFlow's own."""

    dtype: str = "float32"
    """The type of its numbers."""

    latents: Callable[[Array, int], Array] | None = None
    """Draws z [n, latent] from a key where it is not standard normal: other numbers, or data that
    the generator is given."""

    given: Callable[[Array | Tensor], Array | Tensor] | None = None
    """Makes of real samples [n, *shape] the inputs [n, latent] that belong to them, where the
    generator shall find the sample of an input (a penalty with the trait `paired` compares them).
    `latents` then draws such inputs for measuring."""

    observe: Callable[[State], dict[str, float | None]] | None = None
    """Reads the curves of a game from its weights, in place of measured samples."""

    held: Array | None = None
    """Samples [m, *shape] of a data set that `real` never draws."""

    domain: Callable[[Layers], Pair] | None = None
    """Makes the networks of one domain, where a sample is the picture of several, side by side."""

    sizes: Sizes | None = None
    """The sizes of its networks, for methods that bring their own."""

    network: str = ""
    """The name of its networks."""

    labelled: Labelled | None = None
    """Draws what `real` does and the class, 0 ... `sizes.classes` - 1, of each sample."""

    case: Callable[[], Case] | None = None
    """Gathers real and trivial samplers, of which the bounds of the criterion are made."""

    whole: Whole | None = None
    """Gives a data set as a whole; None where samples have no end."""

    def __post_init__(self) -> None:
        _check_criterion(self.criterion, None if self.observe else known_metrics())

    @property
    def facts(self) -> Callable[[], Instrument]:
        """The older name of `instrument`, for plugins."""
        return self.instrument

    @property
    def size(self) -> int:
        """The count of numbers in one sample."""
        return math.prod(self.shape)

    def z(self, key: Array, n: int) -> Array:
        """Latents [n, latent] of a key: those that `latents` draws, or standard normal."""
        if self.latents:
            return np.asarray(self.latents(key, n))
        return keys.gaussian(key, (n, self.latent), self.dtype)

    def bands(self, instrument: Instrument) -> Bands:
        """The bounds of the criterion with what they stand between; none where it was given as it
        is. Raises Inseparable where no bound can be set."""
        return self.criterion(instrument) if callable(self.criterion) else ()

    def success(self, instrument: Instrument) -> Criterion:
        """The criterion, with this task's instrument. Raises Inseparable."""
        return criterion(self.bands(instrument)) if callable(self.criterion) else self.criterion


@functools.lru_cache(maxsize=8)
def build(name: str, options: tuple[tuple[str, Scalar], ...]) -> Task:
    """The task of a trial, made once per process; `options` are sorted pairs.

    Raises UnknownName for a name that is not registered, BadPart for a function that makes no task.
    """
    return made(registry.task[name], dict(options))


def made(part: registry.Part, options: Mapping[str, Any]) -> Task:
    """The task that a function makes at some options. Raises BadPart where it returns anything
    else."""
    own = [option for option, default in part.defaults.items() if isinstance(default, File)]
    found = part.fn(**paired(options, own))
    if wrong := no_task(found):
        raise registry.BadPart(f"{part.name} {wrong}")
    task: Task = found
    return task


def no_task(found: object) -> str:
    """The fault of what a function without a shape returns, to stand behind its name; "" where it
    is a task."""
    if isinstance(found, Task):
        return ""
    if isinstance(found, Distribution):
        text = "returns a Distribution, and its decorator has no shape of a sample: say"
        return f"{text} @task(shape=(2,), network=..., batch=..., latent=...)"
    return f"returns {type(found).__name__}, needed is bench.gan.tasks.Task(...)"


def playing(
    sizes: Sizes, network: str, generator: str = "", discriminator: str = ""
) -> dict[str, Any]:
    """The fields of a Task that are about its networks: those of a name, or functions of the user's
    own files ("file:function") in the place of one of them or of both."""
    part = registry.network[network]

    def nets(layers: Layers) -> Pair:
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
