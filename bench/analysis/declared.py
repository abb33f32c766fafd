"""Tables, figures and sections of a report, declared where they are made.

A table is one function of the findings. Its docstring is the note that stands on the page:

    from bench.analysis.declared import figure, section, table

    @table(section="outcomes", title="Seconds")
    def seconds(findings):
        \"\"\"The median over the trials that ended as `{success}`.\"\"\"
        return findings.trials.groupby(["task", "method"], as_index=False)["seconds"].median()

A figure is one function of the findings and a task. A section is one function too, or a `Section`.
The page and report.md show the same tables, figures and paragraphs. What no section shows, and what
a section names that nobody declared, is an error (see `arranged`).
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from bench.analysis.guards import (
    BadDeclaration,
    check_arguments,
    check_name,
    check_tuple,
    filled,
    paragraphs,
    place,
    told,
)
from bench.registry import suggest

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure as Canvas

    from bench.analysis.tables.findings import Findings

Lines = Callable[["Findings"], Iterable[Any] | None]
"""A function of the findings that gives paragraphs: strings, or blocks of
`bench.analysis.report.blocks`. One alone is one paragraph, and None is none. In a string, `code`
and **bold** are as in Markdown."""


@dataclass(frozen=True)
class Table:
    """A table of a report."""

    name: str
    """The name of its files, and of its address on the page."""
    title: str
    """The heading above it."""
    note: str
    """The text under the heading; `{success}` stands for the outcome that counts as a success."""
    make: Callable[[Findings], pd.DataFrame | None]
    """Gives the numbers; None or no rows where there is nothing to show."""
    section: str = ""
    """The section that it is put at the end of; "" where a section names the table."""
    details: Lines | None = None
    """Gives a list that stands between the note and the numbers."""
    only_files: str = ""
    """The reason why no section shows it; its files are written all the same."""


@dataclass(frozen=True)
class Drawn:
    """A picture as a figure's function gives it."""

    picture: Canvas | bytes
    """A figure of matplotlib, or an animation as the bytes of a WebP."""
    words: Mapping[str, str] = field(default_factory=dict)
    """The words for the names in braces of the caption, beside `task` and `success`."""
    photographic: bool = False
    """True where its colours are those of images, which a dark page must not turn."""


@dataclass(frozen=True)
class Figure:
    """A figure of a report."""

    name: str
    """The name of its files, behind the task's."""
    caption: str
    """The text below it; `{task}`, `{success}` and the words of `Drawn` are filled in."""
    draw: Callable[..., Drawn | Canvas | None]
    """Draws it for (findings, task), or with `over_tasks` for (findings); None: nothing to show."""
    section: str = ""
    """The section that it is put at the end of; "" where a section names the figure."""
    over_tasks: bool = False
    """True where there is one figure over all tasks, False where each task has one."""


@dataclass(frozen=True)
class Section:
    """A chapter of a report. It says its opening, then shows its figures and its tables, then says
    its closing. A chapter with nothing in it is left out."""

    name: str
    """Its address on the page."""
    title: str
    """Its heading."""
    opening: tuple[Lines, ...] = ()
    """The text before its figures."""
    figures: tuple[str, ...] = ()
    """The names of its figures, in order: those of each task, then those over all tasks."""
    between: tuple[Lines, ...] = ()
    """The text between its figures and its tables."""
    tables: tuple[str, ...] = ()
    """The names of its tables, in order."""
    closing: tuple[Lines, ...] = ()
    """The text after its tables."""
    after: str = "comparisons"
    """The section that a plugin's section follows."""

    def __post_init__(self) -> None:
        """Raises BadDeclaration for names that are one text: ("x") is no tuple."""
        check_tuple(self.name, "figures", self.figures)
        check_tuple(self.name, "tables", self.tables)

    def words(self, which: Sequence[Lines], findings: Findings) -> list[Any]:
        """The paragraphs of its opening, its middle or its closing."""
        return [line for say in which for line in paragraphs(say, findings)]


TABLES: dict[str, Table] = {}
"""All declared tables by name, in the order in which they were declared."""
FIGURES: dict[str, Figure] = {}
"""All declared figures by name, in the order in which they were declared."""
SECTIONS: dict[str, Section] = {}
"""The sections that plugins declared, by name."""


def table(
    name: str = "",
    *,
    title: str,
    section: str = "",
    details: Lines | None = None,
    only_files: str = "",
) -> Callable[[Any], Any]:
    """Declare a table: `@table(section="outcomes", title="Seconds")`. `name` is the function's own
    unless it is given; the other arguments are fields of `Table`. A table may use those that were
    declared before it, as `findings.tables[name]`. Raises BadDeclaration for a name that is taken,
    and for a function without a docstring or with other arguments."""

    def add(make: Any) -> Any:
        own, note = name or make.__name__, told("table", make)
        check_name("table", own, make, {n: t.make for n, t in TABLES.items()})
        check_arguments("table", make, "findings")
        filled(note, success="")  # an unknown word is refused here, where its line is known
        TABLES[own] = Table(own, title, note, make, section, details, only_files)
        return make

    return add


