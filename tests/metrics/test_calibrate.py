import numpy as np
import pytest

from bench.metrics import Sample, finite, measure
from bench.metrics.calibrate import gaussian

D = 6


def identity(points):
    return Sample(points, points.astype(np.float64))


def facts_of(points, **more):
    return finite(identity, points, proxy="RFF-FD", digest="0" * 16, **more)


def test_floor_of_a_finite_set_is_that_of_two_independent_halves():
    """Averaged over data sets, the floor is the known bias of two samples of half the size."""
    rng = np.random.default_rng(0)
    floors = [facts_of(rng.normal(size=(401, D))).floor for _ in range(40)]
    assert np.mean(floors) == pytest.approx(D * (D + 5) / (2 * 200), rel=0.1)


def test_fresh_draws_get_the_floor_and_copies_a_little_less():
    rng = np.random.default_rng(1)
    fresh, copied = [], []
    for _ in range(60):
        points = rng.normal(size=(400, D))
        facts = facts_of(points)
        fresh.append(measure(facts, rng.normal(size=(200, D)))["fd"] / facts.floor)
        copied.append(measure(facts, points[rng.integers(400, size=200)])["fd"] / facts.floor)
    assert np.mean(fresh) == pytest.approx(1, abs=0.12)
    assert 0.6 < np.mean(copied) < 0.9


def test_large_sets_are_measured_with_n_samples():
    facts = facts_of(np.random.default_rng(2).normal(size=(5000, D)), n=300)
    assert facts.n == len(facts.real) == 300
    expected = D * (D + 5) / 4 * (1 / 300 + 1 / 2500)
    assert facts.floor == pytest.approx(expected, rel=0.25)


def test_reference_does_not_depend_on_the_order_of_calls():
    points = np.random.default_rng(3).normal(size=(100, D))
    assert facts_of(points).record() == facts_of(points).record()
    assert facts_of(points).floor != facts_of(points[::-1]).floor


def test_too_few_points_are_refused():
    with pytest.raises(ValueError, match="at least 4"):
        facts_of(np.zeros((3, D)))


def test_matched_gaussian_has_the_moments_of_the_points():
    rng = np.random.default_rng(4)
    points = rng.exponential(size=(300, 2, 2)) * [[1, 2], [3, 4]] + 5
    blob = gaussian(points, 100_000, rng).reshape(-1, 4)
    flat = points.reshape(-1, 4)
    np.testing.assert_allclose(blob.mean(0), flat.mean(0), atol=0.06)
    np.testing.assert_allclose(np.cov(blob.T), np.cov(flat.T), atol=0.25)
    assert abs(((blob - blob.mean(0)) ** 3).mean()) < 0.5 < ((flat - flat.mean(0)) ** 3).mean()


def test_ceiling_is_clipped_to_the_range():
    """Two values at the ends of the range: clipping the Gaussian moves it nearer to them."""
    points = np.random.default_rng(5).choice([-1.0, 1.0], size=(400, D))
    square = lambda x: Sample(x, x**2)  # noqa: E731
    about = {"proxy": "RND-FD", "digest": ""}
    free = finite(square, points, **about)
    clipped = finite(square, points, bounds=(-1, 1), **about)
    assert 0 < clipped.ceiling < free.ceiling / 2
