"""Distances, neighbours, diversity: closed forms and public implementations."""

import os

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from bench.metrics import Mixture, Sample, final_rows, finite, measure, ring, values
from bench.metrics import distances as d
from bench.metrics.diversity import effective
from bench.metrics.neighbours import expected_coverage, radii
from bench.registry import metric

RING = Mixture.standardized(ring(), 0.1)
RNG = np.random.default_rng


FIRST_DIRECTIONS = [[0.0021235, 0.8358628], [-0.9999977, -0.5489384]]


@pytest.fixture(scope="module")
def instrument():
    return RING.instrument(n=400)


@pytest.fixture(scope="module")
def flat():
    """A data set measured on features, which are its own coordinates in nine dimensions."""
    points = RNG(0).normal(size=(600, 9))
    about = {"proxy": "RND-FD", "digest": "f" * 16}
    return finite(lambda x: Sample(x, x.astype(np.float64)), points, **about)


def sample(points):
    points = np.asarray(points, float)
    return Sample(points, points)


def take(name, instrument, real, fake):
    return metric[name](sample(real), sample(fake), instrument)


@pytest.mark.parametrize("dim", [2, 9])
def test_squared_distances_equal_scipys(dim):
    x, y = RNG(1).normal(size=(5, dim)) + 1, RNG(2).normal(size=(7, dim))
    np.testing.assert_allclose(d.squared(x, y), cdist(x, y, "sqeuclidean"), atol=1e-12)


def test_near_points_far_away_keep_their_distance():
    far = np.array([[1e9, 0.0], [1e9, 1.0]])
    assert d.distances(far, far)[0, 1] == 1.0
    row = np.c_[np.full(40, 1e9), np.arange(40.0)]
    np.testing.assert_array_equal(d.distances(row, row[:3])[:, 1], np.abs(np.arange(40.0) - 1))


def test_the_directions_of_the_sliced_distance_are_the_same_for_ever():
    """Stored values were taken along them."""
    found = d.directions(2)
    assert found.shape == (2, 64)
    np.testing.assert_allclose(np.linalg.norm(found, axis=0), 1)
    np.testing.assert_allclose(found[:, :2], FIRST_DIRECTIONS, atol=1e-6)


def test_mmd_by_hand(instrument):
    """Two points against two, one bandwidth s after the other; the diagonal is left out."""
    x, y = np.array([[0.0, 0], [0.3, 0]]), np.array([[0.0, 0.1], [1.0, 0]])

    def k(a, b):
        return np.mean([np.exp(-((a - b) ** 2).sum() / 2 / s**2) for s in instrument.bandwidths])

    cross = np.mean([k(a, b) for a in x for b in y])
    expected = k(*x) + k(*y) - 2 * cross
    assert take("mmd", instrument, x, y) == pytest.approx(expected, rel=1e-12)


def test_cubic_mmd_equals_the_loop_of_compare_gan(flat):
    """KID as in google/compare_gan and torch-fidelity, by hand: unbiased, cubic, divided by d."""
    x, y = RNG(3).normal(size=(20, 9)), RNG(4).normal(size=(31, 9)) + 0.2
    k = lambda a, b: (a @ b / 9 + 1) ** 3  # noqa: E731
    xx = np.mean([k(x[i], x[j]) for i in range(20) for j in range(20) if i != j])
    yy = np.mean([k(y[i], y[j]) for i in range(31) for j in range(31) if i != j])
    xy = np.mean([k(a, b) for a in x for b in y])
    assert take("mmd", flat, x, y) == pytest.approx(xx + yy - 2 * xy, rel=1e-9)


@pytest.mark.parametrize("name", ["mmd", "energy"])
def test_unbiased_on_equal_distributions(instrument, name):
    found = [
        take(name, instrument, RING.draw(2 * i, 200), RING.draw(2 * i + 1, 200)) for i in range(60)
    ]
    error = np.std(found) / np.sqrt(60)
    assert abs(np.mean(found)) < 2.5 * error
    assert min(found) < 0 < max(found)
    assert take(name, instrument, RING.draw(0, 200), RING.draw(1, 200) * 1.3) > 10 * error


