"""Small pictures of the samples of single trials, until the room that the page has is used up.

Points are a string (see `coding`), images a WebP as a data URI.
"""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from PIL import Image

from bench.analysis.plots.pictures import limit_of
from bench.analysis.report import samples
from bench.analysis.report.drawing import data_uri
from bench.analysis.report.html import coding

BYTES = 350_000
"""Room for all of them together."""
MOST = 600
"""Trials whose samples are read."""
POINTS = 100
"""Points of a picture."""
_SIDE, _PIXELS = 4, 112
"""Images along an edge of a picture of images, and its largest edge."""


class Clouds(NamedTuple):
    """The pictures of samples that the page has."""

    real: dict[str, str]
    """Real samples by task."""
    own: dict[str, str]
    """Generated samples by the id of their trial."""


def clouds(trials: pd.DataFrame, compared: pd.DataFrame, stored: frozenset[str]) -> Clouds:
    """The pictures of as many trials as there is room for. First come the trials that the gallery
    shows, then the others, in turn for each task and method. `stored`: the ids of trials that have
    samples. Raises StoreError."""
    found, limits, used = Clouds({}, {}), _Limits(trials), 0
    for row in itertools.islice(_in_order(trials, compared, stored), MOST):
        if row.task not in found.real:
            known = limits.real(row.task)
            found.real[row.task] = "" if known is None else picture(known, limits.of(row.task))
            used += len(found.real[row.task])
        text = picture(samples.read(row), limits.of(row.task))
        if used + len(text) > BYTES:
            break
        used += len(text)
        if text:
            found.own[row.id] = text
    return found


def _in_order(
    trials: pd.DataFrame, compared: pd.DataFrame, stored: frozenset[str]
) -> Iterator[Any]:
    if not stored:
        return
    trials, compared = (table.reindex(columns=_COLUMNS) for table in (trials, compared))
    first = [
        row
        for _, own in compared[compared["id"].isin(stored)].groupby(["task", "method"], sort=False)
        for row in samples.shown(own)
    ]
    yield from first
    seen = {row.id for row in first}
    rest = trials[trials["id"].isin(stored) & ~trials["id"].isin(seen)]
    turn = rest.groupby(["task", "method"], sort=False).cumcount()
    yield from rest.assign(turn=turn).sort_values("turn", kind="stable").itertuples()


_COLUMNS = ["sweep", "id", "task", "method", "seed", "status", "outcome", "verdict", "q_tail"]


class _Limits:
    """Real samples of each task and the square that its pictures show, each read once."""

    def __init__(self, trials: pd.DataFrame) -> None:
        self._trials = trials
        self._real: dict[str, np.ndarray | None] = {}

    def real(self, task: str) -> np.ndarray | None:
        """The real samples of a task; None where none are stored. Raises StoreError."""
        if task not in self._real:
            self._real[task] = samples.real(self._trials[self._trials["task"] == task])
        return self._real[task]

    def of(self, task: str) -> float:
        """Half the width of the square that the pictures of a task show; NaN without real
        samples."""
        known = self.real(task)
        return float("nan") if known is None or known.ndim != 2 else limit_of(known, [])


def picture(values: np.ndarray, limit: float) -> str:
    """Points [n, 2] as a string, x and y in turn, images [n, h, w, channels] as a data URI; "" for
    other samples, which the page does not draw."""
    if values.ndim == 2 and values.shape[1] == 2:
        points = values[:POINTS].astype(float)
        if not np.isfinite(limit):
            known = np.abs(points[np.isfinite(points)])
            limit = float(known.max()) if len(known) else 1.0
        kept = points[np.isfinite(points).all(axis=1) & (np.abs(points) <= limit).all(axis=1)]
        return coding.characters(kept.ravel(), -limit, limit)
    if values.ndim == 4 and values.shape[3] in (1, 3):
        return data_uri(_tiles(values), "image/webp")
    return ""


def _tiles(images: np.ndarray) -> bytes:
    """The first images as one picture, a white line between them -> a small WebP."""
    n, height, width, channels = images[: _SIDE**2].shape
    board = np.ones((_SIDE * (height + 1) - 1, _SIDE * (width + 1) - 1, channels))
    for i in range(n):
        top, left = (i // _SIDE) * (height + 1), (i % _SIDE) * (width + 1)
        board[top : top + height, left : left + width] = np.nan_to_num((images[i] + 1) / 2)
    pixels = np.rint(255 * np.clip(board, 0, 1)).astype(np.uint8)
    tile = Image.fromarray(pixels[..., 0] if channels == 1 else pixels).convert("RGB")
    tile.thumbnail((_PIXELS, _PIXELS))
    tile.save(out := io.BytesIO(), "WEBP", quality=60)
    return out.getvalue()


def stored(trials: pd.DataFrame) -> frozenset[str]:
    """The ids of the trials whose folder has samples of them."""
    kept = set()
    for folder, own in trials.groupby("sweep", sort=False):
        names = {file.stem for file in Path(str(folder), "samples").glob("*.npz")}
        kept |= names & set(own["id"])
    return frozenset(kept)
