"""Numbers and words in few characters, as the page's script reads them (see trials.js).

A curve and a cloud of points are strings, a character a number: its place between a least and a
greatest value, in steps of about 1 %. A column of few different values is a list of these values
and of their places.
"""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from markupsafe import Markup

ALPHABET = "".join(chr(i) for i in range(35, 127) if chr(i) not in "&'<>\\`")
"""The characters of the steps, from the least value to the greatest: none of them means anything in
JSON or in HTML."""
_CODES = np.frombuffer(ALPHABET.encode(), dtype=np.uint8)
MISSING = "!"
"""The character of a value that is missing."""


def characters(values: np.ndarray, low: float, high: float) -> str:
    """Values as a string, a character each: from the first of ALPHABET for `low` to the last for
    `high`; MISSING for what is not finite. Values beyond are drawn at the edge."""
    (text,) = strings(values[None], np.array([low]), np.array([high]))
    return text


def strings(values: np.ndarray, low: np.ndarray, high: np.ndarray) -> list[str]:
    """The `characters` of each row of values [n, points], each with its own ends [n]."""
    most = len(ALPHABET) - 1
    known, low, high = np.isfinite(values), low[:, None], high[:, None]
    scaled = (np.where(known, values, low) - low) / np.where(high == low, 1.0, high - low)
    places = np.clip(np.rint(scaled * most), 0, most).astype(int)
    codes = np.where(known, _CODES[places], ord(MISSING)).astype(np.uint8)
    return [row.tobytes().decode() for row in codes]


def thinned(steps: np.ndarray, most: int) -> np.ndarray:
    """The places of at most so many points of a curve: of equal steps, the measurement nearest to
    each."""
    if len(steps) <= most:
        return np.arange(len(steps))
    wanted = np.linspace(steps[0], steps[-1], most)
    after = np.clip(np.searchsorted(steps, wanted), 1, len(steps) - 1)
    before = wanted - steps[after - 1] < steps[after] - wanted
    places: np.ndarray = np.where(before, after - 1, after)
    return places


def column(values: Sequence[Any]) -> dict[str, Any] | list[Any]:
    """A column: its values, or where many are alike {"of": the different ones, "at": the place of
    each among them}."""
    plain = [_plain(value) for value in values]
    of = list(dict.fromkeys(plain))
    if 3 * len(of) > len(plain):
        return plain
    places = {value: i for i, value in enumerate(of)}
    return {"of": of, "at": [places[value] for value in plain]}


def _plain(value: Any) -> Any:
    """A value as JSON has it: three digits of a number, "inf" for the infinite, null for NaN."""
    if value is None or type(value) is str:
        return value
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, float | np.floating):
        if math.isnan(value):
            return None
        return short(float(value)) if math.isfinite(value) else "inf"
    return value


@functools.lru_cache(maxsize=2**16)
def short(value: float, digits: int = 4) -> float | int:
    """A number with so many significant digits; a whole one where it is."""
    rounded = float(f"{value:.{digits}g}")
    return int(rounded) if rounded.is_integer() and abs(rounded) < 1e15 else rounded


def script(data: Any) -> Markup:
    """JSON that can stand between <script> and </script>: no text in it ends the script, opens a
    comment or breaks a line."""
    text = json.dumps(data, separators=(",", ":"), allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)
