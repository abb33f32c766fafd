"""Tables of text -> LaTeX tables for a paper."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

import pandas as pd

from bench.analysis.tex import tex

LONG = 40
"""Most rows of a table that stays on one page; a longer one is a longtable."""
WIDE = 104
"""Most characters of a row, gaps between columns counted as two: so many in \\footnotesize are as
wide as a page with margins of an inch."""
_CELL = 40
"""Most characters of a cell that is one line; longer text is set in lines of 4 cm."""
_WORD = 20
"""Most characters of a long cell's word that stay on one line."""
_IN_LINES = "p{4cm}"


def latex(table: pd.DataFrame, words: Collection[str], caption: str = "", label: str = "") -> str:
    """A table of text -> a LaTeX table: rules of booktabs, the columns of `words` to the left and
    numbers to the right, without the columns that say nothing. A table that is wider than a page is
    set in parts below each other, each with the first columns of words.

    It needs the package booktabs, and for more than 40 rows longtable. `caption` is text, which is
    escaped; `label` is what \\ref takes: "tab:ranking".
    """
    shown = table[[name for name in table if _says_something(table[name])]].astype(str)
    long = len(table) > LONG
    parts = [_part(part, words, long, caption, label if i == 0 else "", i)
             for i, part in enumerate(_parts(shown, words))]  # fmt: skip
    packages = "packages booktabs and longtable" if long else "package booktabs"
    size = "\\footnotesize\n\\setlength{\\tabcolsep}{4pt}"
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


def _parts(table: pd.DataFrame, words: Collection[str]) -> list[pd.DataFrame]:
    """The table in parts that are no wider than a page; the first columns of words are in each."""
    names = list(table.columns)
    wide = {
        name: 2 + min(_CELL, max(map(len, [str(name), *table[name]]), default=0)) for name in names
    }
    keys: list[str] = []
    for name in names:
        if str(name) not in words or sum(wide[key] for key in [*keys, name]) > WIDE // 2:
            break
        keys.append(name)
    rest = [name for name in names if name not in keys]
    found, room = [list(keys)], WIDE - sum(wide[key] for key in keys)
    left = room
    for name in rest:
        if left < wide[name] and len(found[-1]) > len(keys):
            found.append(list(keys))
            left = room
        found[-1].append(name)
        left -= wide[name]
    return [table[columns] for columns in found]


def _part(
    part: pd.DataFrame, words: Collection[str], long: bool, caption: str, label: str, place: int
) -> str:
    """The rows of one part: a tabular, or a longtable with its caption."""
    names = list(map(str, part.columns))
    heads = list(map(tex, names))
    cells = part.map(_cell).reset_index(drop=True)
    cells.columns = pd.RangeIndex(len(names))
    styler = cells.style.hide(axis="index").format_index(lambda i: heads[int(str(i))], axis=1)
    more = " (continued)" if place else ""
    text: str = styler.to_latex(
        hrules=True,
        environment="longtable" if long else None,
        column_format="".join(_kind(part.iloc[:, i], name, words) for i, name in enumerate(names)),
        caption=f"{tex(caption)}{more}" if long and caption else None,
        label=label if long and label else None,
    )
    return text.rstrip()


def _cell(text: str) -> str:
    """The text of a cell, which is no option of the line break before it; long words may break."""
    words = (
        r"\hspace{0pt}".join(tex(word[i : i + _WORD]) for i in range(0, len(word), _WORD))
        for word in text.split()
    )
    return re.sub(r"^(?=[\[*])", "{}", " ".join(words) if len(text) > _CELL else tex(text))


def _kind(column: Sequence[str] | pd.Series, name: str, words: Collection[str]) -> str:
    if max(map(len, column), default=0) > _CELL:
        return _IN_LINES
    return "l" if name in words else "r"
