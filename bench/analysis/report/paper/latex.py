"""Tables of text -> LaTeX tables for a paper."""

from __future__ import annotations

import math
import re
import textwrap
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from bench.analysis.report.paper.widths import pieces, width
from bench.analysis.tex import tex

LONG = 40
"""Most lines of text of a table that stays on one page; a longer one is a longtable."""
ROOM = 340.0
"""The width of a table in points: a little less than the 345 pt of the class article."""
GAP = 6.0
"""The distance of two columns in points."""

_ONE_LINE = 160.0
"""The widest column in points whose cells are one line each."""
_LINES = 114.0
"""The width of a column in points whose cells are several lines."""
_KEYS = 190.0
"""The width of the columns that each part of a table repeats, in points."""
_NARROWEST = 40.0
"""The width in points that one of these shrinks to."""


@dataclass(frozen=True)
class _Column:
    """A column of a table, as it is set."""

    name: str
    """Its name."""
    cells: tuple[str, ...]
    """The text of its cells."""
    left: bool
    """True for words, which stand to the left; numbers stand to the right."""
    head: tuple[str, ...]
    """The lines of its head."""
    width: float
    """Its width in points."""
    in_lines: bool = False
    """True where its cells are set in lines of that width."""

    @property
    def spec(self) -> str:
        """The column as the argument of a tabular."""
        return f"p{{{self.width:.0f}pt}}" if self.in_lines else "l" if self.left else "r"


def latex(table: pd.DataFrame, words: Collection[str], caption: str = "", label: str = "") -> str:
    r"""A table of text -> a LaTeX table no wider than the text of the class article: rules of
    booktabs, the columns of `words` to the left and numbers to the right, without the columns that
    say nothing. A table that is wider is set in parts below each other. Each part begins with the
    first columns, as many as tell its rows apart.

    It needs the package booktabs, and for more than 40 lines of text longtable. `caption` is text,
    which is escaped; `label` is what \ref takes: "tab:ranking".
    """
    columns = [
        _column(str(name), tuple(map(str, table[name])), str(name) in words)
        for name in table
        if _says_something(table[name])
    ]
    divided = _parts(columns)
    long = sum(map(_lines, divided)) > LONG
    parts = [
        _part(part, long, caption, label if i == 0 else "", i) for i, part in enumerate(divided)
    ]
    packages = "packages booktabs and longtable" if long else "package booktabs"
    size = f"\\footnotesize\n\\setlength{{\\tabcolsep}}{{{GAP / 2:.0f}pt}}"
    if long:
        lines = ["{" + size, *parts, "}"]
    else:
        head = [rf"\caption{{{tex(caption)}}}"] if caption else []
        head += [rf"\label{{{label}}}"] if label else []
        gap = "\n\\par\\medskip\n"
        lines = ["\\begin{table}[tbp]", "\\centering", *head, size, gap.join(parts), "\\end{table}"]
    return "\n".join([f"% needs the LaTeX {packages}", *lines])


def _says_something(column: pd.Series) -> bool:
    return not column.astype(str).isin(["", "–"]).all() or len(column) == 0


def _column(name: str, cells: tuple[str, ...], left: bool) -> _Column:
    """A column of its own width. A head that is wider than the cells is broken between words."""
    inner = max(map(width, set(cells)), default=0.0)
    head = [name]
    if width(name) > inner:
        most = max([*map(len, name.split()), *map(len, cells)], default=1)
        head = textwrap.wrap(name, most, break_long_words=False) or [name]
    column = _Column(name, cells, left, tuple(head), max([inner, *map(width, head)]))
    return _narrowed(column, _LINES) if column.width > _ONE_LINE else column


def _narrowed(column: _Column, most: float) -> _Column:
    """The column with its cells, and its head, in lines of at most that width."""
    if column.width <= most:
        return column
    return replace(column, width=most, in_lines=True, head=(column.name,))


def _parts(columns: Sequence[_Column]) -> list[list[_Column]]:
    """The columns in parts of at most `ROOM`, each of which begins with the keys."""
    if _together(columns) <= ROOM:
        return [list(columns)]
    count = _keys(columns)
    keys = _shrunk(columns[:count])
    room = ROOM - _together(keys) - GAP
    rest = [_narrowed(column, room) for column in columns[count:]]
    found = [list(keys)]
    for column in rest:
        if _together([*found[-1], column]) > ROOM and len(found[-1]) > len(keys):
            found.append(list(keys))
        found[-1].append(column)
    return found


