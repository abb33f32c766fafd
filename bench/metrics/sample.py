"""The instrument of a task, and a batch of points as the instrument sees it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.metrics.frechet import Moments

Array = NDArray[Any]

SHARE = 0.2
"""A mode counts when it gets this share of the samples that it should have."""

LEAST_ACCURACY = 0.8
"""Least accuracy of a classifier whose classes count as modes: of a worse one, what it says of
generated images is its own mistake as well as theirs."""

NO_CEILING = (
    "features alone know no data space: its ceiling is a Gaussian of the data themselves, as a "
    "Gaussian of features is as good as real to a Fréchet distance"
)
RESOLVED = 5
"""A ceiling is told from the floor when it lies this many deviations of the floor above it."""
DIFFERENT = 40
"""Fewest different samples of a finite data set: 20 for each of the halves that give the floor."""


@dataclass(frozen=True, eq=False)
class Sample:
    """N points and all that metrics need of them. A field is None where the task has none of it."""

    points: Array
    """The points [N, ...] in the units of the networks."""
    features: Array
    """The features float64 [N, d] that the Fréchet distance is taken on."""
    modes: Array | None = None
    """The nearest mode, or the class, of each point: int [N]."""
    sharp: Array | None = None
    """True for a point of high quality, nearer than 3 widths to its mode: bool [N]."""
    confidence: Array | None = None
    """The largest class probability of each labelled image [N]."""
    agree: Array | None = None
    """True for a pair whose two images are of one class: bool [N]."""
    apart: Array | None = None
    """The distance of each point to its mode in units of the mode's width [N]."""
    marks: Mapping[str, Array] = field(default_factory=dict)
    """Numbers [N] of each point that few tasks have, by their names (see
    `bench.vocabulary.traits.MARKS`)."""

    def __len__(self) -> int:
        return len(self.points)

    def first(self, n: int) -> Sample:
        """The first n points of it."""
        if len(self) <= n:
            return self
        rest = (self.modes, self.sharp, self.confidence, self.agree, self.apart)
        modes, sharp, confidence, agree, apart = (p if p is None else p[:n] for p in rest)
        own = {name: values[:n] for name, values in self.marks.items()}
        points, features = self.points[:n], self.features[:n]
        return Sample(points, features, modes, sharp, confidence, agree, apart, own)

    def of(self, name: str) -> Array | None:
        """A field or a mark by its name; None where this sample has none of it."""
        found = self.marks.get(name)
        return getattr(self, name, None) if found is None else found


See = Callable[[Array], Sample]
"""The look of an instrument at points [N, ...]; it must not raise for points of the right shape."""


Fits = Callable[[Array], Callable[[Array], Array]]
"""Rows [N, ...] -> a function of others [M, ...] that gives their log-densities [M] by a density
that is fitted to the first."""


