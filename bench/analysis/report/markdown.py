"""Chapters -> the text of report.md, which refers to figures/ and tables/ beside it."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pandas as pd

from bench.analysis.report import formats
from bench.analysis.report.blocks import (
    SIGNS,
    Block,
    Code,
    Fold,
    Heading,
    Items,
    Matrix,
    Panel,
    Paragraph,
)
from bench.analysis.report.chapters import Chapter, Numbers
from bench.analysis.report.drawing import Drawing

ROWS = 100
"""A longer table is named in the text, not shown."""


def markdown(title: str, lead: Sequence[Block], chapters: Sequence[Chapter]) -> str:
    """The text of report.md: its title, what stands above all chapters, and the chapters."""
    parts = [f"# {literal(title)}", *map(_part, lead)]
    for chapter in chapters:
        parts += [f"## {text(chapter.title)}", *map(_part, chapter.parts)]
    return "\n\n".join(part for part in parts if part) + "\n"


def text(words: str) -> str:
    """A text in which nothing is markup of HTML; `code` stays as it is."""
    parts = re.split(r"(`[^`]*`)", words)
    return "".join(p if p.startswith("`") else formats.without_tags(p) for p in parts)


def literal(words: str) -> str:
    """A text of the user's in which nothing is markup, but for `code`."""
    parts = re.split(r"(`[^`\n]+`)", words)
    return "".join(p if i % 2 else formats.literal(p) for i, p in enumerate(parts))


def _part(part: Block | Drawing | Numbers) -> str:
    if isinstance(part, Heading):
        return f"### {text(part.text)}"
    if isinstance(part, Paragraph):
        if part.style == "question":
            return "\n".join(f"> {line}" for line in literal(part.text).splitlines())
        return "\n".join(text(part.text).splitlines())
    if isinstance(part, Items):
        return _items(part.lines)
    if isinstance(part, Code):
        return f"```{part.language}\n{part.text}\n```"
    if isinstance(part, Panel):
        return part.instead
    if isinstance(part, Matrix):
        return f"{text(part.title)}\n\n{_matrix(part)}"
    if isinstance(part, Fold):
        head = [Heading(part.summary)] if part.headed else []
        return "\n\n".join(filter(None, map(_part, [*head, *part.blocks])))
    if isinstance(part, Drawing):
        return f"![{part.name}](figures/{part.files[0].name})\n\n*{text(part.caption)}*"
    if isinstance(part, Numbers):
        return _numbers(part)
    return _items([f"`{term}`: {meaning}" for term, meaning in part.pairs])


def _matrix(matrix: Matrix) -> str:
    """A row per method and a column per method that ranks above it, each by its number."""
    count = len(matrix.names)
    heads = ["", *(str(i + 1) for i in range(count - 1))]
    rows = [
        [f"{i + 1} {name}", *(SIGNS[cell.told] for cell in row), *[""] * (count - 1 - len(row))]
        for i, (name, row) in enumerate(zip(matrix.names, matrix.rows, strict=True))
    ]
    return formats.markdown(pd.DataFrame(rows, columns=heads), [""])


def _items(lines: Sequence[str]) -> str:
    return "\n".join(f"* {text(line)}" for line in lines)


def _numbers(numbers: Numbers) -> str:
    shown = formats.readable(formats.shown(numbers.table))
    rows = formats.markdown(shown, formats.worded(numbers.table))
    parts = [
        f"### {text(numbers.title)}",
        text(numbers.note),
        _items(numbers.details),
        rows if len(numbers.table) <= ROWS else f"{len(numbers.table)} rows:",
        f"[CSV](tables/{numbers.name}.csv)",
    ]
    return "\n\n".join(part for part in parts if part)
