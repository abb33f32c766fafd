"""Finds the ticks of a figure, and the room that they take, once for each layout and file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from matplotlib.axis import Axis
from matplotlib.figure import Figure

_FINDS = ("_update_ticks", "_get_ticklabel_bboxes", "get_tightbbox")
"""The methods of an axis that put its ticks in their places, and that measure them."""


@contextmanager
def found_once(figure: Figure) -> Iterator[None]:
    """Within it, an axis finds its ticks and measures them when its limits, its place or the
    resolution have changed, and not each time that it is asked for them.

    While a figure is laid out and drawn, matplotlib asks each axis a dozen times: for its own box,
    for those of its spines, for the place of the title. In a figure of many panels that takes most
    of the time. Nothing is changed where an axis has no such method.
    """
    with ExitStack() as undone:
        for axes in figure.axes:
            for axis in (axes.xaxis, axes.yaxis):
                for name in _FINDS:
                    if callable(find := getattr(axis, name, None)):
                        setattr(axis, name, _once(axis, find))
                        undone.callback(delattr, axis, name)
        yield


def _once(axis: Axis, find: Callable[..., Any]) -> Callable[..., Any]:
    last: Any = None
    found: Any = None

    def once(*args: Any, **named: Any) -> Any:
        nonlocal last, found
        place = axis.axes.figure.dpi, *axis.get_view_interval(), *axis.axes.bbox.bounds
        if (key := (place, args, named)) != last:
            last, found = key, find(*args, **named)
        return found

    return once
