"""The decorator of tasks: it adds the common options, and makes a Task of a Distribution.

`bench.registry.task` is the decorator of all tasks. Where it is told the `shape` of a sample, the
function below it returns a `Distribution`, and what is in this file happens. Without a shape the
function makes its `Task` itself, from options that are all its own.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bench import registry
from bench.gan.backend import Shape
from bench.gan.networks import Sizes
from bench.gan.tasks import criteria
from bench.gan.tasks.options import COMMON, OF_PLAYERS, BadOption, check, files, misfit, signature
from bench.gan.tasks.task import Criterion, Distribution, Task, playing
from bench.metrics import Instrument
from bench.metrics.criterion.bounds import Bands, Inseparable
from bench.registry import BadPart
from bench.trial import File, paired

Traits = dict[str, Any]
Options = dict[str, Any]
Function = Callable[..., Any]


@dataclass(frozen=True)
class Maker:
    """Makes the tasks of one function."""

    fn: Function
    """The function, which returns a `Distribution`."""

    shape: Shape
    """The shape of one sample."""

    signature: inspect.Signature
    """All options with their defaults: the function's own and the common ones."""

    width: str
    """The option that the bounds of the criterion depend on; "" where there is none."""

    resolve: Callable[[Options], Options] = lambda options: options
    """Completes the options before they are checked, with the digests of its data."""

    labels: bool = False
    """True where the decorator says that the class of each real sample is known."""

    known: set[tuple[tuple[str, Any], ...]] = field(default_factory=set)
    """The options of the function at which its distribution could be made."""

    def distribution(self, options: Options) -> Distribution:
        """The distribution at some options. Raises BadPart where the function returns anything
        else, something that cannot be judged, or other classes than its decorator says."""
        own = inspect.signature(self.fn).parameters
        found = self.fn(**{k: v for k, v in options.items() if k in own})
        name = self.fn.__name__
        if not isinstance(found, Distribution):
            text = f"{name} must return a Distribution, as its decorator has a shape"
            raise BadPart(f"{text}; it returns {type(found).__name__}: is a return missing?")
        if found.criterion is None and found.case is None:
            raise BadPart(f"the Distribution of {name} has neither a criterion nor a case")
        if self.labels and not _of_files(options):  # a file may lack what the usual data have
            lacking = (
                "labelled" if found.labelled is None else "classes" if not found.classes else ""
            )
            if lacking:
                text = (
                    f"{name}: its decorator says labels=True, and its Distribution has no {lacking}"
                )
                raise BadPart(f"{text}: give samples with their classes, or leave labels out")
        return found

    def task(self, **options: Any) -> Task:
        """The task at some options, the others at their defaults."""
        defaults = {p.name: p.default for p in self.signature.parameters.values()}
        options = defaults | paired(options, files(defaults))
        found = self.distribution(options)
        if wrong := misfit(options["network"], len(self.shape) > 1):
            raise BadPart(f"{self.fn.__name__}: its network {wrong}")
        shape = found.shape or self.shape
        sizes = _sizes(shape, options, found.classes)
        players = (options["network"], options["generator"], options["discriminator"])
        return Task(
            shape=shape,
            real=found.real,
            instrument=found.instrument,
            criterion=self._criterion(found, options),
            latent=options["latent"],
            batch=options["batch"],
            kind="images" if len(self.shape) > 1 else "mixture",
            held=found.held,
            whole=found.whole,
            labelled=found.labelled,
            case=found.case,
            **playing(sizes, *players),
        )

    def checked(self, options: Options) -> Options:
        """Options as `check` has them. Points that no criterion can tell from what needs no
        learning are refused. Raises BadOption, ValueError, and BadPart for a task that is wrong
        whatever its options are."""
        options = check(self.resolve(options))
        if len(self.shape) > 1:  # the bounds of images take longer, and fail for user's files only
            if not _of_files(options):  # those are probed in a process of their own
                self._tried(options)
            return options
        found = self.distribution(options)
        try:
            if found.criterion is None:
                self._bands(found, options)
        except Inseparable as error:
            if not self.width:
                raise ValueError(f"it leaves nothing to learn: {error}") from error
            text = f"= {float(options[self.width]):g} leaves nothing to learn: {error}"
            raise BadOption(self.width, text) from error
        return options

    def _tried(self, options: Options) -> None:
        """Make the distribution of a user's images, once for all options that it does not have."""
        own = inspect.signature(self.fn).parameters
        key = tuple((k, v) for k, v in options.items() if k in own)
        if key not in self.known and not self.fn.__module__.startswith("bench.gan."):
            self.distribution(options)
            self.known.add(key)

    def _criterion(
        self, found: Distribution, options: Options
    ) -> Criterion | Callable[[Instrument], Bands]:
        """The criterion of a distribution, or the bounds that its samplers give."""
        if found.criterion is not None:
            return found.criterion
        return lambda instrument: self._bands(found, options)

    def _bands(self, found: Distribution, options: Options) -> Bands:
        assert found.case is not None
        width = float(options[self.width]) if self.width else 0.0
        return criteria.of_case(self.fn.__name__, width, found.case, found.content)


def prepare(fn: Function, traits: Traits) -> tuple[Function, Traits]:
    """A function that has all options and makes a Task, and the traits that are kept of it.

    Raises BadPart for common options without a shape, and for a shape without networks.
    """
    given = {k: v for k, v in traits.items() if k in COMMON}
    if "shape" not in traits:
        if given:
            raise BadPart(f"{fn.__name__}: {min(given)} needs a shape: @task(shape=(2,), ...)")
        return fn, traits
    shape = tuple(traits["shape"])
    own = signature(inspect.signature(fn), given, fn.__name__)
    width = next(iter(traits.get("bounds", {})), "")
    resolve = traits.get("resolve", lambda options: options)
    maker = Maker(fn, shape, own, width, resolve, bool(traits.get("labels")))
    made = functools.wraps(fn)(lambda **options: maker.task(**options))
    made.__signature__ = own  # type: ignore[attr-defined]
    kept = {k: v for k, v in traits.items() if k not in COMMON}
    return made, _derived(shape, given) | {"check": maker.checked} | kept


def _of_files(options: Options) -> bool:
    """True where an option names a file of the user's."""
    return any(isinstance(value, File) and value for value in options.values())


def _derived(shape: Shape, given: Mapping[str, Any]) -> Traits:
    """Traits that follow from the shape of a sample and from the options of its networks."""
    units, width = "units" in given, "width" in given
    sized: dict[str, tuple[str, ...]] = {}
    if units:
        both = len(shape) > 1 and not width
        sized = {"units": ("units", "width") if both else ("units",)}
        sized |= {option: (option,) for option in OF_PLAYERS}
    if len(shape) == 1:
        return {"data": "points", "sized": sized}
    sized |= {"width": ("width",)} if width else {}
    return {"data": "images", "images": True, "sized": sized}


def _sizes(shape: Shape, options: Options, classes: int) -> Sizes:
    """The sizes of networks; convolutions of small images have an eighth of the channels that dense
    layers have units, where no `width` is given."""
    scaled = len(shape) > 1 and "units" in options
    units = options.get("units", 128)
    width = options.get("width", units / 512 if scaled else 1.0)
    own = {option: options[option] for option in OF_PLAYERS if option in options}
    return Sizes(shape, options["latent"], units, width, classes, **own)


registry.task.prepare = prepare
