"""Trend, variance and oscillation of a series."""

import math

import numpy as np
import pytest
from scipy import stats

from bench.analysis.verdicts import signals, thresholds
from bench.gan.training.record import _first_component
from tests.analysis.synthetic import noise

NAN = math.nan


def test_theil_sen_equals_scipys():
    rng = np.random.default_rng(3)
    for n in (2, 3, 17, 50):
        y = rng.normal(size=n) + 0.3 * np.arange(n)
        expected = stats.theilslopes(y)
        found = signals.theil_sen(y)
        assert found.slope == pytest.approx(expected.slope, abs=1e-12)
        assert found.start == pytest.approx(np.median(y - expected.slope * np.arange(n)), abs=1e-12)


def test_theil_sen_leaves_out_what_was_not_measured_and_keeps_its_place():
    assert signals.theil_sen([1, NAN, 7, 10, NAN]).slope == pytest.approx(3.0)
    assert math.isnan(signals.theil_sen([NAN, 4.0]).slope)


def test_a_drift_is_both_of_them_to_the_bit():
    rng = np.random.default_rng(4)
    series = rng.normal(size=(9, 21)).round(1) + np.linspace(0, 2, 21)
    series[2, [0, 7, 20]] = NAN
    series[3, 2:] = NAN  # two values have a slope and no test
    series[4, 1:] = NAN
    series[5, [3, 4]] = NAN
    found = signals.drift(series)
    assert found.slope.tobytes() == signals.theil_sen(series).slope.tobytes()
    assert found.p.tobytes() == signals.mann_kendall(series).tobytes()
    alone = [signals.theil_sen(row).slope for row in series]
    np.testing.assert_array_equal(found.slope, alone)


def test_mann_kendall_equals_kendalls_tau_against_time():
    rng = np.random.default_rng(4)
    for y in (rng.normal(size=40), rng.integers(0, 4, 40), np.arange(12) + rng.normal(size=12)):
        expected = stats.kendalltau(np.arange(len(y)), y, method="asymptotic").pvalue
        assert signals.mann_kendall(y) == pytest.approx(expected, rel=1e-9)
    assert signals.mann_kendall([2.0] * 30) == 1.0
    assert signals.mann_kendall([1.0, 2.0]) == 1.0


def test_loss_variance_of_noise_on_a_slope():
    rng = np.random.default_rng(5)
    blocks = 3 - 0.02 * np.arange(2000) + rng.normal(size=2000) * 0.3
    found = signals.loss_variance(blocks)
    assert found.detrended == pytest.approx(0.09, rel=0.1)
    assert found.robust == pytest.approx(0.09, rel=0.2)  # its own error is 7 %
    assert found.raw == pytest.approx(0.02**2 * 1000**2 / 12 + 0.09, rel=0.05)


def test_loss_variance_is_about_the_last_half_only():
    assert signals.loss_variance([50, -50, 50, -50, 0, 1, 0, 1]).raw == pytest.approx(1 / 3)


def test_a_spike_moves_the_variance_but_not_the_robust_one():
    calm = noise(np.random.default_rng(6), 200)
    spiked = calm.copy()
    spiked[150] += 5
    before, after = signals.loss_variance(calm), signals.loss_variance(spiked)
    assert after.detrended > 50 * before.detrended
    assert after.robust == pytest.approx(before.robust, rel=0.1)


def test_loss_variance_of_almost_nothing_is_unknown():
    assert all(math.isnan(v) for v in signals.loss_variance([1, 2, NAN, 3, NAN, 4, 5]))


@pytest.mark.parametrize("scale", [1.0, 1e-3, 1e6])
def test_what_stands_still_or_is_a_line_has_no_period(scale):
    """Beside its rounding errors, which have one."""
    x = np.arange(60)
    ramp = scale * (0.1 + 0.3 * x)
    series = np.stack([np.full(60, 0.1 * scale), ramp, ramp + 1e-14 * scale * np.sin(x)])
    found = signals.oscillation(series)
    np.testing.assert_array_equal(found.r, 0)
    np.testing.assert_array_equal(found.f, 0)
    assert np.isnan(found.period).all()
    assert signals.oscillation(ramp + 0.1 * scale * np.sin(x)).found


