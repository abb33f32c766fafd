"""A strict reader of the LaTeX that tables are written in: it knows few commands and forgives
nothing."""

from __future__ import annotations

import re
import unicodedata

SHOWN = {
    **{rf"\{c}": c for c in "_%&#$"},
    **{r"\{": "{", r"\}": "}", r"\textbackslash": "\\", r"\textbar": "|"},
    **{r"\textasciitilde": "~", r"\textasciicircum": "^", r"\textasciigrave": "`"},
    **{r"\textless": "<", r"\textgreater": ">", r"\ldots": "…", r"\quotedblbase": "„"},
    **{r"\i": "ı", r"\j": "ȷ", r"\ss": "ß", r"\o": "ø", r"\O": "Ø", r"\l": "ł", r"\L": "Ł"},
    **{r"\ae": "æ", r"\AE": "Æ", r"\oe": "œ", r"\OE": "Œ"},
}
"""Command -> the character that it shows; those of letters take an empty group."""
MATH = {
    **{r"\cdot": "·", r"\le": "≤", r"\ge": "≥", r"\ne": "≠", r"\times": "×", r"\pm": "±"},
    **{r"\to": "→", r"\infty": "∞", r"\approx": "≈", r"^\circ": "°", r"\mu": "μ", "-": "−"},
    **{"^2": "²", r"\varsigma": "ς", r"\lambda": "λ", r"\Lambda": "Λ"},
}
ACCENTS = {
    **{"`": "\u0300", "'": "\u0301", "^": "\u0302", "~": "\u0303", "=": "\u0304", "u": "\u0306"},
    **{".": "\u0307", '"': "\u0308", "r": "\u030a", "H": "\u030b", "v": "\u030c"},
    **{"c": "\u0327", "d": "\u0323", "b": "\u0331"},
}
LAYOUT = {
    *("toprule", "midrule", "bottomrule", "centering", "footnotesize", "par", "medskip"),
    *("endfirsthead", "endhead", "endfoot", "endlastfoot"),
}
"""Commands that show nothing and take nothing."""


COLUMN = r"[lr]|p\{\d+pt\}"
SPEC = rf"\{{@\{{\}}(?:{COLUMN})+@\{{\}}\}}"
"""The columns of a table, without a gap before the first and behind the last."""


class Bad(ValueError):
    """The text is not what may be written."""


def shown(text: str) -> str:
    """The characters that a text of LaTeX shows; raises Bad for anything that is no plain text."""
    out, rest = [], text
    while rest:
        for pattern, show in _RULES:
            found = re.match(pattern, rest)
            if found:
                out.append(show(found))
                rest = rest[found.end() :]
                break
        else:
            raise Bad(f"{rest[:30]!r} is no plain text")
    return unicodedata.normalize("NFC", "".join(out))


def _math(found: re.Match[str]) -> str:
    inner = found[1]
    if inner in MATH:
        return MATH[inner]
    name = inner[1:]
    kind = "CAPITAL" if name[:1].isupper() else "SMALL"
    try:
        return unicodedata.lookup(f"GREEK {kind} LETTER {name.upper()}")
    except KeyError:
        raise Bad(f"{inner} is no letter") from None


def _command(found: re.Match[str]) -> str:
    if found[1] not in SHOWN:
        raise Bad(f"{found[1]} may not be written")
    return SHOWN[found[1]]


_RULES = (
    (r"\{\\ttfamily\\char34\}", lambda m: '"'),
    (r"\\ensuremath\{([^{}]*)\}", _math),
    (r"\{\\([`'^~=.\"urHvcdb])\{(\\i|\\j|[A-Za-z])\}\}",
     lambda m: m[2].lstrip("\\") + ACCENTS[m[1]]),
    (r"\{(\\[A-Za-z]+)\}", _command),
    (r"(\\[A-Za-z]+)\{\}", _command),
    (r"(\\[_%&#${}])", _command),
    (r"\\hspace\{0pt\}", lambda m: ""),
    (r"\{\}", lambda m: ""),
    (r"---?(?!-)", lambda m: "–" if m[0] == "--" else "—"),
    (r"''|``", lambda m: "”" if m[0] == "''" else "“"),
    (r"[A-Za-z0-9 .,:;!?'()\[\]/*+=@-]" , lambda m: m[0]),
)  # fmt: skip


