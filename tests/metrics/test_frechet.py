import numpy as np
import pytest
from scipy.linalg import sqrtm

from bench.metrics.frechet import Moments, frechet, moments


def exact(n, mean, root, seed=0):
    """n points whose sample mean and unbiased covariance (root @ root.T) are exact."""
    draws = np.random.default_rng(seed).normal(size=(n, len(mean)))
    draws -= draws.mean(0)
    whitener = np.linalg.inv(np.linalg.cholesky(draws.T @ draws / (n - 1))).T
    return draws @ whitener @ root.T + mean


@pytest.mark.parametrize("s", [0.5, 1.0, 2.0])
def test_two_isotropic_gaussians(s):
    m = np.array([0.3, -1.0, 2.0, 0.1])
    distance = frechet(Moments(np.zeros(4), np.eye(4)), exact(50, m, s * np.eye(4)))
    assert distance == pytest.approx(m @ m + 4 * (1 - s) ** 2, abs=1e-9)


def test_general_covariances_equal_the_textbook_formula():
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=(2, 5, 5))
    m1, m2 = rng.normal(size=(2, 5))
    cross = np.trace(sqrtm(a @ a.T @ b @ b.T)).real
    expected = ((m1 - m2) ** 2).sum() + np.trace(a @ a.T) + np.trace(b @ b.T) - 2 * cross
    assert frechet(Moments(m1, a @ a.T), exact(40, m2, b)) == pytest.approx(expected, rel=1e-9)


def test_collapsed_generator():
    """One repeated point: |m|^2 + tr S, where sqrtm gives NaN in public code."""
    real = moments(exact(60, np.zeros(3), np.diag([1.0, 2.0, 3.0])))
    point = np.array([1.0, 0.0, -2.0])
    assert frechet(real, np.tile(point, (30, 1))) == pytest.approx(5 + 14, abs=1e-9)


@pytest.mark.parametrize("n", [2, 7, 19])
def test_fewer_samples_than_dimensions_equals_the_full_formula(n):
    rng = np.random.default_rng(2)
    real = moments(rng.normal(size=(100, 20)) * np.linspace(0.5, 2, 20))
    fake = rng.normal(size=(n, 20)) + 0.5
    cov = np.cov(fake.T)
    values = np.linalg.eigvals(real.covariance @ cov).real
    cross = np.sqrt(np.maximum(values, 0)).sum()
    shift = ((real.mean - fake.mean(0)) ** 2).sum()
    expected = shift + np.trace(real.covariance) + np.trace(cov) - 2 * cross
    assert frechet(real, fake) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(("against", "factor"), [("sample", 2), ("population", 4)])
def test_bias_of_finite_samples(against, factor):
    """E[FD] = d (d + 5) / (2 N) for two samples, half of it against exact moments."""
    d, n, rng = 24, 1000, np.random.default_rng(3)
    truth = Moments(np.zeros(d), np.eye(d))
    sample = lambda: rng.normal(size=(n, d))  # noqa: E731
    real = (lambda: moments(sample())) if against == "sample" else (lambda: truth)
    found = np.mean([frechet(real(), sample()) for _ in range(60)])
    assert found == pytest.approx(d * (d + 5) / (factor * n), rel=0.1)


def test_batches_give_the_moments_of_all_points():
    points = np.random.default_rng(4).normal(size=(50, 3)).astype(np.float32) + 100
    found = moments(points[:20], points[20:21], points[21:])
    np.testing.assert_allclose(found.mean, points.astype(np.float64).mean(0), rtol=1e-12)
    np.testing.assert_allclose(found.covariance, np.cov(points.astype(np.float64).T), rtol=1e-9)


def test_one_sample_has_no_covariance():
    with pytest.raises(ValueError, match="at least 2"):
        moments(np.zeros((1, 3)))
    with pytest.raises(ValueError, match="at least 2"):
        frechet(Moments(np.zeros(3), np.eye(3)), np.zeros((1, 3)))
