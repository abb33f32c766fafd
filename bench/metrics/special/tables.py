"""Scores of synthetic tables: a density that is fitted to one table, at the rows of the other."""

from __future__ import annotations

import numpy as np

from bench.metrics.sample import Instrument, Sample
from bench.registry import metric

ROWS = 10_000


@metric(
    final=True,
    most=ROWS,
    label="log-density of synthetic rows, fitted to real ones",
    unit="nats",
    needs=("fits",),
    also=("L_syn", "Lsyn"),
)
def likelihood_syn(real: Sample, fake: Sample, instrument: Instrument) -> float:
    """Mean log-density of generated rows by a density that is fitted to real rows.

    Best near that of real rows: more has who repeats the typical ones. Xu et al. 2019, L_syn.
    Blind to what is never generated.
    """
    assert instrument.fits
    return float(np.mean(instrument.fits(real.points)(fake.points)))


@metric(
    final=True,
    most=ROWS,
    better="higher",
    label="log-density of real rows, fitted to synthetic ones",
    unit="nats",
    needs=("fits",),
    also=("L_test", "Ltest"),
)
def likelihood_test(real: Sample, fake: Sample, instrument: Instrument) -> float:
    """Mean log-density of real rows by a density that is fitted to generated ones.

    It falls without end where rows are never generated. Xu et al. 2019, L_test. Blind to few wrong
    rows among many.
    """
    assert instrument.fits
    return float(np.mean(instrument.fits(fake.points)(real.points)))
