"""Forms of the values that traits can have.

A form is a function of (value, function of the part). It returns the fault of the value, worded to
stand behind it in a sentence, or "" where there is none. Each function here is a form or makes one.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterable, Mapping
from numbers import Real
from typing import Any

from bench.vocabulary.search import suggest

Fault = Callable[[Any, Any], str]
"""(value, function of the part) -> the fault of the value, to stand behind it; "" for none."""

SIZES = ("units", "width", "classes", "g_units", "d_units", "g_depth", "d_depth")
"""The numbers that networks can be made of beside the shapes of samples and latents."""


COMPARISONS = (">=", "<=", ">", "<")
"""The signs that a criterion may compare a metric with its bound by."""


def truth(value: Any, fn: Any = None) -> str:
    """True or False."""
    return "" if isinstance(value, bool) else "is not True or False"


def number(least: float) -> Fault:
    """A finite number, and not below the least."""

    def fault(value: Any, fn: Any = None) -> str:
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or not math.isfinite(value)
        ):
            return "is not a number"
        return "" if value >= least else f"is below {least:g}"

    return fault


def count(value: Any, fn: Any = None) -> str:
    """A whole number above 0."""
    whole = isinstance(value, int) and not isinstance(value, bool) and value > 0
    return "" if whole else "is not a whole number above 0"


def text(value: Any, fn: Any = None) -> str:
    """A text with something in it."""
    return "" if isinstance(value, str) and value else "is not a text"


def scalar(value: Any, fn: Any = None) -> str:
    """A number, a word or a truth value."""
    return (
        "" if isinstance(value, bool | int | float | str) else "is no number, word or truth value"
    )


def function(*arguments: str) -> Fault:
    """A function that can be called with so many arguments by position."""

    def fault(value: Any, fn: Any = None) -> str:
        if not callable(value):
            return f"is not a function of ({', '.join(arguments)})"
        try:
            inspect.signature(value).bind(*arguments)
        except TypeError as error:
            return f"cannot be called with ({', '.join(arguments)}): {error}"
        except ValueError:  # of a function that shows no signature
            return ""
        return ""

    return fault


def of_numbers(value: Any, fn: Callable[..., Any] | None = None) -> str:
    """A function that is called with the hyper-parameters of the part by their names."""
    if not callable(value):
        return "is not a function of the hyper-parameters"
    own = inspect.signature(fn).parameters.values() if fn else ()
    names = [p.name for p in own if p.kind is inspect.Parameter.KEYWORD_ONLY]
    try:
        inspect.signature(value).bind(**dict.fromkeys(names))
    except TypeError as error:
        return f"cannot be called with the hyper-parameters ({', '.join(names)}): {error}"
    return ""


def one_of(*known: str) -> Fault:
    """One of some words."""

    def fault(value: Any, fn: Any = None) -> str:
        return "" if value in known else _unknown(value, known)

    return fault


def some_of(*known: str) -> Fault:
    """A tuple of known words."""

    def fault(value: Any, fn: Any = None) -> str:
        if isinstance(value, str) or not isinstance(value, tuple | list | frozenset | set):
            return f'is not a tuple of words, such as ("{known[0]}",)'
        return next(
            (f"has {item!r}, which {_unknown(item, known)}" for item in value if item not in known),
            "",
        )

    return fault


def words(value: Any, fn: Any = None) -> str:
    """A tuple of words."""
    if isinstance(value, tuple | list) and value and not any(map(text, value)):
        return ""
    return "is not a tuple of words"


def sized(value: Any, fn: Callable[..., Any] | None = None) -> str:
    """A table from options of the task to the sizes of networks that they decide."""
    if not isinstance(value, Mapping):
        return 'is not a table such as {"units": ("units",)}'
    options = inspect.signature(fn).parameters if fn else value
    for option, sizes in value.items():
        if option not in options:
            return f"names {option!r}, which is no option of the task{suggest(option, options)}"
        if wrong := some_of(*SIZES)(sizes, None):
            return f"at {option!r} {wrong}"
    return ""


def numbers(value: Any, fn: Any = None) -> str:
    """A table of numbers by their names."""
    if not isinstance(value, Mapping) or any(map(text, value)):
        return 'is not a table of numbers, such as {"lr_g": 1e-3, "lr_d": 1e-3}'
    wrong = (name for name, found in value.items() if number(-math.inf)(found, None))
    return next((f"has {name} = {value[name]!r}, which is not a number" for name in wrong), "")


def shape(value: Any, fn: Any = None) -> str:
    """The shape of a sample, without the batch axis."""
    whole = isinstance(value, tuple | list) and value and not any(count(n) for n in value)
    return "" if whole else "is not a tuple of whole numbers above 0, such as (2,) or (8, 8, 1)"


def bounds(value: Any, fn: Any = None) -> str:
    """A table from an option to the values at which something is stored."""
    if not isinstance(value, Mapping):
        return 'is not a table such as {"sigma": (0.1, 0.02)}'
    options = inspect.signature(fn).parameters if fn else value
    for option, numbers in value.items():
        if option not in options:
            return f"names {option!r}, which is no option of the task{suggest(option, options)}"
        if not isinstance(numbers, tuple | list) or any(map(number(-math.inf), numbers, numbers)):
            return f"at {option!r} is not a tuple of numbers"
    return ""


def criterion(value: Any, known: Iterable[str] | None = None) -> str:
    """A table from metrics, of those that are `known` where they are given, to pairs of a sign and
    a bound. The fault is worded to stand behind "criterion"."""
    if not isinstance(value, Mapping):
        return f'is {value!r}, needed is a table such as {{"modes": (">=", 8)}}'
    for name, rule in value.items():
        if known is not None and name not in known:
            return f'names "{name}", which is not measured{suggest(str(name), known)}'
        pair = isinstance(rule, tuple | list) and len(rule) == 2
        if not pair or rule[0] not in COMPARISONS or not _bound(rule[1]):
            signs = ", ".join(COMPARISONS)
            return f'of {name} is {rule!r}, needed is such as (">=", 8); the signs are {signs}'
    return ""


def _bound(value: Any) -> bool:
    """True of a finite number, also one of numpy's."""
    return isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value)


def _unknown(value: Any, known: tuple[str, ...]) -> str:
    return f"is not known{suggest(str(value), known)}"
