"""Turns results into rows of the table of trials: a dictionary of columns for each."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

import numpy as np

from bench.analysis.verdicts import Judgement, Verdict, edges, judge_runs, signals
from bench.analysis.verdicts.numbers import Convergence, Numbers, convergences
from bench.analysis.verdicts.runs import Runs, alike
from bench.store.differences import ROW, differences
from bench.store.encoding import decode, encode
from bench.trial import Result, Status

Row = dict[str, Any]

ALONG, DROPPED = "along", "dropped"
"""Facts of a result whose series `bench.pack --rows` has left out, beside its row: the names of the
metrics that were measured along training, and those of all series."""

_LOSSES = ("loss_d", "loss_g")
_SCALE = 0.1
"""Added to the distance that a loss has to travel, so that a start at equilibrium divides by no
zero."""

_ROUNDING = 1e-12

_CYCLES = ("cycle", "shares_cycle")
_PLAIN = tuple(field.name for field in fields(Numbers) if field.name not in _CYCLES)


def rows(results: Sequence[Result]) -> list[Row]:
    """The columns that the result of each trial tells by itself; see
    `bench.analysis.frame.load`."""
    found = {i: _condensed(result) for i, result in enumerate(results) if ROW in result.facts}
    whole = [i for i in range(len(results)) if i not in found]
    for places, runs in alike([results[i] for i in whole]):
        found |= zip((whole[i] for i in places), _alike(runs), strict=True)
    return [found[i] for i in range(len(results))]


def condense(result: Result, row: Row) -> Result:
    """A result without its series, which keeps the columns of its row that only they tell, at nine
    digits. `row` is what `rows` has found of it."""
    told, gone = _told(result), result.facts.get(DROPPED, ())
    names = {*result.curves, *result.signals, *gone}
    kept = {k: v for k, v in row.items() if k not in told or not _equal(v, told[k])}
    facts = {ROW: kept, ALONG: along(result), DROPPED: sorted(names)}
    return replace(result, curves={}, signals={}, facts={**result.facts, **facts})


def compared(stored: Result, again: Result) -> list[str]:
    """List the differences of a stored result and a new one of its trial, the most telling first;
    empty for none. Of a result that `condense` has made the rows are compared, at nine digits."""
    if ROW not in stored.facts:
        return differences(stored, again)
    read = decode(encode(again))
    return differences(stored, decode(encode(condense(read, rows([read])[0]))))


def along(result: Result) -> list[str]:
    """The metrics of a result that were measured along training."""
    return list(result.facts.get(ALONG, (name for name in result.curves if name != "step")))


def _condensed(result: Result) -> Row:
    """The row of a result that `condense` has made."""
    kept = result.facts[ROW]
    return _told(result) | {k: math.nan if v is None else v for k, v in kept.items()}


def _told(result: Result) -> Row:
    """The columns that a result tells without its series."""
    facts = result.facts
    return {
        **_asked(result),
        "status": result.status.value,
        "error": _error(result.error),
        "seconds": result.seconds,
        "cpu_seconds": _number(facts.get("cpu_seconds")),
        **_set(result),
        **_final(facts),
        **_known(facts),
        **edges.columns(facts),
    }


def _equal(one: Any, other: Any) -> bool:
    return bool(one == other or (one != one and other != other))


def _alike(runs: Runs) -> Iterable[Row]:
    judged, columns = judge_runs(runs), _training(runs)
    if runs.results[0].status is Status.COMPLETED:
        columns |= {name: values.tolist() for name, values in edges.edges(runs).items()}
    series = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    met: Sequence[Convergence | None] = [None] * len(runs.results)
    if runs.results[0].status is Status.COMPLETED:
        met = convergences(runs)
    return map(_row, runs.results, judged, met, series)


def _row(result: Result, judged: Judgement, met: Convergence | None, series: Row) -> Row:
    numbers, facts = judged.numbers, result.facts
    return {
        **_asked(result),
        **_ended(result, judged),
        **_set(result),
        **{name: _last(values) for name, values in result.curves.items() if name != "step"},
        **_final(facts),
        "q_tail": numbers.q_tail if numbers else math.nan,
        "q_best": numbers.q_best if numbers else math.nan,
        "best_final_gap": numbers.q_tail - numbers.q_best if numbers else math.nan,
        **_perfect(result),
        "steps_done": _steps_done(result),
        **({"contraction": contraction(result.curves)} if "radius" in result.curves else {}),
        **_convergence(met),
        **(_rule_numbers(numbers) if numbers else {}),
        **series,
        **_known(facts),
        **edges.columns(facts),
    }


def _asked(result: Result) -> Row:
    """The trial that was asked for."""
    trial = result.trial
    return {
        "task": trial.task,
        "method": trial.method.name,
        "task.name": trial.task,
        "method.name": trial.method.name,
        "network": result.facts.get("network"),
        "seed": trial.seed,
        "steps": trial.steps,
        "external": trial.method.external,
    }


def _ended(result: Result, judged: Judgement) -> Row:
    """The status of a trial, the verdict on it, and its times."""
    verdict = judged.verdict
    return {
        "status": result.status.value,
        "verdict": verdict.value,
        "outcome": (result.status if verdict is Verdict.NONE else verdict).value,
        "rule": judged.rule,
        "rule_number": judged.number,
        "error": _error(result.error),
        "seconds": result.seconds,
        "cpu_seconds": _number(result.facts.get("cpu_seconds")),
    }


def _set(result: Result) -> Row:
    """The hyper-parameters of a trial and the options of its task."""
    return {
        **{name: float(value) for name, value in result.trial.hparams.items()},
        **{f"option.{name}": value for name, value in _options(result).items()},
    }


def _final(facts: Mapping[str, Any]) -> Row:
    """The values that were measured once, at the end."""
    return {name: _number(row["value"]) for name, row in facts.get("final", {}).items()}


def _known(facts: Mapping[str, Any]) -> Row:
    """The facts that the result knows of its task."""
    return {
        "modes_expected": _number(facts.get("modes")),
        "criterion": _criterion(facts.get("criterion") or {}),
        "proxy": facts.get("proxy"),
        "features": facts.get("features"),
        "samples": _number(facts.get("n")),
        "floor": _number(facts.get("floor")),
        "ceiling": _number(facts.get("ceiling")),
        "q_missing": facts.get("missing", {}).get("q"),
        "real": facts.get("real"),
        "deterministic": facts.get("deterministic"),
        "yardstick": bool(facts.get("yardstick")),
    }


def _options(result: Result) -> dict[str, Any]:
    """The options of a trial. Where its record leaves out the name of its networks, they are the
    task's usual ones, and their name is added."""
    options, usual = dict(result.trial.options), result.facts.get("network")
    own = {"generator", "discriminator"} & options.keys()
    if usual and not own and not result.trial.method.network and result.facts.get("kind") != "game":
        options.setdefault("network", usual)
    return options


