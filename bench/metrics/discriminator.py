"""The discriminator by its logits: can it tell real from generated, and how sure is it?

All functions take logits of real samples [M] and of generated ones [N].
"""

from __future__ import annotations

import numpy as np

from bench.metrics.sample import Array

BINS = 15


def accuracy(real: Array, fake: Array, threshold: float | None = 0.0) -> float:
    """1/2 [P(real > t) + P(fake < t)], half of a tie; 0.5 where it cannot tell.

    t is the logit that D gives where real and generated are equally likely; None for losses that
    leave the level of the logits open (Wasserstein, relativistic): then the median of all. Above
    0.99 for long: D overpowers G. Blind to how far apart the logits are.
    """
    t = float(np.median(np.concatenate([real, fake]))) if threshold is None else threshold
    return float((_above(real, t) + _above(-fake, -t)) / 2)


def auc(real: Array, fake: Array) -> float:
    """P(real > fake), ties half: the accuracy over all thresholds, the same for every loss.

    The area under the ROC curve, by ranks: (R - m (m + 1) / 2) / (m n).
    """
    m, n = len(real), len(fake)
    ranks = ranked(np.concatenate([real, fake]))[:m].sum()
    return float((ranks - m * (m + 1) / 2) / (m * n))


def ranked(values: Array) -> Array:
    """Ranks from 1 on of numbers [N], equal ones the mean of theirs; NaN for all where one is NaN.

    As `scipy.stats.rankdata`, which each process that trains would take a second to import.
    """
    if np.isnan(values).any():
        return np.full(len(values), np.nan)
    ordered = np.sort(values)
    below, up_to = (np.searchsorted(ordered, values, side) for side in ("left", "right"))
    found: Array = (below + up_to + 1) / 2
    return found


def calibration(real: Array, fake: Array) -> float:
    """Expected calibration error of sig(logit) as the probability of "real", in 15 bins.

    Bins of equal counts, equally many real and generated samples. Only where the loss is a
    cross-entropy, for whose best D it is 0 in the mean; with few samples a bin it is biased upward
    (0.05 at 500 of each). Naeini et al. 2015, with bins of equal counts.
    """
    n = min(len(real), len(fake))
    logits = np.concatenate([real[:n], fake[:n]]).astype(np.float64)
    order = np.argsort(logits, kind="stable")
    with np.errstate(over="ignore"):
        probability = 1 / (1 + np.exp(-logits[order]))
    gaps = np.split(probability - (order < n), np.linspace(0, 2 * n, BINS + 1)[1:-1].astype(int))
    return float(sum(abs(gap.sum()) for gap in gaps) / (2 * n))


def scale(real: Array, fake: Array) -> tuple[float, float]:
    """Median and 99.9 % quantile of the absolute logits. Their growth is a sign of divergence."""
    size = np.abs(np.concatenate([real, fake]))
    return float(np.median(size)), float(np.quantile(size, 0.999))


def curves(real: Array, fake: Array, threshold: float | None) -> dict[str, float | None]:
    """The curves that every discriminator has, whatever its loss: accuracy, area under the ROC
    curve, and the scale of the logits. `threshold` is as in `accuracy`."""
    median, extreme = scale(real, fake)
    return {
        "d_accuracy": accuracy(real, fake, threshold),
        "d_auc": auc(real, fake),
        "logit_median": median,
        "logit_extreme": extreme,
    }


def _above(values: Array, t: float) -> float:
    return float((values > t).mean() + (values == t).mean() / 2)
