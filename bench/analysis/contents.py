"""What a report contains: the sweep's own words, its tables and its figures, not yet written."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from zipfile import BadZipFile

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from bench.analysis import frame, plots, tables
from bench.analysis.verdicts import Verdict
from bench.registry import suggest
from bench.store import Store, StoreError
from bench.trial import Status

CURVES = ("q", "modes")
LOSSES = ("loss_d", "loss_g")


@dataclass(frozen=True)
class Sweep:
    """What a results folder says about itself. `planned` None: it does not say how many trials."""

    folder: Path
    question: str = ""
    success: str = Verdict.CONVERGED
    baseline: str | None = None
    methods: tuple[str, ...] = ()
    planned: int | None = None
    provenance: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The folder's own name."""
        return self.folder.resolve().name


@dataclass(frozen=True)
class Picture:
    """A figure with its name (of the file, without ending) and what it shows."""

    name: str
    caption: str
    figure: Figure


@dataclass(frozen=True)
class Contents:
    """All that a report is made of. `tables` are tables of numbers by name."""

    sweeps: tuple[Sweep, ...]
    data: frame.Data
    tables: Mapping[str, pd.DataFrame]

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


def collect(folders: Sequence[Path]) -> Contents:
    """Read the folders and compute the tables. Raises NoResults and StoreError."""
    data = frame.read(folders, curves=CURVES, signals=LOSSES)
    sweeps = tuple(read_sweep(folder) for folder in folders)
    trials = _in_order(data.trials, [m for sweep in sweeps for m in sweep.methods])
    data = frame.Data(trials, data.curves, data.signals, data.hparams)
    return Contents(sweeps, data, _tables(data, sweeps))


def read_sweep(folder: Path) -> Sweep:
    """The sweep's words from sweep.toml and provenance.json; whatever is missing is left empty.

    Raises StoreError where `success` is no verdict.
    """
    text = _text(folder / "sweep.toml")
    try:
        toml = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        toml = {}
    try:
        provenance = json.loads(_text(folder / "provenance.json") or "{}")
    except json.JSONDecodeError:
        provenance = {}
    analysis = toml.get("analysis", {})
    return Sweep(
        folder,
        _leading_comment(text),
        _verdict(folder / "sweep.toml", analysis.get("success", Verdict.CONVERGED.value)),
        analysis.get("baseline"),
        tuple(method["name"] for method in toml.get("method", ()) if "name" in method),
        provenance.pop("planned", None),
        provenance,
    )


def _verdict(file: Path, name: str) -> str:
    if name not in set(Verdict):
        raise StoreError(f'{file}: success = "{name}" is no verdict{suggest(name, Verdict)}')
    return name


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8") if file.is_file() else ""


def _leading_comment(text: str) -> str:
    lines = []
    for line in text.splitlines():
        if not line.startswith("#"):
            break
        lines.append(line.lstrip("#").strip())
    return "\n".join(lines).strip()


def _in_order(trials: pd.DataFrame, methods: Sequence[str]) -> pd.DataFrame:
    """Within a task: the methods of the list in its order, then the others."""
    place = {method: i for i, method in reversed(list(enumerate(methods)))}
    key = trials["method"].map(lambda method: place.get(method, len(place)))
    order = trials.assign(place=key).sort_values(["task", "place", "method", "seed", "id"])
    return order.drop(columns="place").reset_index(drop=True)


def _tables(data: frame.Data, sweeps: Sequence[Sweep]) -> dict[str, pd.DataFrame]:
    trials, success = data.trials, sweeps[0].success
    found = {
        "summary": tables.summary(trials),
        "outcomes": tables.outcomes(trials, success),
        "final_metrics": tables.final_metrics(trials),
        "loss_variance": tables.loss_variance(trials),
    }
    settings = tables.varying(trials, data.hparams)
    if settings:
        by = [*tables.CELL, *settings]
        found["settings"] = tables.outcomes(trials, success, by).merge(
            tables.final_metrics(trials, ("q", "modes"), by).drop(columns=["trials", "failed"]),
            on=by,
        )
    baseline = next((sweep.baseline for sweep in sweeps if sweep.baseline), None)
    if baseline is not None:
        found["comparisons"] = tables.comparisons(trials, baseline)
    return {name: table for name, table in found.items() if len(table)}


