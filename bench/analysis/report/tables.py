"""The tables of a report. The docstring of each is the note that stands on the page."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from bench.analysis.declared import table
from bench.analysis.report import words
from bench.analysis.tables import (
    comparing,
    convergence,
    effects,
    outcomes,
    races,
    ranking,
    references,
    rescues,
    sensitivity,
)
from bench.analysis.tables.findings import Findings


@table(
    "summary",
    title="Summary",
    only_files="the ranking and the table of outcomes say the same with intervals",
)
def _summary(findings: Findings) -> pd.DataFrame:
    """The sweep in one table: a row per task and method."""
    return outcomes.summary(findings.trials)


@table("ranking", title="Ranking")
def _ranking(findings: Findings) -> pd.DataFrame:
    """Methods are ordered by their rate of success, then by their median q where it was measured.
    `success` stands with its 95 % interval: Wilson's where a method has one trial per seed, over
    this grid where it has several settings. `exact` is the interval of Clopper and Pearson, where
    a method has one trial per seed. `iqm` is the interquartile mean of q with its bootstrap
    interval. It leaves out the best and the worst quarter of the trials, so that it is to be read
    beside `failed`."""
    return ranking.ranking(findings.evaluated, findings.success)


@table("race", title="The race")
def _race(findings: Findings) -> pd.DataFrame | None:
    """Each row is a comparison of two methods, which got seeds until it was decided or given up.
    `success` counts the trials of the method that ended as `{success}`, of `seeds`. A race ends
    early where the difference looks large, so that the difference as it was seen (`naive`) is
    biased, in the direction that is named under `bias`. `rate difference` is the median-unbiased
    estimate, with its interval, for a race that looked when this one did (stage-wise ordering):
    too large as often as too small. `unbiased` is right on average, and varies more. The interval
    is at `level`, the share of the error that the comparison was tested at last. `p` is adjusted
    for all comparisons of the task. These are the only tests of a raced task: one for a number of
    seeds that was fixed beforehand would be wrong."""
    return races.table(findings.raced, findings.settings)


@table("effects", title="Effect of each factor")
def _effects(findings: Findings) -> pd.DataFrame | None:
    """Each row is one level of a factor, over all cells of the factorial that have it. `success` is
    the share of the trials that ended as `{success}`, and `reached by` the share that had reached
    the criterion by then. `time` is the mean time to the criterion as a share of the budget. A
    trial that never reached it counts with the whole budget. `Δ` is the difference from the first
    level of the factor. Intervals are 95 %: seeds are resampled, and the cells are fixed. `p_holm`
    tests the factor as a whole, with seeds as blocks (signs of whole seeds are changed). It is
    adjusted for all effects and interactions on that outcome on the task. `share` is the factor's
    share of the variance of success over the cells. `smallest p` is the least p that so many seeds
    can reach, before it is adjusted."""
    return effects.main(findings.effects)


@table("interactions", title="Where two factors do not add up")
def _interactions(findings: Findings) -> pd.DataFrame | None:
    """Each row is a pair of factors. `share` is the share of the variance over the cells that their
    interaction has. `where` names the two levels at which their effects add up least. `beyond both`
    is what is left there when both effects are taken off, with its 95 % interval. `p` and `p_holm`
    are those of the table of effects."""
    return effects.interactions(findings.effects)


@table(
    "pairs_of_levels",
    title="Pairs of levels",
    only_files="the figure shows the largest interaction, and the others fill pages",
)
def _pairs_of_levels(findings: Findings) -> pd.DataFrame | None:
    """Each row has the mean of an outcome at two levels, and what is beyond the effects of both."""
    return effects.pairs(findings.effects)


@table("outcomes", title="How the trials ended")
def _outcomes(findings: Findings) -> pd.DataFrame:
    """`success` counts the trials whose outcome is `{success}`. A criterion that was reached once
    and lost again does not count. The 95 % interval is Wilson's where a method has one trial per
    seed. Where it has several settings, the interval is over this grid: the seeds are resampled,
    and the settings are fixed. `failed` counts the trials that broke off (diverged, crashed, timed
    out, out of memory)."""
    return outcomes.outcomes(findings.trials, findings.success)


@table("pairwise", title="All pairs")
def _pairwise(findings: Findings) -> pd.DataFrame:
    """The columns are those of the table against the baseline. `better` is the probability that a
    trial of `method` ends with a lower q than one of `other`. A pair with the baseline belongs to
    the family of the comparisons against it and has the same adjusted p. The other pairs of a task
    form a family of their own."""
    success, baseline = findings.success, findings.baseline
    raced = findings.raced
    return comparing.pairwise(findings.compared, success, baseline=baseline, raced=raced)


@table("convergence", title="Time to convergence")
def _convergence(findings: Findings) -> pd.DataFrame:
    """`reached` counts the trials that met the criterion at four successive evaluations, even if
    they lost it later. `held at the end` counts those that met it in the last fifth of the
    evaluations. `relapsed` counts those that lost it at least once. `time` is the time until it was
    reached: median [quartiles] by Kaplan-Meier, in steps, or in gradients under a budget of
    gradients. `ert` is the expected running time: the time of all trials together, divided by the
    number of those that reached it. `par10` is the mean time, where a trial that did not reach it
    counts ten budgets. `p_logrank` is the p of the log-rank test that all methods of the task are
    equally fast."""
    return convergence.table(findings.trials, untested=findings.raced)


def _last(findings: Findings, metrics: Sequence[str]) -> pd.DataFrame:
    return outcomes.final_metrics(findings.trials, metrics)


@table("final_metrics", title="Final metrics", details=words.instruments)
def _final_metrics(findings: Findings) -> pd.DataFrame:
    """Each cell is the median over the trials [quartiles] at the last evaluation. A failed trial
    counts as the worst. In a cell, `failed` stands in place of a number that falls on a failed
    trial. `modes` counts a mode that has a fifth of its share, `modes_1` one that has a single
    sample. The list names the instrument of each task."""
    return _last(findings, outcomes.FINAL)


@table("end_metrics", title="Measured once, at the end")
def _end_metrics(findings: Findings) -> pd.DataFrame:
    """Each cell is the median over the trials [quartiles], measured on the last samples. A
    failed trial counts as the worst where the metric has a better direction. The metrics are
    defined at the end of the report."""
    return _last(findings, findings.data.final)


@table("other_metrics", title="Everything else that was measured")
def _other_metrics(findings: Findings) -> pd.DataFrame:
    """Each cell is the median over the trials [quartiles] at the last evaluation. `ema_` marks
    numbers of the generator's average."""
    known = {*outcomes.FINAL, *findings.data.final}
    return _last(findings, [metric for metric in findings.data.along if metric not in known])