@pytest.mark.parametrize("n", [50, 100, 200])
def test_oscillation_false_alarms_on_autoregressive_noise(n):
    rng = np.random.default_rng(n)
    rates = [
        signals.oscillation(np.array([noise(rng, n, 1.0, phi) for _ in range(400)])).found.mean()
        for phi in (0, 0.5, 0.8, 0.9, 0.95)
    ]
    assert np.mean(rates) <= 0.013
    assert max(rates) <= 0.03


@pytest.mark.parametrize("n", [100, 200])
@pytest.mark.parametrize("period", [8, 12, 20])
def test_oscillation_power_at_twice_the_noise_variance(n, period):
    rng = np.random.default_rng([n, period])
    found = []
    for _ in range(200):
        phase = rng.uniform(0, 2 * np.pi)
        wave = 2 * np.sin(2 * np.pi * np.arange(n) / period + phase)
        found.append(signals.oscillation(wave + rng.normal(size=n) + 0.05 * np.arange(n)))
    assert np.mean([o.found for o in found]) >= 0.94
    assert np.median([o.period for o in found]) == pytest.approx(period, abs=1)


def test_a_bend_is_not_a_peak_of_power():
    bend = 0.001 * (np.arange(100) - 50) ** 2 + 0.1 * np.random.default_rng(0).normal(size=100)
    assert signals.oscillation(bend).f < 0.5


def test_oscillation_needs_50_values_and_a_change():
    assert np.isnan(signals.oscillation(np.sin(np.arange(49)))).all()
    assert signals.oscillation([*np.sin(np.arange(60)), *[NAN] * 20]).found
    assert not signals.oscillation(np.linspace(0, 1, 60)).found
    assert not signals.oscillation(np.full(60, 3.0)).found


def test_running_median_equals_the_slow_way():
    rng = np.random.default_rng(8)
    y = rng.normal(size=30)
    y[[3, 4, 11]] = NAN
    slow = [np.nanmedian(y[i : i + 5]) for i in range(26)]
    assert signals.running_median(y) == pytest.approx(slow)
    assert signals.running_median([1.0, 9.0]) == pytest.approx([5.0])
    assert np.isnan(signals.running_median([NAN] * 6)).all()
    assert len(signals.running_median([])) == 0


def test_quantile_and_median_equal_numpys():
    rng = np.random.default_rng(9)
    for n in (1, 2, 5, 8):
        y = rng.normal(size=n)
        assert signals.median(y) == np.median(y)
        for q in (0.0, 0.1, 0.5, 0.9, 1.0):
            assert signals.quantile([*y, NAN], q) == pytest.approx(np.quantile(y, q))
    assert math.isnan(signals.quantile([NAN], 0.5))


def test_quantile_counts_infinities_where_it_is_told_to():
    y = [math.inf, 1.0, NAN, 3.0]
    assert signals.quantile(y, 0.5) == 2.0
    assert signals.quantile(y, 0.5, infinite=True) == 3.0  # at a value: 0 times infinity is 0
    assert signals.quantile(y, 0.25, infinite=True) == 2.0
    assert signals.quantile(y, 0.6, infinite=True) == math.inf
    assert signals.quantile([-math.inf, -math.inf, 0.0], 0.25, infinite=True) == -math.inf
    assert math.isnan(signals.quantile([NAN, NAN], 0.5, infinite=True))


def test_loss_gap_is_that_of_the_end():
    blocks = [9.0] * 80 + [1.0, 1.2] * 10
    assert signals.loss_gap(blocks, 1.386) == pytest.approx(1.1 - 1.386)
    assert math.isnan(signals.loss_gap([], 1.0))


