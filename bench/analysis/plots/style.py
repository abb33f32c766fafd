"""The look of all figures, and how they are saved.

The palette is that of Okabe and Ito (2008), which colour-blind readers can tell apart.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, ParamSpec

import matplotlib as mpl
from matplotlib.artist import Artist
from matplotlib.figure import Figure

STYLE = Path(__file__).with_name("style.mplstyle")
FORMATS = ("png", "svg")
WIDTH = 8.0  # inches
MUTED = "#777777"

_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
_DASHES = ("-", (0, (5, 1.5)), (0, (1.5, 1)))

P = ParamSpec("P")


class Look(NamedTuple):
    """The look of a method, the same in every figure."""

    colour: str
    """The colour as a hexadecimal code: "#0072B2"."""
    dash: Any
    """The line style, as matplotlib takes it: "-" or (offset, (on, off, ...))."""


def looks(methods: Sequence[str]) -> dict[str, Look]:
    """A look for each method, by its place in the list: give the same list for every figure."""
    n = len(_COLOURS)
    return {m: Look(_COLOURS[i % n], _DASHES[i // n % 3]) for i, m in enumerate(methods)}


def styled(draw: Callable[P, Figure]) -> Callable[P, Figure]:
    """Draw in the one style, and leave the reader's own settings as they were."""

    @functools.wraps(draw)
    def inner(*args: P.args, **kwargs: P.kwargs) -> Figure:
        with mpl.rc_context(fname=STYLE):
            return draw(*args, **kwargs)

    return inner


def save(figure: Figure, path: Path) -> list[Path]:
    """Write a figure as PNG and SVG, `path` being the name without its ending; equal figures give
    equal files."""
    files = [path.with_name(f"{path.name}.{ending}") for ending in FORMATS]
    # laid out once, for both; with an engine left, even one that does nothing, each is drawn twice
    with mpl.rc_context(fname=STYLE), mpl.rc_context({"figure.constrained_layout.use": False}):
        if engine := figure.get_layout_engine():
            engine.execute(figure)
            figure.set_layout_engine(None)
        for file in files:
            figure.savefig(file, metadata={"Date": None} if file.suffix == ".svg" else None)
    return files


def fitting(handles: Sequence[Artist]) -> int:
    """The number of entries of a legend that fit beside each other over the width of a figure."""
    longest = max((len(str(handle.get_label())) for handle in handles), default=1)
    return max(1, min(len(handles), int(15 * WIDTH / (longest + 10))))
