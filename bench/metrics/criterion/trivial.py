"""Trivial samplers, which have learnt nothing and must therefore meet no criterion.

Each names the metric of the criterion that has to see its fault. `bench.metrics.criterion.bounds`
sets the bound of each metric between the best of these samplers and the worst of the real data, so
that a bar is set by what does not learn, and never by the methods that are judged by it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from bench.metrics.planar.mixture import Mixture
from bench.metrics.planar.spiral import SCALE, Spiral, curve
from bench.metrics.sample import Array

Draw = Callable[[np.random.Generator, int], Array]
"""(rng, n) -> n points [n, ...]."""

Labelled = Callable[[np.random.Generator, int], tuple[Array, Array | None]]
"""(rng, n) -> n real images [n, h, w, c] and their classes [n], None where they have none."""

POOL = 2000
"""Real samples that moments and pixels are taken from."""
COPIES = 50
NOISE = 0.5
"""Deviation of the noise on images in [-1, 1]: a quarter of their range, grain that nobody
overlooks."""
BLUR = 1 / 16
"""Deviation of the blur, in sides of the image: half a pixel of 8, two of 32."""


class Trivial(NamedTuple):
    """A sampler that has learnt nothing, or only a part."""

    name: str
    """Its name, unique among the trivial samplers of a task."""
    seen_by: str
    """The metric of the criterion that has to see its fault."""
    draw: Draw
    """(rng, n) -> n points [n, ...]."""


def of_mixture(truth: Mixture) -> list[Trivial]:
    """The trivial samplers of a mixture of Gaussians in the plane."""
    centres, sigma, k = truth.centres, truth.sigma, len(truth.centres)

    def modes(rng: np.random.Generator, n: int, width: float = 1.0, kept: int = k) -> Array:
        return centres[rng.integers(kept, size=n)] + width * sigma * rng.normal(size=(n, 2))

    def unequal(rng: np.random.Generator, n: int) -> Array:
        weights = np.where(np.arange(k) < k // 2, 3.0, 1.0)
        which = rng.choice(k, n, p=weights / weights.sum())
        return centres[which] + sigma * rng.normal(size=(n, 2))

    def lines(rng: np.random.Generator, n: int) -> Array:
        return np.stack([centres[rng.integers(k, size=n), 0], box(rng, n)[:, 1]], 1)

    def exact(rng: np.random.Generator, n: int) -> Array:
        return centres[rng.integers(k, size=n)]

    apart = np.linalg.norm(centres[:, None] - centres, axis=2)
    box, disc, annulus = _shapes(centres, float(apart[apart > 0].min() / 2), sigma)
    return [
        *_plane(modes, box, disc, annulus),
        Trivial("lines", "high_quality", lines),
        Trivial("modes twice as wide", "high_quality", lambda rng, n: modes(rng, n, 2.0)),
        Trivial("centres and disc", "high_quality", _mixed(exact, disc, 0.55)),
        Trivial("exact centres", "mode_spread", exact),
        Trivial("one mode missing", "modes", lambda rng, n: modes(rng, n, kept=k - 1)),
        Trivial("unequal shares", "mode_kl", unequal),
    ]


def of_spiral(truth: Spiral) -> list[Trivial]:
    """The trivial samplers of the spiral."""
    width = truth.noise / SCALE

    def real(rng: np.random.Generator, n: int, wide: float = 1.0, upto: float = 1.0) -> Array:
        return curve(upto * rng.random(n)) + wide * width * rng.normal(size=(n, 2))

    def unequal(rng: np.random.Generator, n: int) -> Array:
        inner = rng.random(n) < 3 / 4  # the inner half of the curve, three times as likely
        return curve((rng.random(n) + ~inner) / 2) + width * rng.normal(size=(n, 2))

    def exact(rng: np.random.Generator, n: int) -> Array:
        return curve(rng.random(n))

    box, disc, annulus = _shapes(curve(np.linspace(0, 1, 500)), width, width)
    return [
        *_plane(real, box, disc, annulus),
        Trivial("noise thrice as wide", "high_quality", lambda rng, n: real(rng, n, 3.0)),
        Trivial("curve and disc", "high_quality", _mixed(exact, disc, 0.55)),
        Trivial("exact curve", "mode_spread", exact),
        Trivial("a twentieth missing", "modes", lambda rng, n: real(rng, n, upto=0.95)),
        Trivial("unequal shares", "mode_kl", unequal),
    ]


def of_images(draw: Labelled, copies: int = COPIES) -> list[Trivial]:
    """The trivial samplers of images in [-1, 1], made of real ones. With labels also those that
    lack a class or have it too often."""
    pool, labels = draw(np.random.default_rng(0), POOL)

    def real(rng: np.random.Generator, n: int) -> Array:
        return draw(rng, n)[0]

    def noisy(rng: np.random.Generator, n: int) -> Array:
        images = real(rng, n)
        return images + NOISE * rng.normal(size=images.shape)

    def repeated(rng: np.random.Generator, n: int) -> Array:
        return real(rng, copies)[rng.integers(copies, size=n)]

    def pixels(rng: np.random.Generator, n: int) -> Array:
        rows = rng.integers(len(pool), size=(n, pool[0].size))
        return np.take_along_axis(pool.reshape(len(pool), -1), rows, 0).reshape(n, *pool.shape[1:])

    found = [
        Trivial("blurred", "q", lambda rng, n: blurred(real(rng, n))),
        Trivial("noisy", "q", noisy),
        Trivial(f"copies of {copies} images", "q", repeated),
        Trivial("the mean image", "q", lambda rng, n: np.repeat(pool.mean(0)[None], n, 0)),
        Trivial("pixels drawn independently", "q", pixels),
        Trivial("one Gaussian", "q", _gaussian(pool)),
        Trivial("means of two images", "q", lambda rng, n: (real(rng, n) + real(rng, n)) / 2),
    ]
    if labels is not None:
        found += _of_classes(draw, pool, labels)
    return [trivial._replace(draw=_clipped(trivial.draw)) for trivial in found]


def blurred(images: Array) -> Array:
    """Images [n, h, w, c] through a Gaussian of a sixteenth of their height."""
    from scipy.ndimage import gaussian_filter

    deviation = BLUR * images.shape[1]
    found: Array = gaussian_filter(images, (0, deviation, deviation, 0))
    return found


def _of_classes(draw: Labelled, pool: Array, labels: Array) -> list[Trivial]:
    present, counts = np.unique(labels, return_counts=True)
    means = np.stack([pool[labels == c].mean(0) for c in present])
    order = np.argsort(-counts, kind="stable")
    common, shares, classes = present[order], counts[order] / len(labels), len(present)

    def missing(rng: np.random.Generator, n: int) -> Array:
        return _thinned(draw, rng, n, {int(common[0]): 0.0})

    def moved(rng: np.random.Generator, n: int) -> Array:
        """Two classes lose half, which a third gets; with ten equal classes, a tenth of all."""
        kept = _thinned(draw, rng, n, {int(c): 0.5 for c in common[:2]})
        others = {int(c): 0.0 for c in common if c != common[2]}
        many = round(shares[:2].sum() / 2 * n)
        return np.concatenate([_thinned(draw, rng, n, others)[:many], kept[many:]])

    found = [
        Trivial("one class missing", "modes", missing),
        Trivial("class means", "q", lambda rng, n: means[rng.integers(len(means), size=n)]),
    ]
    return [*found, Trivial("a tenth moved", "mode_kl", moved)] if classes > 2 else found


def _thinned(draw: Labelled, rng: np.random.Generator, n: int, kept: dict[int, float]) -> Array:
    """n real images, those of a class kept with its probability only (1 where none is named)."""
    parts, have = [], 0
    while have < n:
        images, labels = draw(rng, n)
        chances = np.array([kept.get(int(c), 1.0) for c in labels])  # type: ignore[union-attr]
        parts.append(images[rng.random(len(images)) < chances])
        have += len(parts[-1])
    return np.concatenate(parts)[:n]


def _gaussian(pool: Array) -> Draw:
    """One Gaussian with the mean and the covariance of points [m, ...]."""
    flat = pool.reshape(len(pool), -1).astype(np.float64)
    values, vectors = np.linalg.eigh(np.cov(flat.T))
    root = vectors * np.sqrt(np.maximum(values, 0.0))  # below 0 by rounding

    def draw(rng: np.random.Generator, n: int) -> Array:
        points = flat.mean(0) + rng.normal(size=(n, len(root))) @ root.T
        found: Array = points.reshape(n, *pool.shape[1:])
        return found

    return draw


def _clipped(draw: Draw) -> Draw:
    return lambda rng, n: np.clip(draw(rng, n), -1, 1).astype(np.float32)


def _mixed(first: Draw, second: Draw, share: float) -> Draw:
    """A sampler that draws each sample from `first` with the probability `share`, and from `second`
    otherwise."""
    return lambda rng, n: np.where(rng.random(n)[:, None] < share, first(rng, n), second(rng, n))


def _plane(real: Draw, box: Draw, disc: Draw, annulus: Draw) -> list[Trivial]:
    """Those of all points in the plane."""
    pool = real(np.random.default_rng(0), POOL)

    def means(rng: np.random.Generator, n: int) -> Array:
        return (real(rng, n) + real(rng, n)) / 2

    def stripes(rng: np.random.Generator, n: int) -> Array:
        return np.stack([real(rng, n)[:, 0], box(rng, n)[:, 1]], 1)

    return [
        Trivial("uniform box", "high_quality", box),
        Trivial("uniform disc", "high_quality", disc),
        Trivial("annulus", "high_quality", annulus),
        Trivial("one Gaussian", "high_quality", _gaussian(pool)),
        Trivial("stripes", "high_quality", stripes),
        Trivial("means of two points", "high_quality", means),
    ]


def _shapes(points: Array, margin: float, width: float) -> tuple[Draw, Draw, Draw]:
    """Uniform box and disc around points [k, 2], and a ring through the farthest of them."""
    low, high = points.min(0) - margin, points.max(0) + margin
    radius = float(np.linalg.norm(points, axis=1).max())

    def around(rng: np.random.Generator, n: int, length: Array) -> Array:
        angle = rng.uniform(0, 2 * np.pi, n)
        found: Array = length[:, None] * np.stack([np.cos(angle), np.sin(angle)], 1)
        return found

    def box(rng: np.random.Generator, n: int) -> Array:
        return rng.uniform(low, high, (n, 2))

    def disc(rng: np.random.Generator, n: int) -> Array:
        return around(rng, n, (radius + margin) * np.sqrt(rng.random(n)))

    def annulus(rng: np.random.Generator, n: int) -> Array:
        return around(rng, n, radius + width * rng.normal(size=n))

    return box, disc, annulus
