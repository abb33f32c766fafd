"""All trials as compact JSON, from which the page's script makes the rows that are looked at."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bench.analysis.report.html import clouds, coding
from bench.analysis.tables import outcomes
from bench.analysis.tables.findings import Findings
from bench.analysis.verdicts import MEANING
from bench.store import commands

CHARACTERS = 900_000
"""Room for the curves of all trials together."""
FEWEST, MOST = 12, 64
"""Points of a curve."""


def data(findings: Findings) -> dict[str, Any]:
    """The trials as trials.js reads them: names, columns, curves and pictures of samples. Raises
    StoreError for samples that cannot be read."""
    trials = findings.trials
    stored = clouds.stored(trials)
    seen = clouds.clouds(trials, findings.compared, stored)
    meaning = {str(v): MEANING[v] for v in MEANING if v in set(trials["verdict"])}
    return {
        "alphabet": coding.ALPHABET,
        "sweeps": [_sweep(str(folder), trials) for folder in dict.fromkeys(trials["sweep"])],
        "names": {str(sweep.folder): sweep.name for sweep in findings.sweeps},
        "outcomes": [str(o) for o in outcomes.OUTCOMES if (trials["outcome"] == o).any()],
        "meaning": meaning,
        "columns": dict(_columns(findings, stored)),
        "rules": dict(_rule_numbers(trials)),
        "curves": dict(_all_curves(findings)),
        "samples": [seen.own.get(id, "") for id in trials["id"]] if seen.own else [],
        "real": seen.real,
    }


def _sweep(folder: str, trials: pd.DataFrame) -> dict[str, str]:
    """A results folder, and what stands before and after the id in the command of a trial."""
    id = str(trials.loc[trials["sweep"] == folder, "id"].iloc[0])
    before, _, after = commands.replay(Path(folder), id).rpartition(id)
    return {"folder": folder, "before": before, "after": after}


def _columns(findings: Findings, stored: frozenset[str]) -> Iterator[tuple[str, Any]]:
    trials = findings.trials
    for name in ("id", "sweep", "task", "method", "seed", "status", "outcome", "verdict", "rule"):
        yield name, coding.column(trials[name].tolist())
    yield "number", coding.column(trials["rule_number"].tolist())
    yield "setting", coding.column(_settings(trials, findings.settings))
    known = trials["error"].astype(object)
    yield "error", coding.column(known.where(known.notna(), None).tolist())
    for name, column in (("q", "q_tail"), ("steps", "steps_done"), ("seconds", "seconds")):
        yield name, coding.column(trials[column].tolist())
    yield "stored", coding.column([id in stored for id in trials["id"]])
    logs = [Path(f, "logs", f"{i}.log").exists() for f, i in _failed(trials)]
    failed = dict(zip((id for _, id in _failed(trials)), logs, strict=True))
    yield "log", coding.column([failed.get(id, False) for id in trials["id"]])


def _failed(trials: pd.DataFrame) -> list[tuple[str, str]]:
    own = trials[trials["error"].notna()]
    return list(own[["sweep", "id"]].itertuples(index=False, name=None))


def _settings(trials: pd.DataFrame, names: Sequence[str]) -> list[str]:
    """The hyper-parameters of each trial that vary: "lr_g=0.001, r1.gamma=10"."""
    columns = [
        [f"{name}={value:g}" if value == value else "" for value in trials[name]] for name in names
    ]
    if not columns:
        return [""] * len(trials)
    return [", ".join(filter(None, parts)) for parts in zip(*columns, strict=True)]


def _rule_numbers(trials: pd.DataFrame) -> Iterator[tuple[str, Any]]:
    """The numbers that the rules looked at, without those that no trial has."""
    for name in map(str, trials.columns):
        if name.startswith("rule.") and trials[name].notna().any():
            rounded = [coding.short(v, 3) if np.isfinite(v) else v for v in trials[name]]
            yield name.removeprefix("rule."), coding.column(rounded)


def _all_curves(findings: Findings) -> Iterator[tuple[str, Any]]:
    """Each metric and loss: the curve of every trial, thinned so that all fit into the page."""
    found = [
        (str(metric), own)
        for table in (findings.data.curves, findings.data.signals)
        for metric, own in table.groupby("metric", sort=False, observed=True)
    ]
    room = CHARACTERS // max(1, len(found) * len(findings.trials))
    points = int(np.clip(room - _BESIDE, FEWEST, MOST))
    ids = {id: i for i, id in enumerate(findings.trials["id"])}
    for metric, own in found[: CHARACTERS // ((FEWEST + _BESIDE) * max(1, len(ids)))]:
        yield metric, _curves(own, ids, points)


_BESIDE = 24
"""Characters that the ends of a curve take beside its points."""
_ENDS = ("low", "high", "first", "last")
"""The least and the greatest value of a curve, its first and its last step."""


def _curves(own: pd.DataFrame, ids: Mapping[str, int], points: int) -> dict[str, Any]:
    """The curves of one metric: for each trial its string ("y") and its ends."""
    texts: list[str] = [""] * len(ids)
    ends: dict[str, list[Any]] = {name: [None] * len(ids) for name in _ENDS}
    for places, steps, values in _alike(own, ids):
        known = np.isfinite(values)
        low = np.where(known, values, np.inf).min(axis=1)
        high = np.where(known, values, -np.inf).max(axis=1)
        kept = coding.thinned(steps, points)
        first, last = map(float, steps[kept[[0, -1]]])
        drawn = coding.strings(values[:, kept], low, high)
        for i, text, *own_ends in zip(places, drawn, low.tolist(), high.tolist(), strict=True):
            texts[i] = text
            for name, value in zip(_ENDS, (*own_ends, first, last), strict=True):
                ends[name][i] = coding.short(value, 3 if name in ("low", "high") else 7)
    return {"y": texts} | {name: coding.column(values) for name, values in ends.items()}


def _alike(
    own: pd.DataFrame, ids: Mapping[str, int]
) -> Iterator[tuple[list[int], np.ndarray, np.ndarray]]:
    """The places of trials that were measured at the same steps, these steps [m], and the values
    [trials, m]; without trials that have none."""
    groups: dict[bytes, list[tuple[int, np.ndarray, np.ndarray]]] = {}
    for id, steps, values in _each(own):
        if id in ids and np.isfinite(values).any():
            groups.setdefault(steps.tobytes(), []).append((ids[id], steps, values))
    for found in groups.values():
        yield [place for place, *_ in found], found[0][1], np.stack([v for *_, v in found])


def _each(own: pd.DataFrame) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """The id, the steps and the values of each trial, whose rows stand together."""
    if own.empty:
        return
    ids = pd.Categorical(own["id"])
    steps, values = own["step"].to_numpy(float), own["value"].to_numpy(float)
    places = [0, *(np.flatnonzero(np.diff(ids.codes)) + 1), len(own)]
    for start, end in itertools.pairwise(places):
        yield str(ids.categories[ids.codes[start]]), steps[start:end], values[start:end]
