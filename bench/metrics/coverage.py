"""Mode coverage: where the samples are, and how many modes of the data they reach."""

from __future__ import annotations

import numpy as np

from bench.metrics.sample import SHARE, Array, Instrument, Sample
from bench.registry import metric

ROUNDING = 1e-12
"""0.2 * (1 / 5) * 1000 is 40.000000000000007 in floating point, and a mode of 40 samples has its
share. The error of such a product is at most 5 half-ulps, 6e-16 of it; a count below c N / (5 M),
for c of M samples of the data in a mode, is below it by 1 / (c N) of it at least, so that this
tolerance decides every case with c N < 1e12 as exact arithmetic does."""


@metric(
    better="higher",
    label="modes covered",
    floor=0.0,
    needs=("modes",),
    also=("mode coverage", "number of modes", "mode collapse", "mode dropping"),
)
def modes(real: Sample, fake: Sample, instrument: Instrument) -> float:
    """Modes that hold at least a fifth of their share in samples of high quality.
    Of images, all samples count that the classifier puts into a mode.

    Ours. At least 0.2 w_k N of N samples; 0.2 N / K for equal weights w_k. The usual rule
    (`modes_1`) asks for one sample, and a single broad Gaussian then reaches all 8 modes of a ring;
    here it reaches none. For ten classes of images it is the rule "at least 2 % of the samples",
    counted over all samples, as images have no sigma.
    Blind to how a mode is filled, and for images to what is in it: noise falls into classes too.
    """
    wanted = SHARE * _weights(instrument) * len(fake)
    return float((_counts(fake, instrument) >= wanted * (1 - ROUNDING)).sum())


@metric(better="higher", label="modes with at least one good sample", floor=0.0, needs=("modes",))
def modes_1(real: Sample, fake: Sample, instrument: Instrument) -> float:
    """The literature's count: modes with at least one sample of high quality (images: one sample).

    Metz et al. 2017, Srivastava et al. 2017 (VEEGAN), Lin et al. 2018
    (PacGAN). Blind to collapse and to blur: it grows with N until anything broad has all modes.
    """
    return float((_counts(fake, instrument) >= 1).sum())


@metric(
    better="higher",
    label="share of good samples",
    floor=0.0,
    ceiling=1.0,
    needs=("sharp",),
    also=("high quality samples",),
)
def high_quality(real: Sample, fake: Sample, instrument: Instrument) -> float:
    """Share of samples within 3 standard deviations of their nearest mode. Srivastava et al. 2017.

    A perfect sampler in two dimensions gets 1 - exp(-9/2) = 0.98889, not 1.
    Blind to missing modes: one repeated point can get 1.
    """
    assert fake.sharp is not None
    return float(fake.sharp.mean())


@metric(
    better="higher",
    label="spread inside of modes  (1: as real)",
    floor=0.0,
    ceiling=1.0,
    needs=("apart",),
)
def mode_spread(real: Sample, fake: Sample, instrument: Instrument) -> float:
    """Spread of the good samples around their modes over that of real ones, or its inverse.
    min(r, 1 / r), r = root mean square distance of samples of high quality to their modes, over
    that of real ones.

    Ours. 1 for real samples, 0 for copies of the centres, 0.65 for a flat disc in place of each
    Gaussian. It sees a collapse inside of the modes, to which `modes` and `high_quality` are blind.
    Blind to the direction of a spread, and to all samples that are not of high quality. Raises
    ValueError where no sample is.
    """
    own, known = (_spread(sample) for sample in (fake, real))
    return min(own, known) / max(own, known)


def _spread(sample: Sample) -> float:
    assert sample.apart is not None
    assert sample.sharp is not None
    kept = sample.apart[sample.sharp].astype(np.float64)
    if not len(kept):
        raise ValueError("no sample is of high quality")
    return float(np.sqrt((kept**2).mean()))


@metric(
    better="lower",
    label="KL divergence of the mode shares",
    unit="nats",
    floor=0.0,
    needs=("modes",),
    also=(
        "reverse KL",
        "KL",
        "KL divergence",
    ),
)
def mode_kl(real: Sample, fake: Sample, instrument: Instrument) -> float:
    """Kullback-Leibler divergence of the shares of the modes from the true ones, in nats.

    sum_k p_k log(p_k / w_k), p_k the share of all samples whose nearest mode is k. The "reverse KL"
    of Metz et al. 2017. A perfect sampler gets (K - 1) / (2 N) in the mean.
    Blind to quality: every sample has a nearest mode.
    """
    shares = _shares(fake, instrument)
    hit = shares > 0
    return float((shares[hit] * np.log(shares[hit] / _weights(instrument)[hit])).sum())


@metric(
    better="lower",
    label="largest share of one mode",
    floor=0.0,
    ceiling=1.0,
    needs=("modes",),
    also=("mode collapse",),
)
def mode_max(real: Sample, fake: Sample, instrument: Instrument) -> float:
    """Share of all samples in the mode that has most of them; 1 for a collapsed generator.

    Blind to quality, and to modes that are missing while the others are equally filled.
    """
    return float(_shares(fake, instrument).max())


def _counts(fake: Sample, instrument: Instrument) -> Array:
    assert fake.modes is not None
    counted = fake.modes if fake.sharp is None else fake.modes[fake.sharp]
    return np.bincount(counted, minlength=len(_weights(instrument)))


def _weights(instrument: Instrument) -> Array:
    assert instrument.weights is not None
    return instrument.weights


def _shares(fake: Sample, instrument: Instrument) -> Array:
    shares = instrument.histogram(fake)
    assert shares is not None
    return shares
