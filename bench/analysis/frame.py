"""results/<sweep>/ -> tables: one row per trial, and the curves as long tables.

Every stored trial has a row, whatever became of it. A trial's JSON is read once, and only what is
asked for is kept, so that ten thousand trials fit.
"""

from __future__ import annotations

import math
import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from bench.analysis import signals, verdicts
from bench.analysis.labels import Named, labels, method_of, task_of
from bench.store import Store
from bench.trial import Result, Status, Trial

Results = str | Path | Iterable[str | Path]

ALL: tuple[str, ...] = ("*",)
"""Every metric there is."""

MANY = 2000
"""Trials from which on starting processes pays."""

_FIELDS: Mapping[str, int] = {"extragradient": 2}
"""How often a step evaluates the vector field, where that is not once."""

_LOSSES = ("loss_d", "loss_g")
_SCALE = 0.1
"""Added to the distance that a loss has to travel, so that a start at equilibrium divides by no
zero."""


class NoResults(Exception):
    """There is nothing to read; the message says where it was looked for and what to do."""


@dataclass(frozen=True)
class Data:
    """What was read: `trials` has a row per trial, `curves` and `signals` a row per trial, step
    and metric (columns id, task, method, seed, step, metric, value); `hparams` names those columns
    of `trials` that are hyper-parameters."""

    trials: pd.DataFrame
    curves: pd.DataFrame
    signals: pd.DataFrame
    hparams: tuple[str, ...] = ()


def load(results: Results) -> pd.DataFrame:
    """One row per trial of one or several results folders, sorted by task, method and seed.

    Columns: sweep (the folder), id, task, method, network (what its networks are called), seed,
    steps, status, verdict, outcome (the verdict, or the status of a trial that has none), rule and
    rule_number (which gave the verdict), `rule.swing` and so on (all numbers that the rules look
    at), error, seconds; one per hyper-parameter (`lr_g`, `r1.gamma`); one per metric, its last
    value, those measured only at the end among them; `q_tail`, `q_best` and their difference
    `best_final_gap`; `mode_kl_excess` (over what a perfect sampler gets), `high_quality_scaled` (by
    what it gets); `converged_at` (step, NaN: never), `lost_at`, `held`, `relapses`; `steps_done`
    (how far it came) and `gradient_evaluations` (of both players, in the steps done); `loss_gap_d`,
    `spike_rate`, `gradient_ratio` (G over D), `gradient_vanished`; `loss_d_var` (detrended),
    `loss_d_var_robust`, `loss_d_var_raw`, `loss_d_sd_scaled` (comparable between losses), the same
    for g; what the task knows: modes_expected, criterion, proxy (the features of q), real (name of
    the real samples).
    Raises NoResults, and StoreError with the name of a file that cannot be read.
    """
    return read(results).trials


def curves(results: Results, metrics: Collection[str] = ALL) -> pd.DataFrame:
    """The curves as one long table: id, task, method, seed, step, metric, value (NaN: could not be
    measured). Raises NoResults and StoreError."""
    return read(results, curves=metrics).curves


def read(results: Results, curves: Collection[str] = (), signals: Collection[str] = ()) -> Data:
    """The trials, and those of the curves and signals that are named, in one pass over the files.

    A trial that is in several folders is taken from the first. Raises NoResults and StoreError.
    """
    found = _extracts(_places(results), curves, signals)
    trials = pd.DataFrame([extract.row for extract in found])
    trials["task"] = labels([extract.task for extract in found])
    trials["method"] = labels([extract.method for extract in found])
    return Data(
        trials.sort_values(["task", "method", "seed", "id"], ignore_index=True),
        _long(trials, [extract.curves for extract in found]),
        _long(trials, [extract.signals for extract in found]),
        tuple(dict.fromkeys(name for extract in found for name in extract.hparams)),
    )


class _Place(NamedTuple):
    folder: Path
    id: str


class _Extract(NamedTuple):
    """What is kept of one trial: its row, what names its task and its method, wanted series."""

    row: dict[str, Any]
    task: Named
    method: Named
    hparams: tuple[str, ...]
    curves: dict[str, np.ndarray]
    signals: dict[str, np.ndarray]


