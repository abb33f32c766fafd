"""The instrument against samplers whose faults are known, on ring8 with sigma 0.1."""

import inspect

import numpy as np
import pytest

from bench.gan.tasks import cases
from bench.metrics import Mixture, Sample, finite, grid, measure, ring
from bench.metrics.calibrate import gaussian
from bench.metrics.measure import value
from bench.metrics.quantities import ours
from bench.registry import Part, metric

RING = Mixture.standardized(ring(), 0.1)
N = 1000


@pytest.fixture(scope="module")
def instrument():
    return RING.instrument()


def sampler(name, seed):
    rng = np.random.default_rng(seed)
    kept = {"7 of 8": 7, "4 of 8": 4, "point": 1}.get(name, 8)
    centres = RING.centres[rng.integers(kept, size=N)]
    width = {"2 sigma": 2, "4 sigma": 4, "point": 0}.get(name, 1) * RING.sigma
    shift = {"shifted 1": 1, "shifted 3": 3}.get(name, 0) * RING.sigma
    if name == "blob":
        return gaussian(RING.draw(0, 2000), N, rng)
    return centres + width * rng.normal(size=(N, 2)) + [shift, 0]


def mean(instrument, name, value, draws=8):
    return np.mean([measure(instrument, sampler(name, seed))[value] for seed in range(draws)])


@pytest.mark.parametrize(
    ("name", "expected", "band"),
    [
        ("perfect", 0.01, 0.05),
        ("2 sigma", 0.54, 0.04),
        ("7 of 8", 0.69, 0.03),
        ("4 of 8", 1.00, 0.03),
        ("blob", 1.00, 0.02),
        ("point", 1.18, 0.03),
    ],
)
def test_q_of_known_faults(instrument, name, expected, band):
    draws = 40 if name == "perfect" else 8
    assert mean(instrument, name, "q", draws) == pytest.approx(expected, abs=band)


@pytest.mark.parametrize(
    "names",
    [
        ("perfect", "7 of 8", "4 of 8", "point"),
        ("perfect", "2 sigma", "4 sigma", "blob"),
        ("perfect", "shifted 1", "shifted 3"),
    ],
)
def test_worse_samplers_get_worse_values(instrument, names):
    values = [mean(instrument, name, "q", 4) for name in names]
    assert (np.diff(values) > 0.1).all()


def test_blob_reaches_modes_by_the_rule_of_the_literature_only(instrument):
    assert mean(instrument, "blob", "modes") < 0.5
    assert mean(instrument, "blob", "modes_1") > 7
    assert mean(instrument, "blob", "high_quality") < 0.1


@pytest.mark.parametrize(("name", "modes"), [("perfect", 8), ("7 of 8", 7), ("4 of 8", 4)])
def test_modes_are_counted(instrument, name, modes):
    assert mean(instrument, name, "modes") == modes
    assert mean(instrument, name, "modes_1") == modes


def test_a_mode_counts_from_a_fifth_of_its_share(instrument):
    counts = np.array([25, 24, 1, 0, 200, 250, 250, 250])  # 0.2 N / K = 25
    points = np.repeat(RING.centres, counts, 0)
    found = measure(instrument, points)
    assert (found["modes"], found["modes_1"]) == (5, 7)
    assert found["mode_max"] == 0.25


def test_high_quality_of_a_perfect_sampler_is_below_one(instrument):
    fake = instrument.sample(RING.draw(5, 40_000))
    assert fake.sharp.mean() == pytest.approx(1 - np.exp(-4.5), abs=4 * 0.0105 / 20)
    edge = RING.centres[:1] + np.array([[2.99, 0], [0, -3.01]]) * RING.sigma
    assert instrument.sample(edge).sharp.tolist() == [True, False]


def test_floor_of_the_kl_divergence(instrument):
    """A perfect sampler gets (K - 1) / (2 N) in the mean."""
    rng, kl = np.random.default_rng(0), metric["mode_kl"]
    drawn = [rng.integers(8, size=N) for _ in range(2000)]
    values = [kl(instrument.real, Sample(m, m, modes=m), instrument) for m in drawn]
    assert np.mean(values) == pytest.approx(7 / (2 * N), rel=0.05)


def test_kl_and_histogram_of_known_shares(instrument):
    fake = instrument.sample(np.repeat(RING.centres[:2], (750, 250), 0))
    np.testing.assert_allclose(instrument.histogram(fake), [0.75, 0.25, 0, 0, 0, 0, 0, 0])
    expected = 0.75 * np.log(6) + 0.25 * np.log(2)
    assert measure(instrument, fake)["mode_kl"] == pytest.approx(expected)


