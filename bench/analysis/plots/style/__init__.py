"""The look of all figures, and the widths that they are drawn for.

A figure is drawn for the width of a page of a paper, or within `column()` for that of one column.
Its text has the size that it is printed with.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any, ParamSpec

import matplotlib as mpl
from matplotlib.artist import Artist
from matplotlib.figure import Figure

STYLE = Path(__file__).parent.with_suffix(".mplstyle")
MUTED = "#777777"
INK = "#333333"

PAGE = 6.9
"""The width of a figure over both columns of a paper, in inches."""
COLUMN = 3.3
"""The width of a figure in one column, in inches."""
TALL = 14.0
"""Most inches that a figure of this program is high, however many methods there are."""
ROWS = 80
"""Most rows with a name each in one panel."""

SMALLEST = 6.0
"""The smallest size of text on paper, in points."""
_IN_A_COLUMN: Any = {
    **{"font.size": 7, "axes.titlesize": 7, "axes.labelsize": 7, "legend.fontsize": 6.5},
    **{"xtick.labelsize": 6.2, "ytick.labelsize": 6.2, "lines.linewidth": 1.2},
}

_width: ContextVar[float] = ContextVar("width", default=PAGE)

P = ParamSpec("P")


def width() -> float:
    """The width in inches of the figures that are drawn now."""
    return _width.get()


@contextmanager
def column() -> Iterator[None]:
    """Draw figures for one column of a paper."""
    before = _width.set(COLUMN)
    try:
        yield
    finally:
        _width.reset(before)


def side_by_side(count: int, least: float) -> int:
    """The number of panels in a row, of `count`, where each needs `least` inches."""
    fitting_in = int(width() / least + 1e-9)  # 3.3 / 1.1 is a little less than 3
    return max(1, min(count, fitting_in))


def grid(count: int, least: float, most: int = 3) -> tuple[int, int]:
    """Rows and columns of so many panels, each at least `least` inches wide and at most `most`
    beside each other, with as few empty places as that leaves."""
    rows = math.ceil(count / side_by_side(min(count, most), least))
    return rows, math.ceil(count / rows)


def small() -> Any:
    """The size of the smallest text, that of the numbers along an axis."""
    return mpl.rcParams["xtick.labelsize"]


def row_height(rows: int) -> float:
    """The height of one of so many rows with a name each, in inches."""
    wide, narrow = (0.28, 0.16) if width() >= PAGE else (0.19, 0.13)
    return wide if rows <= 20 else narrow


def styled(draw: Callable[P, Figure]) -> Callable[P, Figure]:
    """Draw in the one style, and leave the reader's own settings as they were."""

    @functools.wraps(draw)
    def inner(*args: P.args, **kwargs: P.kwargs) -> Figure:
        with in_style():
            return draw(*args, **kwargs)

    return inner


@contextmanager
def in_style() -> Iterator[None]:
    """Within it, matplotlib has the style of these figures at the width of now."""
    with mpl.rc_context(fname=STYLE), mpl.rc_context(_IN_A_COLUMN if width() < PAGE else {}):
        yield


def fitting(handles: Sequence[Artist]) -> int:
    """The number of entries of a legend that fit beside each other over the width of a figure."""
    longest = max((len(str(handle.get_label())) for handle in handles), default=1)
    return max(1, min(len(handles), int(17 * width() / (longest + 10))))
