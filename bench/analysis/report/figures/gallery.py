"""Figures of samples, of the trials that methods are compared on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bench.analysis import plots
from bench.analysis.declared import Drawn, figure
from bench.analysis.report import samples
from bench.analysis.report.figures import leaders
from bench.analysis.tables.findings import Findings


@figure("training")
def _training(findings: Findings, task: str) -> Drawn | None:
    """Samples along training on {task}, of the median trial of each method{more}."""
    trials = findings.compared[findings.compared["task"] == task]
    some, count = _some(findings, task)
    found = (samples.motion(trials[trials["method"] == method]) for method in some)
    motions = [motion for motion in found if motion is not None]
    if not motions:
        return None
    drawn = plots.animation(samples.real(trials), motions, leaders.look(findings))
    return Drawn(drawn, {"more": _more(some, count)}, photographic=True)


def _some(findings: Findings, task: str) -> tuple[list[str], int]:
    """The methods whose samples are shown, and the number of those that have samples: of many, some
    of the best, of the middle and of the worst."""
    trials = findings.compared[findings.compared["task"] == task]
    known = [m for m in findings.methods if samples.ranked(trials[trials["method"] == m])]
    if len(known) > plots.MOST:
        known = [m for m in leaders.order(findings, task) if m in known]
    return [known[i] for i in plots.some(len(known))], len(known)


def _more(some: Sequence[str], count: int) -> str:
    """Says of how many other methods there are samples, and how to read them."""
    rest = count - len(some)
    return (
        f" (the best, the middle and the worst of {count} methods; `bench.samples` reads those of "
        f"the other {rest})"
        if rest
        else ""
    )


def _rows(findings: Findings, task: str) -> list[list[plots.Samples]]:
    """The stored samples of the best, the middle and the worst trial of each method that is
    shown."""
    trials = findings.compared[findings.compared["task"] == task]
    methods, _ = _some(findings, task)
    found = (samples.three(trials[trials["method"] == method]) for method in methods)
    return [row for row in found if row is not None]


@figure("gallery")
def _gallery(findings: Findings, task: str) -> Drawn | None:
    """Generated samples on {task}{place}{more}. Each method shows {which}. Real samples are in
    {real}."""
    rows = _rows(findings, task)
    if not rows:
        return None
    trials = findings.compared[findings.compared["task"] == task]
    points = rows[0][0].fake.ndim == 2
    searched = len(trials) < (findings.trials["task"] == task).sum()
    ordered = trials["q_tail"].notna().any()
    words = {
        "place": " at the settings that the ranking judges" if searched else "",
        "which": "the trial with the lowest, the median and the highest q at the end"
        if ordered
        else "the first, the middle and the last seed (there is no q to order them)",
        "real": f"grey{_directions(rows[0][0].fake)}" if points else "the next figure",
        "more": _more(*_some(findings, task)),
    }
    real = samples.real(trials) if points else None
    return Drawn(plots.gallery(real, rows, leaders.look(findings)), words, not points)


def _directions(points: np.ndarray) -> str:
    """The words on how points of more than two numbers are seen."""
    size = points.shape[1]
    return (
        f" (of the {size} numbers of a sample, the two directions in which real ones vary most)"
        if size > 2
        else ""
    )


@figure("samples")
def _samples(findings: Findings, task: str) -> Drawn | None:
    """The middle trials on {task} beside real samples."""
    rows = _rows(findings, task)
    if not rows or rows[0][0].fake.ndim == 2:
        return None
    real = samples.real(findings.compared[findings.compared["task"] == task])
    if real is None:
        return None
    middle = [row[len(row) // 2] for row in rows]
    return Drawn(plots.samples(real, middle, leaders.look(findings)), photographic=True)
