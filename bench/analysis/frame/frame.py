"""Reads results/<sweep>/ into tables: a row per trial, and the curves as long tables.

Every stored trial has a row, whatever its status. Only the series that are asked for are kept, so
that ten thousand trials fit.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from bench.analysis.frame.asked import Asks, LeftOut, asked_for, everything
from bench.analysis.frame.budgets import budgets
from bench.analysis.frame.kept import Known, Pieces
from bench.analysis.frame.labels import filed, labels, method_of, task_of
from bench.analysis.frame.measured import attach, merge
from bench.analysis.frame.reading import OWN, NoResults, Results, known, places
from bench.analysis.frame.sweeps import asks_gradients, factors_of
from bench.store import asked as stored
from bench.trial import Method, Trial

__all__ = ["ALL", "OWN", "Data", "NoResults", "curves", "everything", "load", "read"]

ALL: tuple[str, ...] = ("*",)
"""Stands for every metric."""


Cost = Callable[[Method], float]
"""A function that gives the gradients of one step of a method; NaN where they are not known."""


def not_known(method: Method) -> float:
    """The cost that is used where no parts are loaded: NaN for every method."""
    return math.nan


@dataclass(frozen=True)
class Data:
    """The tables of one or several results folders."""

    trials: pd.DataFrame
    """A row per trial; for its columns see `load`."""
    curves: pd.DataFrame
    """A row per trial, step and metric: id, task, method, seed, step, metric, value."""
    signals: pd.DataFrame
    """A row per trial, step and training signal, with the same columns."""
    hparams: tuple[str, ...] = ()
    """The columns of `trials` that are hyper-parameters."""
    along: tuple[str, ...] = ()
    """The columns of `trials` that were measured along training."""
    final: tuple[str, ...] = ()
    """The columns of `trials` that were measured once, at its end."""
    disputed: tuple[str, ...] = ()
    """The metrics of plugins on whose cards the results disagree; `trials` carries the cards (see
    `bench.analysis.frame.measured`)."""
    left: tuple[LeftOut, ...] = ()
    """The numbers of stored trials that are not asked for any more, and have no row."""
    done: Mapping[str, int] = field(default_factory=dict)
    """Folder -> number of the trials that it asks for and that are stored."""
    planned: Mapping[str, int] = field(default_factory=dict)
    """Folder -> number of the trials that it asks for, where its sweep.toml says so."""
    repeats: int = 0
    """Number of deterministic trials that have no row, since another seed's is the same."""
    unsure: Mapping[str, str] = field(default_factory=dict)
    """Folder -> the sentence that says why all of its trials count: it is not known which of them
    it asks for."""