def pictures(contents: Contents) -> Iterator[Picture]:
    """The figures, task by task, each drawn when it is asked for."""
    look = plots.looks(contents.methods)
    for task in contents.tasks:
        yield from _task_pictures(contents, task, look)


def _task_pictures(
    contents: Contents, task: str, look: Mapping[str, plots.Look]
) -> Iterator[Picture]:
    trials = contents.trials[contents.trials["task"] == task]
    curves, losses = (_of(long, task) for long in (contents.data.curves, contents.data.signals))
    name = slug(task)
    yield Picture(
        f"{name}_outcomes",
        f"How the trials of {task} ended, and the rate of `{contents.success}` with its Wilson "
        "95 % interval.",
        plots.outcomes(trials, list(look), contents.success),
    )
    measured = [metric for metric in CURVES if (curves["metric"] == metric).any()]
    if measured:
        yield Picture(
            f"{name}_curves",
            f"Quality along training on {task}: median over the trials (thick), quartiles (band) "
            "and every trial (thin). A cross marks where a failed trial broke off; from there on "
            "it counts as the worst.",
            plots.curves(curves, trials, measured, look),
        )
    if len(losses):
        yield Picture(
            f"{name}_losses",
            f"Losses along training on {task}, means over blocks of steps. Losses of different "
            "kinds have different scales.",
            plots.curves(losses, trials, LOSSES, look),
        )
    yield from _samples(trials, task, look)


def _of(long: pd.DataFrame, task: str) -> pd.DataFrame:
    return long[long["task"] == task]


def _samples(trials: pd.DataFrame, task: str, look: Mapping[str, plots.Look]) -> Iterator[Picture]:
    chosen = [found for m in look if (found := representative(trials[trials["method"] == m]))]
    if not chosen:
        return
    folder, name = trials["sweep"].iloc[0], trials["real"].dropna()
    real = _array(Store(Path(folder)), "real", name.iloc[0]) if len(name) else None
    yield Picture(
        f"{slug(task)}_samples",
        f"Generated samples on {task}, of the trial whose final q is nearest to the method's "
        "median; real samples " + ("in grey." if chosen[0].fake.ndim == 2 else "first."),
        plots.samples(real, chosen, look),
    )


def representative(trials: pd.DataFrame) -> plots.Samples | None:
    """Samples of the trial nearest to the median q, of those of one method that have samples."""
    distance = (trials["q_tail"] - trials["q_tail"].median()).abs()
    broken = trials["status"] != Status.COMPLETED
    order = trials.assign(broken=broken, distance=distance).sort_values(["broken", "distance"])
    for trial in order.itertuples():
        fake = _array(Store(Path(str(trial.sweep))), "samples", str(trial.id))
        if fake is not None:
            return plots.Samples(str(trial.method), f"seed {trial.seed}, {trial.outcome}", fake)
    return None


def _array(store: Store, kind: Literal["real", "samples"], name: str) -> np.ndarray | None:
    """Real or generated samples; None where none are stored. Raises StoreError."""
    try:
        if kind == "real":
            return store.real(name).get("real")
        return store.samples(name).get("fake")
    except (OSError, ValueError, BadZipFile) as error:
        file = store.path / kind / f"{name}.npz"
        raise StoreError(f"{file}: not samples of this program ({error})") from error


def slug(text: str) -> str:
    """A task's label as a part of a file name."""
    return re.sub(r"[^A-Za-z0-9.=-]+", "_", text).strip("_")
