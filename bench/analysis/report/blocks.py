"""The blocks of which every section's text is made, whatever the format.

A plain string is a paragraph. In all text, `code` and **bold** are as in Markdown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Heading:
    """A heading within a section."""

    text: str
    """The words of the heading."""


@dataclass(frozen=True)
class Paragraph:
    """A paragraph."""

    text: str
    """Its sentences."""
    style: str = ""
    """One of "question", "warning", "unsure", "note", or "" for plain text."""


@dataclass(frozen=True)
class Items:
    """A list of lines; nothing where there are none."""

    lines: Sequence[str]
    """The lines, each an item of the list."""


@dataclass(frozen=True)
class Terms:
    """A list of terms, each with its meaning."""

    pairs: Sequence[tuple[str, Any]]
    """(term, meaning) of each."""


@dataclass(frozen=True)
class Code:
    """Text to copy as it is."""

    text: str
    """The text, with its line breaks."""
    language: str = ""
    """Its language for the colouring of Markdown, such as "toml"; "" for none."""


@dataclass(frozen=True)
class Panel:
    """Something that only the page can do: it has links, a filter, or letters in colours."""

    name: str
    """The template that draws it: "seeds" or "trials"."""
    why: str
    """The reason why report.md has it not."""
    instead: str = ""
    """The line of Markdown that stands in its place; "" for none."""


SIGNS: Mapping[bool | None, str] = {True: "≠", False: "·", None: ""}
"""The sign of a pair of methods: told apart, not told apart, not compared."""


@dataclass(frozen=True)
class Cell:
    """A pair of methods in a matrix."""

    told: bool | None
    """True where the data tell the two apart, False where not; None: they were not compared."""
    why: str
    """The test with its adjusted p, or the reason why there is none."""


@dataclass(frozen=True)
class Matrix:
    """The pairs of some methods, the best first: which of them the data tell apart."""

    title: str
    """The words above it."""
    names: Sequence[str]
    """The methods, the best first."""
    rows: Sequence[Sequence[Cell]]
    """Row i has the cells of method i with the methods 0 to i - 1."""


@dataclass(frozen=True)
class Fold:
    """Blocks that a reader unfolds; a format that cannot fold shows them as they are."""

    summary: str
    """The line that is seen while it is folded."""
    blocks: Sequence[Any]
    """The blocks in it."""
    headed: bool = True
    """True where the line is a heading for a format that cannot fold."""


Block = Heading | Paragraph | Items | Terms | Code | Panel | Matrix | Fold
BLOCKS = (Heading, Paragraph, Items, Terms, Code, Panel, Matrix, Fold)
