"""Registries: a name -> a Part, its function and the hyper-parameters read from its signature.

A part's keyword-only arguments *are* its hyper-parameters; they become grid axes such as
`r1.gamma`. An annotation says what each can be (see `bench.ranges`). Registering is one decorator:

    @regularizer
    def r1(d, real, fake, key, *, gamma: NonNegative = 1.0): ...
"""

from __future__ import annotations

import inspect
import linecache
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from types import ModuleType
from typing import Any, TypeVar, cast, overload

from bench import ranges
from bench.ranges import Range
from bench.vocabulary import names
from bench.vocabulary.search import also, near, suggest
from bench.vocabulary.traits import TRAITS, Trait

__all__ = [
    "KINDS",
    "BadPart",
    "Part",
    "Registry",
    "UnknownName",
    "augmentation",
    "dynamics",
    "extra",
    "files",
    "hparams_fault",
    "known_hparams",
    "loss",
    "metric",
    "network",
    "normalizer",
    "optimizer",
    "own_hparams",
    "regularizer",
    "suggest",
    "task",
    "trainer",
]


class UnknownName(LookupError):
    """A name that is not registered; the message names the nearest one that is."""


class BadPart(ValueError):
    """A function that cannot be a part as it is written; the message says why."""


@dataclass(frozen=True)
class Part:
    """One registered function, and what is known of it. Calling the part calls the function."""

    kind: str
    """The kind of part, such as "loss"."""
    name: str
    """The name of the function, unique within the kind."""
    fn: Callable[..., Any]
    """The function itself."""
    defaults: dict[str, Any]
    """Its hyper-parameters (keyword-only arguments) with their defaults."""
    traits: dict[str, Any] = field(default_factory=dict)
    """The traits that the decorator was told, such as a metric's direction. All that there are
    stand in `bench.vocabulary.traits`."""
    ranges: dict[str, Range] = field(default_factory=dict)
    """The range of each hyper-parameter that is a number."""

    @property
    def summary(self) -> str:
        """First line of the docstring."""
        return (inspect.getdoc(self.fn) or "").partition("\n")[0]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function."""
        return self.fn(*args, **kwargs)


F = TypeVar("F", bound=Callable[..., Any])
"""The type of a decorated function, which decorating does not change."""

Prepare = Callable[[Callable[..., Any], dict[str, Any]], tuple[Callable[..., Any], dict[str, Any]]]
"""(function, its traits) -> the function that is registered, and the traits that are kept of it."""


class Registry:
    """The parts of one kind. An instance is the decorator that adds to it.

    `called_with` names the arguments that a part is given by position, in words that an error may
    say, `options` allows words and truth values among the keyword-only ones, `constants` means that
    no argument is ever set by a sweep, so that any may have a default. `traits` are those that the
    decorator can be told: those of the kind in `bench.vocabulary.traits`, where nothing is said.
    `reserved` are names that no part can have. `prepare` may put another function and other traits
    in the place of those that are registered.
    """

    def __init__(
        self,
        kind: str,
        called_with: str | None = None,
        options: bool = False,
        constants: bool = False,
        traits: Mapping[str, Trait] | None = None,
        reserved: Collection[str] = (),
    ) -> None:
        self.kind, self.options, self.constants = kind, options, constants
        self.traits = TRAITS.get(kind, {}) if traits is None else traits
        self.called_with = None if called_with is None else called_with.split()
        self.reserved = reserved
        self.prepare: Prepare | None = None
        self._parts: dict[str, Part] = {}

    @overload
    def __call__(self, fn: F, **traits: Any) -> F: ...

    @overload
    def __call__(self, fn: None = None, **traits: Any) -> Callable[[F], F]: ...

    def __call__(self, fn: F | None = None, **traits: Any) -> F | Callable[[F], F]:
        """`@registry` or `@registry(trait=...)`. Raises ValueError for a name that is taken, and
        BadPart for a trait that the kind does not have or a value that it cannot have, for an
        argument that is no hyper-parameter, and for a default outside of its range."""
        if fn is None:
            return partial(self._add, traits=traits)
        return self._add(fn, traits)

    def _add(self, given: F, traits: dict[str, Any]) -> F:
        """Register a function, or the one that `prepare` puts in its place, which is returned."""
        _check_form(given)
        self._check_names(given, traits)
        fn = given
        if self.prepare:
            self._check_values(given, traits, whole=False)
            made, traits = self.prepare(given, traits)
            fn = cast(F, made)  # called as the given one is
        _check_form(fn)
        name = fn.__name__
        self._check_taken(name, given)
        self._check_values(fn, traits)
        self._check_positional(fn)
        own = _keyword_only(fn)
        limits = {p.name: limit for p in own if (limit := self._range(fn, p))}
        defaults = {p.name: p.default for p in own}
        self._parts[name] = Part(self.kind, name, fn, defaults, traits, limits)
        also(name, traits.get("also", ()))
        return fn

    def _check_taken(self, name: str, fn: Callable[..., Any]) -> None:
        """Refuse a name that another part has, and one that is kept for other things. A file may be
        loaded again, and a cell of a notebook run again."""
        if name in self.reserved:
            raise BadPart(f"{name}: a frame has a column of this name: rename the {self.kind}")
        taken = self._parts.get(name)
        if taken is None or fn.__module__ == "__main__":
            return
        old, new = inspect.unwrap(taken.fn), inspect.unwrap(fn)
        if old.__module__ != new.__module__:
            raise ValueError(f"{self.kind} {name!r} is already defined in {old.__module__}")
        lines = _defined(new, name)
        if len(lines) > 1:
            raise BadPart(f"{name}: lines {lines[0]} and {lines[1]} define a {self.kind} each")

    def _check_names(self, fn: Callable[..., Any], given: Mapping[str, Any]) -> None:
        """Refuse a trait that would do nothing."""
        for name in given:
            if name not in self.traits:
                near = suggest(name, self.traits)
                article = "an" if self.kind[0] in "aeiou" else "a"
                raise BadPart(f'{fn.__name__}: {article} {self.kind} has no trait "{name}"{near}')

    def _check_values(
        self, fn: Callable[..., Any], given: Mapping[str, Any], whole: bool = True
    ) -> None:
        """Refuse a value that a trait cannot have. A function that is not `whole` yet, before
        `prepare` adds hyper-parameters, is not asked for its own."""
        for name, value in given.items():
            if wrong := self.traits[name].fault(value, fn if whole else None):
                shown = "" if callable(value) else f" = {value!r}"
                meaning = self.traits[name].meaning
                raise BadPart(f"{fn.__name__}: its trait {name}{shown} {wrong}. {meaning}")

    def _check_positional(self, fn: Callable[..., Any]) -> None:
        """Refuse an argument that would be neither given by position nor a hyper-parameter."""
        kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
        found = [p for p in inspect.signature(fn).parameters.values() if p.kind in kinds]
        given = self.called_with
        for place, parameter in enumerate(found):
            if given is not None and parameter.name in given[place : place + 1]:
                continue
            surplus = given is not None and place >= len(given)
            default = parameter.default is not inspect.Parameter.empty
            if default and self.constants:
                continue
            if surplus or default:
                called = ", ".join(given or [p.name for p in found[:place]])
                raise BadPart(
                    f"{fn.__name__}: {parameter.name}: make it keyword-only, (..., *, "
                    f"{parameter.name}=...): a {self.kind} is called with ({called}), and its "
                    "hyper-parameters are its keyword-only arguments"
                )

    def _range(self, fn: Callable[..., Any], parameter: inspect.Parameter) -> Range | None:
        """The range of a hyper-parameter; None for an option that is no number."""
        name, default = parameter.name, parameter.default
        try:
            limit = ranges.of(parameter.annotation, default, _names(fn))
        except Exception as error:
            written = str(parameter.annotation).strip("'\"")
            text = f"the annotation {written} of {name} cannot be read: {error}"
            raise BadPart(f"{fn.__name__}: {text}") from error
        if limit is None and not self.options:
            raise BadPart(f"{fn.__name__}: {name} = {default!r} is not a number")
        fault = limit.fault(default) if limit else ""
        if fault:
            raise BadPart(f"{fn.__name__}: its default {name} = {ranges.shown(default)} {fault}")
        return limit

    def __getitem__(self, name: str) -> Part:
        if name not in self._parts:
            raise UnknownName(f'unknown {self.kind} "{name}"{suggest(name, self._parts)}')
        return self._parts[name]

    def __contains__(self, name: str) -> bool:
        return name in self._parts

    def __iter__(self) -> Iterator[Part]:
        return iter(self._parts.values())


def _check_form(fn: Any) -> None:
    """Refuse what is no function with a name that a sweep can call by, and gives no value when it
    is called."""
    name = getattr(fn, "__name__", type(fn).__name__)
    remedy = ""
    if inspect.isclass(fn):
        remedy = "is a class: decorate a function"
    elif not hasattr(fn, "__name__"):
        remedy = "has no name of its own: write def NAME(...), which calls it"
    elif not name.isidentifier():
        remedy = "is a function without a name: write def NAME(...)"
    elif inspect.iscoroutinefunction(fn) or inspect.isasyncgenfunction(fn):
        remedy = "is a coroutine, which nobody would wait for: leave async out"
    elif inspect.isgeneratorfunction(fn):
        remedy = "is a generator, which gives no value: return in place of yield"
    if remedy:
        raise BadPart(f"{name} {remedy}")


def own_hparams(part: str, hparams: Mapping[str, Any]) -> dict[str, Any]:
    """The hyper-parameters of one part: {"gamma": 1.0} of {"r1.gamma": 1.0, "lr_g": ...}."""
    prefix = part + "."
    return {k.removeprefix(prefix): v for k, v in hparams.items() if k.startswith(prefix)}


def _defined(fn: Callable[..., Any], name: str) -> list[int]:
    """The lines of a function's file at which one of that name is defined outside of others."""
    code = getattr(fn, "__code__", None)
    text = linecache.getlines(code.co_filename) if code else []
    return [n for n, line in enumerate(text, 1) if re.match(rf"def {re.escape(name)}\b", line)]