def _places(results: Results) -> list[_Place]:
    folders = [results] if isinstance(results, str | Path) else list(results)
    if not folders:
        raise NoResults("no results folder was named")
    places: dict[str, _Place] = {}
    for folder in map(Path, folders):
        ids = sorted(Store(folder).ids()) if folder.is_dir() else []
        if not ids:
            raise NoResults(_nothing(folder))
        for id in ids:
            places.setdefault(id, _Place(folder, id))
    return list(places.values())


def _nothing(folder: Path) -> str:
    if not folder.exists():
        return f"{folder}: no such folder; `python -m bench.sweep X.toml` writes results/X"
    if not folder.is_dir():
        return f"{folder}: not a folder; name the results folder, such as results/quickstart"
    if (folder / "trials").is_dir():
        return f"{folder}: no trial has finished yet; run the sweep (again) and wait for the first"
    return (
        f"{folder}: not a results folder (it has no trials/); name one such as results/quickstart"
    )


def _extracts(
    places: list[_Place], curves: Collection[str], signals: Collection[str]
) -> list[_Extract]:
    """In this process, or for many trials over all cores: reading is mostly parsing numbers."""
    if len(places) < MANY:
        return [_extract(place, curves, signals) for place in places]
    from joblib import Parallel, delayed

    size = math.ceil(len(places) / (8 * (os.cpu_count() or 1)))
    batches = [places[i : i + size] for i in range(0, len(places), size)]
    work = (delayed(_batch)(batch, curves, signals) for batch in batches)
    return [extract for batch in Parallel(n_jobs=-1)(work) for extract in batch]


def _batch(
    places: list[_Place], curves: Collection[str], signals: Collection[str]
) -> list[_Extract]:
    return [_extract(place, curves, signals) for place in places]


def _extract(place: _Place, curves: Collection[str], signals: Collection[str]) -> _Extract:
    result = Store(place.folder).read(place.id)
    return _Extract(
        {"sweep": str(place.folder), "id": place.id} | _row(result),
        task_of(result.trial),
        method_of(result.trial),
        tuple(result.trial.hparams),
        _wanted(result.curves, curves),
        _wanted(result.signals, signals),
    )


def _wanted(series: Mapping[str, Any], names: Collection[str]) -> dict[str, np.ndarray]:
    """The named series and their steps, as floats; nothing where none is named or stored."""
    kept = [name for name in series if name in names or "*" in names]
    if not kept:
        return {}
    return {name: np.asarray(series[name], dtype=float) for name in {"step", *kept}}


def _row(result: Result) -> dict[str, Any]:
    trial, judgement = result.trial, verdicts.judge(result)
    verdict, numbers = judgement.verdict, judgement.numbers
    completed = result.status is Status.COMPLETED
    return {
        "task": trial.task,
        "method": trial.method.name,
        "network": result.facts.get("network"),
        "seed": trial.seed,
        "steps": trial.steps,
        "status": result.status.value,
        "verdict": verdict.value,
        "outcome": (result.status if verdict is verdicts.Verdict.NONE else verdict).value,
        "rule": judgement.rule,
        "rule_number": judgement.number,
        "error": _error(result.error),
        "seconds": result.seconds,
        **{name: float(value) for name, value in trial.hparams.items()},
        **{name: _last(values) for name, values in result.curves.items() if name != "step"},
        **{name: _number(row["value"]) for name, row in result.facts.get("final", {}).items()},
        "q_tail": numbers.q_tail if numbers else math.nan,
        "q_best": numbers.q_best if numbers else math.nan,
        "best_final_gap": numbers.q_tail - numbers.q_best if numbers else math.nan,
        **_perfect(result),
        "steps_done": (done := _steps_done(result)),
        "gradient_evaluations": done * _gradients(trial),
        **_convergence(result if completed else None),
        **_rule_numbers(numbers),
        **_training(result),
        **{name: value for loss in _LOSSES for name, value in _loss(result, loss).items()},
        "modes_expected": _number(result.facts.get("modes")),
        "criterion": _criterion(result.facts.get("criterion") or {}),
        "proxy": result.facts.get("proxy"),
        "real": result.facts.get("real"),
    }