def test_energy_equals_the_closed_form_on_two_points(instrument):
    """x in {0, 1}, y in {0, 3}: 2 * 7/4 - 1 - 3."""
    x, y = [[0.0, 0], [1.0, 0]], [[0.0, 0], [3.0, 0]]
    assert take("energy", instrument, x, y) == pytest.approx(2 * (0 + 3 + 1 + 2) / 4 - 1 - 3)


def test_energy_agrees_with_scipys_in_one_dimension(instrument):
    from scipy.stats import energy_distance

    x, y = RNG(5).normal(size=1500), RNG(6).normal(size=1500) * 1.5 + 0.5
    zero = np.zeros((1500, 1))
    found = take("energy", instrument, np.c_[x, zero], np.c_[y, zero])
    assert found == pytest.approx(energy_distance(x, y) ** 2, abs=3e-3)
    assert found > 0.05


def test_wasserstein_of_a_shift_is_its_length(instrument):
    x, shift = RNG(7).normal(size=(200, 2)), np.array([0.3, -0.4])
    assert take("w2", instrument, x, x[::-1] + shift) == pytest.approx(0.5)
    # |cos| of uniform directions: the mean square of the projected shift is half of it in 2-D
    assert take("sliced_w2", instrument, x, x + shift) == pytest.approx(0.5 / np.sqrt(2), rel=0.15)


@pytest.fixture
def ot(monkeypatch):
    for name in ("TENSORFLOW", "PYTORCH", "JAX", "CUPY"):
        monkeypatch.setitem(os.environ, f"POT_BACKEND_DISABLE_{name}", "1")
    return pytest.importorskip("ot")


def test_exact_wasserstein_equals_pots(instrument, ot):
    x, y = RNG(8).normal(size=(120, 2)), RNG(9).normal(size=(120, 2)) * [1, 2] + 0.3
    assert take("w2", instrument, x, y) == pytest.approx(np.sqrt(ot.emd2([], [], ot.dist(x, y))))


def test_sliced_wasserstein_agrees_with_pots(instrument, ot):
    x, y = RNG(8).normal(size=(300, 2)), RNG(9).normal(size=(300, 2)) * [1, 2] + 0.3
    expected = ot.sliced_wasserstein_distance(x, y, projections=d.directions(2))
    assert take("sliced_w2", instrument, x, y) == pytest.approx(expected)
    many = ot.sliced_wasserstein_distance(x, y, n_projections=2000, seed=1)
    assert expected == pytest.approx(many, rel=0.15)


@pytest.mark.parametrize("ks", [None, (4, 6), (7, 2)])
def test_precision_recall_density_coverage_equal_prdc(instrument, ks, monkeypatch):
    """With the constants that are shipped, k = 3 and k = 5, and with others."""
    prdc = pytest.importorskip("prdc")
    from bench.metrics import neighbours

    if ks:
        monkeypatch.setattr(neighbours, "BALLS", ks[0])
        monkeypatch.setattr(neighbours, "CELLS", ks[1])
    balls, cells = ks or (3, 5)
    x, y = RING.draw(1, 300), RING.draw(2, 250) * 1.05
    for k, names in ((balls, ("precision", "recall")), (cells, ("density", "coverage"))):
        expected = prdc.compute_prdc(real_features=x, fake_features=y, nearest_k=k)
        for name in names:
            assert take(name, instrument, x, y) == pytest.approx(expected[name], abs=1e-12), name
            assert 0.05 < expected[name] < 0.99 or name == "density"


def test_radius_is_that_of_the_kth_other_point():
    from sklearn.neighbors import NearestNeighbors

    x = RNG(10).normal(size=(80, 3))
    expected = NearestNeighbors(n_neighbors=6).fit(x).kneighbors(x)[0][:, 5]
    np.testing.assert_allclose(radii(x, 5), expected)


@pytest.mark.parametrize(("k", "limit"), [(5, 0.969), (3, 0.875)])
def test_expected_coverage(instrument, k, limit, monkeypatch):
    from bench.metrics import neighbours

    monkeypatch.setattr(neighbours, "CELLS", k)
    pairs = [RNG([k, i]).normal(size=(2, 200, 2)) for i in range(150)]
    found = np.mean([take("coverage", instrument, *pair) for pair in pairs])
    assert found == pytest.approx(expected_coverage(200, k), abs=0.006)
    assert expected_coverage(100_000, k) == pytest.approx(limit, abs=5e-4)


