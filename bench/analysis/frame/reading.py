"""Reads results folders and keeps an extract of each trial; a trial's JSON is read once."""

from __future__ import annotations

import itertools
import math
import os
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from bench.analysis.frame import kept
from bench.analysis.frame.cores import over_cores
from bench.analysis.frame.kept import Known, Pieces
from bench.analysis.frame.rows import along, rows
from bench.store import Store
from bench.store.differences import replaces, unequal
from bench.store.kept import beside, contents
from bench.trial import Result, Trial

Results = str | Path | Iterable[str | Path]

OWN = "+"
"""Stands for the metrics of plugins."""

MANY = 2000
"""Number of trials from which on starting processes pays."""
BATCH = 250
"""Number of trials that are judged together: alike ones in one computation."""


class NoResults(Exception):
    """The error for a folder without results; the message says which and what to do."""


class Place(NamedTuple):
    """The place of a stored trial."""

    folder: Path
    """Its results folder."""
    id: str
    """Its id."""


class Extract(NamedTuple):
    """The part of one result that is kept."""

    row: dict[str, Any]
    """Its columns in the table of trials."""
    trial: Trial
    """The trial itself."""
    curves: dict[str, np.ndarray]
    """The curves that are wanted, and their steps."""
    signals: dict[str, np.ndarray]
    """The signals that are wanted, and their steps."""
    gradients: float | None
    """Gradients of one step; None: the result does not say."""
    along: tuple[str, ...]
    """The metrics that were measured along training."""
    final: tuple[str, ...]
    """The metrics that were measured at its end."""
    cards: Mapping[str, Any]
    """The cards of a plugin's metrics, as its result has them."""
    content: str
    """The name of the content of its file (see `bench.store.kept.contents`)."""


def places(results: Results) -> list[Place]:
    """Find the trials of one or several folders. Of one that is in several, the rule of
    `bench.merge` takes one that did not fail; where two did not, it is the first in the order of
    `in_order`, with a line where they are unequal.

    Prints a line about files that do not count. Raises NoResults and StoreError.
    """
    found: dict[str, Place] = {}
    differ: list[str] = []
    for folder in in_order(results):
        store = Store(folder)
        ids = sorted(store.ids()) if os.path.isdir(folder) else []
        if not ids:
            raise NoResults(_nothing(folder))
        store.tell()
        for id in ids:
            known = found.setdefault(id, Place(folder, id))
            if known.folder == folder:
                continue
            if replaces(id, store, Store(known.folder)):
                found[id] = Place(folder, id)
            elif text := unequal(id, Store(known.folder), store):
                differ.append(f"{text} (of {known.folder} and {folder})")
    if differ:
        noun = "1 trial is" if len(differ) == 1 else f"{len(differ)} trials are"
        text = f"{noun} unequal in two folders, the first by name counts; `python -m bench.merge` "
        print(f"{text}lists them: {differ[0]}", file=sys.stderr)
    return list(found.values())


def in_order(results: Results) -> list[Path]:
    """The folders, each once, by their full names: the order in which they are named decides
    nothing. Raises NoResults where none is named."""
    folders = [results] if isinstance(results, str | Path) else list(results)
    if not folders:
        raise NoResults("no results folder was named; name one such as results/quickstart")
    once = {folder.resolve(): folder for folder in map(Path, reversed(folders))}
    return [once[place] for place in sorted(once)]


def _nothing(folder: Path) -> str:
    if not os.path.exists(folder):
        return f"{folder}: no such folder; `python -m bench.sweep X.toml` writes results/X"
    if not os.path.isdir(folder):
        return f"{folder}: not a folder; name the results folder, such as results/quickstart"
    if Store(folder).exists():
        return f"{folder}: no trial has finished yet; run the sweep (again) and wait for the first"
    return (
        f"{folder}: not a results folder (it has no trials/); name one such as results/quickstart"
    )


