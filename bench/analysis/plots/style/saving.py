"""Figures -> files of bounded size: PNG and SVG for a screen, PDF for paper."""

from __future__ import annotations

import atexit
import shutil
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.figure import Figure
from matplotlib.text import Text

from bench.analysis.plots.style import COLUMN, SMALLEST, in_style, texts, ticks

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
    plain = mpl.rc_context({"figure.constrained_layout.use": False})
    with in_style(), plain, ticks.found_once(figure):
        if engine := figure.get_layout_engine():
            with texts.laid_out_once(figure):
                engine.execute(figure)
            figure.set_layout_engine(None)
        for file in files:
            _embed_lean_font(file.suffix == ".pdf")
            dpi = min(float(mpl.rcParams["savefig.dpi"]), MOST_PIXELS / max(_inches(figure)))
            date = _DATE.get(file.suffix)
            packed: Any = {"pil_kwargs": {"compress_level": 4}} if file.suffix == ".png" else {}
            with texts.laid_out_once(figure):
                figure.savefig(file, dpi=dpi, metadata={date: None} if date else None, **packed)
    return files


def _embed_lean_font(lean: bool) -> None:
    """Make text be drawn with the lean font, or with the whole one, until the style ends."""
    families = [f for f in mpl.rcParams["font.sans-serif"] if f != _LEAN]
    mpl.rcParams["font.sans-serif"] = [_lean(), *families] if lean else families


def prepare() -> None:
    """Make what all files of figures need, once for all forks of this process."""
    _lean()


_LEAN = "DejaVu Sans lean"
"""The family of the font that PDFs embed."""
_CHARACTERS = (*range(0x20, 0x250), *range(0x370, 0x400), *range(0x2000, 0x2300))
"""Latin and Greek letters, punctuation, arrows, signs of mathematics."""


@cache
def _lean() -> str:
    """A font with the common characters of DejaVu Sans, made once by each process -> its family.

    A PDF embeds those characters of a font that it shows. To find them among 6,000, each with its
    tables of layout, takes longer than to draw the figure; among these it is quick. Other
    characters come from the whole font.
    """
    from fontTools import subset

    options = subset.Options(drop_tables=_NEEDLESS, layout_features=[], recalc_timestamp=False)
    options.glyph_names = options.notdef_outline = options.recommended_glyphs = True
    file = Path(mkdtemp(prefix="bench-font-")) / "lean.ttf"
    atexit.register(shutil.rmtree, file.parent, ignore_errors=True)
    with subset.load_font(font_manager.findfont("DejaVu Sans"), options) as font:
        subsetter = subset.Subsetter(options)
        subsetter.populate(unicodes=_CHARACTERS)
        subsetter.subset(font)
        for record in font["name"].names:
            if record.nameID in (1, 16):  # the family, and the family as typographers have it
                record.string = _LEAN
        font.save(file)
    font_manager.fontManager.addfont(file)
    return _LEAN


_NEEDLESS = ["GSUB", "GPOS", "GDEF", "kern", "FFTM", "MATH"]


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
    if any(ax.get_subplotspec() is not None for ax in figure.axes):  # none lays out the others
        figure.set_layout_engine("constrained")


def _inches(figure: Figure) -> tuple[float, float]:
    wide, high = figure.get_size_inches()
    return float(wide), float(high)