def _steps_done(result: Result) -> float:
    """The steps that a trial came to: all of them, or up to where it broke off; 0: not known."""
    if result.status is Status.COMPLETED:
        return float(result.trial.steps)
    at = (result.error or {}).get("step")
    seen = [series["step"][-1] for series in (result.curves, result.signals) if series.get("step")]
    return float(max([at or 0, *(step or 0 for step in seen)]))


def contraction(curves: Mapping[str, Sequence[float | None]]) -> float:
    """The factor by which a step shrinks the distance to the equilibrium of a game, in the late
    half of the run: exp of the least-squares slope of ln radius. Above 1: it grows.

    On a linear game, the spectral radius of a step. NaN where fewer than ten measurements are above
    1e-12 of the first, where rounding begins.
    """
    step, radius = (np.asarray(curves[name], dtype=float) for name in ("step", "radius"))
    kept = np.isfinite(radius) & (radius > _ROUNDING * radius[:1])
    step, radius = step[kept], radius[kept]
    if len(step) < 10:
        return math.nan
    late = slice(len(step) // 2, None)
    return float(np.exp(np.polyfit(step[late], np.log(radius[late]), 1)[0]))


def _perfect(result: Result) -> Row:
    """Coverage relative to a perfect sampler with the same number of samples."""
    kl, good = (_last(result.curves.get(name, ())) for name in ("mode_kl", "high_quality"))
    floor, most = (_number(result.facts.get(k)) for k in ("mode_kl_floor", "high_quality_most"))
    return {"mode_kl_excess": kl - floor, "high_quality_scaled": good / most}


def _convergence(met: Convergence | None) -> Row:
    met = met or Convergence(math.nan, math.nan, math.nan, 0)
    return {
        "converged_at": met.first,
        "lost_at": met.lost,
        "held": met.held,
        "relapses": met.relapses,
    }


def _rule_numbers(numbers: Numbers) -> Row:
    """All numbers that the rules looked at, one column each."""
    flat = {f"rule.{name}": float(getattr(numbers, name)) for name in _PLAIN}
    for name in _CYCLES:
        evidence = getattr(numbers, name)._asdict()
        flat |= {f"rule.{name}_{part}": value for part, value in evidence.items()}
    return flat


def _training(runs: Runs) -> dict[str, list[Any]]:
    """The columns that the training signals give, each a list with a value for each run."""
    loss, g, d = (runs.blocks(name) for name in ("loss_d", "gradient_g", "gradient_d"))
    vanished = np.where(np.isfinite(g).any(axis=1), signals.vanished(g), math.nan)
    columns = {
        "loss_gap_d": signals.loss_gap(loss, runs.fact("equilibrium_loss_d")),
        "spike_rate": signals.mean(runs.blocks("loss_d_spikes")),
        "gradient_ratio": signals.gradient_ratio(g, d),
        "gradient_vanished": vanished,
    }
    for name in _LOSSES:
        columns |= _loss(runs, name)
    return {name: np.asarray(values).tolist() for name, values in columns.items()}


def _loss(runs: Runs, loss: str) -> dict[str, Any]:
    blocks = runs.blocks(loss)
    variance = signals.loss_variance(blocks)
    start = blocks[:, 0] if blocks.shape[1] else math.nan
    path = np.abs(runs.fact(f"equilibrium_{loss}") - start) + _SCALE
    return {
        f"{loss}_var": variance.detrended,
        f"{loss}_var_robust": variance.robust,
        f"{loss}_var_raw": variance.raw,
        f"{loss}_sd_scaled": np.sqrt(variance.detrended) / path,
    }


def _last(values: Sequence[float | None]) -> float:
    return _number(values[-1]) if len(values) else math.nan


def _number(value: Any) -> float:
    return math.nan if value is None else float(value)


def _criterion(criterion: Mapping[str, Any]) -> str:
    return " and ".join(f"{name} {sign} {value:g}" for name, (sign, value) in criterion.items())


def _error(error: Mapping[str, Any] | None) -> str | None:
    """The error in one line: its kind, message and step, without the traceback."""
    if error is None:
        return None
    what = error.get("message") or error.get("what") or ""
    at = f" at step {error['step']}" if error.get("step") is not None else ""
    return f"{error.get('type', 'error')}: {what}{at}".rstrip(": ")