def known(found: list[Place], curves: Collection[str], signals: Collection[str]) -> Known:
    """Read what trials tell by themselves, or find it where it was kept (see `kept`).

    Raises StoreError with the name of a file that cannot be read.
    """
    home = found[0].folder
    if (ready := kept.load(home, _key(found, curves, signals))) is not None:
        return ready
    read = _side_by_side(found, curves, signals)
    made = Known(
        pd.DataFrame([extract.row for extract in read]),
        [extract.trial for extract in read],
        [extract.gradients for extract in read],
        tuple(dict.fromkeys(name for extract in read for name in extract.along)),
        tuple(dict.fromkeys(name for extract in read for name in extract.final)),
        [extract.cards for extract in read if extract.cards],
        _pieces([extract.curves for extract in read]),
        _pieces([extract.signals for extract in read]),
    )
    # by what was read, not by what lies there now: somebody may have written it since
    kept.keep(home, kept.key([extract.content for extract in read], curves, signals), made)
    return made


def _key(found: list[Place], curves: Collection[str], signals: Collection[str]) -> str | None:
    """The name under which the contents of these trials would be kept; None where they are few, or
    cannot be read."""
    if len(found) < beside.LEAST:
        return None
    try:
        names = [n for folder, ids in _by_folder(found) for n in contents.names(folder, ids)]
    except OSError:
        return None
    return kept.key(names, curves, signals)


def _pieces(series: Sequence[Mapping[str, np.ndarray]]) -> Pieces:
    """The series of each trial, each dict with its "step", one behind the other."""
    found = [
        (i, metric, own["step"], values)
        for i, own in enumerate(series)
        for metric, values in own.items()
        if metric != "step"
    ]
    return Pieces(
        np.array([i for i, *_ in found], dtype=int),
        np.array([metric for _, metric, *_ in found], dtype=str),
        np.array([len(values) for *_, values in found], dtype=int),
        np.concatenate([*(steps for _, _, steps, _ in found), np.empty(0)]),
        np.concatenate([*(values for *_, values in found), np.empty(0)]),
    )


def _side_by_side(
    found: list[Place], curves: Collection[str], signals: Collection[str]
) -> list[Extract]:
    """Read the extracts of trials, in this process or, for many of them, over all cores."""
    if len(found) < MANY:
        return _extracts(found, curves, signals)
    from joblib import delayed

    size = math.ceil(len(found) / (4 * (os.cpu_count() or 1)))
    parts = [found[i : i + size] for i in range(0, len(found), size)]
    work = (delayed(_extracts)(part, curves, signals) for part in parts)
    return [extract for part in over_cores(work) for extract in part]


def _extracts(
    found: list[Place], curves: Collection[str], signals: Collection[str]
) -> list[Extract]:
    read_so_far: list[Extract] = []
    for i in range(0, len(found), BATCH):
        some = found[i : i + BATCH]
        read = [pair for folder, ids in _by_folder(some) for pair in Store(folder).named(ids)]
        results = [result for _, result in read]
        for place, (name, result), row in zip(some, read, rows(results), strict=True):
            read_so_far.append(_extract(place, result, row, curves, signals, name))
    return read_so_far


def _by_folder(found: Sequence[Place]) -> Iterator[tuple[Path, list[str]]]:
    """Runs of places in one folder, in their order."""
    for folder, own in itertools.groupby(found, key=lambda place: place.folder):
        yield folder, [place.id for place in own]


def _extract(
    place: Place,
    result: Result,
    row: dict[str, Any],
    curves: Collection[str],
    signals: Collection[str],
    content: str,
) -> Extract:
    cards = result.facts.get("cards", {})
    return Extract(
        {"id": place.id} | row,
        result.trial,
        _wanted(result.curves, curves, cards),
        _wanted(result.signals, signals),
        result.facts.get("gradients"),
        tuple(along(result)),
        tuple(result.facts.get("final", {})),
        cards,
        content,
    )


def _wanted(
    series: Mapping[str, Any], names: Collection[str], own: Collection[str] = ()
) -> dict[str, np.ndarray]:
    """Pick the named series and their steps, as floats; none where none is named or stored.

    `OWN` names those that are in `own`, the metrics of a plugin.
    """
    names = {*names, *own} if OWN in names else names
    kept = [name for name in series if name in names or "*" in names]
    if not kept:
        return {}
    return {name: np.asarray(series[name], dtype=float) for name in dict.fromkeys(["step", *kept])}
