"""Figures -> files of bounded size: PNG and SVG for a screen, PDF for paper."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.text import Text

from bench.analysis.plots.style import COLUMN, SMALLEST, in_style

FORMATS = ("png", "svg", "pdf")

MOST_PIXELS = 8000
"""Most pixels of a side of a PNG; a larger figure has fewer of them to an inch. WebP ends at 16,383
and many viewers end sooner."""
_DATE = {".svg": "Date", ".pdf": "CreationDate"}


def save(figure: Figure, path: Path, formats: tuple[str, ...] = FORMATS) -> list[Path]:
    """Write a figure as PNG, SVG and PDF, `path` being the name without its ending; equal figures
    give equal files. Text stays text in SVG and PDF."""
    files = [path.with_name(f"{path.name}.{ending}") for ending in formats]
    # laid out once, for all; with an engine left, even one that does nothing, each is drawn twice
    with in_style(), mpl.rc_context({"figure.constrained_layout.use": False}):
        if engine := figure.get_layout_engine():
            engine.execute(figure)
            figure.set_layout_engine(None)
        for file in files:
            dpi = min(float(mpl.rcParams["savefig.dpi"]), MOST_PIXELS / max(_inches(figure)))
            date = _DATE.get(file.suffix)
            figure.savefig(file, dpi=dpi, metadata={date: None} if date else None)
    return files


def fit_to_column(figure: Figure) -> None:
    """Shrink a figure that was drawn for a page to the width of a column. Its text shrinks to what
    can be read on paper and no further."""
    wide, high = _inches(figure)
    if wide <= COLUMN:
        return
    scale = COLUMN / wide
    figure.set_size_inches(COLUMN, high * scale)
    for text in figure.findobj(Text):
        size = float(text.get_fontsize())
        text.set_fontsize(min(size, max(SMALLEST, size * scale)))
    figure.set_layout_engine("constrained")


def _inches(figure: Figure) -> tuple[float, float]:
    wide, high = figure.get_size_inches()
    return float(wide), float(high)
