"""The fixed texts of a report: the meanings of its statistics."""

from __future__ import annotations

METHODS_TEXT = (
    "The unit of replication is the trial: one seed of one setting, which is one choice of all "
    "hyper-parameters. The evaluations of a trial are combined to one value before trials are "
    "compared.",
    "A trial's status says whether its training ran to the end, and what stopped it if not. Its "
    "verdict says what its curves show. Its outcome is the verdict, or the status where it has no "
    "verdict.",
    "Every planned trial has a row. A trial that failed counts in every denominator, and has the "
    "worst value wherever ranks or medians are taken.",
    "The rate of one trial per seed has Wilson's interval. A rate over several settings has its "
    "interval over this grid: the seeds are resampled, each with all of its trials, and the "
    "settings stay. Its limits are percentiles of a bootstrap, or Wilson's for the number of seeds "
    "where all seeds agree. It covers what other seeds would give at these settings, and says "
    "nothing of other settings. It is too narrow with fewer than about eight seeds. Differences of "
    "rates have Newcombe's interval. A12 has Newcombe's interval too, which keeps some doubt of "
    "separated groups. Other intervals are percentiles of a bootstrap stratified by task, with a "
    "fixed seed. All are 95 % intervals.",
    "The comparison that decides is fixed beforehand. It is by the rates of success (Boschloo's "
    "exact test) on a task where some trials succeed and some do not, else by the ranks of q "
    "(Mann-Whitney, exact). Each comparison is in one family of tests and has one p adjusted by "
    "Holm for it, the same in every table, in the sentences and for `--compare`. All comparisons "
    "against the baseline, on all tasks, are one family. The other pairs of methods of a task are "
    "another.",
    "Time to convergence is the time until the criterion is reached for the first time. It is "
    "censored at the full budget, also for a trial that broke off before: otherwise unstable "
    "methods would look fast. A rate of success counts the trials that meet the criterion at "
    "their end.",
    "Where nothing is drawn at random (games with exact batches), another run would be the same. "
    "There are then no intervals, no tests and no number of seeds.",
    "Where hyper-parameters were searched, the best setting is chosen on every other seed and "
    "reported on the remaining ones, and then the other way round.",
    "Where a test cannot reach 0.05 with the seeds there are, no p is printed. The seeds needed "
    "are for a power of 80 % at the level that is left after correction, if the true effect is as "
    "large as the one seen, which a few seeds show only roughly (Boschloo's test exactly, up to "
    "100 seeds; Noether 1987; Cohen 1988). They are always more than those that did not decide.",
)