def _together(columns: Sequence[_Column]) -> float:
    return sum(column.width for column in columns) + GAP * max(0, len(columns) - 1)


def _lines(columns: Sequence[_Column]) -> int:
    """The number of lines of text of a part, about: broken lines are not quite full."""
    folded = [column for column in columns if column.in_lines]
    rows = zip(*(column.cells for column in folded), strict=True)
    if not folded:
        return len(columns[0].cells) if columns else 0
    high = {c.name: {t: math.ceil(1.1 * width(t) / c.width) for t in set(c.cells)} for c in folded}
    return sum(max(1, *(high[c.name][t] for c, t in zip(folded, row, strict=True))) for row in rows)


def _keys(columns: Sequence[_Column]) -> int:
    """The number of columns that identify a row: the first, until no two rows are alike and the
    method is among them; as many of these as have room."""
    names = [column.name for column in columns]
    least = names.index("method") + 1 if "method" in names[:4] else 1
    for count in range(1, len(columns)):
        rows = list(zip(*(column.cells for column in columns[:count]), strict=True))
        if count >= least and len(set(rows)) == len(rows):
            break
    else:  # nothing tells them apart: the words before the first number
        count = next((i for i, column in enumerate(columns) if not column.left), 1)
        count = max(count, least)
    while count > 1 and _together([_narrowed(c, _NARROWEST) for c in columns[:count]]) > _KEYS:
        count -= 1
    return count


def _shrunk(keys: Sequence[_Column]) -> list[_Column]:
    """The keys with the widest of them narrowed to one width, so that they have room together."""
    most = max((column.width for column in keys), default=0.0)
    while _together(found := [_narrowed(column, most) for column in keys]) > _KEYS:
        most -= 1.0
        if most < _NARROWEST:
            break
    return found


def _part(columns: Sequence[_Column], long: bool, caption: str, label: str, place: int) -> str:
    """The rows of one part: a tabular, or a longtable with its caption."""
    environment = "longtable" if long else "tabular"
    spec = "".join(column.spec for column in columns)
    head = f"{' & '.join(map(_head, columns))} \\\\"
    cells = zip(*(map(_cells(column).__getitem__, column.cells) for column in columns), strict=True)
    rows = [f"{' & '.join(row)} \\\\" for row in cells]
    top = [r"\toprule", head, r"\midrule"]
    if long:
        name = tex(caption) + (" (continued)" if place else "")
        tag = rf" \label{{{label}}}" if label else ""
        first = [rf"\caption{{{name}}}{tag} \\"] if caption else []
        again = [rf"\caption[]{{{name}}} \\"] if caption else []
        more = rf"\multicolumn{{{len(columns)}}}{{r}}{{Continued on next page}} \\"
        top = [*first, *top, r"\endfirsthead", *again, *top, r"\endhead"]
        top += [r"\midrule", more, r"\midrule", r"\endfoot", r"\bottomrule", r"\endlastfoot"]
    end = [] if long else [r"\bottomrule"]
    begin = rf"\begin{{{environment}}}{{@{{}}{spec}@{{}}}}"
    return "\n".join([begin, *top, *rows, *end, rf"\end{{{environment}}}"])


def _head(column: _Column) -> str:
    if len(column.head) == 1:
        return _set(column.head[0], column)
    lines = r"\\".join(_set(line, column) for line in column.head)
    return rf"\shortstack[{'l' if column.left else 'r'}]{{{lines}}}"


def _cells(column: _Column) -> dict[str, str]:
    """The text of each different cell -> LaTeX."""
    return {text: _set(text, column) for text in set(column.cells)}


def _set(text: str, column: _Column) -> str:
    """The text of a cell, which is no option of the line break before it; in a column of lines,
    words that are wider than it may break."""
    if not column.in_lines:
        return re.sub(r"^(?=[\[*])", "{}", tex(text))
    words = (r"\hspace{0pt}".join(map(tex, pieces(word, column.width))) for word in text.split())
    return re.sub(r"^(?=[\[*])", "{}", " ".join(words))