def test_vendi_of_n_far_points_is_n(instrument):
    far = sample(10 * np.arange(6)[:, None] * [1.0, 0])
    assert effective(instrument, far) == pytest.approx(6)
    assert effective(
        instrument, sample(np.repeat(far.points, (3, 1, 0, 0, 0, 0), 0))
    ) == pytest.approx(np.exp(-(0.75 * np.log(0.75) + 0.25 * np.log(0.25))))


def test_vendi_is_of_the_first_hundred_at_half_the_distance_between_modes(instrument):
    """Two places apart by that bandwidth: K / n has the eigenvalues (1 +- e^(-1/2)) / 2."""
    apart = instrument.bandwidths[1]
    assert apart == pytest.approx(np.linalg.norm(RING.centres[0] - RING.centres[1]) / 2)
    two = np.repeat([[0.0, 0.0], [apart, 0.0], [9.0, 9.0]], (50, 50, 50), 0)
    share = (1 + np.exp(-0.5)) / 2
    by_hand = np.exp(-(share * np.log(share) + (1 - share) * np.log(1 - share)))
    assert effective(instrument, sample(two)) == pytest.approx(by_hand)


def test_vendi_by_features_equals_that_of_the_whole_kernel(flat):
    x = RNG(11).normal(size=(40, 9)) + 1
    unit = x / np.linalg.norm(x, axis=1, keepdims=True)
    values = np.linalg.eigvalsh(unit @ unit.T / 40)
    values = values[values > 1e-12]
    assert effective(flat, sample(x)) == pytest.approx(np.exp(-(values * np.log(values)).sum()))
    assert effective(flat, sample(x[:4])) <= 4


def test_vendi_ratio(instrument):
    assert measure(instrument, RING.draw(77, 400))["vendi"] == pytest.approx(1, abs=0.15)
    point = np.repeat(RING.centres[:1], 400, 0)
    assert measure(instrument, point)["vendi"] == pytest.approx(
        1 / effective(instrument, instrument.real)
    )


# --- memorization --------------------------------------------------------------------------------


def test_memory_metrics_tell_copies_from_new_samples(flat):
    new, garbage = RNG(12).normal(size=(300, 9)), RNG(12).normal(size=(300, 9)) * 4
    copies = flat.train[RNG(13).integers(600, size=300)]
    near = copies + 1e-3 * RNG(14).normal(size=copies.shape)
    found = {
        name: {k: v["value"] for k, v in final_rows(flat, points).items()}
        for name, points in {"new": new, "copies": copies, "near": near, "bad": garbage}.items()
    }
    assert found["new"]["authentic"] == pytest.approx(0.55, abs=0.12)
    assert found["new"]["nn_ratio"] == pytest.approx(1, abs=0.07)
    assert abs(found["new"]["c_t"]) < 3
    assert found["copies"]["authentic"] == 0
    assert found["copies"]["nn_ratio"] == pytest.approx(0, abs=1e-6)
    assert found["near"]["authentic"] < 0.02 > found["near"]["nn_ratio"]
    assert max(found["copies"]["c_t"], found["near"]["c_t"]) < -12
    assert found["bad"]["c_t"] > 10
    assert found["bad"]["authentic"] > 0.95


def test_z_of_c_t_is_that_of_the_mann_whitney_test():
    from scipy.stats import mannwhitneyu

    from bench.metrics.memory import _z

    a, b = RNG(15).normal(size=30), RNG(16).normal(size=40) + 0.4
    u = mannwhitneyu(a, b).statistic
    assert _z(a, b) == pytest.approx((u - 600) / np.sqrt(30 * 40 * 71 / 12))
    assert _z(a, b) < -0.5


