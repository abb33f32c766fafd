"""Guards of what a plugin declares for a report: each refuses in words, with file and line."""

from __future__ import annotations

import inspect
import linecache
import re
import sys
import traceback
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from bench.registry import BadPart, suggest
from bench.vocabulary import errors
from bench.vocabulary.interrupts import Interrupts

RESERVED = ("trials",)
"""The names of tables that every report writes and nobody declares."""


class BadDeclaration(BadPart):
    """A table, figure or section that cannot be shown as it is declared; the message says why."""


def ours(function: Any) -> bool:
    """True for a function of this program, False for one of a plugin."""
    return str(getattr(function, "__module__", "")).startswith("bench.")


def place(function: Any) -> str:
    """The "file:line" at which a function is written."""
    code = _code(function)
    return f"{code.co_filename}:{code.co_firstlineno}" if code else repr(function)


def _code(function: Any) -> Any:
    return getattr(inspect.unwrap(function), "__code__", None)


@contextmanager
def guarded(
    kind: str, name: str, function: Any, passing: tuple[type[BaseException], ...] = ()
) -> Iterator[None]:
    """Turns an error of a plugin's function into a BadDeclaration that names the line of the plugin
    that failed. The errors of `passing`, and those of this program's own functions, stay."""
    interrupts = Interrupts()
    try:
        with interrupts.watched():
            yield
    except BaseException as error:
        if ours(function) or isinstance(error, passing) or interrupts.caused(error):
            raise
        what = f"{type(error).__name__}: {errors.text(error)}".removesuffix(": ")
        raise BadDeclaration(f"{_failed(function, error)}: {kind} {name!r}: {what}") from error


def _failed(function: Any, error: BaseException) -> str:
    """The last line of the function's file that ran, or the line of the function."""
    code, frames = _code(function), traceback.extract_tb(error.__traceback__)
    own = [frame.lineno for frame in frames if code and frame.filename == code.co_filename]
    return f"{code.co_filename}:{own[-1]}" if own else place(function)


def listed(given: Any) -> list[Any]:
    """The paragraphs that a function gave: one alone is a list of one, and None is none."""
    if given is None:
        return []
    return list(given) if isinstance(given, Iterable) and not isinstance(given, str) else [given]


def paragraphs(function: Any, findings: Any) -> list[Any]:
    """The paragraphs that a function of the findings gives. Raises BadDeclaration where a plugin's
    function fails."""
    with guarded("text", getattr(function, "__name__", repr(function)), function):
        return listed(function(findings))


def filled(text: str, **words: str) -> str:
    """The text with `{name}` replaced by the word of that name; braces around anything else than a
    name stay. Raises BadDeclaration for a name that has no word."""

    def word(found: re.Match[str]) -> str:
        if found[1] not in words:
            raise BadDeclaration(f"no word for {found[0]} in its text{suggest(found[1], words)}")
        return words[found[1]]

    return re.sub(r"\{([A-Za-z_]\w*)\}", word, text)


def told(kind: str, function: Any) -> str:
    """The docstring in one line. Raises BadDeclaration where there is none."""
    text = " ".join((inspect.getdoc(function) or "").split())
    if not text:
        raise BadDeclaration(
            f"{kind} {function.__name__!r} has no docstring: write the text that stands with it on "
            "the page"
        )
    return text


def check_name(kind: str, name: str, function: Any, known: Mapping[str, Any]) -> None:
    """Raises BadDeclaration for a name that cannot be a file's, and for one that another function
    has. The same function may be declared again, also by a file that is run anew."""
    if not re.fullmatch(r"[A-Za-z0-9_.=-]+", name):
        raise BadDeclaration(f"{kind} {name!r}: its name names files: use letters, digits and _")
    if kind == "table" and name in RESERVED:
        raise BadDeclaration(f"{kind} {name!r}: every report has files of that name: rename it")
    if name not in known or not _differ(known[name], function):
        return
    mine, other = function, known[name]
    if ours(function) and not ours(other):  # a plugin that was run before the report's own modules
        mine, other = other, function
    at = f"{place(mine)}: " if mine is not function else ""
    raise BadDeclaration(
        f"{at}{kind} {name!r} is already declared in {other.__module__} ({place(other)}): rename it"
    )


def _differ(one: Any, other: Any) -> bool:
    """True for functions of two modules, and for two lines of one module as it was run once."""
    if one.__module__ != other.__module__:
        return True
    a, b = (inspect.unwrap(function) for function in (one, other))
    again = getattr(a, "__globals__", None) is not getattr(b, "__globals__", None)
    codes = _code(a), _code(b)
    if again or None in codes or codes[0].co_filename != codes[1].co_filename:
        return False
    if codes[0].co_firstlineno == codes[1].co_firstlineno:
        return False
    return codes[0].co_name != codes[1].co_name or _defined(codes[1]) > 1


def _defined(code: Any) -> int:
    """The number of functions of this name in its file as it is now: one, where a module that was
    edited is loaded again."""
    linecache.checkcache(code.co_filename)
    lines = linecache.getlines(code.co_filename)
    return sum(bool(re.match(rf"\s*def {re.escape(code.co_name)}\b", line)) for line in lines)


def check_arguments(kind: str, function: Any, arguments: str) -> None:
    """Raises BadDeclaration for a function that cannot be called with so many arguments."""
    try:
        inspect.signature(function).bind(*arguments.split(", "))
    except TypeError:
        own = inspect.signature(function)
        raise BadDeclaration(
            f"{kind} {function.__name__!r} takes {own}: it is called with ({arguments})"
        ) from None


def check_tuple(section: str, field: str, names: Any) -> None:
    """Raises BadDeclaration for names of figures or tables that are one text."""
    if isinstance(names, str):
        raise BadDeclaration(
            f"section {section!r}: {field}={names!r} is one text: write a tuple, ({names!r},)"
        )


def check_table(name: str, function: Any, made: Any) -> None:
    """Raises BadDeclaration where a table's function gave what is no table with plain columns."""
    import pandas as pd

    wrong = "" if isinstance(made, pd.DataFrame) else f"gives a {type(made).__name__}"
    remedy = "give a pandas DataFrame, as .reset_index() makes one of a Series, or None"
    if not wrong and made.columns.nlevels > 1:
        wrong, remedy = "has columns in several levels", "give each column one name"
    if not wrong and not made.columns.is_unique:
        wrong, remedy = "has two columns of one name", "rename one"
    if wrong:
        raise BadDeclaration(f"{place(function)}: table {name!r} {wrong}: {remedy}")


def say_nothing_to_show(name: str, function: Any) -> None:
    """Print that a plugin's table or figure gave nothing; this program's own stay silent."""
    if not ours(function):
        print(f"nothing to show: {name}", file=sys.stderr)
