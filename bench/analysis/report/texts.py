"""The fixed texts of a report: what its tables and its statistics mean."""

from __future__ import annotations

from collections.abc import Mapping

TABLES: Mapping[str, tuple[str, str]] = {
    "ranking": (
        "Ranking",
        "By the rate of success, then by the median q where it was measured; `success` with its "
        "95 % interval (Wilson's, and `exact`, Clopper and Pearson's, where a method has one trial "
        "per seed; over this grid where it has several settings); `iqm` is the interquartile mean "
        "of q with its bootstrap interval (it hides up to a quarter of failures; they stand "
        "beside it).",
    ),
    "outcomes": (
        "How the trials ended",
        "`success` counts trials that ended as `{success}` (what holds at the end counts, not what "
        "was reached once), with its 95 % interval: Wilson's where a method has one trial per "
        "seed; over this grid (the seeds resampled, the settings fixed) where it has several "
        "settings. `failed` counts those that broke off (diverged, crashed, timed out, out of "
        "memory).",
    ),
    "comparisons": (
        "Against the baseline",
        "`better` is the probability that a trial of the method ends with a lower q (q_tail) than "
        "one of the other (A12), with its 95 % interval; `p` is Mann-Whitney's, `p_rates` "
        "Boschloo's for the rates of success; `p_paired` is Wilcoxon's "
        "on the seeds that both have (`pairs`: fewer than the trials where one lacks some), "
        "worth reading where their `correlation` is positive; `p_dunnett` is of the means of all "
        "methods of the task against the baseline, missing where a trial failed. "
        "`primary` says which decides, and `p_holm` is its p, adjusted by Holm for the "
        "`comparisons` of its `family`. –: so few trials cannot reach 0.05 (`smallest_p` is the "
        "least they can), or there is no test. `seeds`: per method, to decide in 80 % of the cases "
        "at the level after correction, were the difference as large as it looks; 0: it is "
        "decided; –: no difference is seen.",
    ),
    "pairwise": (
        "All pairs",
        "As above, for all pairs of methods. A pair with the baseline is in the family of the "
        "comparisons against it, with the same adjusted p; the other pairs of a task are a family.",
    ),
    "references": (
        "Against what is known",
        "Published numbers and controls, declared before anything was trained. `measured`: the "
        "mean over the trials that methods are compared on (of all trials with the numbers and "
        "options under `at`, where there are some), with its 99 % band (Student's; for a rate of "
        "success Wilson's, or over this grid). `agrees`: the known value is no further away than "
        "chance allows, its own standard error considered (of one trial: 2.6 such errors); –: too "
        "few trials, or some without a number; 0 trials: none was run there. A published setting "
        "is not ours in everything: what differs stands at the top of the sweep's file.",
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
        "`reached`: trials that met the criterion once, at four successive evaluations; `held at "
        "the end`: those that meet it in the last fifth, whatever was between; `relapsed`: those "
        "that lost it at least once. `time` (in steps; under a budget of gradients, in gradients) "
        "until it was reached: median [quartiles] by "
        "Kaplan-Meier; `ert`: that of all trials per trial that reached it; `par10`: mean, a "
        "trial that did not counting ten budgets; `p_logrank`: are all methods of the task "
        "equally fast?",
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
    "end_metrics": (
        "Measured once, at the end",
        "Of the last samples: median over the trials [quartiles]; a trial that failed counts as "
        "the worst where the metric has a direction. Each is defined below.",
    ),
    "other_metrics": (
        "Everything else that was measured",
        "Along training, at the last evaluation: median over the trials [quartiles]. `ema_`: of "
        "the generator's average.",
    ),
    "windows": (
        "By the hyper-parameter that was searched for most methods",
        "The numbers of the figure, each with its 95 % interval.",
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
    "The rate of one trial per seed has Wilson's interval. A rate over several settings has its "
    "interval *over this grid*: the seeds are resampled, each with all of its trials, and the "
    "settings stay (percentiles of a bootstrap; where all seeds agree, Wilson's for their number). "
    "It says what other seeds would give at these settings and nothing of other settings, and is "
    "too narrow with fewer than about eight seeds. Differences of rates have Newcombe's; A12 has "
    "Newcombe's interval, which keeps some doubt of separated groups; other intervals are "
    "percentiles of a bootstrap stratified by task, with a fixed seed. All are 95 %.",
    "Which comparison decides is fixed beforehand: rates of success (Boschloo's exact test) on a "
    "task where some trials succeed and some do not, else the ranks of q (Mann-Whitney, exact). "
    "Each comparison is in one family of tests and has one p adjusted by Holm for it, the same in "
    "every table, in the sentences and for `--compare`: all comparisons against the baseline, on "
    "all tasks, are one; the other pairs of methods of a task are another.",
    "Time to convergence is the time until the criterion is *reached* for the first time, censored "
    "at the full budget also for a trial that broke off before: else unstable methods would look "
    "fast. A rate of success counts what *holds at the end*.",
    "Where nothing is drawn at random (games with exact batches), one run is all there is: no "
    "intervals, no tests, no number of seeds.",
    "Where hyper-parameters were searched, the best setting is chosen on every other seed and "
    "reported on the others.",
    "Where a test cannot reach 0.05 with the seeds there are, no p is printed; the seeds needed "
    "are for a power of 80 % at the size of the effect seen, which a few seeds know only roughly, "
    "and at the level that is left after correction (Boschloo's test exactly, up to 100 seeds; "
    "Noether 1987; Cohen 1988). They are always more than those that did not decide.",
)
