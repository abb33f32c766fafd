"""What a report contains: the sweep's own words and its tables, not yet written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from bench.analysis import frame
from bench.analysis.frame.sweeps import Sweep, read_sweep
from bench.analysis.tables import (
    answers,
    comparing,
    convergence,
    outcomes,
    ranking,
    references,
    rescues,
    sensitivity,
)

CURVES = ("q", "modes", "radius", frame.OWN)
LOSSES = ("loss_d", "loss_g")


@dataclass(frozen=True)
class Contents:
    """All that a report is made of. `tables` are tables of numbers by name; `compared` are the
    trials on which methods are ranked and compared (see `ranking.evaluate`)."""

    sweeps: tuple[Sweep, ...]
    data: frame.Data
    compared: pd.DataFrame
    tables: Mapping[str, pd.DataFrame]
    answers: Sequence[answers.Answer]

    @property
    def trials(self) -> pd.DataFrame:
        """One row per trial."""
        return self.data.trials

    @property
    def tasks(self) -> list[str]:
        """The tasks in the order of the trials."""
        return list(dict.fromkeys(self.trials["task"]))

    @property
    def methods(self) -> list[str]:
        """The methods in the order of the sweeps' files, then those that are in no file."""
        return list(dict.fromkeys(self.trials["method"]))

    @property
    def success(self) -> str:
        """The outcome that counts as a success."""
        return self.sweeps[0].success

    @property
    def title(self) -> str:
        """The names of the sweeps."""
        return " + ".join(sweep.name for sweep in self.sweeps)

    @property
    def settings(self) -> list[str]:
        """The hyper-parameters in which trials of one task and method differ."""
        return outcomes.varying(self.trials, self.data.hparams)

    def only(self, task: str) -> Contents:
        """The same with the curves of one task alone (of none for ""): less to send elsewhere."""
        curves, signals = (
            long[long["task"] == task] for long in (self.data.curves, self.data.signals)
        )
        return replace(self, data=replace(self.data, curves=curves, signals=signals))


def collect(folders: Sequence[Path], cost: frame.Cost = frame.not_known) -> Contents:
    """Read the folders and compute the tables; `cost` is as `frame.read` has it. Raises NoResults
    and StoreError."""
    data = frame.read(folders, curves=CURVES, signals=LOSSES, cost=cost)
    sweeps = tuple(read_sweep(folder) for folder in folders)
    trials = _in_order(data.trials, [m for sweep in sweeps for m in sweep.methods])
    data = replace(data, trials=trials)
    evaluated = ranking.evaluate(trials, data.hparams, sweeps[0].success)
    found = _tables(data, evaluated, sweeps)
    said = answers.answers(
        found["ranking"],
        found["outcomes"],
        found["pairwise"],
        found.get("comparisons"),
        sweeps[0].success,
    )
    shown = {name: table for name, table in found.items() if _says_something(table)}
    return Contents(sweeps, data, evaluated.trials, shown, said)


def _says_something(table: pd.DataFrame) -> bool:
    return len(table) > 0 and not set(table) <= {*outcomes.CELL, "trials", "failed"}


def _in_order(trials: pd.DataFrame, methods: Sequence[str]) -> pd.DataFrame:
    """Within a task: the methods of the list in its order, then the others."""
    place = {method: i for i, method in reversed(list(enumerate(methods)))}
    key = trials["method"].map(lambda method: place.get(method, len(place)))
    order = trials.assign(place=key).sort_values(["task", "place", "method", "seed", "id"])
    return order.drop(columns="place").reset_index(drop=True)


def _tables(
    data: frame.Data, evaluated: ranking.Evaluated, sweeps: Sequence[Sweep]
) -> dict[str, pd.DataFrame]:
    trials, success = data.trials, sweeps[0].success
    baseline = next((sweep.baseline for sweep in sweeps if sweep.baseline), None)
    found = {
        "summary": outcomes.summary(trials),
        "ranking": ranking.ranking(evaluated, success),
        "outcomes": outcomes.outcomes(trials, success),
        "pairwise": comparing.pairwise(evaluated.trials, success, baseline=baseline),
        "convergence": convergence.table(trials),
        **_metrics(data),
        "loss_variance": outcomes.loss_variance(trials),
    }
    if baseline is not None:
        found["comparisons"] = comparing.against(evaluated.trials, baseline, success)
        found["rescues"] = rescues.table(trials, baseline, data.hparams, success)
    known = [reference for sweep in sweeps for reference in sweep.references]
    found["references"] = references.table(trials, evaluated.trials, known, success)
    return found | _searched(data, evaluated, success)


def _metrics(data: frame.Data) -> dict[str, pd.DataFrame]:
    """The last value of all that was measured: the metrics that most readers ask for, what was
    measured once at the end, and whatever else there is."""
    rest = [m for m in data.along if m not in outcomes.FINAL and m not in data.final]
    kinds = {"final_metrics": outcomes.FINAL, "end_metrics": data.final, "other_metrics": rest}
    return {name: outcomes.final_metrics(data.trials, own) for name, own in kinds.items()}


def _searched(
    data: frame.Data, evaluated: ranking.Evaluated, success: str
) -> dict[str, pd.DataFrame]:
    """Tables of a sweep that searched hyper-parameters."""
    trials = data.trials
    settings = outcomes.varying(trials, data.hparams)
    if not settings:
        return {}
    by = [*outcomes.CELL, *settings]
    metrics = outcomes.final_metrics(trials, ("q", "modes"), by)
    return {
        "settings": outcomes.outcomes(trials, success, by).merge(
            metrics.drop(columns=["trials", "failed"]), on=by
        ),
        "chosen": evaluated.settings,
        "windows": sensitivity.windows(trials, data.hparams, success),
        "sensitivity": sensitivity.table(trials, data.hparams, success),
        "best_of_k": sensitivity.best_of_k_table(trials),
        "transfer": sensitivity.transfer(trials, data.hparams, success),
    }
