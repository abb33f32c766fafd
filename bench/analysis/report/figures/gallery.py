"""Figures of samples, of the trials that methods are compared on."""

from __future__ import annotations

from bench.analysis import plots
from bench.analysis.declared import Drawn, figure
from bench.analysis.report import samples
from bench.analysis.tables.findings import Findings


@figure("training")
def _training(findings: Findings, task: str) -> Drawn | None:
    """Samples along training on {task}, of the median trial of each method."""
    trials, look = findings.compared, plots.looks(findings.methods)
    trials = trials[trials["task"] == task]
    found = (samples.motion(trials[trials["method"] == method]) for method in look)
    motions = [motion for motion in found if motion is not None]
    if not motions:
        return None
    return Drawn(plots.animation(samples.real(trials), motions, look), photographic=True)


def _rows(findings: Findings, task: str) -> list[list[plots.Samples]]:
    """The stored samples of the best, the middle and the worst trial of each method that has
    some."""
    trials = findings.compared[findings.compared["task"] == task]
    found = (samples.three(trials[trials["method"] == method]) for method in findings.methods)
    return [row for row in found if row is not None]


@figure("gallery")
def _gallery(findings: Findings, task: str) -> Drawn | None:
    """Generated samples on {task}{place}. Each method shows {which}. Real samples are in {real}."""
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
        "real": "grey" if points else "the next figure",
    }
    real = samples.real(trials) if points else None
    return Drawn(plots.gallery(real, rows, plots.looks(findings.methods)), words, not points)


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
    return Drawn(plots.samples(real, middle, plots.looks(findings.methods)), photographic=True)
