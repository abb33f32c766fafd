"""Counts what each remedy did where the baseline had failed."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from bench.analysis import verdicts
from bench.analysis.tables import rescues
from bench.analysis.verdicts import Verdict
from bench.diagnose.remedies.table import BASELINE, EVERY, known
from bench.store import Store

_RATES = ["lr_g", "lr_d"]


def rows(folder: Path) -> Iterator[tuple[Any, ...]]:
    """Yield (ended, task, method, matched, rescued, luck) of a results folder. Raises StoreError.

    See `bench.analysis.tables.rescues`: trials are matched by seed and learning rates.
    """
    trials = _trials(folder)
    for ended in ("", *Verdict):
        for task, own in trials.groupby("task", sort=False):
            yield from _of(str(task), own, str(ended))


def _of(task: str, own: pd.DataFrame, ended: str) -> Iterator[tuple[Any, ...]]:
    if ended:
        counted = own
    else:  # all ways to fail as one
        over = (Verdict.CONVERGED, Verdict.IMPROVING, Verdict.NONE)
        counted = own.assign(outcome=own["outcome"].where(own["outcome"].isin(over), EVERY))
    table = rescues.table(counted, BASELINE, _RATES)
    table = table[table["ended"] == (ended or EVERY)]
    lucky = table[table["method"] == f"{BASELINE}, other seeds"]["rescued"]
    luck = float(lucky.iloc[0]) if len(lucky) else math.nan
    methods = {remedy.method for remedy in known().values()}
    for row in table[table["method"].isin(methods)].itertuples():
        if not math.isnan(luck):
            k = round(row.rescued * row.matched)
            yield ended or EVERY, task, row.method, int(row.matched), k, luck


def _trials(folder: Path) -> pd.DataFrame:
    store = Store(folder)
    results = [store.read(one) for one in sorted(store.ids())]
    found = [
        {
            "task": result.trial.task,
            "method": result.trial.method.name,
            "seed": result.trial.seed,
            "outcome": str(judgement.verdict),
            **{name: result.trial.hparams.get(name) for name in _RATES},
        }
        for result, judgement in zip(results, verdicts.judge_all(results), strict=True)
    ]
    return pd.DataFrame(found)
