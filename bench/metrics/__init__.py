"""Measuring generators: numpy only, never TensorFlow.

A task makes its `Facts` once, and each evaluation is one call:

    facts = Mixture.standardized(ring(), sigma=0.1).facts()
    measure(facts, points)             # {"modes": 8.0, "fd": 0.008, "q": 0.01, ...}

`points` are `facts.n` generated samples, in the units of the networks. A value that cannot be
computed is None. `facts.record()` is plain data to store beside the values (floor, ceiling, proxy,
n). To look at the sample before, take the two steps apart:

    fake = facts.sample(points)
    values, shares = measure(facts, fake), facts.histogram(fake)  # shares [K], or None

New data need a function `see(points) -> Sample` and one call: `endless(see, draw, ...)` for data
without end, `finite(see, points, ...)` for a data set. A new metric is one decorated function:

    @metric(better="higher", needs=("modes",))
    def my_metric(real: Sample, fake: Sample, facts: Facts) -> float:

`needs` names the fields of Sample without which it does not apply. A ValueError (too few samples)
and a result that is not finite are stored as a missing value.
"""

from bench.metrics import coverage, quality  # noqa: F401  (they register the metrics)
from bench.metrics.calibrate import endless, finite
from bench.metrics.measure import measure
from bench.metrics.mixture import Mixture, check_centres, grid, ring
from bench.metrics.sample import Facts, Sample

__all__ = [
    "Facts",
    "Mixture",
    "Sample",
    "check_centres",
    "endless",
    "finite",
    "grid",
    "measure",
    "ring",
]
