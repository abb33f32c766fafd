"""The figures of a report, each drawn when it is asked for. A docstring is the caption."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from typing import Any

from matplotlib.figure import Figure

from bench.analysis import declared, plots
from bench.analysis.declared import Drawn
from bench.analysis.frame.labels import slug
from bench.analysis.guards import BadDeclaration, filled, guarded, ours, place
from bench.analysis.tables.findings import Findings
from bench.registry import BadPart
from bench.store import StoreError


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
    column: Callable[[], Figure | None] | None = None
    """Draws the same figure for one column of a paper; it gives None for one of a plugin, which is
    to be shrunk, and for an animation."""


def pictures(
    findings: Findings, task: str, figures: Sequence[declared.Figure] | None = None
) -> Iterator[Picture]:
    """The pictures of one task, or with task "" those over all tasks. `figures`: those to draw;
    None: all that are declared. A figure of this program that cannot be drawn is left out, which is
    printed. Raises BadDeclaration where a plugin's function fails, or gives what is no picture, and
    StoreError for samples that cannot be read."""
    names = file_names(findings.tasks)
    for figure in declared.FIGURES.values() if figures is None else figures:
        if figure.over_tasks == (not task):
            with spared(figure, task):
                drawn = _drawn(figure, findings, task)
                if drawn is not None:
                    name = f"{names[task]}_{figure.name}" if task else figure.name
                    column = partial(_in_column, figure, findings, task)
                    yield _picture(figure, drawn, name, task, findings.success, column)


def _drawn(figure: declared.Figure, findings: Findings, task: str) -> Any:
    with guarded("figure", figure.name, figure.draw):
        return figure.draw(findings, task) if task else figure.draw(findings)


def _in_column(figure: declared.Figure, findings: Findings, task: str) -> Figure | None:
    """A figure of this program, drawn anew for one column; a plugin's is shrunk by who saves it."""
    if not ours(figure.draw) or figure.name in MOVING:
        return None
    with plots.column():
        again = _drawn(figure, findings, task)
    picture = again.picture if isinstance(again, Drawn) else again
    return picture if isinstance(picture, Figure) else None


@contextmanager
def spared(figure: declared.Figure, task: str) -> Iterator[None]:
    """Spares a report the loss of its page by one of this program's own figures: its error is
    printed. Errors of plugins, of files and of what is stored stay."""
    try:
        yield
    except (BadPart, OSError, StoreError):
        raise
    except Exception as error:
        if not ours(figure.draw):
            raise
        of = f" of {task}" if task else ""
        what = f"{type(error).__name__}: {error}".splitlines()[0][:200]
        print(f"bench.report: the figure {figure.name}{of} could not be drawn ({what}); the rest "
              "of the report is whole. Please report this.", file=sys.stderr)  # fmt: skip


MOVING = ("training",)
"""The figures that are animations, which paper has not."""
LONGEST = 80
"""Most characters of a task in the name of a file."""


def file_names(tasks: Sequence[str]) -> dict[str, str]:
    """Task -> its part of the names of files, of bounded length. Tasks that would have the same
    files, also where a file system knows no case, are told apart by a digest."""
    short = {task: slug(task)[:LONGEST] for task in tasks}
    counts = Counter(name.casefold() for name in short.values())
    return {
        task: name
        if counts[name.casefold()] == 1 and name == slug(task) and name
        else "_".join(filter(None, (name, sha256(task.encode()).hexdigest()[:8])))
        for task, name in short.items()
    }


def check_file_names(figures: Iterable[declared.Figure], tasks: Sequence[str]) -> None:
    """Raises BadDeclaration for two figures whose files have one name on these tasks."""
    taken: dict[str, declared.Figure] = {}
    known = file_names(tasks)
    for figure in figures:
        for task in [""] if figure.over_tasks else tasks:
            name = f"{known[task]}_{figure.name}" if task else figure.name
            other = taken.setdefault(name, figure)
            if other is not figure:
                mine, first = (figure, other) if ours(other.draw) else (other, figure)
                raise BadDeclaration(
                    f"{place(mine.draw)}: the files of figure {mine.name!r} would be {name}, which "
                    f"are those of figure {first.name!r} ({place(first.draw)}): rename it"
                )


def _picture(
    figure: declared.Figure,
    drawn: Drawn | Figure,
    name: str,
    task: str,
    success: str,
    column: Callable[[], Figure | None],
) -> Picture:
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
    return Picture(name, figure.name, caption, drawn.picture, drawn.photographic, column)


declared.load(__name__)
