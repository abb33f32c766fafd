"""Figures of a search over hyper-parameters."""

from __future__ import annotations

from bench.analysis import plots
from bench.analysis.declared import Drawn, figure
from bench.analysis.report.figures import leaders
from bench.analysis.tables import sensitivity
from bench.analysis.tables.findings import Findings


def _searched(findings: Findings, task: str) -> dict[str, list[str]]:
    """Method -> the hyper-parameters that were searched for it on the task, where there are."""
    trials = findings.trials[findings.trials["task"] == task]
    names = {
        str(method): sensitivity.searched(own, findings.hparams)
        for method, own in trials.groupby("method", sort=False)
    }
    return {method: found for method, found in names.items() if found}


@figure("maps")
def _maps(findings: Findings, task: str) -> Drawn | None:
    """Rate of `{success}` in percent over the settings of each method on {task}. The axes are at
    most two hyper-parameters; trials are pooled over the others.{told}"""
    names = _searched(findings, task)
    if not names:
        return None
    some = ""
    if len(names) > plots.PANELS:
        some = f" Shown are the best {plots.PANELS} of {len(names)} methods; the table of settings"
        some += " has them all."
        names = {m: names[m] for m in leaders.order(findings, task) if m in names}
    trials = findings.trials[findings.trials["task"] == task]
    return Drawn(plots.maps(trials, names, findings.success), {"told": some})


@figure("best_of_k")
def _best_of_k(findings: Findings, task: str) -> Drawn | None:
    """Best q that a random search of k trials finds on {task}: median and quartiles, computed
    exactly for draws without replacement from the trials of this sweep."""
    if not _searched(findings, task):
        return None
    trials = findings.trials[findings.trials["task"] == task]
    return Drawn(plots.best_of_k(trials, *leaders.seen(findings, task)))
