"""Generated samples of the best, the median and the worst seed, and their motion."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure
from PIL import Image, ImageDraw

from bench.analysis.plots.pictures import Samples, draw_samples, flat, limit_of
from bench.analysis.plots.style import INK, small, styled, width
from bench.analysis.plots.style.looks import Look
from bench.analysis.plots.style.names import names, wrapped

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
    images are tiles. The titles of the samples are methods. Of more than eight rows, the best
    first, three are of the best, two of the middle and three of the worst."""
    drawn = [rows[i] for i in some(len(rows))]
    columns = max(len(row) for row in drawn)
    size = width() / 3
    figure = Figure(figsize=(size * columns, (size + 0.42) * len(drawn)))
    axes = figure.subplots(len(drawn), columns, squeeze=False)
    titles = names((row[0].title for row in rows), size)
    for line, row in zip(axes, drawn, strict=True):
        for ax in line[len(row) :]:
            ax.set_visible(False)
        for ax, item in zip(line, row, strict=False):
            draw_samples(ax, real, item, look[item.title].colour)
            note = wrapped(item.note, int(14 * size))
            ax.set_title(f"{titles[item.title]}\n{note}", fontsize=small())
    return figure


MOST = 8
"""Most methods whose samples are in one picture."""


def some(count: int, most: int = MOST) -> list[int]:
    """The places, of so many methods from the best to the worst, whose samples are shown: all, or
    some of the best, of the middle and of the worst."""
    if count <= most:
        return list(range(count))
    ends = (most * 3) // 8
    first = (count - (most - 2 * ends)) // 2
    middle = range(first, first + most - 2 * ends)
    return [*range(ends), *middle, *range(count - ends, count)]


ANIMATION = 300_000
"""Most bytes of an animation."""
_QUALITIES = (60, 40, 25)


def animation(
    real: np.ndarray | None, motions: Sequence[Motion], look: Mapping[str, Look]
) -> bytes:
    """The samples of several trials moving side by side -> an animated WebP that repeats, of at
    most 300 KB. Of more than eight trials, the best first, it shows some (see `some`).

    The trials have their steps in common, else the nearest snapshot is shown.
    """
    motions = [_flat(real, motions[i]) for i in some(len(motions))]
    real = None if real is None else flat(real, real)
    steps = motions[int(np.argmax([len(m.steps) for m in motions]))].steps
    everything = [Samples(m.title, "", m.snapshots[-1]) for m in motions]
    limit = limit_of(real, everything)
    frames = [_frame(real, motions, look, limit, float(step)) for step in steps]
    for quality in _QUALITIES:
        if len(found := _encoded(frames, quality)) <= ANIMATION:
            return found
    while len(found) > ANIMATION and len(frames) > 2:  # every other frame, and the last
        share = ANIMATION / len(found)
        kept = np.linspace(0, len(frames) - 1, max(2, int(0.9 * share * len(frames))))
        frames = [frames[i] for i in np.unique(kept.round().astype(int))]
        found = _encoded(frames, _QUALITIES[-1])
    return found


def _flat(real: np.ndarray | None, motion: Motion) -> Motion:
    """The same in the plane, all snapshots along the same two directions."""
    known = motion.snapshots[-1] if real is None else real
    return motion._replace(snapshots=np.stack([flat(known, s) for s in motion.snapshots]))


def _encoded(frames: Sequence[Image.Image], quality: int) -> bytes:
    file = io.BytesIO()
    times = [_PER_FRAME] * (len(frames) - 1) + [_LAST]
    frames[0].save(
        file, "WEBP", save_all=True, append_images=frames[1:], duration=times, loop=0,
        quality=quality,
    )  # fmt: skip
    return file.getvalue()


def _frame(
    real: np.ndarray | None,
    motions: Sequence[Motion],
    look: Mapping[str, Look],
    limit: float,
    step: float,
) -> Image.Image:
    columns = min(len(motions), 4)
    titles = names(motion.title for motion in motions)
    rows = -(-len(motions) // columns)
    frame = Image.new("RGB", (columns * _PANEL, rows * (_PANEL + _TITLE)), "white")
    draw = ImageDraw.Draw(frame)
    for i, motion in enumerate(motions):
        left, top = i % columns * _PANEL, i // columns * (_PANEL + _TITLE)
        text = (
            titles[motion.title].replace(r"\$", "$").encode("latin-1", "replace").decode("latin-1")
        )
        text = f"{text[:17]}, {motion.unit} {step:.0f}"
        draw.text((left + 4, top + 2), text, fill=INK)
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
