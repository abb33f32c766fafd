"""Text of users -> text of LaTeX that shows it, with pdfLaTeX, XeLaTeX and LuaLaTeX alike."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

_SPECIAL: Mapping[str, str] = {
    **{c: rf"\{c}" for c in "_%&#$"},
    **{"{": r"\{", "}": r"\}", "\\": r"\textbackslash{}", "|": r"\textbar{}"},
    **{"~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "`": r"\textasciigrave{}"},
    **{"<": r"\textless{}", ">": r"\textgreater{}", '"': r"{\ttfamily\char34}"},
    **{"–": "--", "—": "---", "…": r"\ldots{}", "·": r"\ensuremath{\cdot}"},
    **{"‘": "`", "’": "'", "“": "``", "”": "''", "„": r"\quotedblbase{}"},
    **{"≤": r"\ensuremath{\le}", "≥": r"\ensuremath{\ge}", "≠": r"\ensuremath{\ne}"},
    **{"×": r"\ensuremath{\times}", "±": r"\ensuremath{\pm}", "→": r"\ensuremath{\to}"},
    **{"∞": r"\ensuremath{\infty}", "≈": r"\ensuremath{\approx}", "°": r"\ensuremath{^\circ}"},
    **{"µ": r"\ensuremath{\mu}", "−": r"\ensuremath{-}", "²": r"\ensuremath{^2}"},
    **{"ı": r"{\i}", "ȷ": r"{\j}", "ß": r"{\ss}", "ø": r"{\o}", "Ø": r"{\O}", "ł": r"{\l}"},
    **{"Ł": r"{\L}", "æ": r"{\ae}", "Æ": r"{\AE}", "œ": r"{\oe}", "Œ": r"{\OE}"},
    **{"\u00a0": "~", "ς": r"\ensuremath{\varsigma}"},
}
"""Character -> what LaTeX needs in its place."""

_ACCENTS: Mapping[str, str] = {
    **{"\u0300": "`", "\u0301": "'", "\u0302": "^", "\u0303": "~", "\u0304": "=", "\u0306": "u"},
    **{"\u0307": ".", "\u0308": '"', "\u030a": "r", "\u030b": "H", "\u030c": "v"},
    **{"\u0327": "c", "\u0323": "d", "\u0331": "b"},
}
"""Combining accent -> its command; each is there in every encoding of fonts."""

_LATIN = dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΧο", "ABEZHIKMNOPTXo", strict=True))
"""Greek letters that LaTeX has no command for, since they look like Latin ones."""

_LIGATURES = re.compile(r"(?<=-)(?=-)|(?<=')(?=')|(?<=,)(?=,)")


def tex(text: str) -> str:
    """A text in which no character is a command of LaTeX, and no two become another one (`--`, `''`
    and `,,` are ligatures). A line break is a space; a character that LaTeX cannot be sure to have
    is its number: U+1F525."""
    plain = " ".join(unicodedata.normalize("NFC", text).split())
    return "".join(_character(c) for c in _LIGATURES.sub(_BREAK, plain))


_BREAK = "\ue000"  # stands for the empty group; of a private area, which no text should hold


def _character(c: str) -> str:
    if c == _BREAK:
        return "{}"
    if c in _SPECIAL:
        return _SPECIAL[c]
    if c.isascii() and c.isprintable():
        return c
    return _greek(c) or _accented(c) or f"U+{ord(c):04X}"


def _greek(c: str) -> str:
    """A Greek letter without accents; "" for any other character."""
    found = re.fullmatch(r"GREEK (SMALL|CAPITAL) LETTER ([A-Z]+)", unicodedata.name(c, ""))
    if not found:
        return ""
    name = "lambda" if found[2] == "LAMDA" else found[2].lower()
    if c in _LATIN:
        return _LATIN[c]
    return rf"\ensuremath{{\{name.capitalize() if found[1] == 'CAPITAL' else name}}}"


def _accented(c: str) -> str:
    r"""A Latin letter with one accent: {\"o}; "" for any other character."""
    parts = unicodedata.normalize("NFD", c)
    if (
        len(parts) != 2
        or parts[1] not in _ACCENTS
        or not (parts[0].isascii() and parts[0].isalpha())
    ):
        return ""
    letter = {"i": r"\i", "j": r"\j"}.get(parts[0], parts[0])
    return f"{{\\{_ACCENTS[parts[1]]}{{{letter}}}}}"
