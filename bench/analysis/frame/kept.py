"""Keeps what was read of many trials beside them, by their content; see `bench.store.kept`.

Everything is plain arrays and JSON: whoever opens results of others runs nothing of theirs.
"""

from __future__ import annotations

import functools
import hashlib
import io
import json
import os
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

import bench
from bench.store import arrays
from bench.store.kept import beside
from bench.store.provenance import cpu
from bench.trial import Trial

_READERS = ("analysis/frame", "analysis/verdicts", "store", "metrics/cards.py", "trial.py")
"""The source files that decide what is read of a trial."""
_PLAIN = {"float64": np.float64, "int64": np.int64, "bool": np.bool_}
_WORDS = ("str", "object")
_VALUES = (str, bool, int, float, type(None))


class Pieces(NamedTuple):
    """Series of many trials, one behind the other."""

    trial: np.ndarray
    """The place of the trial of each piece [p]."""
    metric: np.ndarray
    """The name of each piece [p]."""
    lengths: np.ndarray
    """The number of its values [p]."""
    step: np.ndarray
    """The steps of all pieces [n]."""
    value: np.ndarray
    """The values of all pieces [n]."""


class Known(NamedTuple):
    """The part of a frame that trials tell by themselves."""

    rows: pd.DataFrame
    """A row per trial, without its folder."""
    trials: list[Trial]
    """The trials themselves."""
    gradients: list[float | None]
    """Gradients of one step; None: the result does not say."""
    along: tuple[str, ...]
    """The metrics that were measured along training."""
    final: tuple[str, ...]
    """The metrics that were measured at its end."""
    cards: list[Mapping[str, Any]]
    """The cards of a plugin's metrics, as each result that has some has them."""
    curves: Pieces
    """The curves that are wanted."""
    signals: Pieces
    """The signals that are wanted."""


@functools.cache
def _readers() -> str:
    """A hash of all that decides which numbers are read of a content: our source, the versions of
    what computes them, and the processor, whose kinds round differently. Raises OSError."""
    root = Path(bench.__file__).parent
    found = [p for name in _READERS for p in (sorted((root / name).rglob("*.py")) or [root / name])]
    versions = (np.__version__, pd.__version__, cpu(), os.cpu_count())
    source = hashlib.sha256(repr(versions).encode())
    for file in found:
        source.update(file.read_bytes())
    return source.hexdigest()


def key(names: Sequence[str], curves: Collection[str], signals: Collection[str]) -> str | None:
    """The name of what is read of trials with these contents (see `bench.store.kept.contents`);
    None where it cannot be told, and for few trials, which are read as quickly."""
    if len(names) < beside.LEAST:
        return None
    try:
        about = [_readers(), sorted(curves), sorted(signals), *names]
    except OSError:
        return None
    return "frame-" + hashlib.sha256("\n".join(map(str, about)).encode()).hexdigest()[:32]


def load(folder: Path, name: str | None) -> Known | None:
    """The part that is kept under a name in a results folder; None where there is nothing, or it is
    damaged."""
    content = beside.load(folder, name) if name else None
    if content is None:
        return None
    try:
        return _read(content, str(name))
    except (ValueError, KeyError, TypeError, IndexError, AttributeError):
        return None


def keep(folder: Path, name: str | None, known: Known) -> None:
    """Keep under a name what was read, if it is plain data."""
    if name and (content := _written(name, known)) is not None:
        beside.keep(folder, name, content)


def _written(name: str, known: Known) -> bytes | None:
    columns: list[tuple[str, str]] = [(str(c), str(t)) for c, t in known.rows.dtypes.items()]
    stored: dict[str, np.ndarray] = {}
    words: dict[str, Any] = {}
    for kind in _PLAIN:
        own = [c for c, t in columns if t == kind]
        stored[kind] = known.rows[own].to_numpy().T if own else np.empty((0, len(known.rows)))
    for column in (c for c, t in columns if t in _WORDS):
        values = known.rows[column].tolist()
        if not set(map(type, values)) <= {*_VALUES}:
            return None
        words[column] = _coded(values)
    if any(t not in _PLAIN and t not in _WORDS for _, t in columns):
        return None
    for part in ("curves", "signals"):
        stored |= {f"{part}.{k}": v for k, v in _packed(getattr(known, part)).items()}
    about = {
        "name": name,
        "columns": columns,
        "words": words,
        "trials": _methods(known.trials),
        **{part: getattr(known, part) for part in ("gradients", "along", "final", "cards")},
    }
    try:
        stored["about"] = np.frombuffer(json.dumps(about).encode(), dtype=np.uint8)
    except (TypeError, ValueError):
        return None
    np.savez(packed := io.BytesIO(), **stored)  # type: ignore[arg-type]
    return packed.getvalue()


def _packed(pieces: Pieces) -> dict[str, np.ndarray]:
    """Series with the different rows of steps once each, `step`, and the place at which that of
    each piece begins, `steps`: nearly all trials are measured at the same steps."""
    begins: dict[bytes, int] = {}
    kept, places, end = [], [], 0
    for own in np.split(pieces.step, np.cumsum(pieces.lengths)[:-1]):
        if (name := own.tobytes()) not in begins:
            begins[name] = end
            kept.append(own)
            end += len(own)
        places.append(begins[name])
    step = np.concatenate([*kept, np.empty(0)])
    places = places if len(pieces.lengths) else []
    return {**pieces._asdict(), "step": step, "steps": np.array(places, dtype=int)}


def _unpacked(stored: dict[str, np.ndarray]) -> Pieces:
    ends = zip(stored.pop("steps").tolist(), stored["lengths"].tolist(), strict=True)
    rows = [stored["step"][begin : begin + length] for begin, length in ends]
    return Pieces(**{**stored, "step": np.concatenate([*rows, np.empty(0)])})


def _coded(values: list[Any]) -> list[Any]:
    """[the different values, the place of each]; 1 and true, 0.0 and -0.0 are different."""
    places: dict[tuple[type, str], int] = {}
    codes = [places.setdefault((type(v), repr(v)), len(places)) for v in values]
    first = dict(zip(reversed(codes), reversed(values), strict=True))
    return [[first[i] for i in range(len(places))], codes]


def _methods(trials: Sequence[Trial]) -> list[Any]:
    """The records of trials, each method once."""
    methods: dict[Any, int] = {}
    found = []
    for trial in trials:
        record = trial.record()
        record["method"] = methods.setdefault(trial.method, len(methods))
        found.append(record)
    return [[method.record() for method in methods], found]


def _read(content: bytes, name: str) -> Known:
    stored = arrays.parse(content)
    about = json.loads(stored["about"].tobytes())
    if about["name"] != name:
        raise ValueError("it is kept under another name")
    left = {kind: iter(stored[kind]) for kind in _PLAIN}
    columns: dict[str, Any] = {}
    for column, kind in about["columns"]:
        if kind in _PLAIN:
            columns[column] = next(left[kind])
        else:
            values, codes = about["words"][column]
            found = np.empty(len(values), dtype=object)
            found[:] = values
            columns[column] = pd.Series(found[codes], dtype=kind)
    methods, records = about["trials"]
    known = [Trial.from_record({**r, "method": methods[r["method"]]}) for r in records]
    parts = [
        _unpacked({field: stored[f"{part}.{field}"] for field in (*Pieces._fields, "steps")})
        for part in ("curves", "signals")
    ]
    return Known(
        pd.DataFrame(columns, copy=True),
        known,
        about["gradients"],
        tuple(about["along"]),
        tuple(about["final"]),
        about["cards"],
        *parts,
    )
