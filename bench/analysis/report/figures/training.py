"""Figures of the course of training and of its cost."""

from __future__ import annotations

from bench.analysis import frame, plots
from bench.analysis.declared import Drawn, figure
from bench.analysis.report.figures import leaders
from bench.analysis.tables import outcomes
from bench.analysis.tables.findings import Findings

CURVES = ("q", "modes", "radius", "local_minimax", frame.OWN)
LOSSES = ("loss_d", "loss_g")


@figure("curves")
def _curves(findings: Findings, task: str) -> Drawn | None:
    """Quality along training on {task}: median over the trials (thick), quartiles (band) and single
    trials (thin; at most 25 a method). A cross marks the step at which a failed trial broke off;
    from there on it counts as the worst."""
    curves = findings.data.curves
    curves = curves[curves["task"] == task]
    measured = [metric for metric in CURVES if (curves["metric"] == metric).any()]
    if not measured:
        return None
    trials = findings.trials[findings.trials["task"] == task]
    return Drawn(plots.curves(curves, trials, measured, *leaders.seen(findings, task)))


@figure("own_curves")
def _own_curves(findings: Findings, task: str) -> Drawn | None:
    """Metrics of plugins along training on {task}: {names}."""
    curves = findings.data.curves
    curves = curves[curves["task"] == task]
    names = [str(name) for name in dict.fromkeys(curves["metric"]) if name not in CURVES]
    if not names:
        return None
    trials = findings.trials[findings.trials["task"] == task]
    drawn = plots.curves(curves, trials, names, *leaders.seen(findings, task))
    return Drawn(drawn, {"names": ", ".join(names)})


@figure("losses")
def _losses(findings: Findings, task: str) -> Drawn | None:
    """Losses along training on {task}, as means over blocks of steps. Different kinds of loss have
    different scales and cannot be compared."""
    losses = findings.data.signals
    losses = losses[losses["task"] == task]
    if losses.empty:
        return None
    trials = findings.trials[findings.trials["task"] == task]
    return Drawn(plots.curves(losses, trials, LOSSES, *leaders.seen(findings, task)))


@figure("portraits")
def _portraits(findings: Findings, task: str) -> Drawn | None:
    """Phase portraits of {task}: the vector field in which the players move (grey arrows, darker
    where it is stronger), the lines on which one of them stands still (theta on the solid, psi on
    the dotted), and the path of each method from the same start (circle) to its end (dot). Methods
    with another penalty or loss move in another field. Below, the eigenvalues of one step near the
    equilibrium beside the unit circle: a method converges where all lie inside, and turns by their
    angle. On the right the distance along training, and dashed the slope that the largest of them
    gives: where the step is known in closed form, and on a game that is not linear where a trial
    comes near.{told}"""
    trials = findings.trials[findings.trials["task"] == task]
    if not trials["task.name"].isin(plots.PORTRAYED).any():
        return None
    methods = plots.portrayed(trials)
    if not methods:
        return None
    many = len(methods) > plots.EIGHT
    told = f" The first {plots.EIGHT} of {len(methods)} methods are drawn." if many else ""
    return Drawn(plots.portraits(trials, leaders.look(findings)), {"told": told})


@figure("survival")
def _survival(findings: Findings, task: str) -> Drawn | None:
    """Share of the trials of {task} that have reached the criterion at least once, along training
    (Kaplan-Meier{bands}). The dot is the share that holds it at
    the end, which is what a rate of success counts. The gap between line and dot are trials that
    lost it again or broke off. A trial that failed before it reached the
    criterion counts as one that never does."""
    trials = findings.trials[findings.trials["task"] == task]
    if (trials["criterion"].fillna("") == "").all() or outcomes.deterministic(trials):
        return None
    bands = "" if outcomes.raced(trials) else "; of few methods with log(-log) 95 % bands"
    return Drawn(plots.survival(trials, *leaders.seen(findings, task)), {"bands": bands})


@figure("cost")
def _cost(findings: Findings, task: str) -> Drawn | None:
    """Cost against quality on {task}: medians and quartiles over the trials. A gradient evaluation
    is that of one player on one batch; those of penalties and of looking ahead are counted.
    {seconds}."""
    trials = findings.trials[findings.trials["task"] == task]
    if trials["q_tail"].isna().all():
        return None
    seconds = (
        "Seconds are of the processor and depend on the machine"
        if plots.time_of(trials) == "cpu_seconds"
        else "Seconds are by the clock and depend on the machine and its load"
    )
    return Drawn(plots.costs(trials, *leaders.seen(findings, task)), {"seconds": seconds})
