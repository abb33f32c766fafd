"""The next thing to do where trials failed or stand still, by the way they ended."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from bench.analysis.tables import outcomes
from bench.analysis.verdicts import PINNED
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


AGAINST_D = ("r1", "sngan", "instance_noise", "lazy_d")
"""Methods that take from a discriminator that wins: a penalty, a bound on its slope, samples that
it cannot tell, steps that it does not take."""


def pinned(trials: pd.DataFrame, success: str) -> Iterator[str]:
    """A sentence on each method of each task whose discriminator wins (users' "scores pinned"): in
    how many trials, what G's gradient did, and the methods of the same task that mend it; where
    none of them does, the methods of the catalogue that are made for it."""
    for task, own in trials.groupby("task", sort=False):
        rates = (own["outcome"] == success).groupby(own["method"], sort=False).agg(["sum", "size"])
        for method, part in own.groupby("method", sort=False):
            stuck = part[part["rule"] == PINNED]
            if len(stuck):
                yield f"**{task}**, `{method}`: {_wins(stuck, len(part))} {_mended(rates, method)}"


def _wins(stuck: pd.DataFrame, n: int) -> str:
    lost = stuck.get("gradient_vanished", pd.Series(0.0, stuck.index)) == 1
    still = f"; the gradient of G vanished in {lost.sum()}" if lost.any() else ""
    grown = stuck.get("rule.logit_growth", pd.Series(dtype=float)).median()
    apart = f"; logits grew {grown:.2g}-fold" if grown > 1 else ""
    return (
        f"in {len(stuck)} of {n} trials the discriminator wins (scores are pinned): it tells all "
        f"samples, and nothing moves{apart}{still}."
    )


def _mended(rates: pd.DataFrame, method: object) -> str:
    """The methods that succeed in most trials of the task, the best first."""
    share = rates["sum"] / rates["size"]
    good = share[(share > 0.5) & (share.index != method)].sort_values(
        ascending=False, kind="stable"
    )
    if good.empty:
        listed = ", ".join(f"`{name}`" for name in AGAINST_D if name not in rates.index)
        return f"No method here mends it: try {listed or 'a lower `lr_d`'}."
    some = [f"`{m}` ({rates['sum'][m]} of {rates['size'][m]} trials)" for m in good.index[:3]]
    return f"Mended here by {', '.join(some)}."
