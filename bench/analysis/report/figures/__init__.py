"""The figures of a report, each drawn when it is asked for. A docstring is the caption."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure

from bench.analysis import declared
from bench.analysis.declared import Drawn
from bench.analysis.frame.labels import slug
from bench.analysis.guards import BadDeclaration, filled, guarded, ours, place
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
    None: all that are declared. Raises BadDeclaration where a plugin's function fails, or gives
    what is no picture."""
    for figure in declared.FIGURES.values() if figures is None else figures:
        if figure.over_tasks == (not task):
            with guarded("figure", figure.name, figure.draw):
                drawn = figure.draw(findings, task) if task else figure.draw(findings)
            if drawn is not None:
                yield _picture(figure, drawn, task, findings.success)


def file_name(figure: declared.Figure, task: str) -> str:
    """The name of a figure's files, without ending."""
    return f"{slug(task)}_{figure.name}" if task else figure.name


def check_file_names(figures: Iterable[declared.Figure], tasks: Sequence[str]) -> None:
    """Raises BadDeclaration for two figures whose files have one name on these tasks."""
    taken: dict[str, declared.Figure] = {}
    for figure in figures:
        for task in [""] if figure.over_tasks else tasks:
            name = file_name(figure, task)
            other = taken.setdefault(name, figure)
            if other is not figure:
                mine, first = (figure, other) if ours(other.draw) else (other, figure)
                raise BadDeclaration(
                    f"{place(mine.draw)}: the files of figure {mine.name!r} would be {name}, which "
                    f"are those of figure {first.name!r} ({place(first.draw)}): rename it"
                )


def _picture(figure: declared.Figure, drawn: Drawn | Figure, task: str, success: str) -> Picture:
    where = f"{place(figure.draw)}: figure {figure.name!r}"
    if isinstance(drawn, Figure):
        drawn = Drawn(drawn)
    given = drawn.picture if isinstance(drawn, Drawn) else drawn
    if not isinstance(drawn, Drawn) or not isinstance(given, Figure | bytes):
        raise BadDeclaration(
            f"{where} gives a {type(given).__name__}: give a matplotlib Figure, a "
            "bench.analysis.declared.Drawn of one, or None"
        )
    words = {**drawn.words, "task": task, "success": success}
    try:
        caption = filled(figure.caption, **words)
    except BadDeclaration as error:
        raise BadDeclaration(f"{where}: {error}") from error
    name = file_name(figure, task)
    return Picture(name, figure.name, caption, drawn.picture, drawn.photographic)


declared.load(__name__)
