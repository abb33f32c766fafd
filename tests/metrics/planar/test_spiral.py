import numpy as np
import pytest
from sklearn.datasets import make_swiss_roll

from bench.metrics import Spiral, measure
from bench.metrics.planar.spiral import PIECES, SCALE, curve

SPIRAL = Spiral()


@pytest.fixture(scope="module")
def instrument():
    return SPIRAL.instrument()


def test_spiral_is_two_columns_of_the_swiss_roll():
    points, t = make_swiss_roll(500, noise=0.0, random_state=3)
    np.testing.assert_allclose(curve(t / (3 * np.pi) - 0.5), points[:, [0, 2]] / SCALE, atol=1e-12)


def test_perfect_sampler(instrument):
    found = [measure(instrument, SPIRAL.draw(5000 + i, 1000)) for i in range(6)]
    assert all(values["modes"] == PIECES for values in found)
    assert np.mean([v["high_quality"] for v in found]) == pytest.approx(0.9973, abs=0.003)
    assert np.mean([v["mode_kl"] for v in found]) == pytest.approx(19 / 2000, rel=0.4)
    assert abs(np.mean([v["q"] for v in found])) < 0.1


def test_what_a_perfect_sampler_gets_is_recorded(instrument):
    """Of the normal noise across the curve, 3 deviations to either side."""
    from scipy.stats import norm

    record = instrument.record()
    assert record["high_quality_most"] == pytest.approx(1 - 2 * norm.sf(3), abs=1e-4)
    assert (record["modes"], record["mode_share"], record["n"]) == (20, 0.2, 1000)
    assert record["mode_kl_floor"] == 19 / 2000
    assert record["modes_1_most"] == pytest.approx(20, abs=1e-12)
    few = Spiral(0.5).instrument(20).record()
    assert few["modes_1_most"] == pytest.approx(20 * (1 - 0.95**20))


def test_the_scales_of_the_features(instrument):
    """The whole curve, a quarter of it, three deviations of its noise."""
    points = curve(np.random.default_rng(0).random(200_000))
    whole = np.sqrt(points.var(0).mean())
    expected = (whole, whole / 4, 3 * 0.25 / 7.5)
    np.testing.assert_allclose(instrument.bandwidths, expected, rtol=0.01)


def test_pieces_are_equally_likely(instrument):
    counts = np.bincount(instrument.sample(SPIRAL.draw(1, 40_000)).modes, minlength=PIECES)
    assert counts.sum() == 40_000
    assert np.abs(counts / 2000 - 1).max() < 0.12  # the noise moves some over the ends
    assert np.abs(counts[1:-1] / 2000 - 1).max() < 0.09


def test_quality_is_the_distance_to_the_curve(instrument):
    u = np.array([0.31])
    along = curve(u + 1e-4) - curve(u - 1e-4)
    across = along[:, ::-1] * [1, -1] / np.linalg.norm(along)
    near, far = curve(u) + 2.95 * 0.25 / SCALE * across, curve(u) + 3.05 * 0.25 / SCALE * across
    found = instrument.sample(np.concatenate([near, far]))
    assert found.sharp.tolist() == [True, False]
    assert found.modes.tolist() == [6, 6]  # 0.31 * 20


def test_faults_are_told(instrument):
    rng = np.random.default_rng(4)
    half = SPIRAL.points(rng.random(1000) / 2, rng.normal(size=(1000, 2)))
    wide = SPIRAL.points(rng.random(1000), 4 * rng.normal(size=(1000, 2)))
    found = measure(instrument, half)
    assert found["modes"] in (10, 11)
    assert found["q"] > 0.5
    assert measure(instrument, wide)["high_quality"] < 0.65
    assert measure(instrument, wide)["q"] > 0.3


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e300])
def test_bad_points_are_looked_at(instrument, bad):
    sample = instrument.sample(np.full((3, 2), bad))
    assert sample.modes.shape == (3,)
    assert not sample.sharp.any()


@pytest.mark.parametrize("noise", [0.0, -1.0, np.nan])
def test_noise_must_be_positive(noise):
    with pytest.raises(ValueError, match="noise"):
        Spiral(noise)
