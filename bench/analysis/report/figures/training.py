"""Figures of what happens along training, and of what it costs."""

from __future__ import annotations

from bench.analysis import frame, plots
from bench.analysis.declared import Drawn, figure
from bench.analysis.tables import outcomes
from bench.analysis.tables.findings import Findings

CURVES = ("q", "modes", "radius", frame.OWN)
LOSSES = ("loss_d", "loss_g")


@figure("curves")
def _curves(findings: Findings, task: str) -> Drawn | None:
    """Quality along training on {task}: median over the trials (thick), quartiles (band) and each
    trial (thin; of many, 25 a method). A cross marks where a failed trial broke off; from there on
    it counts as the worst."""
    curves = findings.data.curves
    curves = curves[curves["task"] == task]
    measured = [metric for metric in CURVES if (curves["metric"] == metric).any()]
    if not measured:
        return None
    trials = findings.trials[findings.trials["task"] == task]
    return Drawn(plots.curves(curves, trials, measured, plots.looks(findings.methods)))


@figure("own_curves")
def _own_curves(findings: Findings, task: str) -> Drawn | None:
    """Metrics of plugins along training on {task}: {names}."""
    curves = findings.data.curves
    curves = curves[curves["task"] == task]
    names = [str(name) for name in dict.fromkeys(curves["metric"]) if name not in CURVES]
    if not names:
        return None
    trials = findings.trials[findings.trials["task"] == task]
    drawn = plots.curves(curves, trials, names, plots.looks(findings.methods))
    return Drawn(drawn, {"names": ", ".join(names)})


@figure("losses")
def _losses(findings: Findings, task: str) -> Drawn | None:
    """Losses along training on {task}, means over blocks of steps. Losses of different kinds have
    different scales."""
    losses = findings.data.signals
    losses = losses[losses["task"] == task]
    if losses.empty:
        return None
    trials = findings.trials[findings.trials["task"] == task]
    return Drawn(plots.curves(losses, trials, LOSSES, plots.looks(findings.methods)))


@figure("survival")
def _survival(findings: Findings, task: str) -> Drawn | None:
    """Share of the trials of {task} that have reached the criterion for the first time, along
    training (Kaplan-Meier; of few methods with log(-log) 95 % bands), and as a dot the share that
    holds it at the end, which is what a rate counts: the line between was reached and lost again. A
    trial that failed counts as never there."""
    trials = findings.trials[findings.trials["task"] == task]
    if (trials["criterion"].fillna("") == "").all() or outcomes.deterministic(trials):
        return None
    return Drawn(plots.survival(trials, plots.looks(findings.methods)))


@figure("cost")
def _cost(findings: Findings, task: str) -> Drawn | None:
    """Cost against quality on {task}: medians and quartiles over the trials. Gradient evaluations
    are those of one player on one batch, penalties and looks ahead counted; {seconds}."""
    trials = findings.trials[findings.trials["task"] == task]
    if trials["q_tail"].isna().all():
        return None
    seconds = (
        "seconds are of the processor and depend on the machine"
        if plots.time_of(trials) == "cpu_seconds"
        else "seconds are by the clock and depend on the machine and its load"
    )
    return Drawn(plots.costs(trials, plots.looks(findings.methods)), {"seconds": seconds})
