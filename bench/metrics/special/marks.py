"""Means of what single tasks know of each sample: control, alignment, restoration, tables."""

from __future__ import annotations

import numpy as np

from bench.metrics.sample import Array, Instrument, Sample
from bench.registry import metric


@metric(
    better="lower",
    label="cost of the policy over the best one's",
    floor=0.0,
    needs=("excess",),
    also=("imitation gap", "suboptimality"),
)
def regret(real: Sample, fake: Sample, instrument: Instrument) -> float:
    """(cost of the policy - least cost) / least cost of a linear system with quadratic costs.

    The mean over all steps of (u + K x)^T (R + B^T P B) (u + K x), which is exactly what the cost
    of a rollout with the end cost x^T P x lies above the optimum u = -K x (by completing the
    square in the Riccati equation), divided by the optimum's tr(P W) a step. Blind to nothing but
    the luck of the states that were visited.
    """
    return _mean(fake, "excess")


@metric(
    better="lower",
    label="mean absolute error to the true sample",
    floor=0.0,
    needs=("error",),
    also=("MAE", "reconstruction error", "mean absolute error"),
)
def l1(real: Sample, fake: Sample, instrument: Instrument) -> float:
    """Mean absolute difference of each sample to the one that its input was made of.

    In the units of the networks. Blind to sharpness: the median of all answers that an input allows
    has the least error, and is blurred.
    """
    return _mean(fake, "error")


@metric(
    label="fine detail, generated / real",
    floor=0.0,
    needs=("detail",),
    also=("sharpness", "high frequencies"),
)
def sharpness(real: Sample, fake: Sample, instrument: Instrument) -> float:
    """Mean size of what a coarse image lacks, in the samples over that in real ones.

    0: nothing but the coarse image, 1: as sharp as real images; noise gets more. Blind to whether
    the detail is right.
    """
    assert real.of("detail") is not None
    return _mean(fake, "detail") / _mean(real, "detail")


@metric(
    better="lower",
    label="log-density of the samples, away from that of real ones",
    unit="nats",
    floor=0.0,
    needs=("log_density",),
)
def density_gap(real: Sample, fake: Sample, instrument: Instrument) -> float:
    """|mean log p(sample) - mean log p(real sample)| by the true density p.

    Samples outside of the data have too small a density, and those of a few typical points too
    large a one. Blind to faults of both signs that cancel each other, and to modes that are lost.
    """
    return abs(_mean(fake, "log_density") - _mean(real, "log_density"))


@metric(
    better="higher",
    label="share of inputs that find their own counterpart",
    floor=0.0,
    ceiling=1.0,
    needs=("retrieved",),
    also=("P@1", "precision at 1", "translation accuracy"),
)
def retrieval(real: Sample, fake: Sample, instrument: Instrument) -> float:
    """Share of inputs whose image lies nearer to their own counterpart than to any other one.

    Euclidean distances to the counterparts of all inputs that are measured with. By chance 1 / N.
    Conneau et al. 2018 count the same of words. Blind to errors smaller than the distance between
    counterparts.
    """
    return _mean(fake, "retrieved")


def _mean(sample: Sample, name: str) -> float:
    values: Array | None = sample.of(name)
    assert values is not None
    return float(np.mean(values, dtype=np.float64))
