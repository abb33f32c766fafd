"""The log of a training: series by their names in the file, each with its steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np


class LogError(Exception):
    """A log that cannot be read; the message names the place, what is wrong and the remedy."""


class Series(NamedTuple):
    """A number along a training."""

    steps: np.ndarray
    """The steps [T] after which it was logged; they do not fall."""
    values: np.ndarray
    """Its values [T], as they were logged: NaN and infinities too."""


class Column(NamedTuple):
    """A number as it stands in a file."""

    rows: np.ndarray
    """The rows [T] in which it has a value, in the order of the file."""
    values: np.ndarray
    """Its values [T]."""


@dataclass(frozen=True)
class Log:
    """One run of a training, as it was logged."""

    name: str
    """The place that it was read from, with the name of the run where that holds several."""

    form: str
    """The format in words, such as "a table"."""

    series: Mapping[str, Series]
    """The name of a column in the file -> its series."""

    notes: tuple[str, ...] = field(default=())
    """Sentences on what was left out, put in order or supposed when it was read."""
