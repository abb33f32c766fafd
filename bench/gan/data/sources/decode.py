"""Image files, decoded by Pillow one at a time; whatever is wrong with one is said in words."""

from __future__ import annotations

import os
import warnings
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bench.gan.data.sources.pixels import square
from bench.store import files
from bench.store.arrays import Array

if TYPE_CHECKING:
    from PIL.Image import Image

SUFFIXES = (
    *(".png", ".jpg", ".jpeg", ".jfif", ".webp", ".bmp", ".gif"),
    *(".tif", ".tiff", ".ppm", ".pgm", ".pnm"),
)
"""Endings of the names of image files, in small letters."""

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF", "PPM")
"""Formats of Pillow that are read; MPO, several JPEG in one, is found as JPEG."""

MOST_PIXELS = 200_000_000
"""Most pixels of a file: what claims more is a trap, or no photograph."""

_ALPHA = ("RGBA", "LA", "PA", "RGBa", "La")
_GREY = ("1", "L")


class Unreadable(ValueError):
    """A file that gives no image; the message says why, without its name."""


def decode(file: Path, size: int, channels: int) -> tuple[Array, Counter[str]]:
    """The image of a file, uint8 [size, size, 3], or 1 where `channels` is 1; and what was done.

    The first frame, as its EXIF orientation says, transparent parts on white, 16 bit grey as its
    upper 8. Raises Unreadable.
    """
    from PIL import Image

    Image.init()  # so that all of these formats are known
    try:
        with warnings.catch_warnings(), os.fdopen(files.open_regular(file), "rb") as stream:
            warnings.simplefilter("ignore")  # of what Pillow doubts, only what fails counts
            if not os.fstat(stream.fileno()).st_size:
                raise Unreadable("empty")
            with Image.open(stream, formats=FORMATS) as opened:
                return _converted(opened, size, channels)
    except Unreadable:
        raise
    except Image.UnidentifiedImageError:
        raise Unreadable(_other(file)) from None
    except OSError as error:
        raise Unreadable(error.strerror or "cut off or damaged") from error
    except Exception as error:  # of a damaged file, Pillow's decoders raise a dozen kinds
        if isinstance(error, Image.DecompressionBombError):
            raise Unreadable(f"more than {MOST_PIXELS // 10**6} million pixels") from error
        raise Unreadable("cut off or damaged") from error


def _converted(image: Image, size: int, channels: int) -> tuple[Array, Counter[str]]:
    wide, high = image.size
    if not wide or not high:
        raise Unreadable(f"no pixels: {wide} x {high}")
    if wide * high > MOST_PIXELS:
        raise Unreadable(f"{wide} x {high} pixels, more than {MOST_PIXELS // 10**6} million")
    done: Counter[str] = Counter()
    if getattr(image, "n_frames", 1) > 1 and image.format != "MPO":
        done["first frame of several"] = 1
    image.load()
    image = _upright(image, done)
    image = _plain(image, done)
    image, how = square(image.convert("L" if channels == 1 else "RGB"), size)
    found = np.asarray(image)
    return found.reshape(size, size, -1), done + how


def _upright(image: Image, done: Counter[str]) -> Image:
    """The image as its EXIF orientation says; as it is where that cannot be read."""
    from PIL import ImageOps

    try:
        turned = ImageOps.exif_transpose(image)
    except Exception:  # a damaged EXIF block says nothing, and the pixels are whole
        return image
    if image.getexif().get(0x0112, 1) != 1:
        done["turned as their EXIF says"] = 1
    return turned or image


def _plain(image: Image, done: Counter[str]) -> Image:
    """The image in 8 bits, without transparency, in grey or in colours."""
    from PIL import Image as pillow

    if image.mode.startswith("I"):
        done["16 bit taken as 8"] = 1
        return pillow.fromarray(_eight_bits(np.asarray(image)))
    if image.mode == "F":
        raise Unreadable("floats, whose range nobody knows")
    if image.mode in _ALPHA or "transparency" in image.info:
        whole = image.convert("RGBA")
        if whole.getchannel(3).getextrema()[0] == 255:  # all of it is opaque
            return whole.convert("RGB")
        done["transparent, on white"] = 1
        return pillow.alpha_composite(pillow.new("RGBA", image.size, "white"), whole)
    if image.mode in ("CMYK", "YCCK", "LAB", "HSV"):
        done[f"{image.mode} taken as RGB"] = 1
    return image if image.mode in _GREY else image.convert("RGB")


def _eight_bits(numbers: Array) -> Array:
    """Grey values 0 ... 65,535 as 0 ... 255. Raises Unreadable for others."""
    if numbers.min() < 0 or numbers.max() > 65_535:
        raise Unreadable("whole numbers of 32 bits, whose range nobody knows")
    return np.rint(numbers / 257).astype(np.uint8)


def _other(file: Path) -> str:
    """The kind of a file that no decoder takes, by its first bytes."""
    first = files.head(file, 512)
    text = not any(byte < 9 or 13 < byte < 27 for byte in first)
    kind = "text" if text else "of a kind that is not read"
    return f"no image but {kind}" if text else f"damaged, or {kind}"