def test_gradients_in_proportion_and_gone():
    g, d = [1.0, 3.0, 2.0, NAN], [4.0, 8.0, 100.0]
    assert signals.gradient_ratio(g, d) == 0.25
    assert math.isnan(signals.gradient_ratio(g, [0.0]))
    fading = np.geomspace(1, 1e-9, 200)
    assert signals.vanished(fading)
    assert not signals.vanished(np.geomspace(1, 1e-5, 200))
    assert not signals.vanished([])


def test_late_is_the_end():
    assert signals.late([1, 2, 3, 4, 5]).tolist() == [3, 4, 5]
    assert signals.late([7], 0.2).tolist() == [7]
    assert signals.late([], 0.2).tolist() == []


def shares(rng, points, modes, samples, *, loose=0.0, phi=0.0, turning=0.0, period=12):
    """First principal component of sampled mode shares [points]: of modes whose log weights wander
    (autoregressive, of deviation `loose`), and turn from mode to mode by `turning`."""
    wander = np.stack([noise(rng, points, loose, phi) for _ in range(modes)], 1)
    angle = 2 * np.pi * (np.arange(points)[:, None] / period + np.arange(modes) / modes)
    weights = np.exp(wander + turning * np.sin(angle))
    weights /= weights.sum(1, keepdims=True)
    counts = rng.multinomial(samples, weights)
    return _first_component(counts / samples)


@pytest.mark.parametrize("modes", [8, 25])
@pytest.mark.parametrize("points", [100, 200])
def test_a_cycle_of_modes_is_not_seen_in_modes_that_wander(points, modes):
    rng = np.random.default_rng([points, modes])
    wandering = [{"loose": 0.0}, *({"loose": 0.5, "phi": phi} for phi in (0, 0.5, 0.8, 0.95))]
    series = [
        [shares(rng, points, modes, 1000, **given) for _ in range(100)] for given in wandering
    ]
    found = signals.oscillation(signals.late(np.array(series))).found
    assert found.mean() <= 0.01
    assert found.mean(axis=1).max() <= 0.02


@pytest.mark.parametrize("modes", [8, 25])
@pytest.mark.parametrize("period", [8, 20])
def test_a_cycle_of_modes_is_seen_where_their_shares_turn(modes, period):
    """The log weights turn by 0.3, three times the deviation of their wandering."""
    rng = np.random.default_rng([modes, period])
    given = {"loose": 0.1, "phi": 0.5, "turning": 0.3, "period": period}
    series = np.array([shares(rng, 100, modes, 1000, **given) for _ in range(100)])
    found = signals.oscillation(signals.late(series))
    assert found.found.mean() >= 0.94
    assert np.median(found.period) == pytest.approx(period, abs=1)


@pytest.mark.parametrize(("modes", "samples"), [(8, 1000), (25, 1000), (1000, 10_000)])
def test_sampling_alone_is_no_hopping(modes, samples):
    """Half the L1 distance of two samples: sqrt((K - 1) / (pi N)) in the mean."""
    rng = np.random.default_rng(modes)
    counts = rng.multinomial(samples, np.full(modes, 1 / modes), size=200) / samples
    moved = np.abs(np.diff(counts, axis=0)).sum(axis=1) / 2
    assert moved.mean() == pytest.approx(np.sqrt((modes - 1) / (np.pi * samples)), rel=0.08)
    assert moved.max() < thresholds.HOPPING


def test_the_autocorrelation_is_of_the_series_and_not_of_a_ring():
    """Of 6 values with a step at the ends, which a ring would join."""
    y = np.array([[5.0, 1.0, 0.0, -1.0, -2.0, -3.0]])
    by_hand = [sum(y[0, i] * y[0, i + lag] for i in range(6 - lag)) for lag in range(3)]
    np.testing.assert_allclose(signals._autocorrelation(y)[0], np.divide(by_hand, by_hand[0]))
