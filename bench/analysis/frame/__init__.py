"""Reads results/<sweep>/ into a frame with a row per trial, and the curves as long tables.

A plan needs the labels and not pandas, so `frame` is imported when its names are first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bench.analysis.frame.frame import (
        ALL,
        OWN,
        Cost,
        Data,
        NoResults,
        curves,
        everything,
        load,
        not_known,
        read,
    )

__all__ = ["ALL", "OWN", "Cost", "Data", "NoResults", "curves", "everything", "load"]
__all__ += ["not_known", "read"]


def __getattr__(name: str) -> Any:
    """Import a name of the module `frame`."""
    if name in __all__:
        return getattr(importlib.import_module(f"{__name__}.frame"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
