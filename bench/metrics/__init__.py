"""Measuring generators: numpy only, never TensorFlow.

A task makes its `Instrument` once, and each evaluation is one call:

    instrument = Mixture.standardized(ring(), sigma=0.1).instrument()
    measure(instrument, points)        # {"modes": 8.0, "fd": 0.008, "q": 0.01, ...}

`points` are `instrument.n` generated samples, in the units of the networks. A value that cannot be
computed is None. `instrument.record()` is plain data to store beside the values (floor, ceiling,
proxy, n). To look at the sample before, take the two steps apart:

    fake = instrument.sample(points)
    values, shares = measure(instrument, fake), instrument.histogram(fake)  # shares [K], or None

Where an instrument cannot tell the ceiling of its distance from the floor, or the classes of its
images, `instrument.q_missing` and `instrument.modes_missing` say why, and these values are None.

New data need a function `see(points) -> Sample` and one call: `endless(see, draw, ...)` for data
without end, `finite(see, points, ...)` for a data set. A new metric is one decorated function:

    @metric(better="higher", needs=("modes",))
    def my_metric(real: Sample, fake: Sample, instrument: Instrument) -> float:

`needs` names the fields of Sample or Instrument without which it does not apply. A ValueError (too
few samples) and a result that is not finite are stored as a missing value, with the reason
(`values`). So is any other error of a plugin's metric, so that it costs no trial.

Cost decides when a metric is taken. Along training (all that cost 1 to 5 ms at 1000 samples): the
Fréchet proxy, mode coverage, pairwise ratio, Vendi ratio. At the end only (`final=True`; 10 to 300
ms each): MMD, energy, sliced and exact Wasserstein distance, precision, recall, density, coverage,
and on data sets of limited size AuthPct, C_T and the nearest-neighbour ratio; `final_rows` gives
each with its sample counts and the features it was taken on.
"""

from bench.metrics import (  # noqa: F401  (they register the metrics)
    coverage,
    distances,
    diversity,
    memory,
    neighbours,
    quality,
    special,
)
from bench.metrics.calibrate import endless, finite
from bench.metrics.measure import final_rows, measure, values
from bench.metrics.planar.mixture import Mixture, check_centres, grid, ring
from bench.metrics.planar.spiral import Spiral
from bench.metrics.sample import Facts, Instrument, Sample

__all__ = [
    "Facts",
    "Instrument",
    "Mixture",
    "Sample",
    "Spiral",
    "check_centres",
    "endless",
    "final_rows",
    "finite",
    "grid",
    "measure",
    "ring",
    "values",
]
