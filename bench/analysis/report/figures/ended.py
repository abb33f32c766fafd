"""Figures of outcomes: the ranking, and its dependence on criterion and hyper-parameters."""

from __future__ import annotations

import pandas as pd

from bench.analysis import plots
from bench.analysis.declared import Drawn, figure
from bench.analysis.report.figures import leaders
from bench.analysis.tables import outcomes, peaks, sensitivity
from bench.analysis.tables.findings import Findings
from bench.analysis.verdicts import edges


@figure("ranking")
def _ranking(findings: Findings, task: str) -> Drawn:
    """The methods on {task}, the best on top: rate of `{success}`{intervals}, and median q with its
    quartiles."""
    ranked = findings.tables["ranking"]
    own = ranked[ranked["task"] == task]
    trials = findings.trials[findings.trials["task"] == task]
    look = leaders.look(findings)
    drawn = plots.ranking(own, look, findings.success, outcomes.game(trials))
    return Drawn(drawn, {"intervals": _intervals(own)})


def _intervals(table: pd.DataFrame) -> str:
    """Names the intervals of the rates, for a caption."""
    kinds, words = set(table["interval"]), []
    if outcomes.WILSON in kinds:
        words.append("Wilson's, of one trial per seed")
    if outcomes.OVER_GRID in kinds:
        words.append("over this grid: the seeds resampled, the settings fixed")
    return f" with its 95 % interval ({'; or '.join(words)})" if words else ""


@figure("race")
def _race(findings: Findings, task: str) -> Drawn | None:
    """The race on {task}, a panel per comparison: the difference of the rates of success after each
    look. Where it enters a bar, the methods are told apart; above 0 the first is better. Early bars
    are short, so that looking often costs no error. A bar of a look to come is drawn for the number
    of successes for which the least difference is enough. A hollow mark is an end without a
    decision."""
    found = [one for race in findings.raced.get(task, ()) for one in race.comparisons]
    return Drawn(plots.race(found, leaders.look(findings))) if found else None


@figure("bands")
def _bands(findings: Findings, task: str) -> Drawn | None:
    """The ranking on {task} depends on the criterion. In each panel one bound of it moves, from the
    value of the best trivial sampler{best} to that of real samples, and the other bounds stay as
    they are. A line is the share of the trials of a method that hold the criterion at the end,
    whatever their verdict. The solid vertical line is the bound in force."""
    trials = findings.compared[findings.compared["task"] == task]
    known = list(edges.bands(trials))
    if not known:
        return None
    best = ", ".join(f"{band.metric}: {band.by}" for band in known if band.by)
    words = {"best": f" ({best})" if best else ""}
    return Drawn(plots.bands(trials, *leaders.seen(findings, task)), words)


@figure("seeds")
def _seeds(findings: Findings, task: str) -> Drawn | None:
    """Single trials of {task} at their last evaluation: {names}. A median or an interval would lie
    between the two heaps, where no trial is. The dotted line is the bound of the criterion."""
    trials = findings.compared[findings.compared["task"] == task]
    found = [one.metric for one in peaks.peaks(trials, findings.success)]
    metrics = sorted(set(found), key=lambda name: (-found.count(name), name))[:2]
    if not metrics:
        return None
    drawn = plots.seeds(trials, metrics, *leaders.seen(findings, task))
    return Drawn(drawn, {"names": " and ".join(metrics)})


@figure("outcomes")
def _outcomes(findings: Findings, task: str) -> Drawn:
    """The outcomes of the trials of {task}, and the rate of `{success}`{intervals}."""
    table = findings.tables["outcomes"]
    trials = findings.trials[findings.trials["task"] == task]
    many = len(findings.methods) > plots.ROWS
    methods = leaders.order(findings, task) if many else findings.methods
    drawn = plots.outcomes(trials, methods, findings.success)
    return Drawn(drawn, {"intervals": _intervals(table[table["task"] == task])})


@figure("windows", over_tasks=True)
def _windows(findings: Findings) -> Drawn | None:
    """Rate of `{success}` in percent over {name}. Trials are pooled over all other hyper-parameters
    and the seeds, and failed trials are counted. The method that succeeds most often is on
    top.{told}"""
    trials = findings.trials
    name = sensitivity.window(trials, findings.hparams)
    if not name:
        return None
    rates = (trials["outcome"] == findings.success).groupby(trials["method"], sort=False).mean()
    methods = list(map(str, rates.sort_values(ascending=False, kind="stable").index))
    told = " The table below has their intervals." if "windows" in findings.tables else ""
    drawn = plots.windows(trials, name, methods, findings.success)
    return Drawn(drawn, {"name": name, "told": told})
