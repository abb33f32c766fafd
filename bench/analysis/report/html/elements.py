"""Tables of numbers as the page shows them."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlencode

import pandas as pd
from markupsafe import Markup, escape

from bench.analysis.frame.labels import slug
from bench.analysis.report import formats
from bench.analysis.report.chapters import Numbers
from bench.analysis.report.html import coding

ROWS = 200
"""A longer table is not in the page: its CSV lies beside it."""
FIRST = 12
"""Rows of a table of more than twice as many that are in the page from the start."""
NOTE = 160
"""Characters beyond which all but the first sentence of a note are folded."""


class Column(NamedTuple):
    """The head of a column."""

    head: Markup
    """Its name, which may break at an underscore on paper, where there is less room."""
    number: bool
    """True for numbers, to the right."""


class Cell(NamedTuple):
    """A cell of a table."""

    text: str
    """The text in it."""
    number: bool
    """True for a number."""
    key: str | None
    """The number that it is sorted by; None: its text."""


class Row(NamedTuple):
    """A row of a table."""

    cells: Sequence[Cell]
    """Its cells."""
    address: str
    """The trials that its numbers lead to; "" where it is not about one task and method."""


class Shown(NamedTuple):
    """A table as its template draws it."""

    name: str
    """The name of its files."""
    title: str
    """Its heading."""
    first: str
    """The first sentence of the text under the heading."""
    rest: str
    """The other sentences, which a reader unfolds; "" where the text is short."""
    details: Sequence[str]
    """A list between the note and the rows."""
    address: str
    """Its address on the page."""
    length: int
    """The number of rows that there are."""
    too_long: bool
    """True where the page does not show the rows."""
    columns: Sequence[Column]
    """The heads of its columns."""
    rows: Sequence[Row]
    """The rows that are in the page from the start."""
    more: Markup | str
    """The other rows as JSON, which the page's script shows when they are asked for; "" for
    none."""


def cell_address(task: str, method: str) -> str:
    """The address of the trials of a task and method: the state of the table of trials that shows
    them."""
    return "trials?" + urlencode({"task": task, "method": method})


def table(numbers: Numbers) -> Shown:
    """A sortable table. In a row of one task and method, each number leads to the trials behind
    it."""
    count = len(numbers.table)
    too_long = count > ROWS
    shown = formats.readable(formats.shown(numbers.table.head(0) if too_long else numbers.table))
    words = formats.worded(numbers.table)
    keys = _sort_keys(shown, numbers.table)
    columns = [Column(_head(str(name)), str(name) not in words) for name in shown]
    rows = [_row(row, i, words, keys) for i, row in enumerate(shown.to_dict("records"))]
    address = f"table-{slug(numbers.name)}"
    first, rest = folded(numbers.note)
    kept = len(rows) if len(rows) <= 2 * FIRST else FIRST
    return Shown(
        *(numbers.name, numbers.title, first, rest, numbers.details, address, count, too_long),
        *(columns, rows[:kept], _more(rows[kept:])),
    )


def _more(rows: Sequence[Row]) -> Markup | str:
    """Rows as the page's script makes them."""
    if not rows:
        return ""
    return coding.script(
        [{"cells": [(c.text, c.key) for c in r.cells], "address": r.address} for r in rows]
    )


def folded(note: str) -> tuple[str, str]:
    """The first sentence of a note, and the others where the note is long."""
    first, _, rest = _SENTENCE.sub("\n", note, count=1).partition("\n")
    return (first, rest) if len(note) > NOTE else (note, "")


_SENTENCE = re.compile(r"(?<=[\w)`%]\.) (?=[A-Z`])")


def _head(name: str) -> Markup:
    return Markup(str(escape(name)).replace("_", "_<wbr>"))


def _row(
    row: Mapping[Any, Any], place: int, words: Collection[str], keys: Mapping[Any, pd.Series]
) -> Row:
    cells = []
    for name, value in row.items():
        number = name not in words
        key = f"{keys[name].iloc[place]:.6g}" if number and name in keys else None
        cells.append(Cell(str(value), number, key))
    known = "task" in row and "method" in row
    return Row(cells, cell_address(row["task"], row["method"]) if known else "")


def _sort_keys(shown: pd.DataFrame, numbers: pd.DataFrame) -> dict[Any, pd.Series]:
    """The numbers that a column of text is sorted by: each cell begins with its own."""
    keys = {}
    for column in shown:
        for name in ("rate" if column == "success" else column, f"{column} median"):
            if name in numbers and pd.api.types.is_numeric_dtype(numbers[name]):
                keys[column] = numbers[name].astype(float)
                break
    return keys