def figure(name: str = "", *, section: str = "", over_tasks: bool = False) -> Callable[[Any], Any]:
    """Declare a figure: `@figure(section="cost")`. `name` is the function's own unless it is
    given; the other arguments are fields of `Figure`. The docstring is the caption. Raises
    BadDeclaration for a name that is taken, and for a function without a docstring or with other
    arguments."""
    if not isinstance(name, str):  # @figure without brackets, which would declare nothing
        raise BadDeclaration(f'figure: write @figure(section="...") above {name!r}')

    def add(draw: Any) -> Any:
        own, caption = name or draw.__name__, told("figure", draw)
        check_name("figure", own, draw, {n: f.draw for n, f in FIGURES.items()})
        check_arguments("figure", draw, "findings" if over_tasks else "findings, task")
        FIGURES[own] = Figure(own, caption, draw, section, over_tasks)
        return draw

    return add


def section(
    name: str = "",
    *,
    title: str,
    after: str = "comparisons",
    figures: tuple[str, ...] = (),
    tables: tuple[str, ...] = (),
) -> Callable[[Any], Any]:
    """Declare a section: `@section(title="What it cost", after="outcomes")`. The docstring of the
    function is its first paragraph, and what the function gives (strings, or None) are the next.
    The other arguments are fields of `Section`. Raises BadDeclaration for a name that is taken, for
    one text in place of a tuple, and for a function without a docstring or with other
    arguments."""

    def add(say: Any) -> Any:
        own, first = name or say.__name__, told("section", say)
        check_name("section", own, say, {n: s.opening[-1] for n, s in SECTIONS.items()})
        check_arguments("section", say, "findings")
        filled(first, success="")
        opening = (lambda findings: [filled(first, success=findings.success)], say)
        SECTIONS[own] = Section(own, title, opening, figures, (), tables, after=after)
        return say

    return add


def load(package: str) -> None:
    """Import all modules of a package, so that what they declare is known."""
    path = importlib.import_module(package).__path__
    for module in pkgutil.iter_modules(path):
        importlib.import_module(f"{package}.{module.name}")


def used_in(source: bytes) -> bool:
    """True for the source of a plugin that seems to declare tables, figures or sections."""
    return re.search(rb"bench\.analysis(\.declared|\s+import\s.*\bdeclared\b)", source) is not None


def arranged(sections: Sequence[Section]) -> tuple[Section, ...]:
    """The sections of a report in order: those given, each followed by the plugins' that come after
    it, and each with the tables and figures that were declared for it at its end.

    Raises BadDeclaration for a section, table or figure that is named and not declared, for one
    that is declared and shown nowhere, and for one that is shown twice.
    """
    order = list(sections)
    for own in SECTIONS.values():
        names = [known.name for known in order]
        where = place(own.opening[-1])
        if own.name in names:
            raise BadDeclaration(f"{where}: there is a section {own.name!r} already: rename it")
        if own.after not in names:
            why = f"no section {own.after!r} to come after{suggest(own.after, names)}"
            raise BadDeclaration(f"{where}: section {own.name!r}: {why}")
        order.insert(names.index(own.after) + 1, own)
    tables = _shown("table", order, TABLES, lambda table: table.make)
    figures = _shown("figure", order, FIGURES, lambda figure: figure.draw)
    return tuple(replace(own, tables=tables[own.name], figures=figures[own.name]) for own in order)


def _shown(
    kind: str, sections: Sequence[Section], declared: Mapping[str, Any], function: Any
) -> dict[str, tuple[str, ...]]:
    """Section -> the tables (or figures) that it shows: those it names, then those declared for
    it."""
    found = {own.name: list(getattr(own, f"{kind}s")) for own in sections}
    for one in declared.values():
        if one.section:
            if one.section not in found:
                why = f"no section {one.section!r}{suggest(one.section, found)}"
                raise BadDeclaration(f"{place(function(one))}: {kind} {one.name!r}: {why}")
            found[one.section].append(one.name)
    places: dict[str, list[str]] = {}
    for own, names in found.items():
        for name in names:
            if name not in declared:
                raise BadDeclaration(
                    f"section {own!r}: no {kind} {name!r}{suggest(name, declared)}"
                )
            places.setdefault(name, []).append(own)
    for one in declared.values():
        shown, reason = places.get(one.name, []), getattr(one, "only_files", "")
        if len(shown) > 1 or bool(shown) == bool(reason):
            said = f"is shown in {' and '.join(shown)}" if shown else "is shown in no section"
            remedy = f"declare it with section=..., one of {', '.join(found)}, and only once"
            where = place(function(one))
            raise BadDeclaration(f"{where}: {kind} {one.name!r} {said}: {remedy}")
    return {own: tuple(names) for own, names in found.items()}
