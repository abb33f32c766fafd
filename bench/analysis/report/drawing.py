"""Pictures as files, and as the page and report.md show them."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from bench.analysis import plots
from bench.analysis.report.figures import Picture

_SVG_BYTES = 250_000
"""A larger SVG goes into the page as pixels: the page stays small, the SVG lies beside it."""


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


def draw(picture: Picture, task: str, folder: Path) -> Drawing:
    """Write the files of a picture below `folder`. The page shows the SVG where it is small and has
    no photographs in it, else the PNG as WebP. Raises OSError."""
    name, figure = picture.name, picture.figure
    width: int | None = None
    files: tuple[Path, ...]
    if isinstance(figure, bytes):
        file = folder / f"{name}.webp"
        file.write_bytes(figure)
        uri, files = data_uri(figure, "image/webp"), (file,)
    else:
        png, svg = plots.save(figure, folder / name)
        if not picture.photographic and svg.stat().st_size <= _SVG_BYTES:
            uri = data_uri(svg.read_bytes(), "image/svg+xml")
        else:
            uri = data_uri(webp(png), "image/webp")
        width, files = round(96 * figure.get_size_inches()[0]), (png, svg)
    photographic = picture.photographic
    return Drawing(name, picture.kind, task, picture.caption, photographic, uri, width, files)


def webp(file: Path) -> bytes:
    """A stored image as a small WebP."""
    with Image.open(file) as image:
        image.convert("RGB").save(out := io.BytesIO(), "WEBP", quality=82, method=4)
    return out.getvalue()


def data_uri(content: bytes, kind: str) -> str:
    """Bytes as an address that needs no file."""
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"