def test_pairwise_ratio_and_outside(instrument):
    points = RING.draw(9, N)
    assert measure(instrument, points)["pairwise_ratio"] == pytest.approx(1, abs=0.1)
    assert measure(instrument, points / 10)["pairwise_ratio"] == pytest.approx(0.1, abs=0.01)
    points[:300] *= 5
    assert measure(instrument, points)["outside"] == 0.3
    points[:300] *= 0.5
    assert measure(instrument, points)["outside"] == 0.0


def test_twenty_five_modes():
    mixture = Mixture.standardized(grid(), 0.2)
    instrument = mixture.instrument()
    found = measure(instrument, mixture.draw(999, N))
    assert (found["modes"], instrument.record()["modes"]) == (25, 25)
    assert abs(found["q"]) < 0.15
    assert 20 < instrument.ceiling / instrument.floor < 60


def test_floor_is_that_of_fresh_samples(instrument):
    fresh = [measure(instrument, RING.draw(1000 + i, N))["fd"] for i in range(60)]
    error = np.hypot(np.std(fresh) / np.sqrt(60), instrument.floor_sd / np.sqrt(24))
    assert np.mean(fresh) == pytest.approx(instrument.floor, abs=3.5 * error)
    assert 150 < instrument.ceiling / instrument.floor < 300


BAD = {
    "nan": np.full((N, 2), np.nan),
    "one nan": np.vstack([RING.draw(0, N - 1), [[np.nan, 0]]]),
    "infinite": np.full((N, 2), np.inf),
    "huge": np.full((N, 2), 1e300),
    "constant": np.full((N, 2), 0.25),
    "a line": np.linspace(-1, 1, N)[:, None] * [1.0, 2.0],
    "two": RING.draw(0, 2),
    "one": RING.draw(0, 1),
    "none": np.zeros((0, 2)),
}


@pytest.mark.parametrize("name", BAD)
def test_degenerate_samples_give_numbers_or_none(instrument, name):
    found = measure(instrument, BAD[name])
    assert set(found) == set(measure(instrument, instrument.real))
    assert all(v is None or np.isfinite(v) for v in found.values())
    missing = {name for name, value in found.items() if value is None}
    assert (missing == set(found)) == (name in ("nan", "one nan", "infinite", "none"))
    if name == "one":
        assert missing == {"fd", "q", "pairwise_ratio"}
    if name in ("constant", "a line"):
        assert missing <= {"mode_spread"}  # none of them may be near a mode


def test_q_is_for_the_calibrated_number_of_samples_only(instrument):
    found = measure(instrument, RING.draw(0, N - 1))
    assert found["q"] is None
    assert found["fd"] is not None


def test_points_of_the_wrong_shape_are_refused(instrument):
    with pytest.raises(ValueError, match="shape"):
        measure(instrument, np.zeros((N, 3)))


def classified(points):
    """Points as a classifier of the quadrants sees them: sure far from the axes, and a pair that
    agrees where both numbers have one sign."""
    near = np.abs(points).min(1)
    about = {"confidence": 1 - 0.75 * np.exp(-near), "agree": points[:, 0] * points[:, 1] > 0}
    return Sample(points, points.astype(float), (points > 0) @ [1, 2], **about)


@pytest.fixture(scope="module")
def labelled():
    """A data set of 600 points with classes: what the ring lacks (classifier, pairs, copies)."""
    rng = np.random.default_rng(3)
    points = rng.choice([-2.0, 2.0], (600, 1)) + rng.normal(size=(600, 2)) * [0.5, 0.3]
    about = {"proxy": "OWN-FD", "digest": "0" * 16, "weights": np.full(4, 0.25)}
    return finite(classified, points, n=300, **about)


ON_THE_RING = {part.name for part in metric} - {"agreement", "confidence", "authentic"}
ON_THE_RING -= {"nn_ratio", "c_t"}
SPECIAL = {"regret": "imitate", "l1": "enhance", "sharpness": "enhance", "density_gap": "tabular"}
SPECIAL |= dict.fromkeys(("likelihood_syn", "likelihood_test"), "tabular")
SPECIAL |= {"retrieval": "align"}
"""Metrics of single tasks -> the task."""
ON_THE_RING -= SPECIAL.keys()
AWAY = ("outside", "high_quality", "precision", "density")