@table("loss_variance", title="Loss variance")
def _loss_variance(findings: Findings) -> pd.DataFrame:
    """Each cell is the median over the trials [quartiles]. Compare a variance between methods with
    the same loss only; a scaled deviation can be compared between any. A failed trial takes part
    with what was measured before it broke off."""
    return outcomes.loss_variance(findings.trials)


@table("comparisons", title="Against the baseline")
def _comparisons(findings: Findings) -> pd.DataFrame | None:
    """`better` is the probability that a trial of the method ends with a lower q (q_tail) than one
    of the other (A12), with its 95 % interval. `p` is Mann-Whitney's, `p_rates` is Boschloo's for
    the rates of success. `p_paired` is Wilcoxon's on the seeds that both have, of which there are
    `pairs`. It is worth reading where the `correlation` of the pairs is positive. `p_dunnett`
    compares the means of all methods of the task with the baseline's. It is missing where a trial
    failed. `primary` names the test that decides. `p_holm` is its p, adjusted by Holm for the
    number of `comparisons` in its `family`. A dash means that there is no test, or that so few
    trials cannot reach 0.05: `smallest_p` is the least p that they can reach. `seeds` is the number
    of seeds per method that would decide in 80 % of the cases at the level after correction, if the
    true difference is as large as the one seen. It is 0 where the comparison is decided, and a dash
    where no difference is seen."""
    if findings.baseline is None:
        return None
    compared, success = findings.compared, findings.success
    return comparing.against(compared, findings.baseline, success, raced=findings.raced)


