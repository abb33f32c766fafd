"""Findings and drawings -> the chapters of a report, which each format writes in its own way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from bench.analysis import declared
from bench.analysis.declared import Lines, Section
from bench.analysis.guards import BadDeclaration, filled, paragraphs, place
from bench.analysis.report.blocks import BLOCKS, Block, Items, Paragraph, Terms
from bench.analysis.report.drawing import Drawing
from bench.analysis.report.sections import sections
from bench.analysis.tables.findings import Findings


@dataclass(frozen=True)
class Numbers:
    """A table with what stands above it."""

    name: str
    """The name of its files."""
    title: str
    """Its heading."""
    note: str
    """The text under the heading."""
    details: Sequence[str]
    """A list between the note and the numbers; empty for none."""
    table: pd.DataFrame
    """The numbers."""


@dataclass(frozen=True)
class Chapter:
    """A section with all that is in it, in order."""

    name: str
    """Its address on the page."""
    title: str
    """Its heading."""
    parts: Sequence[Block | Drawing | Numbers]
    """Its paragraphs, figures and tables."""


def chapters(findings: Findings, drawings: Sequence[Drawing]) -> list[Chapter]:
    """The sections in which there is something. Raises BadDeclaration where a section says what is
    neither a string nor a block."""
    found = (
        Chapter(section.name, section.title, list(_parts(section, findings, drawings)))
        for section in sections()
    )
    return [chapter for chapter in found if chapter.parts]


def _parts(
    section: Section, findings: Findings, drawings: Sequence[Drawing]
) -> Iterator[Block | Drawing | Numbers]:
    yield from said(section.opening, findings)
    yield from _figures(section, drawings, [*findings.tasks, ""])
    yield from said(section.between, findings)
    for name in section.tables:
        if name in findings.tables:
            yield _numbers(declared.TABLES[name], findings)
    yield from said(section.closing, findings)


def said(functions: Iterable[Lines], findings: Findings) -> Iterator[Block]:
    """The blocks that functions of the findings give, without the empty ones."""
    for function in functions:
        for line in paragraphs(function, findings):
            block = Paragraph(line) if isinstance(line, str) else line
            if not isinstance(block, BLOCKS):
                raise BadDeclaration(
                    f"{place(function)}: {function.__name__} gives a {type(line).__name__}: "
                    "give strings, or blocks of bench.analysis.report.blocks"
                )
            empty = isinstance(block, Items) and not block.lines
            if not empty and not (isinstance(block, Terms) and not block.pairs):
                yield block


def _figures(
    section: Section, drawings: Sequence[Drawing], tasks: Sequence[str]
) -> Iterator[Drawing]:
    """The drawings of a section: task by task, then those over all tasks."""
    known = {(drawing.task, drawing.kind): drawing for drawing in drawings}
    places = ((task, kind) for task in tasks for kind in section.figures)
    return (known[place] for place in places if place in known)


def _numbers(table: declared.Table, findings: Findings) -> Numbers:
    details = paragraphs(table.details, findings) if table.details else []
    note = filled(table.note, success=findings.success)
    return Numbers(table.name, table.title, note, details, findings.tables[table.name])
