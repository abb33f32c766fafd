"""The pictures that are in the page itself: as many as there is room for, the others beside it."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import NamedTuple

from PIL import Image, UnidentifiedImageError

from bench.analysis.report.drawing import Drawing, data_uri

BYTES = 1_700_000
"""Room for all pictures together, as data URIs."""
LARGE = 110_000
"""A larger data URI is drawn again as pixels, where that takes less."""
THUMBNAIL = 20_000
"""Room that is kept for the small picture of each one that has no room itself."""
_PIXELS, _SMALL = 1500, 300
"""Widths of a picture that was drawn again, and of a small one."""


class Shown(NamedTuple):
    """A picture as its template draws it."""

    name: str
    """The name of its files, without ending."""
    photographic: bool
    """True where its colours are those of images."""
    caption: str
    """The text below it."""
    uri: str
    """The image as a data URI: small where the page has no room for it; "" for none."""
    width: int | None
    """The width in pixels of CSS; None for the image's own."""
    file: str
    """The file beside the page that has the picture; "" where the page has it in full."""


def fit(drawings: Iterable[Drawing], room: int = BYTES) -> dict[str, Shown]:
    """Name -> the picture as the page shows it: in full until the room is used up, in the order of
    the page, then small with a line on its file."""
    found = {}
    for drawing in drawings:
        uri = _smaller(drawing)
        if len(uri) <= room:
            room -= len(uri)
            shown = (uri, drawing.width, "")
        else:
            small = _thumbnail(drawing)
            small = small if len(small) <= min(room, THUMBNAIL) else ""
            room -= len(small)
            shown = (small, _SMALL, f"figures/{drawing.files[0].name}")
        told = drawing.name, drawing.photographic, drawing.caption
        found[drawing.name] = Shown(*told, *shown)
    return found


def _smaller(drawing: Drawing) -> str:
    """The picture as a data URI: drawn again as pixels where it is large."""
    if len(drawing.uri) <= LARGE or drawing.uri.startswith("data:image/webp"):
        return drawing.uri
    again = _again(drawing, _PIXELS)
    return again if again and len(again) < len(drawing.uri) else drawing.uri


def _thumbnail(drawing: Drawing) -> str:
    return _again(drawing, _SMALL)


def _again(drawing: Drawing, width: int) -> str:
    """The picture's own file as a WebP of at most so many pixels in width; "" where it has none
    that can be read as pixels."""
    for file in drawing.files:
        if file.suffix in (".png", ".webp"):
            try:
                with Image.open(file) as image:
                    size = (width, max(1, round(image.height * width / image.width)))
                    drawn = image.convert("RGB")
                    if image.width > width:
                        drawn = drawn.resize(size, Image.Resampling.LANCZOS)
                    drawn.save(out := io.BytesIO(), "WEBP", quality=75, method=4)
                return data_uri(out.getvalue(), "image/webp")
            except (OSError, ValueError, UnidentifiedImageError):
                continue
    return ""
