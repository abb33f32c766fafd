"""Finds the ticks of a figure once for each of its layouts and files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from matplotlib.axis import Axis
from matplotlib.figure import Figure

_FIND = "_update_ticks"
"""The method of an axis that puts its ticks in their places and returns them."""


@contextmanager
def found_once(figure: Figure) -> Iterator[None]:
    """Within it, an axis finds its ticks when its limits, its size or the resolution have changed,
    and not each time that it is asked where they are.

    While a figure is laid out and drawn, matplotlib asks each axis a dozen times: for its own box,
    for those of its spines, for the place of the title. That is most of the time of a figure of
    many panels. Where it has no such method, nothing is changed.
    """
    with ExitStack() as undone:
        for axes in figure.axes:
            for axis in (axes.xaxis, axes.yaxis):
                if callable(getattr(axis, _FIND, None)):
                    setattr(axis, _FIND, _kept(axis, getattr(axis, _FIND)))
                    undone.callback(delattr, axis, _FIND)
        yield


def _kept(axis: Axis, find: Callable[[], Any]) -> Callable[[], Any]:
    last: tuple[Any, ...] = ()
    ticks: Any = None

    def once() -> Any:
        nonlocal last, ticks
        dpi = axis.axes.figure.dpi
        key = (dpi, *axis.get_view_interval(), *axis.axes.bbox.bounds)
        if key != last:
            last, ticks = key, find()
        return ticks

    return once