def _steps_done(result: Result) -> float:
    """The whole budget, or the step at which a trial broke off; 0 where that is not known."""
    if result.status is Status.COMPLETED:
        return float(result.trial.steps)
    at = (result.error or {}).get("step")
    seen = [series["step"][-1] for series in (result.curves, result.signals) if series.get("step")]
    return float(max([at or 0, *(step or 0 for step in seen)]))


def _gradients(trial: Trial) -> int:
    """Gradient evaluations of one training step: d_steps of the discriminator and one of the
    generator, each as often as the dynamics looks ahead."""
    return (trial.method.d_steps + 1) * _FIELDS.get(trial.method.dynamics, 1)


def _perfect(result: Result) -> dict[str, float]:
    """Coverage beside what a perfect sampler gets at the same number of samples."""
    kl, good = (_last(result.curves.get(name, ())) for name in ("mode_kl", "high_quality"))
    floor, most = (_number(result.facts.get(k)) for k in ("mode_kl_floor", "high_quality_most"))
    return {"mode_kl_excess": kl - floor, "high_quality_scaled": good / most}


def _convergence(result: Result | None) -> dict[str, float]:
    nothing = verdicts.Convergence(math.nan, math.nan, math.nan, 0)
    found = verdicts.convergence(result) if result else nothing
    return {
        "converged_at": found.first,
        "lost_at": found.lost,
        "held": found.held,
        "relapses": found.relapses,
    }


def _rule_numbers(numbers: verdicts.Numbers | None) -> dict[str, float]:
    """All that the rules looked at, one column each; nothing where there is no opinion."""
    flat: dict[str, float] = {}
    for name, value in (vars(numbers) if numbers else {}).items():
        if name in ("cycle", "shares_cycle"):
            parts = value._asdict() if value else dict.fromkeys(signals.Oscillation._fields)
            flat |= {f"rule.{name}_{part}": _number(x) for part, x in parts.items()}
        else:
            flat[f"rule.{name}"] = float(value)
    return flat


def _training(result: Result) -> dict[str, float]:
    """What the training signals of all steps say, beside the variance of the losses."""
    series = {k: np.asarray(v, dtype=float) for k, v in result.signals.items()}
    empty = np.empty(0)
    g, d = (series.get(f"gradient_{player}", empty) for player in "gd")
    spikes = series.get("loss_d_spikes", empty)
    rest = _number(result.facts.get("equilibrium_loss_d"))
    return {
        "loss_gap_d": signals.loss_gap(series.get("loss_d", empty), rest),
        "spike_rate": float(spikes.mean()) if len(spikes) else math.nan,
        "gradient_ratio": signals.gradient_ratio(g, d),
        "gradient_vanished": float(signals.vanished(g)) if len(g) else math.nan,
    }


def _loss(result: Result, loss: str) -> dict[str, float]:
    blocks = np.asarray(result.signals.get(loss, ()), dtype=float)
    variance = signals.loss_variance(blocks)
    rest = _number(result.facts.get(f"equilibrium_{loss}"))
    start = float(blocks[0]) if len(blocks) else math.nan
    return {
        f"{loss}_var": variance.detrended,
        f"{loss}_var_robust": variance.robust,
        f"{loss}_var_raw": variance.raw,
        f"{loss}_sd_scaled": math.sqrt(variance.detrended) / (abs(rest - start) + _SCALE),
    }


def _last(values: Sequence[float | None]) -> float:
    return _number(values[-1]) if len(values) else math.nan


def _number(value: Any) -> float:
    return math.nan if value is None else float(value)


def _criterion(criterion: Mapping[str, Any]) -> str:
    return " and ".join(f"{name} {sign} {value:g}" for name, (sign, value) in criterion.items())


def _error(error: Mapping[str, Any] | None) -> str | None:
    """One line: what the error was and where, without its traceback."""
    if error is None:
        return None
    what = error.get("message") or error.get("what") or ""
    at = f" at step {error['step']}" if error.get("step") is not None else ""
    return f"{error.get('type', 'error')}: {what}{at}".rstrip(": ")


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
