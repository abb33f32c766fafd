import numpy as np
import pytest

from bench.metrics import Mixture, check_centres, grid, ring
from bench.metrics.planar.fourier import Fourier


def test_ring_has_eight_distinct_modes_at_equal_distances():
    centres = ring()
    neighbours = np.linalg.norm(centres - np.roll(centres, 1, 0), axis=1)
    np.testing.assert_allclose(neighbours, 4 * np.sin(np.pi / 8))
    np.testing.assert_allclose(np.linalg.norm(centres, axis=1), 2)
    check_centres(centres)


def test_seven_mode_ring_is_refused():
    angles = np.linspace(0, 2 * np.pi, 8)
    wrong = 2 * np.stack([np.cos(angles), np.sin(angles)], 1)
    for make in (check_centres, lambda c: Mixture(c, 0.1), lambda c: Mixture.standardized(c, 0.1)):
        with pytest.raises(ValueError, match="modes 0 and 7 coincide"):
            make(wrong)


def test_grid_is_the_lattice():
    expected = {(x, y) for x in (-4, -2, 0, 2, 4) for y in (-4, -2, 0, 2, 4)}
    assert {tuple(c) for c in grid().tolist()} == expected
    assert grid(3, 1.0).tolist()[1] == [-1, 0]


@pytest.mark.parametrize(("centres", "scale"), [(ring(), 1.41421), (grid(), 2.82843)])
def test_scale(centres, scale):
    mixture = Mixture.standardized(centres, 0.1)
    assert mixture.scale == pytest.approx(scale, abs=1e-5)
    assert mixture.sigma == pytest.approx(0.1 / scale, rel=1e-5)
    np.testing.assert_allclose(mixture.centres * mixture.scale, centres)
    assert np.sqrt(np.mean(mixture.centres**2)) == pytest.approx(1)


@pytest.mark.parametrize("sigma", [0.0, -1.0, np.nan, np.inf])
def test_sigma_must_be_positive(sigma):
    with pytest.raises(ValueError, match="sigma"):
        Mixture(ring(), sigma)


@pytest.mark.parametrize("centres", [np.zeros((1, 2)), np.zeros(3), np.full((3, 2), np.nan)])
def test_centres_must_be_several_finite_points(centres):
    with pytest.raises(ValueError, match="finite"):
        check_centres(centres)


def test_draws_have_equal_masses_and_the_right_width():
    mixture = Mixture.standardized(ring(), 0.1)
    points = mixture.draw(0, 80_000)
    offsets = points[:, None] - mixture.centres
    nearest = np.linalg.norm(offsets, axis=2).argmin(1)
    counts = np.bincount(nearest, minlength=8)
    assert ((counts - 10_000) ** 2 / 10_000).sum() < 24.3  # chi square of 7, p = .001
    widths = offsets[np.arange(len(points)), nearest].std(0)
    np.testing.assert_allclose(widths, mixture.sigma, rtol=0.01)


def test_draws_depend_on_their_index_and_on_nothing_else():
    mixture = Mixture.standardized(ring(), 0.1)
    np.testing.assert_array_equal(mixture.draw(3, 10), mixture.draw(3, 10))
    assert not np.array_equal(mixture.draw(3, 10), mixture.draw(4, 10))


def test_reference_moments_equal_the_closed_form():
    """E cos(w.x + b) over a Gaussian is cos(w.mu + b) exp(-sigma^2 |w|^2 / 2)."""
    mixture = Mixture(np.array([[0.0, 0.0], [1.0, 2.0], [-2.0, 0.5]]), 0.2)
    fourier = Fourier(2, mixture._bandwidths())
    damped = np.exp(-((mixture.sigma * fourier._weights) ** 2).sum(0) / 2)
    centred = np.cos(mixture.centres @ fourier._weights + fourier._phases)
    expected = np.sqrt(2 / 64) * damped * centred.mean(0)
    found = mixture.instrument().moments
    error = np.sqrt(np.diag(found.covariance) / 50_000)
    assert np.abs((found.mean - expected) / error).max() < 4.5
    assert found.mean.std() > 20 * error.mean()


def test_fourier_features_approximate_a_gaussian_kernel():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2, 400, 3))
    for s in (0.7, 3.0):
        fourier = Fourier(3, [s])
        found = (fourier(x) * fourier(y)).sum(1)
        expected = np.exp(-((x - y) ** 2).sum(1) / (2 * s**2))
        assert np.abs(found - expected).mean() < 0.15
        assert np.corrcoef(found, expected)[0, 1] > 0.8


def test_fourier_digest_names_the_map():
    assert Fourier(2, [1.0]).digest == Fourier(2, [1.0]).digest
    assert len({Fourier(2, [1.0]).digest, Fourier(2, [1.1]).digest, Fourier(3, [1.0]).digest}) == 3
