"""Pictures as files, and as the page and report.md show them."""

from __future__ import annotations

import base64
import io
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from matplotlib.figure import Figure
from PIL import Image

from bench.analysis import declared, plots
from bench.analysis.guards import guarded
from bench.analysis.report import FIGURES, FORMATS
from bench.analysis.report.figures import Picture, pictures, spared
from bench.analysis.tables.findings import Findings

_ON_SCREEN = 768 / plots.PAGE
"""Pixels of CSS to an inch: a figure as wide as a page is 768 wide."""
_WIDEST = 1600
"""Most pixels of CSS that a picture is wide."""
_SVG_BYTES = 250_000
"""A larger SVG goes into the page as pixels: the page stays small, the SVG lies beside it."""

_MOST_PIXELS = 8000
"""Most pixels of a side of an image in the page: WebP ends at 16,383."""


@dataclass(frozen=True)
class Drawing:
    """A picture that was written to files."""

    name: str
    """The name of its files, without ending."""
    kind: str
    """The name under which the figure was declared."""
    task: str
    """The task that it is about; "" over all tasks."""
    caption: str
    """The text below it."""
    photographic: bool
    """True where its colours are those of images."""
    uri: str
    """The image as a data URI."""
    width: int | None
    """The width in pixels of CSS; None for the image's own."""
    files: tuple[Path, ...]
    """The image's files; the first is what a text shows."""


def draw(picture: Picture, task: str, folder: Path, formats: Collection[str] = FORMATS) -> Drawing:
    """Write the files of a picture below `folder`. The page shows the SVG where it is small and has
    no photographs in it, else the PNG as WebP. `formats`: those to write beside PNG. Raises
    OSError.

    `x.png`, `x.svg` and `x.pdf` are for the width of a page (6.9 in), `x_column.pdf` is for that of
    a column (3.3 in).
    """
    name, figure = picture.name, picture.figure
    width: int | None = None
    files: tuple[Path, ...]
    if isinstance(figure, bytes):
        file = folder / f"{name}.webp"
        file.write_bytes(figure)
        uri, files = data_uri(figure, "image/webp"), (file,)
    else:
        width = min(round(_ON_SCREEN * figure.get_size_inches()[0]), _WIDEST)
        png, *others = plots.save(figure, folder / name, tuple(_saved(picture, formats)))
        uri = _shown(picture, png, others)
        for file in others:
            if file.suffix[1:] not in formats:
                file.unlink()
        column = _for_a_column(picture, folder) if "pdf" in formats else []
        files = (png, *filter(Path.exists, others), *column)
    photographic = picture.photographic
    return Drawing(name, picture.kind, task, picture.caption, photographic, uri, width, files)


def _saved(picture: Picture, formats: Collection[str]) -> Iterator[str]:
    """The formats that a picture is saved in: those that are asked for, and those of which the page
    shows one."""
    needed = {"png"} if picture.photographic else {"png", "svg"}
    yield from (ending for ending in FIGURES if ending in needed or ending in formats)


def _shown(picture: Picture, png: Path, others: Sequence[Path]) -> str:
    """The image of a picture's files that the page shows, as a data URI."""
    svg = next((file for file in others if file.suffix == ".svg"), None)
    if svg and not picture.photographic and svg.stat().st_size <= _SVG_BYTES:
        return data_uri(svg.read_bytes(), "image/svg+xml")
    return data_uri(webp(png), "image/webp")


def _for_a_column(picture: Picture, folder: Path) -> list[Path]:
    """Write the PDF for a column of a paper: the picture drawn for it, else the one for a page."""
    figure = (picture.column() if picture.column else None) or picture.figure
    if not isinstance(figure, Figure):
        return []
    plots.fit_to_column(figure)
    with plots.column():
        return plots.save(figure, folder / f"{picture.name}_column", ("pdf",))


def draw_all(
    findings: Findings,
    task: str,
    figures: Sequence[declared.Figure],
    folder: Path,
    formats: Collection[str] = FORMATS,
) -> list[Drawing]:
    """Draw the figures of one task, or with "" those over all tasks, and write them below `folder`.
    One of this program's own that fails is left out, which is printed. Raises OSError, StoreError,
    and BadDeclaration where a plugin's fails."""
    drawings = []
    for picture in pictures(findings, task, figures):
        figure = declared.FIGURES[picture.kind]
        with (
            spared(figure, task),
            guarded("figure", picture.kind, figure.draw, passing=(OSError,)),
        ):
            drawings.append(draw(picture, task, folder, formats))
    return drawings


def webp(file: Path) -> bytes:
    """A stored image as a small WebP."""
    with Image.open(file) as image:
        image.thumbnail((_MOST_PIXELS, _MOST_PIXELS))
        image.convert("RGB").save(out := io.BytesIO(), "WEBP", quality=82, method=2)
    return out.getvalue()


def data_uri(content: bytes, kind: str) -> str:
    """Bytes as an address that needs no file."""
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"
