"""The next thing to do where trials failed, by the way they ended."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from bench.analysis.tables import outcomes
from bench.trial import Status


def failures(trials: pd.DataFrame) -> Iterator[str]:
    """A sentence on each task of which every trial failed, and on each method that failed in every
    trial of a task where others did not: how they ended, the first error, and what to do next."""
    for task, own in trials.groupby("task", sort=False):
        if outcomes.failed(own).all():
            yield f"{task}: {_sentence(own, 'Methods cannot be told apart here. Next')}"
            continue
        for method, part in own.groupby("method", sort=False):
            if outcomes.failed(part).all():
                yield f"{task}, `{method}`: {_sentence(part, 'Next')}"


def _sentence(failed: pd.DataFrame, next: str) -> str:
    errors = failed["error"].dropna()
    first = f"; first error: {errors.iloc[0]}" if len(errors) else ""
    n, ended = len(failed), outcomes.ended(failed["outcome"])
    return f"{n} of {n} trials failed ({ended}){first}. {next}: {'; '.join(remedies(failed))}."


def remedies(failed: pd.DataFrame) -> list[str]:
    """The next steps about trials that failed, a remedy for each way in which they did."""
    known = {
        Status.DIVERGED: _slower,
        Status.CRASHED: _look,
        Status.TIMEOUT: lambda own: (
            "give trials more time (`--trial-timeout 30m`) or fewer `steps`"
        ),
        Status.OUT_OF_MEMORY: lambda own: (
            "give trials more memory (`--memory 4G`, or `--jobs 1`) or a smaller `batch`"
        ),
    }
    groups = {status: failed[failed["status"] == status] for status in known}
    return [known[status](own) for status, own in groups.items() if len(own)]


def _slower(diverged: pd.DataFrame) -> str:
    rates = {n: diverged[n].min() for n in ("lr_g", "lr_d") if n in diverged}
    tried = [f"`{n}` (at least {v:g} so far)" for n, v in rates.items() if v == v]
    return f"lower {' and '.join(tried) or 'the learning rates'}"


def _look(crashed: pd.DataFrame) -> str:
    """The log of the first trial that crashed, and the command that repeats it."""
    first = crashed.iloc[0]
    folder = Path(str(first.get("sweep", "results")))
    log = folder / "logs" / f"{first['id']}.log"
    seen = f"see `{log}`, or " if log.is_file() else ""
    return f"{seen}repeat a crash with `python -m bench.replay {folder} {first['id']}`"
