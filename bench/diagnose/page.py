"""Draws what was seen in logs as one page that needs no network and no other file."""

from __future__ import annotations

import math
import re
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bench.analysis import plots
from bench.analysis.plots.style import INK, MUTED, in_style
from bench.analysis.report.blocks import Code, Fold, Heading, Items, Paragraph
from bench.analysis.report.chapters import Chapter
from bench.analysis.report.drawing import Drawing, data_uri
from bench.analysis.report.html import of_blocks
from bench.diagnose import courses, remedies
from bench.diagnose.columns import ROLES
from bench.diagnose.finding import Finding
from bench.diagnose.log import Series
from bench.diagnose.looking import Look, unseen
from bench.diagnose.remedies import counts

PICTURES = 12
"""Pictures of a log at most."""

WIDTH = 3.3
"""Inches of a picture: what a telephone shows at once, and a page in several columns."""

PIXELS = 112
"""Pixels of CSS to an inch."""

TO_TRY = "What can be tried"
"""The heading of the remedies, which stand once on a page."""

COUNTED = (
    "Counted on pairs of trials of ours with the same seed and the same number of gradients that "
    "differ in the remedy alone: after how many that failed did the other converge? Beside it, how "
    "often another seed converged without a change. Tasks and networks are small; a remedy that is "
    "not named was not counted."
)
"""The sentences before the counts."""

_LINK = "What can be tried stands below, with what helped after such failures."


def page(looks: Sequence[Look]) -> str:
    """The page as HTML."""
    with tempfile.TemporaryDirectory() as folder:
        chapters = [
            Chapter(f"log{i}", f"`{one.log.name}`".strip("`"), list(_parts(one, i, Path(folder))))
            for i, one in enumerate(looks)
        ]
        if any(one.sick for one in looks):
            chapters.append(Chapter("remedies", TO_TRY, list(_remedies(looks))))
        chapters.append(Chapter("unseen", "What this cannot see", [Paragraph(unseen())]))
        text = of_blocks("What the log of this training says", [], chapters)
    rest = _LINK.removeprefix(TO_TRY)
    return text.replace(_LINK, f'<a href="#remedies">{TO_TRY}</a>{rest}')


def pictures(looks: Sequence[Look], folder: Path) -> list[Path]:
    """Draw each series of each log to a PNG and an SVG in a folder, named by log and series -> the
    files. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    return [
        file
        for one in looks
        for role, name in list(one.found.roles.items())[:PICTURES]
        for file in plots.save(
            draw(one.log.series[name], name, _about(one, role)),
            folder / f"{_plain(one.log.name)}_{role}",
            ("png", "svg"),
        )
    ]


_STORED = re.compile(r": \w+ \((.+), \w+\)$")
"""Finds the label of a stored trial in the name of its log."""


def _plain(name: str) -> str:
    """The name of a log as the name of a file: of a stored trial its task, method and seed."""
    found = _STORED.search(name)
    last = found[1] if found else re.split(r"[/\\]", name)[-1]
    return re.sub(r"[^\w.-]+", "_", last).strip("_.") or "log"


def _about(one: Look, role: str) -> list[Finding]:
    return [finding for finding in one.findings if finding.series == role]


def _parts(one: Look, place: int, folder: Path) -> Iterator[Any]:
    yield Paragraph(f"{one.log.form}, {one.extent}")
    took = [f"`{name}` as {one.meaning(role)}" for role, name in one.found.roles.items()]
    yield Fold("What was taken for what", [Items([*took, *one.log.notes])])
    for finding in one.findings:
        sign = "" if finding.sick else " (no failure by itself)"
        yield Heading(f"{finding.rule}: {one.named(finding)}{sign}")
        yield Paragraph(finding.words, "warning" if finding.sick else "")
        if finding.reliability:
            yield Paragraph(f"How often that is right: {finding.reliability}.", "note")
    if one.sick:
        yield Paragraph(_LINK)
    for about, text in one.remarks:
        yield Paragraph(f"{about}: {text}")
    for i, role in enumerate(list(one.found.roles)[:PICTURES]):
        yield _drawing(one, role, _about(one, role), folder / f"log{place}_{i}")


def _remedies(looks: Sequence[Look]) -> Iterator[Any]:
    """The remedies that helped after each failure that was seen, task by task, and their lines."""
    findings = [finding for one in looks for finding in one.findings]
    yield Paragraph(COUNTED)
    for ending in counts.endings(findings):
        yield Heading(f"After trials that {counts.ENDINGS.get(ending, 'had failed')}")
        for task in counts.tasks():
            yield Paragraph(f"`{task}`:")
            yield Items(counts.told(ending, task))
    known = remedies.known()
    for own in (known[name] for name in counts.order(findings)):
        code = f"# PyTorch\n{own.torch}\n# Keras\n{own.keras}"
        yield Fold(f"{own.title}; {own.cost}", [Code(code, "python")])


def _drawing(one: Look, role: str, findings: Sequence[Finding], path: Path) -> Any:
    name = one.found.roles[role]
    files = plots.save(draw(one.log.series[name], name, findings), path, ("svg", "png"))
    uri = data_uri(files[0].read_bytes(), "image/svg+xml")
    marked = "".join(f"; marked: {own.rule}" for own in findings)
    caption = f"{name}, {ROLES[role]}{marked}"
    return Drawing(
        path.name, "log", "", caption, False, uri, round(WIDTH * PIXELS), (files[1], files[0])
    )


def draw(own: Series, name: str, findings: Sequence[Finding]) -> Any:
    """A series as means over blocks, with a line where a finding begins."""
    from matplotlib.figure import Figure

    with in_style():
        figure = Figure(figsize=(WIDTH, 1.6), layout="constrained")
        axes = figure.subplots()
        known = np.isfinite(own.values)
        if known.any():
            course = courses.blocks(Series(own.steps[known], own.values[known]))
            axes.plot(course.steps, course.values, color=INK, linewidth=1)
        for finding in findings:
            if math.isfinite(finding.step):
                axes.axvspan(finding.step, float(own.steps[-1]), color="#d55e00", alpha=0.15, lw=0)
                axes.axvline(finding.step, color="#d55e00", linewidth=1, linestyle="--")
                axes.annotate(
                    finding.rule,
                    (finding.step, 1),
                    xycoords=("data", "axes fraction"),
                    xytext=(3, -9),
                    textcoords="offset points",
                    color="#a04000",
                )
        axes.set_xlabel("step", color=MUTED)
        axes.set_ylabel(name if len(name) <= 24 else f"{name[:22]}…")
    return figure