def load(results: Results, cost: Cost = not_known, asked: Asks = stored.asked_for) -> pd.DataFrame:
    """Read the trials of one or several results folders: a row for each, by task, method and seed.

    `cost` is asked for the gradients of one step where no result tells them. Trials that their
    folder does not ask for any more (see `bench.store.asked`) have no row; with `asked=everything`
    they have. The tail is the last
    20 % of the evaluations. Raises NoResults, and StoreError with the name of a file that cannot be
    read.

    | column                  | meaning                                          | unit      |
    |-------------------------|--------------------------------------------------|-----------|
    | `sweep`                 | The results folder                               |           |
    | `id`                    | The trial's id                                   |           |
    | `task`                  | The task, told from others of its name           |           |
    | `method`                | The method, told from others of its name         |           |
    | `task.name`             | The task's own name                              |           |
    | `method.name`           | The method's own name                            |           |
    | `network`               | The name of its networks                         |           |
    | `seed`                  | The seed                                         |           |
    | `steps`                 | The steps that were asked for                    | steps     |
    | `status`                | How the trial ended: a `Status`                  |           |
    | `verdict`               | The verdict on it: a `Verdict`                   |           |
    | `outcome`               | The verdict; the status where there is none      |           |
    | `rule`                  | The rule that gave the verdict                   |           |
    | `rule_number`           | The number of that rule                          |           |
    | `error`                 | Its error in one line; None: no error            |           |
    | `seconds`               | Time by the clock                                | s         |
    | `cpu_seconds`           | Time of the processor; NaN: not recorded         | s         |
    | `<part>.<hparam>`       | A hyper-parameter, such as `r1.gamma`, `lr_g`    |           |
    | `option.<option>`       | An option of the task, such as `option.sigma`    |           |
    | `factor.<factor>`       | The level of a factor that the sweep declares    |           |
    | `<metric>`              | The last value of a metric                       | metric    |
    | `q_tail`                | Median of q over the tail                        | q         |
    | `q_best`                | Least running median of q                        | q         |
    | `best_final_gap`        | `q_tail` less `q_best`                           | q         |
    | `mode_kl_excess`        | `mode_kl` less that of a perfect sampler         | nats      |
    | `high_quality_scaled`   | `high_quality` over that of a perfect sampler    |           |
    | `steps_done`            | The steps that it came to                        | steps     |
    | `contraction`           | Factor by which a step shrinks a game's radius   |           |
    | `converged_at`          | Step at which the criterion was met; NaN: never  | steps     |
    | `lost_at`               | Step at which it was lost again; NaN: never      | steps     |
    | `held`                  | Share of the evaluations since at which it held  |           |
    | `relapses`              | Number of times that it was lost                 |           |
    | `rule.<number>`         | A number that the rules look at; see `Numbers`   |           |
    | `loss_gap_d`            | Loss of D at the end, less that at equilibrium   | loss      |
    | `spike_rate`            | Share of blocks in which the loss of D spiked    |           |
    | `gradient_ratio`        | Median gradient norm of G over that of D         |           |
    | `gradient_vanished`     | 1: the gradient of G vanished; NaN: not known    |           |
    | `loss_d_var`            | Variance of the loss of D about its trend        | loss^2    |
    | `loss_d_var_robust`     | The same, which single spikes cannot move        | loss^2    |
    | `loss_d_var_raw`        | The same, with the trend                         | loss^2    |
    | `loss_d_sd_scaled`      | Root of `loss_d_var`, over way to equilibrium    |           |
    | `loss_g_var`            | Variance of the loss of G about its trend        | loss^2    |
    | `loss_g_var_robust`     | The same, which single spikes cannot move        | loss^2    |
    | `loss_g_var_raw`        | The same, with the trend                         | loss^2    |
    | `loss_g_sd_scaled`      | Root of `loss_g_var`, over way to equilibrium    |           |
    | `edge.<metric>`         | Strictest bound that the trial still meets       | metric    |
    | `modes_expected`        | Number of modes of the data                      |           |
    | `criterion`             | The task's criterion of success                  |           |
    | `proxy`                 | The kind of features that q is computed of       |           |
    | `features`              | A hash of these features                         |           |
    | `samples`               | Number of samples that are measured at once      |           |
    | `floor`                 | `fd` of real samples                             | fd        |
    | `ceiling`               | `fd` of one broad Gaussian                       | fd        |
    | `q_missing`             | The reason why there is no q; None: there is one |           |
    | `real`                  | The name of the stored real samples              |           |
    | `deterministic`         | True where another seed would do the same        |           |
    | `external`              | True where a program of the user's own trained   |           |
    | `yardstick`             | True where it is no method that is compared      |           |
    | `band.<metric>.sign`    | The comparison of a bound of the criterion       |           |
    | `band.<metric>.bound`   | That bound                                       | metric    |
    | `band.<metric>.trivial` | The value of the best trivial sampler            | metric    |
    | `band.<metric>.real`    | The value of real samples                        | metric    |
    | `band.<metric>.by`      | The name of that trivial sampler                 |           |
    | `gradients`             | The budget that it is compared by; 0: its steps  | gradients |
    | `gradients_per_step`    | Gradients of one step; NaN: not known            | gradients |
    | `gradient_evaluations`  | `steps_done` times `gradients_per_step`          | gradients |
    """
    return read(results, cost=cost, asked=asked).trials


