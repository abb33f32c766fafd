import dataclasses
from statistics import stdev

import numpy as np
import pytest

from bench.metrics import Mixture, Sample, endless, finite, measure, ring, values
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
        instrument = facts_of(points)
        fresh.append(measure(instrument, rng.normal(size=(200, D)))["fd"] / instrument.floor)
        copied.append(
            measure(instrument, points[rng.integers(400, size=200)])["fd"] / instrument.floor
        )
    assert np.mean(fresh) == pytest.approx(1, abs=0.12)
    assert 0.6 < np.mean(copied) < 0.9


def test_large_sets_are_measured_with_n_samples():
    instrument = facts_of(np.random.default_rng(2).normal(size=(5000, D)), n=300)
    assert instrument.n == len(instrument.real) == 300
    expected = D * (D + 5) / 4 * (1 / 300 + 1 / 2500)
    assert instrument.floor == pytest.approx(expected, rel=0.25)


def test_reference_does_not_depend_on_the_order_of_calls():
    points = np.random.default_rng(3).normal(size=(100, D))
    assert facts_of(points).record() == facts_of(points).record()
    assert facts_of(points).floor != facts_of(points[::-1]).floor


def test_too_few_points_are_refused():
    with pytest.raises(ValueError, match="at least 4"):
        facts_of(np.zeros((3, D)))


@pytest.fixture
def measured(monkeypatch):
    """Every distance that is taken while an instrument is made, in order."""
    from bench.metrics import calibrate

    found, frechet = [], calibrate.frechet

    def kept(real, features):
        found.append((frechet(real, features), len(features), real))
        return found[-1][0]

    monkeypatch.setattr(calibrate, "frechet", kept)
    return found


def test_floor_and_ceiling_are_means_of_the_distances_that_were_taken(measured):
    """24 pairs of real samples and 4 Gaussians, the deviation by n - 1; a half against n others."""
    made = facts_of(np.random.default_rng(2).exponential(size=(900, D)), n=300)
    values = [value for value, *_ in measured]
    assert len(values) == 24 + 4
    assert made.floor == pytest.approx(np.mean(values[:24]), rel=1e-12)
    assert made.floor_sd == pytest.approx(stdev(values[:24]), rel=1e-12)
    assert made.ceiling == pytest.approx(np.mean(values[24:]), rel=1e-12)
    assert {size for _, size, _ in measured} == {300}
    assert len({real.mean.tobytes() for *_, real in measured}) == 24 + 1


def test_endless_data_are_drawn_once_for_each_purpose(measured):
    """The reference from the first draws, each floor from the next ones; no draw serves twice."""
    drawn = []

    def draw(index, n):
        drawn.append((index, n))
        return np.random.default_rng(index).normal(size=(n, D)) ** 3

    about = {"proxy": "RFF-FD", "digest": "0" * 16}
    made = endless(identity, draw, reference=5000, n=400, splits=7, **about)
    assert drawn == [(i, 400) for i in range(12 + 7)]
    values = [value for value, *_ in measured]
    assert made.floor == pytest.approx(np.mean(values[:7]), rel=1e-12)
    assert made.floor_sd == pytest.approx(stdev(values[:7]), rel=1e-12)
    assert len(values) == 7 + 4
    whole = np.concatenate([draw(i, 400) for i in range(12)])
    np.testing.assert_allclose(made.moments.mean, whole.mean(0))
    np.testing.assert_allclose(made.moments.covariance, np.cov(whole.T))
    np.testing.assert_allclose(made.centre, whole[:2000].mean(0))
    farthest = np.linalg.norm(whole[:2000] - made.centre, axis=1).max()
    assert made.radius == pytest.approx(farthest)
    with pytest.raises(ValueError, match="at least 2 pairs of samples, got 1"):
        endless(identity, draw, reference=5000, n=400, splits=1, **about)


def test_matched_gaussian_has_the_moments_of_the_points():
    rng = np.random.default_rng(4)
    points = rng.exponential(size=(300, 2, 2)) * [[1, 2], [3, 4]] + 5
    blob = gaussian(points, 100_000, rng).reshape(-1, 4)
    flat = points.reshape(-1, 4)
    np.testing.assert_allclose(blob.mean(0), flat.mean(0), atol=0.06)
    np.testing.assert_allclose(np.cov(blob.T), np.cov(flat.T), atol=0.25)
    assert abs(((blob - blob.mean(0)) ** 3).mean()) < 0.5 < ((flat - flat.mean(0)) ** 3).mean()


def test_the_covariance_of_a_matched_gaussian_is_unbiased():
    """Of three points, where n - 1 and n differ by a third."""
    points = np.array([[0.0, 1.0], [3.0, -1.0], [4.0, 6.0]])
    blob = gaussian(points, 200_000, np.random.default_rng(8))
    np.testing.assert_allclose(np.cov(blob.T), np.cov(points.T), rtol=0.03, atol=0.1)


def test_ceiling_is_clipped_to_the_range():
    """Two values at the ends of the range: clipping the Gaussian moves it nearer to them."""
    points = np.random.default_rng(5).choice([-1.0, 1.0], size=(400, D))
    square = lambda x: Sample(x, x**2)  # noqa: E731
    about = {"proxy": "RND-FD", "digest": ""}
    free = finite(square, points, **about)
    clipped = finite(square, points, bounds=(-1, 1), **about)
    assert 0 < clipped.ceiling < free.ceiling / 2


