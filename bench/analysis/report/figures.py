"""The figures of a report, each drawn when it is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from bench.analysis import plots, statistics
from bench.analysis.frame.labels import slug
from bench.analysis.report import samples
from bench.analysis.report.contents import CURVES, LOSSES, Contents
from bench.analysis.tables import outcomes, sensitivity
from bench.analysis.verdicts import edges

Look = Mapping[str, plots.Look]


@dataclass(frozen=True)
class Picture:
    """A figure: its name (of the file, without ending), the section of the page it belongs to, what
    it shows, and whether its colours are those of images."""

    name: str
    section: str
    caption: str
    figure: Figure
    photographic: bool = False


def pictures(contents: Contents, task: str, look: Look) -> Iterator[Picture]:
    """The figures of one task, or with task "" those over all tasks. `look`: of every method."""
    if not task:
        yield from _over_tasks(contents, look)
        return
    trials = contents.trials[contents.trials["task"] == task]
    compared = contents.compared[contents.compared["task"] == task]
    yield from _ranking(contents, task, look)
    yield from _bands(task, compared, look)
    yield from _endings(contents, task, trials, look)
    yield from _training(contents, task, trials, look)
    yield from _times(task, trials, look)
    yield from _search(contents, task, trials, look)
    yield from _samples(task, compared, look, searched=len(compared) < len(trials))


def _ranking(contents: Contents, task: str, look: Look) -> Iterator[Picture]:
    ranked = contents.tables["ranking"]
    own = ranked[ranked["task"] == task]
    text = (
        f"The methods on {task}, the best on top: rate of `{contents.success}`"
        f"{_intervals(own)}, and median q with its quartiles."
    )
    trials = contents.trials[contents.trials["task"] == task]
    figure = plots.ranking(own, look, contents.success, outcomes.game(trials))
    yield Picture(f"{slug(task)}_ranking", "answer", text, figure)


def _intervals(table: pd.DataFrame) -> str:
    """Names the intervals of the rates, for a caption."""
    kinds, words = set(table["interval"]), []
    if outcomes.WILSON in kinds:
        words.append("Wilson's, of one trial per seed")
    if outcomes.OVER_GRID in kinds:
        words.append("over this grid: the seeds resampled, the settings fixed")
    return f" with its 95 % interval ({'; or '.join(words)})" if words else ""


def _bands(task: str, trials: pd.DataFrame, look: Look) -> Iterator[Picture]:
    known = list(edges.bands(trials))
    if not known:
        return
    best = ", ".join(f"{band.metric}: {band.by}" for band in known if band.by)
    text = (
        f"How the ranking on {task} moves with the criterion: the share of the trials that hold it "
        "at the end, whatever their verdict, while one bound moves from what the best trivial "
        f"sampler reaches{f' ({best})' if best else ''} to what real samples reach. The solid line "
        "is the bound in force; the others stay as they are."
    )
    yield Picture(f"{slug(task)}_bands", "answer", text, plots.bands(trials, look))


def _endings(contents: Contents, task: str, trials: pd.DataFrame, look: Look) -> Iterator[Picture]:
    table = contents.tables["outcomes"]
    text = (
        f"How the trials of {task} ended, and the rate of `{contents.success}`"
        f"{_intervals(table[table['task'] == task])}."
    )
    figure = plots.outcomes(trials, list(look), contents.success)
    yield Picture(f"{slug(task)}_outcomes", "outcomes", text, figure)


def _training(contents: Contents, task: str, trials: pd.DataFrame, look: Look) -> Iterator[Picture]:
    curves, losses = (
        long[long["task"] == task] for long in (contents.data.curves, contents.data.signals)
    )
    measured = [metric for metric in CURVES if (curves["metric"] == metric).any()]
    if measured:
        text = (
            f"Quality along training on {task}: median over the trials (thick), quartiles (band) "
            "and each trial (thin; of many, 25 a method). A cross marks where a failed trial broke "
            "off; from there on it counts as the worst."
        )
        figure = plots.curves(curves, trials, measured, look)
        yield Picture(f"{slug(task)}_curves", "training", text, figure)
    yield from _of_plugins(curves, trials, task, look)
    if len(losses):
        text = (
            f"Losses along training on {task}, means over blocks of steps. Losses of different "
            "kinds have different scales."
        )
        figure = plots.curves(losses, trials, LOSSES, look)
        yield Picture(f"{slug(task)}_losses", "training", text, figure)


def _of_plugins(
    curves: pd.DataFrame, trials: pd.DataFrame, task: str, look: Look
) -> Iterator[Picture]:
    """The metrics of plugins along training, up to three in a figure."""
    names = [m for m in dict.fromkeys(curves["metric"]) if m not in CURVES]
    for place in range(0, len(names), 3):
        own = names[place : place + 3]
        text = f"Along training on {task}, of a plugin: {', '.join(own)}."
        figure = plots.curves(curves, trials, own, look)
        yield Picture(f"{slug(task)}_{slug('_'.join(own))}_curves", "training", text, figure)


def _times(task: str, trials: pd.DataFrame, look: Look) -> Iterator[Picture]:
    if (trials["criterion"].fillna("") != "").any() and not outcomes.deterministic(trials):
        text = (
            f"Share of the trials of {task} that have reached the criterion for the first time, "
            "along training (Kaplan-Meier; of few methods with log(-log) 95 % bands), and as a dot "
            "the share that holds it at the end, which is what a rate counts: the line between was "
            "reached and lost again. A trial that failed counts as never there."
        )
        figure = plots.survival(trials, look)
        yield Picture(f"{slug(task)}_survival", "convergence", text, figure)
    if trials["q_tail"].notna().any():
        seconds = (
            "seconds are of the processor and depend on the machine"
            if plots.time_of(trials) == "cpu_seconds"
            else "seconds are by the clock and depend on the machine and its load"
        )
        text = (
            f"Cost against quality on {task}: medians and quartiles over the trials. Gradient "
            "evaluations are those of one player on one batch, penalties and looks ahead counted; "
            f"{seconds}."
        )
        yield Picture(f"{slug(task)}_cost", "cost", text, plots.costs(trials, look))


def _search(contents: Contents, task: str, trials: pd.DataFrame, look: Look) -> Iterator[Picture]:
    names = {
        str(method): sensitivity.searched(own, contents.data.hparams)
        for method, own in trials.groupby("method", sort=False)
    }
    names = {method: found for method, found in names.items() if found}
    if not names:
        return
    text = (
        f"Rate of `{contents.success}` in percent over the settings of each method on {task}; "
        "beyond two hyper-parameters the others are pooled."
    )
    figure = plots.maps(trials, names, contents.success)
    yield Picture(f"{slug(task)}_maps", "sensitivity", text, figure)
    text = (
        f"What a random search of k trials finds on {task}: median and quartiles of the best q, "
        "exact for draws without replacement from the trials there are."
    )
    figure = plots.best_of_k(trials, look)
    yield Picture(f"{slug(task)}_best_of_k", "sensitivity", text, figure)


def _samples(task: str, trials: pd.DataFrame, look: Look, searched: bool) -> Iterator[Picture]:
    """Shows samples of the trials that methods are compared on. If `searched`, these have the
    settings that were chosen."""
    rows = [row for m in look if (row := samples.three(trials[trials["method"] == m])) is not None]
    if not rows:
        return
    real = samples.real(trials)
    points = rows[0][0].fake.ndim == 2
    place = " at the settings that the ranking judges" if searched else ""
    which = (
        "the trial with the lowest, the median and the highest q at the end"
        if trials["q_tail"].notna().any()
        else "the first, the middle and the last seed (there is no q to order them)"
    )
    text = f"Generated samples on {task}{place}: of each method {which}; real samples are in " + (
        "grey." if points else "the next figure."
    )
    figure = plots.gallery(real if points else None, rows, look)
    yield Picture(f"{slug(task)}_gallery", "gallery", text, figure, not points)
    if not points and real is not None:
        figure = plots.samples(real, [row[len(row) // 2] for row in rows], look)
        text = f"The middle trials on {task} beside real samples."
        yield Picture(f"{slug(task)}_samples", "gallery", text, figure, True)


def _over_tasks(contents: Contents, look: Look) -> Iterator[Picture]:
    yield from _windows(contents)
    trials = _ranked_by_q(contents.compared)
    common = _common(trials)
    if len(common) < 2:
        return
    own = trials[trials["method"].isin(common)]
    text = (
        "Share of the trials with q at most τ, mean over the tasks, with 95 % bootstrap bands; "
        "methods that were run on all tasks."
    )
    figure = plots.profiles(own, common, look)
    yield Picture("profiles", "profiles", text, figure)
    scores, unit = blocks(own)
    if len(common) >= 3 and len(scores) >= 2:
        found = statistics.friedman(scores.to_numpy())
        text = (
            f"Mean ranks of q over {len(scores)} blocks (each {unit}), Friedman p = {found.p:.2g}. "
            "A picture only: whether two methods are joined depends on the others in the pool; "
            "decisions are in the table of pairs."
        )
        figure = plots.critical_difference(list(map(str, scores)), found.ranks, len(scores), look)
        yield Picture("critical_difference", "profiles", text, figure)


def _windows(contents: Contents) -> Iterator[Picture]:
    """All methods over the hyper-parameter that was searched for most of them, if for several."""
    trials = contents.trials
    name = sensitivity.window(trials, contents.data.hparams)
    if not name:
        return
    rates = (trials["outcome"] == contents.success).groupby(trials["method"], sort=False).mean()
    methods = list(map(str, rates.sort_values(ascending=False, kind="stable").index))
    told = " The table below has their intervals." if "windows" in contents.tables else ""
    text = (
        f"Rate of `{contents.success}` in percent over {name}, all other settings and the seeds "
        "pooled, failed trials counted; the method that succeeds most often on top."
        f"{told}"
    )
    figure = plots.windows(trials, name, methods, contents.success)
    yield Picture("windows", "answer", text, figure)


def _ranked_by_q(trials: pd.DataFrame) -> pd.DataFrame:
    """The trials of those tasks on which q was measured and chance takes part: without chance, q is
    of a game, and other runs would be the same."""
    groups = (own for _, own in trials.groupby("task", sort=False))
    kept = [o for o in groups if o["q_tail"].notna().any() and not outcomes.deterministic(o)]
    return pd.concat(kept) if kept else trials.head(0)


def _common(trials: pd.DataFrame) -> list[str]:
    """The methods that were run on every task."""
    tasks = trials["task"].nunique()
    count = trials.groupby("method", sort=False)["task"].nunique()
    return [str(method) for method in count.index[count == tasks]]


def blocks(trials: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """q_tail [blocks, methods] and what a block is: a task (median over its trials) where there
    are at least 3, else a seed on a task; incomplete blocks are left out, failures are infinite."""
    filled = outcomes.with_failures(trials, ["q_tail"])
    few = trials["task"].nunique() < 3
    wide = filled.pivot_table(
        index=["task", "seed"] if few else ["task"],
        columns="method",
        values="q_tail",
        aggfunc=_middle,
        sort=False,
    )
    wide = wide[list(dict.fromkeys(trials["method"]))].dropna()
    return wide, "a seed on a task: only of these tasks" if few else "a task, median over its seeds"


def _middle(values: pd.Series) -> float:
    return outcomes.spread(values.to_numpy(dtype=float)).median if values.notna().any() else np.nan
