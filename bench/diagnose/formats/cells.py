"""Numbers as logs write them."""

from __future__ import annotations

import math
import re

MISSING = {"", "-", "--", "none", "null", "na", "n/a", "<na>"}
"""Cells that hold no number, in lower case."""

_WRAPPED = re.compile(r"(?:tensor|array|np\.float\d+|float)\(\s*([^,)\s]+).*\)")
_WORDS = {"1.#qnan": math.nan, "-1.#ind": math.nan, "1.#inf": math.inf, "-1.#inf": -math.inf}


def number(cell: str) -> float | None:
    """The number in a cell; None where it is missing. Raises ValueError for other text.

    0,31 is read as 0.31 and "tensor(0.31, device='cuda:0')" as what it wraps; 87.5% stays 87.5.
    """
    text = cell.strip()
    try:
        return float(text)
    except ValueError:
        pass
    text = text.lower()
    if text in MISSING:
        return None
    if text in _WORDS:
        return _WORDS[text]
    if wrapped := _WRAPPED.fullmatch(text):
        text = wrapped[1]
    text = text.removesuffix("%").strip()
    if text.count(",") == 1 and "." not in text:
        text = text.replace(",", ".")
    return float(text)
