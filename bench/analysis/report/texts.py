"""The fixed texts of a report: the meanings of its metrics and of its statistics."""

from __future__ import annotations

from collections.abc import Mapping

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

METHODS_TEXT = (
    "The trial (one seed of one setting) is the unit of replication: evaluations are combined "
    "inside it first.",
    "Every planned trial has a row. A trial that failed counts in every denominator, and has the "
    "worst value wherever ranks or medians are taken.",
    "The rate of one trial per seed has Wilson's interval. A rate over several settings has its "
    "interval over this grid: the seeds are resampled, each with all of its trials, and the "
    "settings stay. Its limits are percentiles of a bootstrap, or Wilson's for the number of seeds "
    "where all seeds agree. It says what other seeds would give at these settings, and nothing of "
    "other settings. It is too narrow with fewer than about eight seeds. Differences of rates have "
    "Newcombe's interval. A12 has Newcombe's interval too, which keeps some doubt of separated "
    "groups. Other intervals are percentiles of a bootstrap stratified by task, with a fixed seed. "
    "All are 95 % intervals.",
    "The comparison that decides is fixed beforehand. It is by the rates of success (Boschloo's "
    "exact test) on a task where some trials succeed and some do not, else by the ranks of q "
    "(Mann-Whitney, exact). Each comparison is in one family of tests and has one p adjusted by "
    "Holm for it, the same in every table, in the sentences and for `--compare`. All comparisons "
    "against the baseline, on all tasks, are one family. The other pairs of methods of a task are "
    "another.",
    "Time to convergence is the time until the criterion is reached for the first time. It is "
    "censored at the full budget, also for a trial that broke off before: else unstable methods "
    "would look fast. A rate of success counts what holds at the end.",
    "Where nothing is drawn at random (games with exact batches), one run is all there is: no "
    "intervals, no tests, no number of seeds.",
    "Where hyper-parameters were searched, the best setting is chosen on every other seed and "
    "reported on the others.",
    "Where a test cannot reach 0.05 with the seeds there are, no p is printed. The seeds needed "
    "are for a power of 80 % at the size of the effect seen, which a few seeds know only roughly, "
    "and at the level that is left after correction (Boschloo's test exactly, up to 100 seeds; "
    "Noether 1987; Cohen 1988). They are always more than those that did not decide.",
)