def test_c_t_weighs_its_cells_by_the_data_in_them():
    """Three far clusters of 300, 200 and 100; copies in the first, new samples in the second, and
    19 in the third, which are too few to count."""
    from scipy.stats import mannwhitneyu

    rng = RNG(17)
    which = np.repeat([0, 1, 2], (300, 200, 100))
    points = np.c_[100.0 * which, np.zeros(600)] + rng.normal(size=(600, 2))
    about = {"proxy": "OWN-FD", "digest": "f" * 16}
    known = finite(lambda x: Sample(x, x.astype(np.float64)), points, **about)
    cell = np.rint(known.train[:, 0] / 100).astype(int)
    copies = known.train[cell == 0][:60] + 1e-4
    new = rng.normal((100, 0), size=(200, 2))
    fake = np.concatenate([copies, new, known.train[cell == 2][:19]])
    apart = cdist(known.train, known.train)
    np.fill_diagonal(apart, np.inf)
    z, near = [], cdist(fake, known.train).min(1)
    for own, generated in ((0, near[:60]), (1, near[60:260])):
        other = apart.min(1)[cell == own]
        m, n = len(generated), len(other)
        u = mannwhitneyu(generated, other).statistic
        z.append((u - m * n / 2) / np.sqrt(m * n * (m + n + 1) / 12))
    expected = (300 * z[0] + 200 * z[1]) / 500
    assert take("c_t", known, known.real.points, fake) == pytest.approx(expected)
    assert z[0] < -10 < expected
    with pytest.raises(ValueError, match="no cell has 20 generated samples"):
        take("c_t", known, known.real.points, fake[-19:])


def test_a_sample_has_no_copy_in_itself_in_any_block_of_rows():
    """Distances are taken 200 rows at a time: a point and its neighbour in the third block."""
    from bench.metrics.memory import _scan

    train = np.c_[np.arange(500.0) ** 1.5, np.zeros(500)]
    near, where = _scan(train, train, itself=True)
    np.testing.assert_allclose(near[1:], np.diff(train[:, 0]))
    assert where[1:].tolist() == list(range(499))
    near, where = _scan(train[::-1] + np.array([0.25, 0]), train)
    np.testing.assert_allclose(near, 0.25)
    assert where.tolist() == list(range(499, -1, -1))


def test_nearest_training_sample_is_never_the_sample_itself(flat):
    from bench.metrics.memory import _others, _scan

    apart = cdist(flat.train, flat.train)
    np.fill_diagonal(apart, np.inf)
    np.testing.assert_allclose(_others(flat), apart.min(1), atol=1e-6)
    near, where = _scan(flat.train[:5], flat.train)
    assert near == pytest.approx(0, abs=1e-6)
    assert where.tolist() == [0, 1, 2, 3, 4]


# --- rows ----------------------------------------------------------------------------------------


def test_rows_carry_counts_and_the_features_they_were_taken_on(instrument, flat):
    rows = final_rows(instrument, RING.draw(3, 400))
    assert "c_t" not in rows
    assert rows["w2"] | {"value": 0} == {
        "value": 0,
        "reason": "",
        "real": 400,
        "fake": 400,
        "features": "coordinates",
    }
    rows = final_rows(flat, RNG(17).normal(size=(250, 9)))
    assert (rows["mmd"]["real"], rows["mmd"]["fake"]) == (300, 250)
    assert (rows["c_t"]["real"], rows["c_t"]["features"]) == (600, "f" * 16)
    assert final_rows(RING.instrument(n=600), RING.draw(3, 600))["w2"]["fake"] == 500


BAD = {
    "nan": (np.full((400, 2), np.nan), "a sample is not finite"),
    "none": (np.zeros((0, 2)), "no samples"),
    "one": (RING.centres[:1], None),
    "constant": (np.full((400, 2), 0.25), None),
    "line": (np.linspace(-1, 1, 400)[:, None] * [1.0, 2.0], None),
    "huge": (np.full((400, 2), 1e300), None),
}


@pytest.mark.parametrize("name", BAD)
def test_degenerate_samples_give_a_number_or_a_reason(instrument, flat, name):
    points, reason = BAD[name]
    for known, x in ((instrument, points), (flat, np.tile(points, (1, 5))[:, :9])):
        for final in (False, True):
            for found in values(known, x, final=final).values():
                assert (found.value is None) == bool(found.reason)
                assert found.value is None or np.isfinite(found.value)
                assert reason is None or found.reason == reason
