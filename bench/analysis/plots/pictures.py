"""Generated samples beside the real ones."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench.analysis.plots.style import side_by_side, small, styled, width
from bench.analysis.plots.style.looks import Look
from bench.analysis.plots.style.names import names, wrapped

_REAL = "#9a9a9a"
PANELS = 24
"""Most trials in a figure of samples."""


class Samples(NamedTuple):
    """The generated samples of one trial, as a panel shows them."""

    title: str
    """The method of the trial."""
    note: str
    """A line below the title, such as the seed; "" for none."""
    fake: np.ndarray
    """The samples: points [n, d], or images [n, h, w, c] in [-1, 1]."""


@styled
def samples(real: np.ndarray | None, fakes: Sequence[Samples], look: Mapping[str, Look]) -> Figure:
    """Generated samples beside the real ones, a panel per trial; the titles are methods.

    Points are drawn over the real ones in grey, on equal axes (see `flat`); images as tiles, the
    real ones first. `real` None: they were not stored. The first 24 trials are shown.
    """
    images = fakes[0].fake.ndim == 4
    shown = list(fakes)[:PANELS]
    if images and real is not None:
        shown.insert(0, Samples("real", "", real))
    columns = side_by_side(min(len(shown), 5), 1.1)
    rows = math.ceil(len(shown) / columns)
    wide = min(width(), 2.4 * columns)
    figure = Figure(figsize=(wide, (wide / columns + 0.36) * rows))
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for ax in axes[len(shown) :]:
        ax.set_visible(False)
    each = wide / columns
    titles, most = names((item.title for item in shown), each), int(14 * each)
    for ax, item in zip(axes, shown, strict=False):
        colour = look[item.title].colour if item.title in look else _REAL
        draw_samples(ax, real, item, colour, limit_of(real, fakes))
        title = "\n".join([titles[item.title], wrapped(item.note, most)]).rstrip()
        ax.set_title(title, fontsize=small() - 0.5 if columns > 3 else small())
    return figure


def draw_samples(
    ax: Axes, real: np.ndarray | None, item: Samples, colour: str, limit: float | None = None
) -> None:
    """Samples of one trial on the reader's axes: points over the real ones, or images as tiles.
    `limit`: of both axes; None: what holds the real points."""
    if item.fake.ndim == 4:
        _tiles(ax, item.fake)
    else:
        _points(ax, real, item.fake, colour, limit or limit_of(real, [item]))


def _points(ax: Axes, real: np.ndarray | None, fake: np.ndarray, colour: str, limit: float) -> None:
    dots: dict[str, Any] = {"s": 3, "linewidths": 0, "rasterized": True}
    fake = flat(real, fake)
    if real is not None:
        ax.scatter(*flat(real, real[:2000]).T, color=_REAL, alpha=0.5, **dots)
    ax.scatter(*fake[:2000].T, color=colour, alpha=0.6, **dots)
    ax.set(xlim=(-limit, limit), ylim=(-limit, limit), aspect="equal", xticks=[], yticks=[])
    ax.spines[:].set_visible(True)
    outside = float(np.mean(np.abs(fake).max(axis=1) > limit))
    if outside > 0:
        text = f"{max(outside, 0.01):.0%} outside"
        ax.text(0.97, 0.03, text, transform=ax.transAxes, ha="right", va="bottom", fontsize=small())


def flat(real: np.ndarray | None, points: np.ndarray) -> np.ndarray:
    """Points [n, d] in the plane [n, 2]: as they are where they lie there.

    Those of more numbers are seen along the two directions in which real points (without them,
    these) vary most, from their mean; those of one number lie on a line.
    """
    size = points.shape[1]
    if size == 2:
        return points
    if size == 1:
        return np.concatenate([points, np.zeros_like(points)], 1)
    known = points if real is None else real
    known = known[np.isfinite(known).all(1)]
    if len(known) < 2:  # one point has no direction
        return points[:, :2]
    middle = known.mean(0)
    axes = np.linalg.svd(known - middle, full_matrices=False)[2][:2]
    # a direction and its opposite are the same: the largest number of each is positive
    largest = np.take_along_axis(axes, np.abs(axes).argmax(1)[:, None], 1)
    with np.errstate(invalid="ignore"):
        seen: np.ndarray = (points - middle) @ (axes * np.where(largest < 0, -1, 1)).T
    return seen


def limit_of(real: np.ndarray | None, fakes: Sequence[Samples]) -> float:
    """Half the width of a square that holds nearly all of the real points, or without them of the
    generated ones."""
    known = real if real is not None else np.concatenate([item.fake for item in fakes])
    known = flat(real, known) if known.ndim == 2 else known
    known = known[np.isfinite(known)]
    return 1.35 * float(np.quantile(np.abs(known), 0.995)) if len(known) else 1.0


def _tiles(ax: Axes, images: np.ndarray, side: int = 6) -> None:
    """The first side * side images as one picture, a white line between them."""
    n, h, w, channels = images[: side * side].shape
    side = min(side, math.ceil(math.sqrt(n)))
    board = np.ones((side * (h + 1) - 1, side * (w + 1) - 1, channels))
    for i, image in enumerate(images[: side * side]):
        top, left = (i // side) * (h + 1), (i % side) * (w + 1)
        board[top : top + h, left : left + w] = np.clip((image + 1) / 2, 0, 1)
    ax.imshow(board[..., 0] if channels == 1 else board, cmap="gray", vmin=0, vmax=1)
    ax.set_axis_off()
