"""Registries: a name -> a Part, its function and the hyper-parameters read from its signature.

A part's keyword-only arguments *are* its hyper-parameters; they become grid axes such as
`r1.gamma`. Registering is one decorator:

    @regularizer
    def r1(d, real, fake, key, *, gamma=1.0): ...
"""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any


class UnknownName(LookupError):
    """A name that is not registered; the message names the nearest one that is."""


@dataclass(frozen=True)
class Part:
    """One registered function. `defaults` are its keyword-only arguments, `facts` what the
    decorator was told about it (a metric's direction, the batches that a dynamics needs)."""

    kind: str
    name: str
    fn: Callable[..., Any]
    defaults: dict[str, Any]
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def summary(self) -> str:
        """First line of the docstring."""
        return (inspect.getdoc(self.fn) or "").partition("\n")[0]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function."""
        return self.fn(*args, **kwargs)


class Registry:
    """The parts of one kind. An instance is the decorator that adds to it."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._parts: dict[str, Part] = {}

    def __call__(self, fn: Callable[..., Any] | None = None, **facts: Any) -> Any:
        """`@registry` or `@registry(fact=...)`. Raises ValueError for a name that is taken."""
        if fn is None:
            return lambda fn: self(fn, **facts)
        name = fn.__name__
        taken = self._parts.get(name)
        if taken and taken.fn.__module__ != fn.__module__:
            raise ValueError(f"{self.kind} {name!r} is already defined in {taken.fn.__module__}")
        self._parts[name] = Part(self.kind, name, fn, _keyword_defaults(fn), facts)
        return fn

    def __getitem__(self, name: str) -> Part:
        if name not in self._parts:
            raise UnknownName(f'unknown {self.kind} "{name}"{suggest(name, self._parts)}')
        return self._parts[name]

    def __contains__(self, name: str) -> bool:
        return name in self._parts

    def __iter__(self) -> Iterator[Part]:
        return iter(self._parts.values())


def own_hparams(part: str, hparams: Mapping[str, Any]) -> dict[str, Any]:
    """The hyper-parameters of one part: {"gamma": 1.0} of {"r1.gamma": 1.0, "lr_g": ...}."""
    prefix = part + "."
    return {k.removeprefix(prefix): v for k, v in hparams.items() if k.startswith(prefix)}


def suggest(name: str, known: Iterable[str]) -> str:
    """' (did you mean "x"?)', or the names there are when none is near."""
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    if near:
        return f' (did you mean "{near[0]}"?)'
    return f" (there is: {', '.join(names)})" if names else ""


def _keyword_defaults(fn: Callable[..., Any]) -> dict[str, Any]:
    parameters = inspect.signature(fn).parameters.values()
    own = [p for p in parameters if p.kind is inspect.Parameter.KEYWORD_ONLY]
    for parameter in own:
        if parameter.default is inspect.Parameter.empty:
            raise ValueError(f"{fn.__name__}: hyper-parameter {parameter.name!r} needs a default")
    return {p.name: p.default for p in own}


loss = Registry("loss")
regularizer = Registry("regularizer")
normalizer = Registry("normalizer")
optimizer = Registry("optimizer")
dynamics = Registry("dynamics")
augmentation = Registry("augmentation")
extra = Registry("extra")
network = Registry("network")
task = Registry("task")
metric = Registry("metric")

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
    metric,
)
KINDS = {registry.kind: registry for registry in _ALL}

files: dict[str, ModuleType] = {}
"""The user's own files, by their names without `.py`, as they were loaded."""
