"""Refuses misspelled names that a `draw_` function is given, with the nearest one that is known."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ParamSpec, TypeVar

import pandas as pd

from bench import registry
from bench.analysis.frame.measured import carried
from bench.analysis.tables.outcomes import OUTCOMES
from bench.metrics import quantities
from bench.registry import UnknownName, suggest

P = ParamSpec("P")
T = TypeVar("T")

Known = Callable[[Mapping[str, Any]], Iterable[Any]]
"""The names that an argument can be, by all arguments of the call."""


def checked(**kinds: Known) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Check arguments of a function before it draws: `@checked(success=outcome, name=column)`.

    An argument is one name or several, or a mapping whose names count. The function raises
    UnknownName for one that is not known, with the nearest that is.
    """

    def around(draw: Callable[P, T]) -> Callable[P, T]:
        signature = inspect.signature(draw)

        @functools.wraps(draw)
        def inner(*args: P.args, **kwargs: P.kwargs) -> T:
            given = signature.bind(*args, **kwargs)
            given.apply_defaults()
            for argument, known in kinds.items():
                value = given.arguments[argument]
                values = [value] if isinstance(value, str) else value
                check(argument, values, known(given.arguments))
            return draw(*args, **kwargs)

        return inner

    return around


def looked(table: str) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Check before a function draws that its `look` has all methods of one of its tables:
    `@looked("trials")`. The function raises UnknownName for the first one without a look."""

    def around(draw: Callable[P, T]) -> Callable[P, T]:
        signature = inspect.signature(draw)

        @functools.wraps(draw)
        def inner(*args: P.args, **kwargs: P.kwargs) -> T:
            given = signature.bind(*args, **kwargs).arguments
            for method in dict.fromkeys(given[table]["method"]):
                if method not in given["look"]:
                    raise UnknownName(
                        f'no look of method "{method}": give plots.looks(...) of all methods drawn'
                    )
            return draw(*args, **kwargs)

        return inner

    return around


def check(argument: str, values: Iterable[Any], known: Iterable[Any]) -> None:
    """Raises UnknownName for the first of the values that is not known, with the nearest that is.
    `argument`: the argument that they were given as."""
    names = [str(name) for name in known]
    for value in values:
        if value not in names:
            what, some = _WORDS.get(argument, argument), ", ".join(names[:8])
            near = suggest(str(value), names)
            if "did you mean" not in near:
                near = f" (there is: {some}{', ...' if len(names) > 8 else ''})" if names else ""
            raise UnknownName(f'no {what} "{value}" in what is drawn{near}')


_WORDS = {
    **{"names": "hyper-parameter", "name": "hyper-parameter", "cost": "currency"},
    **{"success": "outcome", "methods": "method"},
}
"""Argument -> its word in a message."""


def outcome(_: Mapping[str, Any]) -> Iterable[Any]:
    """The outcomes that a trial can have."""
    return OUTCOMES


def method(call: Mapping[str, Any]) -> Iterable[Any]:
    """The methods of the trials."""
    return dict.fromkeys(call["trials"]["method"])


def column(call: Mapping[str, Any]) -> Iterable[Any]:
    """The columns of numbers of the trials, hyper-parameters first."""
    trials: pd.DataFrame = call["trials"]
    numbers = list(map(str, trials.select_dtypes("number").columns))
    return sorted(numbers, key=lambda name: not name.startswith("lr_") and "." not in name)


def metric(call: Mapping[str, Any]) -> Iterable[Any]:
    """The metrics of which the trials have curves, or where none are given all that there are."""
    if "long" in call:
        long: pd.DataFrame = call["long"]
        return dict.fromkeys(long.loc[long["id"].isin(call["trials"]["id"]), "metric"])
    return [*(part.name for part in registry.metric), *quantities.OTHERS, *carried(call["trials"])]
