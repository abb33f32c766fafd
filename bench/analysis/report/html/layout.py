"""The page as a whole: the chapters in order, their style and their script, by templates.

Jinja2 escapes whatever goes into a template; what is no text (the style, the script, `code` and
**bold**) says so by being `Markup`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from bench import __version__
from bench.analysis.report.blocks import SIGNS, Block, Fold, Panel, Paragraph
from bench.analysis.report.chapters import Chapter, Numbers
from bench.analysis.report.drawing import Drawing
from bench.analysis.report.html import images
from bench.analysis.report.html.elements import table
from bench.analysis.report.html.trials import colours, seeds, trials
from bench.analysis.tables.findings import Findings

BYTES = 3_800_000
"""Size of the page that pictures fill up to."""
_HERE = Path(__file__).parent
_PANELS: Mapping[str, Callable[[Findings], Any]] = {"seeds": seeds, "trials": trials}


def html(findings: Findings, lead: Sequence[Block], chapters: Sequence[Chapter]) -> str:
    """The page: its title, what stands above all chapters, and the chapters. Raises StoreError for
    samples that cannot be read."""
    drawings = [part for c in chapters for part in c.parts if isinstance(part, Drawing)]
    parts = _Parts(findings)
    bare = _whole(findings, lead, chapters, parts)  # its size tells the room for pictures
    parts.pictures = images.fit(drawings, max(0, BYTES - len(bare.encode(errors="replace"))))
    return _whole(findings, lead, chapters, parts) if drawings else bare


def _whole(
    findings: Findings, lead: Sequence[Block], chapters: Sequence[Chapter], parts: _Parts
) -> str:
    found = [
        {"name": c.name, "title": c.title, "parts": [parts.part(p) for p in c.parts]}
        for c in chapters
    ]
    return _page(findings.title, [parts.part(block) for block in lead], found)


def empty(message: str) -> str:
    """A page that says why there is nothing to report."""
    said = ("Paragraph", Paragraph(message, "warning"))
    chapter = {"name": "answer", "title": "No results", "parts": [said]}
    return _page("Nothing to report yet", [], [chapter])


def of_blocks(title: str, lead: Sequence[Block], chapters: Sequence[Chapter]) -> str:
    """A page of chapters that rest on no frame of trials: text, lists, code, folds and drawings."""
    drawings = [part for c in chapters for part in c.parts if isinstance(part, Drawing)]
    pictures = images.fit(drawings, BYTES)

    def seen(part: Any) -> tuple[str, Any]:
        if isinstance(part, Drawing):
            return "Drawing", pictures[part.name]
        if isinstance(part, Fold):
            return "Fold", replace(part, blocks=[seen(block) for block in part.blocks])
        return type(part).__name__, part

    found = [
        {"name": c.name, "title": c.title, "parts": list(map(seen, c.parts))} for c in chapters
    ]
    return _page(title, list(map(seen, lead)), found)


def _page(title: str, lead: Sequence[Any], chapters: Sequence[Mapping[str, Any]]) -> str:
    style = (_HERE / "style.css").read_text(encoding="utf-8") + colours()
    script = "".join((_HERE / n).read_text(encoding="utf-8") for n in ("script.js", "trials.js"))
    return (
        _templates()
        .get_template("page.html")
        .render(
            title=title,
            lead=lead,
            chapters=chapters,
            version=__version__,
            style=Markup(style),
            script=Markup(script),
        )
    )


@cache
def _templates() -> Environment:
    found = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    found.filters["words"] = words
    found.filters["literal"] = literal
    found.globals["signs"] = SIGNS
    return found


def words(text: Any) -> Markup:
    """`code` and **bold** -> HTML, everything else escaped."""
    return Markup(re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", str(literal(text))))


def literal(text: Any) -> Markup:
    """A text of the user's -> HTML in which nothing is markup, but for `code`."""
    return Markup(re.sub(r"`([^`\n]+)`", _code, str(escape(text))))


def _code(found: re.Match[str]) -> str:
    return f"<code>{found[1].replace('**', '&#42;&#42;')}</code>"  # which is not bold


class _Parts:
    """Turns the parts of a page into what the templates draw."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._panels: dict[str, Any] = {}
        self.pictures: Mapping[str, images.Shown] = {}
        """The pictures by name; one that is not among them is left blank."""

    def part(self, part: Block | Drawing | Numbers) -> tuple[str, Any]:
        """The template of a part, and what it draws."""
        if isinstance(part, Panel):
            if part.name not in self._panels:
                self._panels[part.name] = _PANELS[part.name](self._findings)
            return part.name.capitalize(), self._panels[part.name]
        if isinstance(part, Numbers):
            return "Numbers", table(part)
        if isinstance(part, Drawing):
            return "Drawing", self.pictures.get(part.name) or images.blank(part)
        if isinstance(part, Fold):
            return "Fold", replace(part, blocks=[self.part(block) for block in part.blocks])
        return type(part).__name__, part
