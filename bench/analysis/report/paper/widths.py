"""The width of text in a LaTeX table."""

from __future__ import annotations

import re
from functools import cache

from matplotlib import font_manager, ft2font

from bench.analysis.tex import tex

_SIZE = 8.0 * 1.0625
"""The size of \\footnotesize in points. Its font is wider for its height than that of 10 pt, which
is the one that matplotlib brings along."""
_DRAWN = {" ": 1 / 3, "_": 0.4, "–": 0.5}
"""Characters that LaTeX makes itself -> their width, in sizes of the font."""
_OTHER = 0.8
"""The width of a character that this font lacks, in sizes of it: the widest of them."""


def width(text: str) -> float:
    """The width of a text in points, in Computer Modern at \\footnotesize."""
    return sum(map(_of, text))


def pieces(word: str, most: float) -> list[str]:
    """A word in pieces of at most that width in points, each of at least one character."""
    found, left = [""], most
    for c in word:
        if found[-1] and _of(c) > left:
            found.append("")
            left = most
        found[-1] += c
        left -= _of(c)
    return found


@cache
def _of(c: str) -> float:
    number = re.fullmatch(r"U\+[0-9A-F]+", shown := tex(c))
    return sum(map(_advance, number[0] if number else c)) if shown else _advance(" ")


@cache
def _advance(c: str) -> float:
    known = c.isascii() and (c.isalnum() or c in _SAME)
    if not known:
        return _DRAWN.get(c, _OTHER) * _SIZE
    glyph = _font().load_char(ord(c), ft2font.LoadFlags.NO_HINTING)
    return glyph.linearHoriAdvance / 65536 / _EM * _SIZE


_SAME = "!#%&'()*+,-./:;=?@[]"
"""The other characters that have their own place in this font."""


_EM = 100.0
"""The size in points at which the font is measured."""


@cache
def _font() -> ft2font.FT2Font:
    font = ft2font.FT2Font(font_manager.findfont("cmr10"))
    font.set_size(_EM, 72.0)
    return font