def good_and_bad(name, instrument, labelled):
    """(instrument, real samples, samples with a fault that the metric has to see)."""
    if name in SPECIAL:
        case, rng = cases.of(SPECIAL[name]), np.random.default_rng(5)
        fault = {"l1": "the mean image", "sharpness": "bicubic", "regret": "no action"}
        fault |= {"retrieval": "others of the right cluster"}
        wanted = fault.get(name, "numbers of other rows")
        trivial = next(t for t in case.trivial if t.name == wanted)
        n = case.instrument.n
        return case.instrument, case.real(rng, n), trivial.draw(rng, n)
    if name in ON_THE_RING:
        worse = np.full((N, 2), 50.0) if name in AWAY else sampler("point", 0)
        if name == "mode_spread":
            worse = RING.centres[np.arange(N) % 8]
        return instrument, sampler("perfect", 0), worse
    rng = np.random.default_rng(4)
    new = rng.choice([-2.0, 2.0], (300, 1)) + rng.normal(size=(300, 2)) * [0.5, 0.3]
    worse = {"agreement": new * [1, -1], "confidence": new / 10}
    return labelled, new, worse.get(name, labelled.train[:300])


@pytest.mark.parametrize(
    "part", [part for part in metric if ours(part)], ids=lambda part: part.name
)
def test_direction_of_each_metric(instrument, labelled, part):
    """Every metric says which way is better, and prefers real samples to its own kind of fault;
    without a direction it at least tells them apart."""
    known, good, bad = good_and_bad(part.name, instrument, labelled)
    final = part.traits.get("final", False)
    better, worse = (measure(known, x, final=final)[part.name] for x in (good, bad))
    assert None not in (better, worse)
    assert abs(better - worse) > 0.02 * max(abs(better), abs(worse))
    if direction := part.traits.get("better"):
        assert (better > worse) == (direction == "higher")
    floor, ceiling = part.traits.get("floor", -np.inf), part.traits.get("ceiling", np.inf)
    assert floor <= min(better, worse) < max(better, worse) <= ceiling


def test_each_metric_says_where_it_is_blind():
    for part in metric:
        assert "Blind" in inspect.getdoc(part.fn), part.name
        assert part.traits.get("better", "") in ("higher", "lower", ""), part.name


def test_record_is_plain_data(instrument):
    record = instrument.record()
    assert record["proxy"] == "RFF-FD"
    assert record["n"] == N
    assert record["mode_kl_floor"] == 7 / (2 * N)
    assert record["high_quality_most"] == pytest.approx(0.98889, abs=1e-5)
    assert all(isinstance(v, str | int | float) for v in record.values())


@pytest.mark.parametrize("own", list(metric), ids=lambda own: own.name)
def test_the_first_line_of_a_metric_is_a_whole_sentence(own):
    assert own.summary.endswith(".")
    assert own.summary.count("(") == own.summary.count(")")


def raising(kind, module):
    def wrong(real, fake, instrument):
        raise kind(f"of {len(fake)} samples")

    wrong.__module__ = module
    return Part("metric", "wrong", wrong, {})


def test_an_error_in_a_metric_of_a_plugin_costs_its_value_only(instrument):
    fake = instrument.sample(sampler("perfect", 0))
    found = value(raising(IndexError, "plugin"), instrument, fake)
    assert found == (None, "IndexError: of 1000 samples")
    assert value(raising(ValueError, "plugin"), instrument, fake).reason == "of 1000 samples"
    nothing = Part("metric", "nothing", lambda real, fake, instrument: None, {})
    assert value(nothing, instrument, fake).reason.startswith("TypeError: float() argument")


@pytest.mark.parametrize(
    ("kind", "module"), [(IndexError, "bench.metrics.quality"), (MemoryError, "plugin")]
)
def test_an_error_in_a_metric_of_ours_and_a_want_of_memory_are_raised(instrument, kind, module):
    with pytest.raises(kind, match="of 1000 samples"):
        value(raising(kind, module), instrument, instrument.sample(sampler("perfect", 0)))


def test_the_first_samples_of_all_fields():
    """Cut alike, where there are any."""
    points = np.arange(10.0).reshape(5, 2)
    whole = Sample(points, points + 1, modes=np.arange(5), agree=np.arange(5) > 1)
    cut = whole.first(3)
    np.testing.assert_array_equal(cut.points, points[:3])
    np.testing.assert_array_equal(cut.features, points[:3] + 1)
    assert (cut.modes.tolist(), cut.agree.tolist()) == ([0, 1, 2], [False, False, True])
    assert (cut.sharp, cut.confidence, cut.apart) == (None, None, None)
    other = Sample(points, points, None, points[:, 0] > 2, points[:, 1], None, points[:, 0])
    cut = other.first(2)
    assert (cut.sharp.tolist(), cut.confidence.tolist()) == ([False, False], [1, 3])
    assert (cut.modes, cut.agree, cut.apart.tolist()) == (None, None, [0, 2])
    assert whole.first(5) is whole.first(9) is whole