def tables(text: str) -> list[list[list[str]]]:
    """The rows of each tabular or longtable, each cell as it is shown. Raises Bad unless everything
    is closed, every row has as many cells as there are columns, and nothing else is written."""
    if re.search(r"[^\x20-\x7e\n]", text):
        raise Bad("a character that is not of ASCII")
    text = re.sub(r"^% needs the LaTeX packages? [a-z ]+\n", "", text)
    if re.search(r"(?<!\\)%", text):
        raise Bad("a comment hides what follows it")
    _balanced(text)
    pattern = rf"\\begin\{{(tabular|longtable)\}}{SPEC}(.*?)\\end\{{\1\}}"
    found = [_rows(m[0]) for m in re.finditer(pattern, text, re.DOTALL)]
    around = re.sub(pattern, "", text, flags=re.DOTALL)
    around = re.sub(r"\\(begin|end)\{table\}(\[tbp\])?", "", around)
    around = re.sub(r"\\label\{tab:[\w-]+\}|\\setlength\{\\tabcolsep\}\{3pt\}", "", around)
    around = re.sub(r"\\caption\{(.*)\}$", lambda m: shown(m[1]) and "", around, flags=re.MULTILINE)
    left = re.sub(r"\\(\w+)", lambda m: "" if m[1] in LAYOUT else m[0], around)
    if left.strip("{} \n"):
        raise Bad(f"{left.strip()[:40]!r} is around a table")
    return found


def _balanced(text: str) -> None:
    depth, open_ = 0, []
    for token in re.findall(r"\\(?:begin|end)\{\w+\}|\\.|[{}]", text, re.DOTALL):
        if token.startswith(r"\begin"):
            open_.append(token[7:-1])
        elif token.startswith(r"\end{"):
            if not open_ or open_.pop() != token[5:-1]:
                raise Bad(f"{token} closes nothing")
        elif token in "{}":
            depth += 1 if token == "{" else -1
            if depth < 0:
                raise Bad("a brace closes nothing")
    if depth or open_:
        raise Bad("something is not closed")


def _rows(text: str) -> list[list[str]]:
    head, body = re.match(rf"\\begin\{{\w+\}}({SPEC})(.*)\\end", text, re.DOTALL).groups()
    columns = len(re.findall(COLUMN, head))
    body = re.sub(r"\\caption(\[\])?\{.*\}( \\label\{tab:[\w-]+\})? \\\\\n", "", body)
    body = re.sub(r"\\multicolumn\{\d+\}\{r\}\{Continued on next page\} \\\\\n", "", body)
    body = re.sub(r"^\\(\w+)$", lambda m: "" if m[1] in LAYOUT else m[0], body, flags=re.MULTILINE)
    rows = [line for line in body.splitlines() if line.strip()]
    found = []
    for row in rows:
        if not row.endswith(r" \\"):
            raise Bad(f"a row without its end: {row!r}")
        cells = re.split(r"(?<!\\)&", row.removesuffix(r" \\"))
        if len(cells) != columns:
            raise Bad(f"{len(cells)} cells in {columns} columns: {row!r}")
        if cells[0].startswith(("[", "*")):
            raise Bad("a cell that is an option of the line break before it")
        found.append([shown(_one_line(cell.strip(" "))) for cell in cells])
    return found


def _one_line(cell: str) -> str:
    """The text of a head that is in several lines."""
    stacked = re.fullmatch(r"\\shortstack\[[lr]\]\{(.*)\}", cell)
    return stacked[1].replace(r"\\", " ") if stacked else cell
