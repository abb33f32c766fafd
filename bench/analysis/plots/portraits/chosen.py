"""The paths that portraits show, and how their lines are told apart."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from bench.analysis.games.fields import Field, field
from bench.analysis.games.paths import Path, paths
from bench.analysis.plots.style.looks import Look

Array = np.ndarray

PANELS = 6
"""Most fields of a figure; games of more penalties are drawn by `draw_portrait`."""

_WIDEST, _THINNEST = 2.2, 0.9
"""The widths of the first and the last line: of lines that lie on each other all are seen."""


def some(trials: pd.DataFrame) -> dict[str, Path]:
    """The paths of the methods that have a portrait. Raises ValueError where none has."""
    found = known(trials)
    if not found:
        raise ValueError(
            "no phase portrait: no trial here has a stored path in a game of two numbers (dirac, "
            "bilinear, ridge_1 ...; train older results anew)"
        )
    return found


def known(trials: pd.DataFrame) -> dict[str, Path]:
    """The paths of the methods whose field is known in closed form."""
    return {method: path for method, path in paths(trials).items() if field(path.trial)}


def plain(found: Mapping[str, Path], look: Mapping[str, Look]) -> dict[str, Look]:
    """The looks of the methods with whole lines, as dashes are theory's; where two have one colour,
    the dashes tell them apart."""
    colours = [look[method].colour for method in found]
    return {
        method: look[method]._replace(
            dash="-" if colours.count(look[method].colour) == 1 else look[method].dash
        )
        for method in found
    }


def own_field(found: Mapping[str, Path]) -> Field:
    """The field of the first of some paths."""
    own = field(next(iter(found.values())).trial)
    assert own  # only such are asked for
    return own


def by_field(found: Mapping[str, Path]) -> dict[str, dict[str, Path]]:
    """The title of each field -> the paths in it; the first `PANELS`."""
    groups: dict[str, dict[str, Path]] = {}
    for method, path in found.items():
        own = field(path.trial)
        if own:
            groups.setdefault(own.title, {})[method] = path
    return dict(list(groups.items())[:PANELS])


def widths(found: Mapping[str, Path]) -> Array:
    """The widths of the lines, in points."""
    return np.linspace(_WIDEST if len(found) > 1 else 1.2, _THINNEST, len(found))
