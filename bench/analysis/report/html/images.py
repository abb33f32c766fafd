"""The pictures that are in the page itself: as many as there is room for, the others beside it."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from PIL import Image

from bench.analysis.report.drawing import Drawing, data_uri

ANIMATION = 300_000
"""A longer animation is not in the page: a still and a line on its file are."""
SMALL = 8_000
"""Room that is kept for the small picture of each one that may have no room itself."""
_REDUCED, _THUMBNAIL = (1100, 60), (300, 60)
"""Width in pixels and quality of a picture that is drawn again to take less, and of a small one."""


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


def blank(drawing: Drawing) -> Shown:
    """A picture of which the page has only the words."""
    told = drawing.name, drawing.photographic, drawing.caption
    return Shown(*told, "", None, f"figures/{drawing.files[0].name}")


def fit(drawings: Sequence[Drawing], room: int) -> dict[str, Shown]:
    """Name -> the picture as the page shows it, all of them in so many bytes. A picture is shown as
    it is where that takes no more than its share of the room, else drawn again with fewer pixels;
    where that has no room either, small and with a line on its file."""
    found = {}
    for i, drawing in enumerate(drawings):
        left = len(drawings) - i
        uri, whole = _fitting(drawing, room // left, room - SMALL * (left - 1))
        room -= len(uri)
        shown = blank(drawing)._replace(uri=uri, width=_THUMBNAIL[0])
        found[drawing.name] = shown._replace(width=drawing.width, file="") if whole else shown
    return found


def _fitting(drawing: Drawing, share: int, most: int) -> tuple[str, bool]:
    """A data URI that fits, and True where it is the whole picture."""
    moves = drawing.files[0].suffix == ".webp"
    if len(drawing.uri) <= (min(most, ANIMATION * 4 // 3) if moves else share):
        return drawing.uri, True
    if not moves and most > SMALL:
        again = _again(drawing, *_REDUCED)
        smaller = min(filter(None, (again, drawing.uri)), key=len)
        if len(smaller) <= most:
            return smaller, True
    small = _again(drawing, *_THUMBNAIL)
    return (small if len(small) <= min(most, 2 * SMALL) else ""), False


def _again(drawing: Drawing, width: int, quality: int) -> str:
    """The picture's own file as a WebP of at most so many pixels in width; "" where it has none
    that can be read as pixels."""
    for file in drawing.files:
        if file.suffix in (".png", ".webp"):
            try:
                return data_uri(_drawn(file, width, quality), "image/webp")
            except (OSError, ValueError):  # too large for a WebP, say
                continue
    return ""


def _drawn(file: Path, width: int, quality: int) -> bytes:
    with Image.open(file) as image:
        drawn = image.convert("RGB")
    if drawn.width > width:
        height = max(1, round(drawn.height * width / drawn.width))
        drawn = drawn.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=2.0)
    drawn.save(out := io.BytesIO(), "WEBP", quality=quality, method=4)
    return out.getvalue()
