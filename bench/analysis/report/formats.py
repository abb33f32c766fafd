"""Tables of numbers -> text: Markdown and LaTeX."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from bench.analysis.tables.outcomes import OVER_GRID, Spread

WORDS = (
    *("id", "task", "method", "other", "primary", "setting", "ended", "status", "outcome"),
    *("chosen_on", "reported_on", "importance", "metric", "agrees", "source", "at", "on", "family"),
    *("order", "unit"),
)
"""Columns of words, to the left."""


def worded(table: pd.DataFrame) -> set[str]:
    """The columns of words: those that are known as such, and others that hold strings alone."""
    strings = (c for c in table if pd.api.types.infer_dtype(table[c], skipna=True) == "string")
    return {*WORDS, *map(str, strings)}


_OPTIONAL = ("p_dunnett", "p_brunner_munzel", "p_paired", "correlation")


def shown(table: pd.DataFrame) -> pd.DataFrame:
    """The columns that are shown: not the counts per status (failures have a column of their own),
    and no second opinion that no row has."""
    none = {name for name in _OPTIONAL if name in table and table[name].isna().all()}
    return table[[c for c in table if c not in none and not str(c).startswith("status ")]]


def readable(table: pd.DataFrame) -> pd.DataFrame:
    """A table of numbers -> one of text: medians with their quartiles and estimates with their
    intervals in one cell, rates in percent, three significant digits."""
    columns: dict[str, Sequence[Any]] = {}
    for name in map(str, table.columns):
        stem, _, last = name.rpartition(" ")
        if last == "median" and stem:
            parts = zip(*(table[f"{stem} {part}"] for part in Spread._fields), strict=True)
            columns[stem] = [spread(Spread(*part)) for part in parts]
        elif f"{name} low" in table and f"{name} high" in table:
            parts = zip(table[name], table[f"{name} low"], table[f"{name} high"], strict=True)
            columns[name] = [estimate(*part, digits=_digits(name)) for part in parts]
        elif last not in ("low", "high") or not stem:
            columns[name] = [_text(value, _digits(name)) for value in table[name]]
    return _rates(pd.DataFrame(columns, columns=list(columns)), table)


def _rates(shown: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """ "3/5 (60 %, 23 to 88 %)" for the columns success, trials, rate, low, high and interval,
    "98/150 (65 %, 63 to 69 % over this grid)" where the interval is of that kind."""
    if "rate" in table and "success" in table:
        shown["success"] = [_rate(row) for row in table.to_dict("records")]
        merged = ["rate", "low", "high", "interval"]
        shown = shown.drop(columns=[name for name in merged if name in shown])
    if "exact low" in table:
        exact = table[["exact low", "exact high"]].itertuples(index=False)
        shown["exact"] = [
            "–" if math.isnan(low) else f"{_percent(low)} to {_percent(high)} %"
            for low, high in exact
        ]
    return shown


def _rate(row: Mapping[Any, Any]) -> str:
    known = f"{row['success']}/{row['trials']} ({_percent(row['rate'])} %"
    if math.isnan(row["low"]):
        return f"{known})"
    over = f" {OVER_GRID}" if row.get("interval") == OVER_GRID else ""
    return f"{known}, {_percent(row['low'])} to {_percent(row['high'])} %{over})"


def estimate(value: float, low: float, high: float, digits: int = 3) -> str:
    """ "estimate (low to high)"; the estimate alone where it has no interval."""
    if math.isnan(value) or math.isnan(low):
        return number(value, digits)
    middle, least, most = (number(x, digits) for x in (value, low, high))
    return f"{middle} ({least} to {most})"


def spread(values: Spread) -> str:
    """ "median [lower quartile, upper quartile]"."""
    if math.isnan(values.median):
        return "–"
    return f"{number(values.median)} [{number(values.low)}, {number(values.high)}]"


def _percent(share: float) -> str:
    return f"{100 * share:.0f}"


def _digits(column: str) -> int:
    """Five digits for a game's known values, and for what is measured against them; else three."""
    return 5 if column in ("known", "measured") else 3


def _text(value: Any, digits: int) -> str:
    if isinstance(value, float | np.floating):
        return number(float(value), digits)
    return "–" if value is None else str(value)


def number(value: float, digits: int = 3) -> str:
    """So many significant digits, thousands to the unit; "failed" for the infinitely bad, "–" for
    the missing."""
    if math.isnan(value):
        return "–"
    if math.isinf(value):
        return "failed"
    text = f"{value:.0f}" if 1000 <= abs(value) < 1e6 else f"{value:.{digits}g}"
    return text.replace("e-0", "e-").replace("e+0", "e")


def markdown(table: pd.DataFrame, words: Collection[str] = WORDS) -> str:
    """A table of text -> GitHub's Markdown: the columns of `words` to the left, numbers to the
    right."""
    names = [str(name) for name in table.columns]
    lines = [names, *([str(cell) for cell in row] for row in table.itertuples(index=False))]
    rows = ["| " + " | ".join(map(_cell, row)) + " |" for row in lines]
    rule = " | ".join(":---" if name in words else "---:" for name in names)
    return "\n".join([rows[0], f"| {rule} |", *rows[1:]])


def without_tags(text: str) -> str:
    """A text of Markdown in which no tag of HTML begins."""
    return re.sub(r"<(?=[A-Za-z/!?])", r"\\<", text)


_MARKUP = r"[\\|*`$~]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|\](?=[(\[:])"
"""The characters that begin or end something in Markdown, with GitHub's formulas and strikes."""


_OPENING = re.compile(r"^([ \t]*)(?:([-+#>=]|:)|(\d+)([.)])(?=\s|$))", re.MULTILINE)
"""The beginning of a line that makes it a heading, an item of a list, a quotation or a table."""


def literal(text: str) -> str:
    """A text of several lines, in which nothing is markup of Markdown or HTML."""
    return _OPENING.sub(_escaped, _literal(text))


def _escaped(found: re.Match[str]) -> str:
    space, sign, number, point = found.groups()
    return f"{space}\\{sign}" if sign else f"{space}{number}\\{point}"


def _cell(text: str) -> str:
    """A cell of a Markdown table, in which nothing is markup."""
    return " ".join(_literal(text).splitlines())


def _literal(text: str) -> str:
    plain = re.sub(r"&(?=#?\w+;)", "&amp;", text)
    return without_tags(re.sub(_MARKUP, r"\\\g<0>", plain))
