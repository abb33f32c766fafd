"""results/<sweep>/ -> tables: one row per trial, and the curves as long tables.

Every stored trial has a row, whatever became of it. Only what is asked for is kept, so that ten
thousand trials fit.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from bench.analysis.frame.budgets import budgets
from bench.analysis.frame.labels import labels, method_of, task_of
from bench.analysis.frame.measured import attach, merge
from bench.analysis.frame.reading import OWN, Extract, NoResults, Results, extracts, places
from bench.analysis.frame.sweeps import asks_gradients
from bench.trial import Method

__all__ = ["ALL", "OWN", "Data", "NoResults", "curves", "load", "read"]

ALL: tuple[str, ...] = ("*",)
"""Every metric there is."""


Cost = Callable[[Method], float]
"""The gradients of one step of a method; NaN where they are not known."""


def not_known(method: Method) -> float:
    """The cost of any method to a reader who knows no parts."""
    return math.nan


@dataclass(frozen=True)
class Data:
    """What was read: `trials` has a row per trial, `curves` and `signals` a row per trial, step
    and metric (columns id, task, method, seed, step, metric, value); `hparams` names those columns
    of `trials` that are hyper-parameters, `along` those that were measured along training and
    `final` those that were measured once, at its end. `trials` carries the cards of plugins'
    metrics (see `bench.analysis.frame.measured`); on those that are `disputed` results disagree."""

    trials: pd.DataFrame
    curves: pd.DataFrame
    signals: pd.DataFrame
    hparams: tuple[str, ...] = ()
    along: tuple[str, ...] = ()
    final: tuple[str, ...] = ()
    disputed: tuple[str, ...] = ()


def load(results: Results, cost: Cost = not_known) -> pd.DataFrame:
    """One row per trial of one or several results folders, sorted by task, method and seed.

    Columns: sweep (the folder), id, task, method, task.name and method.name (without what tells
    those of one name apart), network (what its networks are called), seed, steps, status, verdict,
    outcome (the verdict, or the status of a trial that has none), rule and rule_number (which gave
    the verdict), `rule.swing` and so on (all numbers that the rules look at), error, seconds and
    cpu_seconds (by the clock, and of the processor; NaN: not recorded); one per hyper-parameter
    (`lr_g`, `r1.gamma`) and one per option of the task (`option.sigma`); one per metric, its last
    value, those measured only at the end among them; `q_tail`, `q_best` and their difference
    `best_final_gap`; `mode_kl_excess` (over what a perfect sampler gets), `high_quality_scaled` (by
    what it gets); `converged_at` (step, NaN: never), `lost_at`, `held`, `relapses`; `contraction`
    (of a game, per step); `steps_done` (how far it came), `gradients_per_step` (see
    `bench.gan.methods.cost.gradients`; NaN where neither a result nor `cost` tells) and their
    product `gradient_evaluations`; `gradients`, the budget by which it is compared (0: its steps;
    see `bench.analysis.frame.budgets`); `loss_gap_d`, `spike_rate`, `gradient_ratio` (G over D),
    `gradient_vanished`; `loss_d_var` (detrended), `loss_d_var_robust`, `loss_d_var_raw`,
    `loss_d_sd_scaled` (comparable between losses), the same for g; what the task knows:
    modes_expected, criterion, proxy (what the features of q are) and features (a hash of them), its
    floor and ceiling, samples (that are measured at once), real (name of the real samples),
    q_missing (why there is no q), deterministic (whether another seed would do the same),
    `edge.modes` and so on (the strictest bound of the criterion on that metric that the trial
    meets, the others as they are) and `band.modes.trivial`, `.real`, `.by` (what the best trivial
    sampler, `by`, and real samples reach), `.sign`, `.bound`. Raises NoResults, and StoreError with
    the name of a file that cannot be read.
    """
    return read(results, cost=cost).trials


def curves(results: Results, metrics: Collection[str] = ALL) -> pd.DataFrame:
    """The curves as one long table: id, task, method, seed, step, metric, value (NaN: could not be
    measured). Raises NoResults and StoreError."""
    return read(results, curves=metrics).curves


def read(
    results: Results,
    curves: Collection[str] = (),
    signals: Collection[str] = (),
    cost: Cost = not_known,
) -> Data:
    """The trials, and those of the curves and signals that are named, in one pass over the files.

    `cost` is asked for a method of which no result tells its cost. A trial that is in several
    folders is taken from the first. Raises NoResults and StoreError.
    """
    found = extracts(places(results), curves, signals)
    trials = pd.DataFrame([extract.row for extract in found])
    costs, asked = _gradients(found, cost), [extract.trial for extract in found]
    said = {asks_gradients(Path(folder)) for folder in trials["sweep"].unique()} - {None}
    trials["gradients"] = budgets(asked, costs, steps_first=said == {False})
    trials["gradients_per_step"] = costs
    trials["task"] = labels(
        [task_of(*pair) for pair in zip(asked, trials["gradients"], strict=True)]
    )
    trials["method"] = labels([method_of(trial) for trial in asked])
    trials["gradient_evaluations"] = trials["steps_done"] * trials["gradients_per_step"]
    hparams = tuple(dict.fromkeys(name for extract in found for name in extract.trial.hparams))
    trials["deterministic"] = _deterministic(trials, hparams)
    merged = merge(extract.cards for extract in found)
    attach(trials, merged.cards)
    return Data(
        trials.sort_values(["task", "method", "seed", "id"], ignore_index=True),
        _long(trials, [extract.curves for extract in found]),
        _long(trials, [extract.signals for extract in found]),
        hparams,
        tuple(dict.fromkeys(name for extract in found for name in extract.along)),
        tuple(dict.fromkeys(name for extract in found for name in extract.final)),
        merged.disputed,
    )


def _deterministic(trials: pd.DataFrame, hparams: Sequence[str]) -> pd.Series:
    """True for each trial whose result says that it is deterministic. An older result does not say
    so. Its trial counts if it is of a game (its curve is the `radius`) and no two seeds of its
    setting ended differently."""
    known = trials["deterministic"]
    if known.notna().all():
        return known.astype(bool)
    if "radius" not in trials:
        return known.map({True: True}).notna()
    games = trials["radius"].notna().groupby(trials["task"]).transform("any")
    keys = [trials[name] for name in ("task", "method", *hparams)]
    ends = trials["steps_done"].astype(str) + " " + trials["radius"].astype(str)
    ends = ends.where(trials["radius"].notna())  # a trial that crashed says nothing
    alike = ends.groupby(keys, dropna=False).transform("nunique") <= 1
    return known.where(known.notna(), games & alike).astype(bool)


def _gradients(found: Sequence[Extract], cost: Cost) -> list[float]:
    """The gradients of one step, as each result says. Where a result does not say, another of its
    method does, or else `cost`."""
    methods = dict.fromkeys(extract.trial.method for extract in found if extract.gradients is None)
    known = {method: cost(method) for method in methods}
    known |= {e.trial.method: e.gradients for e in found if e.gradients is not None}
    return [
        known[extract.trial.method] if extract.gradients is None else extract.gradients
        for extract in found
    ]


def _long(trials: pd.DataFrame, series: list[dict[str, np.ndarray]]) -> pd.DataFrame:
    """Series of each trial, each dict with its "step" -> a row per trial, step and metric."""
    pieces = [
        (i, metric, found["step"], values)
        for i, found in enumerate(series)
        for metric, values in found.items()
        if metric != "step"
    ]
    lengths = [len(values) for *_, values in pieces]
    who = trials.iloc[[i for i, *_ in pieces]]
    metrics = pd.Categorical(np.asarray([metric for _, metric, *_ in pieces], dtype=str))
    return pd.DataFrame(
        {
            **{key: pd.Categorical(who[key]).repeat(lengths) for key in ("id", "task", "method")},
            "seed": np.repeat(who["seed"].to_numpy(), lengths),
            "step": np.concatenate([*(steps for _, _, steps, _ in pieces), np.empty(0)]),
            "metric": metrics.repeat(lengths),
            "value": np.concatenate([*(values for *_, values in pieces), np.empty(0)]),
        }
    )