@dataclass(frozen=True, eq=False)
class Instrument:
    """The instrument of a task: it measures generated samples against the real distribution."""

    see: See
    """Looks at points [N, ...] -> Sample."""
    proxy: str
    """The name of the Fréchet distance by its features: "RFF-FD", "CLS-FD", "RND-FD", "OWN-FD" or
    "XY-FD" (coordinates). It is a proxy and never called FID: no Inception network is involved."""
    digest: str
    """16 hex digits that name the feature map."""
    n: int
    """The number of samples to measure. Values at another number cannot be compared."""
    real: Sample
    """A fixed real sample of n points."""
    moments: Moments
    """The moments of the real features, taken from more than n samples where there are more."""
    floor: float
    """The mean of the proxy between two independent real samples."""
    floor_sd: float
    """The standard deviation of the proxy between two independent real samples."""
    ceiling: float | None
    """The proxy of one Gaussian with the mean and covariance of the real points; None where only
    features of the points are known."""
    centre: Array
    """The mean of the real points [...]."""
    radius: float
    """The distance of the farthest real point from the centre."""
    weights: Array | None = None
    """The share of each mode [K]; None without modes."""
    bandwidths: tuple[float, ...] | None = None
    """The scales of low-dimensional points: of the whole, between modes, of a mode. Distances are
    then taken on coordinates; None: they are taken on features."""
    train: Array | None = None
    """The features of all training data [M, d]; None for endless data."""
    sharp_most: float | None = None
    """The share of high quality that a perfect sampler has; None where nothing is sharp."""
    different: int | None = None
    """The number of different points of a finite data set; None for endless data."""
    accuracy: float | None = None
    """The share of held-out images whose class the classifier of the modes tells."""
    fits: Fits | None = None
    """Fits a density to the rows of a table; None where samples are no rows."""

    @property
    def few(self) -> bool:
        """True where a data set has too few different samples to tell how its halves differ."""
        same = not self.floor > self.rounding
        return self.different is not None and (self.different < DIFFERENT or same)

    @property
    def modes_missing(self) -> str:
        """The reason why no value can be taken of the classes of a data set; "" for none.

        Its classifier must be right 4 times of 5, and more often than the largest class is
        frequent, by 3 deviations of a share of the third of the data that it is tried on.
        """
        if self.accuracy is None or self.weights is None or self.different is None:
            return ""
        chance, held = float(self.weights.max()), max(self.different // 3, 1)
        if self.accuracy > chance + 3 * np.sqrt(chance * (1 - chance) / held):
            least, told = LEAST_ACCURACY, f"tells {self.accuracy:.0%} of held-out images right"
            return "" if self.accuracy >= least else f"a classifier {told}, less than {least:.0%}"
        return (
            f"a classifier cannot tell the {len(self.weights)} classes of these data "
            f"(accuracy {self.accuracy:.2f}, by chance {chance:.2f})"
        )

    @property
    def rounding(self) -> float:
        """A proxy up to this is 0 but for rounding: of float32 features, and of a square root."""
        second = float(self.moments.mean @ self.moments.mean)
        return 1e-12 * second + 1e-9 * float(np.trace(self.moments.covariance))

    @property
    def q_missing(self) -> str:
        """The reason why q = ln(FD / floor) / ln(ceiling / floor) is missing here; "" for none.

        It needs a floor above 0 and a ceiling at least `RESOLVED` deviations of the floor above it.
        Where the data are Gaussian to the proxy, both are the same noise, and q has any size and
        sign. Copies of a few samples lie in both halves of a data set, so they have no floor.
        """
        proxy, floor, ceiling = self.proxy, self.floor, self.ceiling
        if ceiling is None:
            return NO_CEILING
        if self.different is not None and self.different < DIFFERENT:
            samples = f"{self.different} different sample{'' if self.different == 1 else 's'}"
            return f"these data have {samples}, too few for a floor of {proxy} (least: {DIFFERENT})"
        if not floor > self.rounding:
            return f"real samples do not differ to {proxy} (floor {floor:.3g})"
        if not (ceiling > floor and ceiling - floor >= RESOLVED * self.floor_sd):
            return (
                f"these data are Gaussian to this proxy, as far as {proxy} can tell (ceiling "
                f"{ceiling:.3g}, floor {floor:.3g} +- {self.floor_sd:.2g}; a ceiling must lie at "
                f"least {RESOLVED} deviations above)"
            )
        return ""

    def sample(self, points: Any) -> Sample:
        """Look at generated points [N, ...]. Raises ValueError for points of another shape."""
        points = np.asarray(points)
        if points.shape[1:] != self.real.points.shape[1:]:
            expected = ("N", *self.real.points.shape[1:])
            raise ValueError(f"points have shape {points.shape}, this task needs {expected}")
        with np.errstate(all="ignore"):
            return self.see(points)

    def histogram(self, fake: Sample) -> Array | None:
        """Share of the sample in each mode [K]; None without modes or samples.

        Half the L1 distance of two of them in a row is the mode hopping of a generator.
        """
        if self.weights is None or fake.modes is None or not len(fake) or self.modes_missing:
            return None
        return np.bincount(fake.modes, minlength=len(self.weights)) / len(fake)

    def space(self, sample: Sample) -> Array:
        """The sample where distances are taken, float64 [N, d]: coordinates or features."""
        if self.bandwidths is None:
            return sample.features
        return sample.points.reshape(len(sample), -1).astype(np.float64, copy=False)

    def record(self) -> dict[str, Any]:
        """The numbers of this instrument as plain data, to be stored with each result.

        `mode_share` is the share of its due that makes a mode count in `modes`. Three numbers are
        what a perfect sampler gets in the mean: `mode_kl_floor` is (K - 1) / (2 n), `modes_1_most`
        is sum_k 1 - (1 - w_k)^n, and `high_quality_most` is `sharp_most`. They are None where the
        task has no such metric. `accuracy` is that of the classifier of images. `q_missing` is the
        reason why q is never measured, or "".
        """
        modes = None if self.weights is None else len(self.weights)
        hit = None if self.weights is None else float((1 - (1 - self.weights) ** self.n).sum())
        return {
            "proxy": self.proxy,
            "features": self.digest,
            "n": self.n,
            "floor": self.floor if self.floor > self.rounding else 0.0,
            "floor_sd": self.floor_sd,
            "ceiling": self.ceiling,
            "q_missing": self.q_missing,
            "radius": self.radius,
            "modes": modes,
            "mode_share": None if modes is None else SHARE,
            "mode_kl_floor": None if modes is None else (modes - 1) / (2 * self.n),
            "modes_1_most": hit,
            "high_quality_most": self.sharp_most,
            **({} if self.accuracy is None else {"accuracy": self.accuracy}),
        }


Facts = Instrument
"""The older name of `Instrument`, for plugins."""
