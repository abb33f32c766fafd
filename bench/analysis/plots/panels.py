"""Small panels of equal limits, drawn on one axes.

Axes of their own, each with a dozen ticks, take most of the time that a figure of many panels
takes, though all of them show the same ticks.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import matplotlib as mpl
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.markers import TICKDOWN, TICKLEFT
from matplotlib.scale import LogTransform
from matplotlib.transforms import (
    Bbox,
    BboxTransform,
    IdentityTransform,
    ScaledTranslation,
    Transform,
    TransformedBbox,
    blended_transform_factory,
)

from bench.analysis.plots.style import MUTED, small
from bench.analysis.plots.views import View

_WIDE = 0.89
"""The width of a panel, in distances of two panels."""
_HIGH, _LOWER = 0.74, 0.68
"""The height of a panel, in distances of two panels, and where some above others have numbers."""


_END, _OVER = 0.12, 4.0
"""The share of a panel in which a number is at its right end, and the points that it stands out."""


class Panel(NamedTuple):
    """The place of one panel."""

    transform: Transform
    """From its own numbers to the figure."""
    box: TransformedBbox
    """Its frame, which bounds what is drawn in it."""

    def hold(self, artists: Iterable[Artist]) -> None:
        """Cut off what leaves the frame, and leave the artists out of the search for a layout."""
        for artist in artists:
            artist.set_clip_box(self.box)
            artist.set_in_layout(False)


class Panels:
    """So many panels, in rows of so many `columns`, with frames, ticks and a title each; `y` is
    None where there is nothing to show."""

    def __init__(
        self, ax: Axes, titles: Sequence[str], columns: int, x: View, y: View | None
    ) -> None:
        self._ax, self._columns, self._count = ax, columns, len(titles)
        self._x, self._y = x, y or View(0.0, 1.0)
        self._cells = self._placed()
        ax.set_axis_off()
        self._frames()
        for cell, title in zip(self._cells, titles, strict=True):
            self._text((cell.x0, cell.y1), (0, mpl.rcParams["axes.titlepad"]), title, "baseline")
            if y is None:
                middle = (cell.x0 + cell.x1) / 2, (cell.y0 + cell.y1) / 2
                style: Any = {"transform": ax.transAxes, "ha": "center", "color": MUTED}
                ax.text(*middle, "not measured", fontsize=small(), **style)
        if y is not None:
            self._ticks()

    def __getitem__(self, place: int) -> Panel:
        """The panel at a place, in the order of the titles."""
        cell, scale = self._cells[place], LogTransform(10) if self._y.log else IdentityTransform()
        low, high = (np.log10(v) if self._y.log else v for v in (self._y.low, self._y.high))
        numbers = Bbox.from_extents(self._x.low, low, self._x.high, high)
        inner = BboxTransform(numbers, cell) + self._ax.transAxes
        if self._y.log:
            inner = blended_transform_factory(IdentityTransform(), scale) + inner
        return Panel(inner, TransformedBbox(cell, self._ax.transAxes))

    def _placed(self) -> list[Bbox]:
        """The frame of each, in shares of the axes: the first is at the upper left."""
        rows = -(-self._count // self._columns)
        high = _LOWER if rows > 1 and self._count % self._columns else _HIGH
        across, down = 1 / (self._columns - 1 + _WIDE), 1 / (rows - 1 + high)
        return [
            Bbox.from_bounds(
                i % self._columns * across,
                (rows - 1 - i // self._columns) * down,
                _WIDE * across,
                high * down,
            )
            for i in range(self._count)
        ]

    def _frames(self) -> None:
        corners = [[(c.x0, c.y1), (c.x0, c.y0), (c.x1, c.y0)] for c in self._cells]
        edge = {"colors": mpl.rcParams["axes.edgecolor"], "zorder": 2.5}
        self._lines(
            corners, linewidths=mpl.rcParams["axes.linewidth"], capstyle="projecting", **edge
        )

    def _ticks(self) -> None:
        """The ticks of all panels with their grid, the numbers of the outer ones, and the marks."""
        (x, x_texts, x_power), (y, y_texts, y_power) = self._x.ticks(), self._y.ticks()
        down, left, grid, marks = (list[Any]() for _ in range(4))
        pad, size = mpl.rcParams["xtick.major.pad"], mpl.rcParams["xtick.major.size"]
        for place, cell in enumerate(self._cells):
            inner = self[place].transform - self._ax.transAxes
            ends = (self._x.low, self._x.high), (self._y.low, self._y.high)
            below = inner.transform([(value, ends[1][0]) for value in x])
            beside = inner.transform([(ends[0][0], value) for value in y])
            down, left = [*down, *below], [*left, *beside]
            grid += [[(at, cell.y0), (at, cell.y1)] for at, _ in below]
            grid += [[(cell.x0, at), (cell.x1, at)] for _, at in beside]
            marks += [inner.transform([(end, m) for end in ends[0]]) for m in self._y.marks]
            if place + self._columns >= self._count:
                for at, text in zip(below, x_texts, strict=True):
                    # the number at the right end leaves room for the first of the next panel
                    last = at[0] > cell.x1 - _END * cell.width
                    right, ha = (_OVER, "right") if last else (0.0, "center")
                    self._text(at, (right, -pad - size), text, "top", ha)
                self._text((cell.x1, cell.y0), (0, -pad - size - 10), x_power, "top", "right")
            if place % self._columns == 0:
                for at, text in zip(beside, y_texts, strict=True):
                    self._text(at, (-pad - size, 0), text, "center_baseline", "right")
                self._text((cell.x0, cell.y1), (-pad - size, 4), y_power, "bottom", "right")
        rc = mpl.rcParams
        self._lines(grid, colors=rc["grid.color"], linewidths=rc["grid.linewidth"], zorder=0.5)
        self._lines(marks, colors="#555555", linewidths=0.9, linestyles=":", zorder=2.1)
        for places, marker in ((down, TICKDOWN), (left, TICKLEFT)):
            style = {"color": rc["xtick.color"], "markersize": size, "linestyle": "none"}
            self._ax.plot(
                *np.reshape(places, (-1, 2)).T, marker=marker, transform=self._ax.transAxes,
                markeredgewidth=rc["xtick.major.width"], clip_on=False, **style,
            )[0].set_in_layout(False)  # fmt: skip

    def _lines(self, lines: Sequence[object], **style: object) -> None:
        drawn = LineCollection(lines, transform=self._ax.transAxes, **style)  # type: ignore[arg-type]
        drawn.set_in_layout(False)
        self._ax.add_collection(drawn, autolim=False)
        drawn.set_clip_on(False)

    def _text(
        self, at: Sequence[float], points: tuple[float, float], text: str, va: str, ha: str = "left"
    ) -> None:
        """A text at a place of the axes, moved by so many points; none where it is empty."""
        if not text:
            return
        figure = self._ax.figure
        moved = ScaledTranslation(points[0] / 72, points[1] / 72, figure.dpi_scale_trans)
        number = {"color": mpl.rcParams["xtick.color"]} if va != "baseline" else {}
        self._ax.text(
            at[0], at[1], text, transform=self._ax.transAxes + moved, va=va, ha=ha,
            fontsize=small(), **number,
        )  # fmt: skip
