"""fit: what is stored of a trial, and that looking at it does not change it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bench import registry
from bench.gan import load_parts, tasks
from bench.gan.methods import CATALOGUE
from bench.gan.training import motion, record, train
from bench.gan.training.critic import neutral
from bench.gan.training.record import Record, blocks, looks_at, spikes
from bench.gan.training.step import compiled
from bench.metrics import discriminator
from bench.trial import Method, Status, Trial
from tests import here

load_parts()
TINY = {"sigma": 0.1, "batch": 16, "latent": 4, "units": 8}
RNG = np.random.default_rng


def trial(name="ns", steps=120, evaluations=6, **changes):
    method = CATALOGUE[name].method
    own = {
        f"{part}.{hparam}": value
        for kind, part in method.parts()
        for hparam, value in registry.KINDS[kind][part].defaults.items()
    }
    hparams = {"lr_g": 1e-3, "lr_d": 1e-3, **own, **changes}
    return Trial("ring8", method, 0, steps, hparams, TINY, evaluations)


@pytest.fixture(scope="module", autouse=True)
def _graph_kernels():
    with here.graph_kernels():
        yield


@pytest.fixture(scope="module")
def fitted():
    return train.fit(trial())


def test_every_curve_has_a_value_for_each_evaluation(fitted):
    curves = fitted.result.curves
    assert curves["step"] == [20, 40, 60, 80, 100, 120]
    assert {len(values) for values in curves.values()} == {6}
    assert {"q", "vendi", "d_auc", "d_accuracy", "d_calibration", "logit_median"} < set(curves)
    assert {"update_ratio_g", "update_ratio_d", "turning_angle", "mode_pc"} < set(curves)
    assert "d_overfit" not in curves  # endless data: every real sample is new
    assert all(1e-5 < value < 0.1 for value in curves["update_ratio_g"])


def test_looking_at_the_weights_changes_no_step(fitted):
    t = trial()
    step = compiled(tasks.build(t.task, tuple(sorted(TINY.items()))), t.method)
    state, _ = step.run(step.init(0, dict(t.hparams)), 0, dict(t.hparams), 0, 120)
    z = train._fixed_latent(step.task, 1000)
    np.testing.assert_array_equal(step.generate(state, z), fitted.samples["fake"])


def test_final_rows_and_reasons_are_stored(fitted):
    facts = fitted.result.facts
    assert set(facts["final"]) > {"mmd", "energy", "w2", "precision", "recall", "coverage"}
    assert facts["final"]["w2"]["fake"] == 500
    assert facts["missing"] == {}
    assert facts["gradients"] == 2
    assert facts["cpu_seconds"] > 0
    assert facts["high_quality_most"] == pytest.approx(0.98889, abs=1e-5)


def test_snapshots_are_small_and_end_with_the_last_samples(fitted):
    samples = fitted.samples
    assert samples["snapshots"].shape == (6, 300, 2)
    assert samples["snapshots"].dtype == np.float16
    assert samples["steps"].tolist() == fitted.result.curves["step"]
    np.testing.assert_allclose(
        samples["snapshots"][-1], samples["fake"][:300], rtol=1e-3, atol=1e-3
    )
    assert not np.array_equal(samples["snapshots"][0], samples["snapshots"][-1])


@pytest.mark.parametrize("n", [1, 3, 20, 50, 100, 1000])
def test_about_twenty_evaluations_look_closer(n):
    found = looks_at(n)
    assert len(found) == min(n, 20)
    assert {0, n - 1} <= found <= set(range(n))


def test_snapshots_of_images_are_bytes():
    images = RNG(0).uniform(-1, 1, (5, 8, 8, 3))
    small = record._small(images)
    assert small.dtype == np.uint8
    np.testing.assert_allclose(small / 127.5 - 1, images, atol=1 / 254)
    assert np.isfinite(record._small(np.array([[1e30, -1e30]]))).all()


def test_a_diverged_trial_keeps_what_it_has():
    broken = train.fit(trial(lr_g=1e30, lr_d=1e30))
    assert broken.result.status is Status.DIVERGED
    assert broken.result.curves["step"] == []
    assert broken.samples == {}


@pytest.mark.parametrize("steps", [3, 6, 11])
def test_evaluations_may_be_closer_than_a_window(steps):
    found = train.fit(trial(steps=steps, evaluations=3)).result
    assert {len(values) for values in found.curves.values()} == {3}
    assert (found.curves["turning_angle"][-1] is None) == (steps == 3)


def test_a_second_generator_has_curves_with_its_prefix():
    task = registry.task["ring8"](**TINY)
    instrument = train._instrument(tasks.build("ring8", tuple(sorted(TINY.items()))))
    kept = Record(task, instrument, 2)
    real = instrument.real.points
    for step in (1, 2):
        kept.evaluate(step, {"": 0 * real, "ema_": real}, {"d_auc": 0.5})
    kept.finish()
    assert kept.curves["modes"] == [0, 0]
    assert kept.curves["ema_modes"] == [8, 8]
    assert kept.curves["ema_mode_tv"] == [None, 0]
    assert kept.curves["ema_q"][1] < 0.2 < 1 < kept.curves["q"][1]
    np.testing.assert_array_equal(kept.samples()["fake"], 0 * real)  # samples are of the first


def test_curves_that_are_taken_now_and_then_have_gaps():
    instrument = train._instrument(tasks.build("ring8", tuple(sorted(TINY.items()))))
    kept = Record(registry.task["ring8"](**TINY), instrument, 4)
    for step, more in enumerate([{}, {"d_auc": 0.5}, {}, {"d_auc": 0.7, "other": 1.0}]):
        kept.evaluate(step, {"": instrument.real.points}, more)
    assert kept.curves["d_auc"] == [None, 0.5, None, 0.7]
    assert kept.curves["other"] == [None, None, None, 1.0]


def test_a_missing_value_keeps_its_reason():
    instrument = train._instrument(tasks.build("ring8", tuple(sorted(TINY.items()))))
    kept = Record(registry.task["ring8"](**TINY), instrument, 1)
    kept.evaluate(1, {"": instrument.real.points[:1]}, {})
    assert kept.curves["fd"] == [None]
    assert "at least 2" in kept.missing["fd"]


def test_first_component_of_mode_shares_follows_the_mass():
    wave = 0.1 * np.sin(np.arange(50))
    shares = 0.25 + np.stack([wave, -wave, 0 * wave, 0 * wave], 1)
    found = record._first_component(shares + 1e-4 * RNG(1).normal(size=(50, 4)))
    assert abs(np.corrcoef(found, wave)[0, 1]) > 0.999
    assert np.abs(found).max() == pytest.approx(0.1 * np.sqrt(2), rel=0.05)


# --- signals -------------------------------------------------------------------------------------


def test_spikes_are_counted_against_the_running_median():
    rng = RNG(2)
    loss = np.linspace(5, 0, 2000) + 0.1 * rng.normal(size=2000)
    clean = spikes(loss)
    loss[[300, 301, 1500]] += 3
    assert clean.sum() == 0
    assert np.flatnonzero(spikes(loss)).tolist() == [300, 301, 1500]
    assert not spikes(np.ones(300)).any()


def test_running_median_is_that_of_101_steps():
    loss = RNG(3).normal(size=400)
    middle = np.array([np.median(loss[i - 50 : i + 51]) for i in range(50, 350)])
    away = np.abs(loss[50:350] - middle)
    spread = np.array([np.median(away[i - 50 : i + 51]) for i in range(50, 250)])
    expected = away[50:250] > 8 * 1.4826 * spread
    np.testing.assert_array_equal(spikes(loss)[100:300], expected)


def test_blocks_have_means_spikes_and_largest_gradients():
    rows = RNG(4).normal(size=(400, len(record.SIGNALS)))
    rows[10, 0] = 1e4
    rows[390:, 1] = np.nan
    found = blocks([rows[:150], rows[150:]], 2)
    assert found["step"] == [98, 196, 293, 390]
    assert found["loss_g_spikes"] == pytest.approx([1 / 98, 0, 0, 0])
    assert found["gradient_g"][0] == pytest.approx(rows[:98, 2].mean())
    assert found["gradient_g_max"][0] == pytest.approx(rows[:98, 2].max())
    assert blocks([np.full((1, len(record.SIGNALS)), np.nan)], 2)["step"] == []


# --- motion --------------------------------------------------------------------------------------


def test_turning_angle_of_a_rotation():
    def at(step):
        turn = np.radians(2.862405 * step)
        return motion.Point(np.array([np.cos(turn)]), np.array([np.sin(turn)]))

    points = {step: at(step) for step in motion.marks(0, 40)}
    found = motion.motion(points, 0, 40)
    assert found["turning_angle"] == pytest.approx(28.62405)
    assert found["update_ratio_g"] == pytest.approx(abs(at(40).g[0] / at(39).g[0] - 1))
    back = {step: motion.Point(p.d, p.g) for step, p in points.items()}
    assert motion.motion(back, 0, 40)["turning_angle"] == pytest.approx(-28.62405)


def test_turning_angle_in_many_dimensions():
    x, y = np.eye(5)[0], np.eye(5)[1]
    assert motion.turning(x, x + y) == pytest.approx(45)
    assert motion.turning(x, -3 * x) == pytest.approx(180)
    assert motion.turning(x, 0 * x) is None


@pytest.mark.parametrize(("done", "stop", "expected"), [(0, 50, [30, 40, 49, 50]), (4, 5, [5])])
def test_marks(done, stop, expected):
    assert motion.marks(done, stop) == expected


# --- discriminator -------------------------------------------------------------------------------


def test_auc_equals_scikit_learns():
    from sklearn.metrics import roc_auc_score

    real, fake = RNG(5).normal(size=80).round(1) + 0.6, RNG(6).normal(size=90).round(1)
    labels = np.repeat([1, 0], [80, 90])
    expected = roc_auc_score(labels, np.concatenate([real, fake]))
    assert discriminator.auc(real, fake) == pytest.approx(expected)
    assert 0.55 < expected < 0.8


def test_accuracy_at_its_threshold():
    real, fake = np.array([0.9, 0.6, 0.4, 2.0]), np.array([0.1, 0.3, 0.7])
    assert discriminator.accuracy(real, fake, 0.5) == pytest.approx((3 / 4 + 2 / 3) / 2)
    assert discriminator.accuracy(real, fake) == pytest.approx(0.5)
    assert discriminator.accuracy(real + 7, fake + 7, None) == pytest.approx((2.5 / 4 + 2 / 3) / 2)
    assert discriminator.accuracy(np.zeros(5), np.zeros(9)) == 0.5


def test_calibration_of_the_best_discriminator_and_of_an_overconfident_one():
    rng = RNG(7)
    real, fake = rng.normal(size=20_000) + 1, rng.normal(size=20_000)
    logit = lambda x: x - 0.5  # noqa: E731  log N(x; 1, 1) / N(x; 0, 1)
    assert discriminator.calibration(logit(real), logit(fake)) < 0.01
    expected = 0.19  # of logits four times too large
    assert discriminator.calibration(4 * logit(real), 4 * logit(fake)) == pytest.approx(
        expected, abs=0.03
    )
    assert discriminator.calibration(np.full(60, 1e4), np.full(60, 1e4)) == pytest.approx(0.5)


def test_logit_scale():
    median, extreme = discriminator.scale(np.array([-3.0, 1.0]), np.array([2.0]))
    assert (median, extreme) == (2.0, pytest.approx(2.998))


@pytest.mark.parametrize(
    ("loss", "hparams", "expected"),
    [
        ("non_saturating", {}, 0.0),
        ("hinge", {}, 0.0),
        ("least_squares", {}, 0.5),
        ("least_squares", {"least_squares.a": -1.0, "least_squares.b": 0.0}, -0.5),
        ("wasserstein", {}, None),
        ("relativistic", {}, None),
    ],
)
def test_neutral_logit_of_each_loss(loss, hparams, expected):
    step = replace_method(loss)
    found = neutral(step, hparams)
    assert found == (None if expected is None else pytest.approx(expected, abs=0.026))


def replace_method(loss):
    class Known:
        method = replace(Method("x"), loss=loss)

    return Known


@pytest.mark.parametrize(
    ("parts", "alike"),
    [({}, True), ({"augmentations": ("instance_noise",)}, False), ({"lazy": 16}, True)],
)
def test_a_game_says_whether_another_seed_would_play_alike(parts, alike):
    method = Method("x", optimizer="sgd", regularizers=("r1",), **parts)
    hparams = {
        "lr_g": 0.1,
        "lr_d": 0.1,
        "r1.gamma": 0.3,
        "instance_noise.std": 0.1,
        "instance_noise.until": 0.5,
    }
    game = Trial("dirac", method, 3, 40, hparams, {}, 4)
    own, other = (train.fit(replace(game, seed=seed)).result for seed in (3, 4))
    assert own.facts["deterministic"] is alike
    assert (own.curves == other.curves) is alike


def test_samples_are_drawn_at_random(fitted):
    assert fitted.result.facts["deterministic"] is False