def curves(
    results: Results, metrics: Collection[str] = ALL, asked: Asks = stored.asked_for
) -> pd.DataFrame:
    """Read the curves as one long table: id, task, method, seed, step, metric, value (NaN: could
    not be measured). `asked` is as `load` has it. Raises NoResults and StoreError."""
    return read(results, curves=metrics, asked=asked).curves


def read(
    results: Results,
    curves: Collection[str] = (),
    signals: Collection[str] = (),
    cost: Cost = not_known,
    asked: Asks = stored.asked_for,
) -> Data:
    """Read the trials, and the curves and signals that are named, in one pass over the files.

    `cost` is asked for the gradients of one step where no result tells them. Of a trial that is in
    several folders, `reading.places` takes one. Trials that their folder does not ask for any more
    are left out, unless `asked` is `everything`. Raises NoResults and StoreError.
    """
    divided = asked_for(places(results), asked)
    found = known(divided.kept, curves, signals)
    trials = found.rows
    trials.insert(0, "sweep", [str(place.folder) for place in divided.kept])
    costs, own = _gradients(found, cost), found.trials
    said = {asks_gradients(Path(folder)) for folder in trials["sweep"].unique()} - {None}
    trials["gradients"] = budgets(own, costs, steps_first=said == {False})
    trials["gradients_per_step"] = costs
    lengths = zip(own, trials["gradients"], strict=True)
    trials["task"] = filed(labels([task_of(*pair) for pair in lengths]))
    trials["method"] = filed(labels([method_of(trial) for trial in own]))
    _add_factors(trials, own)
    trials["gradient_evaluations"] = trials["steps_done"] * trials["gradients_per_step"]
    hparams = tuple(dict.fromkeys(name for trial in own for name in trial.hparams))
    trials["deterministic"] = _deterministic(trials, hparams)
    merged = merge(found.cards)
    attach(trials, merged.cards)
    return Data(
        trials.sort_values(["task", "method", "seed", "id"], ignore_index=True),
        _long(trials, found.curves),
        _long(trials, found.signals),
        hparams,
        found.along,
        found.final,
        merged.disputed,
        divided.left,
        divided.done,
        divided.planned,
        unsure=divided.unsure,
    )


def _add_factors(trials: pd.DataFrame, own: Sequence[Trial]) -> None:
    """Add a column for each factor that the folder of a trial declares."""
    declared = {folder: factors_of(Path(folder)) for folder in trials["sweep"].unique()}
    for name in dict.fromkeys(name for factors in declared.values() for name in factors):
        pairs = zip(own, trials["sweep"], strict=True)
        levels = [trial.level(declared[folder].get(name, ())) for trial, folder in pairs]
        trials[f"factor.{name}"] = levels


def _deterministic(trials: pd.DataFrame, hparams: Sequence[str]) -> pd.Series:
    """True for each trial that another seed would not change, as its result says.

    An older result does not say so. Its trial counts where it plays a game (its curve is the
    `radius`) and no two seeds of its setting ended differently.
    """
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


def _gradients(found: Known, cost: Cost) -> list[float]:
    """The gradients of one step of each trial: as its result says, or another result of its method,
    or `cost`."""
    pairs = list(zip(found.trials, found.gradients, strict=True))
    methods = dict.fromkeys(trial.method for trial, known in pairs if known is None)
    each = {method: cost(method) for method in methods}
    each |= {trial.method: known for trial, known in pairs if known is not None}
    return [each[trial.method] if known is None else known for trial, known in pairs]


def _long(trials: pd.DataFrame, found: Pieces) -> pd.DataFrame:
    """Turn the series of the trials into a row per trial, step and metric."""
    who, lengths = trials.iloc[found.trial], found.lengths
    metrics = pd.Categorical(found.metric)
    return pd.DataFrame(
        {
            **{key: pd.Categorical(who[key]).repeat(lengths) for key in ("id", "task", "method")},
            "seed": np.repeat(who["seed"].to_numpy(), lengths),
            "step": found.step,
            "metric": metrics.repeat(lengths),
            "value": found.value,
        }
    )