# --- where q measures noise ----------------------------------------------------------------------


@pytest.mark.parametrize(("ceiling", "resolved"), [(1.51, True), (1.49, False), (0.5, False)])
def test_a_ceiling_lies_five_deviations_of_the_floor_above_it(ceiling, resolved):
    """Floor 1 +- 0.1; at 1.5 begins what is told from it."""
    made = facts_of(np.random.default_rng(6).exponential(size=(200, D)))
    instrument = dataclasses.replace(made, floor=1.0, floor_sd=0.1, ceiling=ceiling)
    found = values(instrument, np.random.default_rng(7).exponential(size=(100, D)) + 1)
    assert (found["q"].value is not None) == resolved
    assert bool(instrument.q_missing) != resolved
    assert instrument.record()["q_missing"] == instrument.q_missing == found["q"].reason
    if not resolved:
        assert (
            f"as far as RFF-FD can tell (ceiling {ceiling:.3g}, floor 1 +- 0.1;"
            in instrument.q_missing
        )
    else:
        expected = np.log(found["fd"].value) / np.log(ceiling)
        assert found["q"].value == pytest.approx(expected)


@pytest.mark.parametrize("m", [4, 10, 40, 100, 1000])
def test_gaussian_data_never_have_a_q(m):
    """However few they are: their ceiling is their floor."""
    for seed in range(20):
        points = np.random.default_rng((m, seed)).normal(size=(m, D)) * np.arange(1, D + 1)
        assert facts_of(points).q_missing


def test_data_that_are_no_gaussian_have_one():
    """Corners of a cube, seen by cubes of coordinates: a Gaussian has other moments of these."""
    points = np.random.default_rng(8).choice([-1.0, 1.0], size=(400, D)) + 0.1
    points += np.random.default_rng(9).normal(size=points.shape) * 0.01
    see = lambda x: Sample(x, x**3)  # noqa: E731
    assert finite(see, points, proxy="RND-FD", digest="").q_missing == ""


@pytest.mark.parametrize("different", [1, 2, 39])
def test_copies_of_a_few_samples_have_no_floor(different, recwarn):
    """Two images would have a ceiling 30 deviations above a floor that is larger than itself."""
    few = np.random.default_rng(10).choice([-1.0, 1.0], size=(different, D, 2))
    few *= np.random.default_rng(11).uniform(0.5, 1, few.shape)
    see = lambda x: Sample(x, x.reshape(len(x), -1) ** 3)  # noqa: E731
    instrument = finite(see, np.resize(few, (400, D, 2)), proxy="RND-FD", digest="", n=100)
    assert f"{different} different sample" in instrument.q_missing
    for fake in (instrument.real.points, few[:1].repeat(100, 0), instrument.real.points + 1):
        found = values(instrument, fake)
        assert (found["q"].value, found["q"].reason) == (None, instrument.q_missing)
        assert found["fd"].value >= 0
    assert not recwarn.list


def test_features_that_are_all_equal_have_no_q(recwarn):
    """Features are float32: rounding leaves a floor of 1e-14 of their size."""
    rng = np.random.default_rng(12)
    see = lambda x: Sample(x, (7 + 1e-7 * rng.normal(size=(len(x), 3))).astype(np.float32))  # noqa: E731
    instrument = finite(see, rng.normal(size=(200, D)), proxy="OWN-FD", digest="")
    assert "real samples do not differ to OWN-FD (floor " in instrument.q_missing
    assert values(instrument, rng.normal(size=(100, D)))["q"].value is None
    assert not recwarn.list


def test_samples_that_are_the_reference_have_no_logarithm(recwarn):
    points = np.random.default_rng(13).choice([-1.0, 1.0], size=(400, D)) + 0.1
    points += np.random.default_rng(14).normal(size=points.shape) * 0.01
    see = lambda x: Sample(x, x**3)  # noqa: E731
    instrument = finite(see, points, proxy="RND-FD", digest="")
    found = values(instrument, instrument.real.points)
    assert not instrument.q_missing
    assert 0 <= found["fd"].value < 1e-12
    assert found["q"] == (None, "RND-FD is 0 but for rounding: it has no logarithm")
    assert found["q"] != values(instrument, instrument.real.points[:50])["q"].reason
    assert (
        values(instrument, instrument.real.points[:50])["q"].reason == "q needs 200 samples, got 50"
    )
    assert not recwarn.list


def test_few_pairs_of_draws_do_not_make_a_ceiling_of_a_gaussian():
    """With five pairs a deviation is known to a third only."""
    for seed in range(40):
        draw = lambda i, n, s=seed: np.random.default_rng((s, i)).normal(size=(n, D))  # noqa: E731
        about = {"proxy": "RFF-FD", "digest": ""}
        assert endless(identity, draw, reference=2000, n=200, splits=5, **about).q_missing
    with pytest.raises(ValueError, match="at least 2 pairs"):
        endless(identity, draw, reference=2000, n=200, splits=1, **about)


def test_modes_that_run_into_one_another_are_a_gaussian():
    """A ring with modes as wide as its radius, and the one of this package."""
    assert Mixture.standardized(ring(), 2.0).instrument(300).q_missing
    assert not Mixture.standardized(ring(), 0.1).instrument(300).q_missing