def known_hparams() -> set[str]:
    """The names of all hyper-parameters that a method can have: both learning rates, and
    "part.number" of every part that is registered."""
    parts = [part for kind in _ALL if kind not in (task, trainer, metric) for part in kind]
    return {"lr_g", "lr_d", *(f"{part.name}.{name}" for part in parts for name in part.defaults)}


def hparams_fault(part: Part) -> str:
    """The fault of the numbers that a task recommends: a name that no method can have, so that its
    number would do nothing. "" where there is none."""
    known = known_hparams()
    for name in part.traits.get("hparams", {}):
        if name not in known:
            hint = (
                suggest(name, near(name, known)) or ' (known are "lr_g", "lr_d" and "part.number")'
            )
            return f'its trait hparams has "{name}", which is no hyper-parameter{hint}'
    return ""


def _keyword_only(fn: Callable[..., Any]) -> list[inspect.Parameter]:
    parameters = inspect.signature(fn).parameters.values()
    own = [p for p in parameters if p.kind is inspect.Parameter.KEYWORD_ONLY]
    for parameter in own:
        if parameter.default is inspect.Parameter.empty:
            raise ValueError(f"{fn.__name__}: hyper-parameter {parameter.name!r} needs a default")
    return own


def _names(fn: Callable[..., Any]) -> dict[str, Any]:
    """The names that the annotations of a function may use."""
    return getattr(inspect.unwrap(fn), "__globals__", {})


loss = Registry("loss", "real fake key")
regularizer = Registry("regularizer", "d real fake key")
normalizer = Registry("normalizer", "")
optimizer = Registry("optimizer", "")
dynamics = Registry("dynamics", "state field move batches")
augmentation = Registry("augmentation", "x key progress")
extra = Registry("extra", "")
network = Registry("network", "sizes layers")
task = Registry("task", "", options=True)
trainer = Registry("trainer", "run")
metric = Registry(
    "metric", "real fake instrument", options=True, constants=True, reserved=names.COLUMNS
)

_ALL = (
    loss,
    regularizer,
    normalizer,
    optimizer,
    dynamics,
    augmentation,
    extra,
    network,
    task,
    trainer,
    metric,
)
KINDS = {registry.kind: registry for registry in _ALL}

files: dict[str, ModuleType] = {}
"""The user's own files, by their names without `.py`, as they were loaded."""

programs: dict[str, bytes] = {}
"""The content of all files of the user's by its digest, for trainers, which other processes run."""
