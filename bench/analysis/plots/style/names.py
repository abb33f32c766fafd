"""Names of users as figures show them: plain text of bounded length, and no two alike."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from functools import cache

from matplotlib import font_manager, ft2font

from bench.analysis.plots.style import PAGE, width

LONGEST = 34
"""Most characters of a name over the width of a page."""
_SHORTER = 22
"""Most characters of a name in one column."""

_PER_INCH = 15
"""Characters of a title to an inch."""


def plain(text: object) -> str:
    """The text as matplotlib must be given it to show each of its characters. No `$` begins a
    formula, a line break is a space, and a character that the font lacks is its number: U+1F525."""
    shown = (c if _has(ord(c)) else f"U+{ord(c):04X}" for c in " ".join(str(text).split()))
    return "".join(shown).replace("$", r"\$")


def name(text: object) -> str:
    """One name, shortened in its middle where it is long."""
    return plain(_shortened(str(text), _most()))


def names(texts: Iterable[str], inches: float | None = None) -> dict[str, str]:
    """Name -> the text that shows it, of at most 34 characters (in a column 22), or of so many as
    titles of that width in inches have. Different names have different texts: those that would
    look alike have their place in the list behind them."""
    given = list(dict.fromkeys(map(str, texts)))
    most = _most() if inches is None else max(6, min(_most(), int(inches * _PER_INCH)))
    shown = {text: _shortened(text, most) for text in given}
    counts: dict[str, int] = {}
    for text in shown.values():
        counts[text] = counts.get(text, 0) + 1
    for place, text in enumerate(given):
        if counts[shown[text]] > 1:
            number = f" #{place + 1}"
            shown[text] = _shortened(text, most - len(number)) + number
    return {text: plain(short) for text, short in shown.items()}


def wrapped(text: str, most: int) -> str:
    """A label in plain text, in lines of at most so many characters where its words allow it."""
    return "\n".join(plain(line) for line in textwrap.wrap(str(text), most)) or ""


def _most() -> int:
    return LONGEST if width() >= PAGE else _SHORTER


def _shortened(text: str, most: int) -> str:
    """The text, or its head and its tail; where it is long, names differ at either end."""
    text = " ".join(text.split())
    if len(text) <= most:
        return text
    head = max(0, (most - 1) * 2 // 3)
    return f"{text[:head]}…{text[len(text) - (most - 1 - head) :]}"


@cache
def _font() -> ft2font.FT2Font:
    return ft2font.FT2Font(font_manager.findfont("DejaVu Sans"))


@cache
def _has(code: int) -> bool:
    return code == 32 or (chr(code).isprintable() and _font().get_char_index(code) != 0)