@table("rescues", title="Methods that work where the baseline fails")
def _rescues(findings: Findings) -> pd.DataFrame | None:
    """Each row is about the trials of the baseline with one outcome other than `{success}`, named
    under `ended`. `matched` counts them, and `on` names their tasks. Each is matched with the
    trials of the method that have its seed and its values of the hyper-parameters that were
    searched for the baseline (its learning rates, say). `rescued` is the share of these that ended
    as `{success}`: the mean over the matched trials, with its 95 % interval (bootstrap over seeds).
    The row of the baseline's other seeds shows what luck does alone."""
    if findings.baseline is None:
        return None
    return rescues.table(findings.trials, findings.baseline, findings.hparams, findings.success)


@table("references", title="Against what is known")
def _references(findings: Findings) -> pd.DataFrame:
    """The known values are published numbers and controls, declared before anything was trained.
    `measured` is the mean over the trials that methods are compared on. Where `at` names numbers
    and options, it is the mean over all trials that have them. The 99 % interval beside it is
    Student's; for a rate of success it is Wilson's, or over this grid. `agrees` says yes where the
    known value is no further away than chance allows, its own standard error considered. A single
    trial may be 2.6 such errors away. A dash means too few trials, some without a number, or a
    race: it decides by its outcomes how many there are. `0 trials` means that none was run there.
    Where `order` has a sign, the claim is that the method lies above (>) or below (<) the known
    value: yes where it does by more than chance allows, no where it lies on the other side, and
    `not shown` between. A published experiment differs from ours in some respects, which stand at
    the top of the sweep's file."""
    known = findings.references
    return references.table(findings.trials, findings.compared, known, findings.success)


@table("settings", title="By hyper-parameter setting")
def _settings(findings: Findings) -> pd.DataFrame | None:
    """Each row is one setting of the hyper-parameters. The tables of outcomes and metrics pool all
    settings of a method."""
    trials, settings = findings.trials, findings.settings
    if not settings:
        return None
    by = [*outcomes.CELL, *settings]
    metrics = outcomes.final_metrics(trials, ("q", "modes"), by).drop(columns=["trials", "failed"])
    return outcomes.outcomes(trials, findings.success, by).merge(metrics, on=by)


@table("chosen", title="Chosen settings")
def _chosen(findings: Findings) -> pd.DataFrame | None:
    """The setting that is best on every other seed is reported on the remaining seeds, and the
    setting that is best on those is reported on the first. On the seeds that it was chosen on, the
    best of many settings would look better than it is. A race chooses its own on other seeds."""
    chosen = findings.evaluated.settings
    return chosen[~chosen["task"].isin(list(findings.raced))] if findings.settings else None


@table("windows", title="By the hyper-parameter that was searched for most methods")
def _windows(findings: Findings) -> pd.DataFrame | None:
    """The numbers are those of the figure, each with its 95 % interval."""
    if not findings.settings:
        return None
    return sensitivity.windows(findings.trials, findings.hparams, findings.success)


@table("sensitivity", title="Sensitivity to hyper-parameters")
def _sensitivity(findings: Findings) -> pd.DataFrame | None:
    """`works` is the share of the settings that succeed on at least 80 % of their seeds; its
    interval resamples settings and seeds. `random rate` is the rate of success of a random setting.
    Each setting has a median q: `best q` is the lowest of these medians, `median q` the middle one.
    `importance` is the share of the variance of the ranks of q that a hyper-parameter, or a pair of
    them, explains."""
    if not findings.settings:
        return None
    return sensitivity.table(findings.trials, findings.hparams, findings.success)


@table("best_of_k", title="Best of k trials", only_files="the figure of that name shows it")
def _best_of_k(findings: Findings) -> pd.DataFrame | None:
    """Each row has the q that the best of k random trials reaches."""
    return sensitivity.best_of_k_table(findings.trials) if findings.settings else None


@table("transfer", title="Transfer")
def _transfer(findings: Findings) -> pd.DataFrame | None:
    """The setting that is best on one task is judged on another."""
    if not findings.settings:
        return None
    return sensitivity.transfer(findings.trials, findings.hparams, findings.success)
