"""Generated samples of the best, the median and the worst seed, and their motion."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure
from PIL import Image, ImageDraw

from bench.analysis.plots.pictures import Samples, draw_samples, limit_of
from bench.analysis.plots.style import WIDTH, Look, styled

_PANEL = 168  # pixels of a panel of the animation
_TITLE = 16
_PER_FRAME = 160  # milliseconds
_LAST = 1500


class Motion(NamedTuple):
    """The samples of one trial along training."""

    title: str
    """The method of the trial."""
    steps: np.ndarray
    """The steps or gradients [k] at which samples were taken, in ascending order."""
    snapshots: np.ndarray
    """The samples [k, n, 2] at these steps."""
    unit: str = "step"
    """The unit of `steps`: "step" or "gradient"."""


@styled
def gallery(
    real: np.ndarray | None, rows: Sequence[Sequence[Samples]], look: Mapping[str, Look]
) -> Figure:
    """A row per method: its best, median and worst trial. Points lie over the real ones in grey;
    images are tiles. The titles of the samples are methods."""
    columns = max(len(row) for row in rows)
    size = WIDTH / 3
    figure = Figure(figsize=(size * columns, (size + 0.5) * len(rows)))
    axes = figure.subplots(len(rows), columns, squeeze=False)
    for line, row in zip(axes, rows, strict=True):
        for ax in line[len(row) :]:
            ax.set_visible(False)
        for ax, item in zip(line, row, strict=False):
            draw_samples(ax, real, item, look[item.title].colour)
            ax.set_title(f"{item.title}\n{item.note}", fontsize=8)
    return figure


def animation(
    real: np.ndarray | None, motions: Sequence[Motion], look: Mapping[str, Look]
) -> bytes:
    """The samples of several trials moving side by side -> an animated WebP that repeats.

    The trials have their steps in common, else the nearest snapshot is shown.
    """
    steps = motions[int(np.argmax([len(m.steps) for m in motions]))].steps
    everything = [Samples(m.title, "", m.snapshots[-1]) for m in motions]
    limit = limit_of(real, everything)
    frames = [_frame(real, motions, look, limit, float(step)) for step in steps]
    file = io.BytesIO()
    times = [_PER_FRAME] * (len(frames) - 1) + [_LAST]
    frames[0].save(
        file, "WEBP", save_all=True, append_images=frames[1:], duration=times, loop=0, quality=60
    )
    return file.getvalue()


def _frame(
    real: np.ndarray | None,
    motions: Sequence[Motion],
    look: Mapping[str, Look],
    limit: float,
    step: float,
) -> Image.Image:
    columns = min(len(motions), 4)
    rows = -(-len(motions) // columns)
    frame = Image.new("RGB", (columns * _PANEL, rows * (_PANEL + _TITLE)), "white")
    draw = ImageDraw.Draw(frame)
    for i, motion in enumerate(motions):
        left, top = i % columns * _PANEL, i // columns * (_PANEL + _TITLE)
        draw.text((left + 4, top + 2), f"{motion.title}, {motion.unit} {step:.0f}", fill="#333333")
        if real is not None:
            _dots(draw, real[:600], "#c8c8c8", limit, (left, top + _TITLE))
        now = motion.snapshots[int(np.argmin(np.abs(motion.steps - step)))]
        _dots(draw, now[:600], look[motion.title].colour, limit, (left, top + _TITLE))
    return frame


def _dots(
    draw: ImageDraw.ImageDraw, points: np.ndarray, colour: str, limit: float, at: tuple[int, int]
) -> None:
    inside = points[np.abs(points).max(axis=1) < limit]
    pixels = (inside * [1, -1] / limit + 1) / 2 * (_PANEL - 4) + 2 + np.asarray(at)
    for x, y in pixels.tolist():
        draw.rectangle((x, y, x + 1, y + 1), fill=colour)
