"""What a report says in words, whatever its format: `code` and **bold** as in Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from bench import __version__
from bench.analysis import budgets, statistics
from bench.analysis.contents import Contents
from bench.analysis.labels import slug
from bench.analysis.sweeps import Sweep
from bench.analysis.verdicts import MEANING, Verdict

METRICS: Mapping[str, str] = {
    "q": (
        "ln(FD / floor) / ln(ceiling / floor) of the Fréchet distance FD (named fd) between the "
        "features of generated and real samples; the floor is what two sets of real samples give, "
        "the ceiling what one Gaussian with the moments of the data gives. 0: indistinguishable "
        "from real; 1: as bad as the Gaussian. The features are a proxy ({proxies}); FD is not FID"
    ),
    "q_tail": "median of q over the last 20 % of the evaluations",
    "modes": (
        "modes that hold at least a fifth of their share in good samples (images: in all samples "
        "that the classifier puts there)"
    ),
    "modes_1": (
        "the literature's count: modes with at least one good sample. It grows with the number of "
        "samples and credits a broad Gaussian with most modes"
    ),
    "high_quality": "share of samples within 3 standard deviations of their nearest mode",
    "mode_kl": "Kullback-Leibler divergence of the shares of the modes from the true ones, nats",
    "pairwise_ratio": "mean distance of two generated samples over that of two real ones",
    "contraction": (
        "factor by which a step shrinks the distance to the equilibrium of a game, over the late "
        "half of the run; on a linear game the spectral radius of a step"
    ),
    "agreement": "share of pairs whose two images a classifier puts into one class",
    "confidence": "mean largest probability that a classifier of the real classes gives",
    "loss_d_var": (
        "variance of the discriminator's loss (means over blocks of steps) over the last half of "
        "the run, about a Theil-Sen line; compare it between methods with the same loss only. "
        "loss_g_var is the generator's"
    ),
    "loss_d_sd_scaled": (
        "its square root, over the distance from the first loss to the loss at equilibrium (+ 0.1)"
    ),
}

TABLES: Mapping[str, tuple[str, str]] = {
    "ranking": (
        "Ranking",
        "By the rate of success, then by the median q; `success` with Wilson's 95 % interval, "
        "`exact` the Clopper-Pearson interval; `iqm` is the interquartile mean of q with its "
        "bootstrap interval (it hides up to a quarter of failures; they stand beside it).",
    ),
    "outcomes": (
        "How the trials ended",
        "`success` counts trials that ended as `{success}`, with Wilson's 95 % interval; `failed` "
        "those that broke off (diverged, crashed, timed out, out of memory).",
    ),
    "comparisons": (
        "Against the baseline",
        "`better` is the probability that a trial of the method ends with a lower q (q_tail) than "
        "one of the other (A12), with its 95 % interval; `p` is Mann-Whitney's, `p_holm` adjusted "
        "for all rows; `p_rates` is Boschloo's for the rates of success; `p_paired` is Wilcoxon's "
        "on the seeds that both have (`pairs`: fewer than the trials where one lacks some), "
        "worth reading where their `correlation` is positive; `p_dunnett` is of the means of all "
        "methods of the task against the baseline, missing where a trial failed. "
        "`primary` says which decides. –: so few trials cannot reach 0.05 (`smallest_p` is the "
        "least they can). `seeds`: per method, to find such a difference in 80 % of the cases.",
    ),
    "pairwise": ("All pairs", "As above, for all pairs of methods, adjusted within each task."),
    "references": (
        "Against what is known",
        "Published numbers and controls, declared before anything was trained. `measured`: the "
        "mean over the trials that methods are compared on (of all trials with the numbers under "
        "`at`, where there are some), with its 99 % band (Student's; Wilson's for a rate of "
        "success). `agrees`: the known value is no further away than chance allows, its own "
        "standard error considered (of one trial: 2.6 such errors); –: too few trials, or some "
        "without a number. "
        "A published setting is not ours in everything: what differs stands at the top of the "
        "sweep's file.",
    ),
    "rescues": (
        "What works where the baseline fails",
        "Of the trials of the baseline that ended in one way (`matched`, `on` which tasks): how "
        "often a method ended as `{success}` with the same seed and the same numbers of what was "
        "searched for the baseline (its learning rates, say), over whatever else it has to set; "
        "mean with its 95 % interval (bootstrap over seeds). The "
        "baseline's other seeds show what luck does alone.",
    ),
    "convergence": (
        "Time to convergence",
        "`time` (in steps; under a budget of gradients, in gradients) until the criterion holds at "
        "four successive evaluations: median [quartiles] by Kaplan-Meier; `ert`: that of all "
        "trials per success; `par10`: mean, a trial without "
        "convergence counting ten budgets; `p_logrank`: are all methods of the task equally fast?",
    ),
    "sensitivity": (
        "Sensitivity to hyper-parameters",
        "`works`: share of the settings that succeed on at least 80 % of their seeds, settings and "
        "seeds resampled for the interval; `random rate`: of a random setting; `best q` and "
        "`median q` over the settings; `importance`: share of the variance of the ranks of q.",
    ),
    "chosen": (
        "Chosen settings",
        "The best setting of every other seed is reported on the remaining seeds, and the best of "
        "those on the first: on the same seeds, the best of many would look better than it is.",
    ),
    "transfer": ("Transfer", "The best setting of one task, tried on another."),
    "final_metrics": (
        "Final metrics",
        "Last evaluation: median over the trials [quartiles]. A trial that failed counts as the "
        "worst; `failed` in a cell says that so many failed. A mode counts in `modes` with a fifth "
        "of its share, in `modes_1` with one sample. Measured with:",
    ),
    "loss_variance": (
        "Loss variance",
        "Median over the trials [quartiles], failed trials with what was measured before.",
    ),
    "settings": (
        "By hyper-parameter setting",
        "The same per setting: the tables of outcomes and metrics pool all settings of a method.",
    ),
}

METHODS_TEXT = (
    "The trial (one seed of one setting) is the unit of replication: evaluations are combined "
    "inside it first.",
    "Every planned trial has a row. A trial that failed counts in every denominator, and has the "
    "worst value wherever ranks or medians are taken.",
    "Rates have Wilson's interval, differences of rates Newcombe's; A12 has Newcombe's interval, "
    "which keeps some doubt of separated groups; other intervals are percentiles of a bootstrap "
    "stratified by task, with a fixed seed. All are 95 %.",
    "Which comparison decides is fixed beforehand: rates of success (Boschloo's exact test) on a "
    "task where some trials succeed and some do not, else the ranks of q (Mann-Whitney, exact). "
    "The p-values of one table are adjusted by Holm: against the baseline where one was named, "
    "else over all pairs of a task.",
    "Time to convergence is censored at the full budget, also for a trial that broke off before: "
    "else unstable methods would look fast.",
    "Where hyper-parameters were searched, the best setting is chosen on every other seed and "
    "reported on the others.",
    "Where a test cannot reach 0.05 with the seeds there are, no p is printed; the seeds needed "
    "are for a power of 80 % at the size of the effect seen (Noether 1987; Cohen 1988), which a "
    "few seeds know only roughly.",
)


def missing(contents: Contents) -> Iterator[str]:
    """A sentence for each sweep that is not complete."""
    for sweep in contents.sweeps:
        done = int((contents.trials["sweep"] == str(sweep.folder)).sum())
        if sweep.planned is not None and done < sweep.planned:
            yield (
                f"**Incomplete: {sweep.planned - done} of {sweep.planned} planned trials of "
                f"{sweep.name} have no result yet.** Whatever follows is about the others."
            )


def size(trials: pd.DataFrame) -> str:
    """How much was run."""
    hours = trials["seconds"].sum() / 3600
    return f"{len(trials)} trials, {hours:.2g} hours of computing in all."


def task(trials: pd.DataFrame) -> str:
    """What was run on one task."""
    methods = ", ".join(f"`{method}`" for method in dict.fromkeys(trials["method"]))
    seeds = trials["seed"].nunique()
    return (
        f"**{trials['task'].iloc[0]}**: {budgets.words(trials)}, "
        f"{seeds} seed{'s' if seeds > 1 else ''}; {methods}. "
        f"Criterion: {trials['criterion'].iloc[0] or 'none'}"
    )


def instruments(contents: Contents) -> Iterator[str]:
    """What the metrics of each task were taken with: without it, no number can be compared."""
    for name, trials in contents.trials.groupby("task", sort=False):
        known = trials.dropna(subset=["proxy"]).drop_duplicates(["proxy", "features", "samples"])
        for _, row in known.iterrows():
            network = f" (features `{row['features']}`)" if isinstance(row["features"], str) else ""
            count = "" if row["samples"] != row["samples"] else f"{row['samples']:.0f} samples; "
            yield (
                f"**{name}**: {count}q of {row['proxy']}{network}, floor {row['floor']:.3g}, "
                f"ceiling {row['ceiling']:.3g}"
            )


def limits(contents: Contents) -> Iterator[str]:
    """What this data cannot say, beyond what stands beside each answer."""
    ranked = contents.tables["ranking"]
    smallest = int(ranked["trials"].min())
    if smallest < statistics.fewest_seeds():
        yield (
            f"With {smallest} trial{'s' if smallest > 1 else ''} a method, no difference in q "
            f"between two methods can reach p < {statistics.ALPHA:g}; with "
            f"{statistics.fewest_seeds()} it can. Read the intervals, and run more seeds before "
            "you conclude."
        )
    if len(contents.tasks) == 1:
        yield "One task: nothing here says how the methods do on another."
    if len(contents.methods) == 1:
        yield "One method: there is nothing to compare it with."
    if (ranked["setting"] == "").all() and not contents.settings:
        yield (
            "Each method has one setting of its hyper-parameters: a method that does badly here "
            "may do well at another learning rate."
        )
    if not (contents.trials["outcome"] == contents.success).any():
        yield f"No trial ended as `{contents.success}`."


def verdicts(contents: Contents) -> Iterator[tuple[str, str]]:
    """The verdicts that occurred and what each means."""
    ended = set(contents.trials["verdict"])
    return ((str(verdict), MEANING[verdict]) for verdict in Verdict if verdict in ended)


def metrics(contents: Contents) -> Iterator[tuple[str, str]]:
    """The metrics that were measured and what each means."""
    proxies = ", ".join(sorted(contents.trials["proxy"].dropna().unique())) or "none was used"
    return (
        (name, text.format(proxies=proxies))
        for name, text in METRICS.items()
        if name in contents.trials
    )


def provenance(contents: Contents) -> Iterator[tuple[str, list[tuple[str, Any]]]]:
    """Of each sweep: its folder, and what is known of its origin."""
    for sweep in contents.sweeps:
        known = list(flat(sweep.provenance))
        yield str(sweep.folder), [*known, ("analysis declared", sweep.declared or "–")]


def flat(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Nested mappings as pairs of a dotted name and a value."""
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def again(contents: Contents) -> list[str]:
    """The commands that train and report all of this again."""
    folders = [str(sweep.folder) for sweep in contents.sweeps]
    commands = [f"python -m bench.sweep {folder}/sweep.toml" for folder in folders]
    return [*commands, f"python -m bench.report {' '.join(folders)}"]


def again_one(sweep: Sweep) -> str:
    """The command that trains one trial of a sweep again, in a folder of its own."""
    return f"python -m bench.sweep {sweep.folder}/sweep.toml --results again --only SELECTION"


def citation(contents: Contents) -> str:
    """BibTeX of the program in the version that made this report."""
    commits = {str(sweep.provenance.get("commit", ""))[:12] for sweep in contents.sweeps} - {""}
    note = f"version {__version__}" + (f", commit {', '.join(sorted(commits))}" if commits else "")
    return "\n".join(
        [
            f"@software{{gan_stability_bench_{slug(__version__).replace('.', '_')},",
            "  title = {gan-stability-bench: a benchmark of GAN stabilization methods},",
            "  author = {{The gan-stability-bench authors}},",
            f"  note = {{{note}; results: {contents.title}}},",
            "}",
        ]
    )
