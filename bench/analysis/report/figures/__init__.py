"""The figures of a report, each drawn when it is asked for. A docstring is the caption."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure

from bench.analysis import declared
from bench.analysis.declared import BadDeclaration, Drawn
from bench.analysis.frame.labels import slug
from bench.analysis.tables.findings import Findings


@dataclass(frozen=True)
class Picture:
    """A figure as it was drawn for one task, or over all tasks."""

    name: str
    """The name of its files, without ending."""
    kind: str
    """The name under which the figure was declared."""
    caption: str
    """The text below it."""
    figure: Figure | bytes
    """A figure of matplotlib, or an animation as the bytes of a WebP."""
    photographic: bool = False
    """True where its colours are those of images."""


def pictures(
    findings: Findings, task: str, figures: Sequence[declared.Figure] | None = None
) -> Iterator[Picture]:
    """The pictures of one task, or with task "" those over all tasks. `figures`: those to draw;
    None: all that are declared."""
    for figure in declared.FIGURES.values() if figures is None else figures:
        if figure.over_tasks == (not task):
            drawn = figure.draw(findings, task) if task else figure.draw(findings)
            if drawn is not None:
                yield _picture(figure, drawn, task, findings.success)


def _picture(figure: declared.Figure, drawn: Drawn | Figure, task: str, success: str) -> Picture:
    if isinstance(drawn, Figure):
        drawn = Drawn(drawn)
    if not isinstance(drawn, Drawn):
        kind = type(drawn).__name__
        raise BadDeclaration(
            f"figure {figure.name!r} gives a {kind}: give a matplotlib Figure, a "
            "bench.analysis.declared.Drawn, or None"
        )
    name = f"{slug(task)}_{figure.name}" if task else figure.name
    caption = declared.filled(figure.caption, **drawn.words, task=task, success=success)
    return Picture(name, figure.name, caption, drawn.picture, drawn.photographic)


declared.load(__name__)
