"""Do the images of a pair belong together?"""

from __future__ import annotations

from bench.metrics.sample import Instrument, Sample
from bench.registry import metric


@metric(
    better="higher", label="share of pairs of one class", floor=0.0, ceiling=1.0, needs=("agree",)
)
def agreement(real: Sample, fake: Sample, instrument: Instrument) -> float:
    """Share of pairs whose two images the stored classifier puts into one class.

    Pairs that have nothing to do with each other agree by chance, sum_k w_k^2 for classes of shares
    w (0.1 for ten equal ones). Liu & Tuzel 2016 count equal pixels instead, of which small digits
    have many by chance. Blind to differences within a class, and where a classifier errs twice.
    """
    assert fake.agree is not None
    return float(fake.agree.mean())
