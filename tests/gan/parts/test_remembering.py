"""Extras with a memory: each by hand, and in the trainer where it has its place there."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf

from bench import registry
from bench.gan.game import remembered
from bench.gan.methods.rules import DoubtfulMethod, IllegalMethod, check, check_task
from bench.gan.training.step import Step
from bench.gan.training.train import fit
from bench.trial import Method, Trial
from tests import here
from tests.gan.jacobian import _first_batches
from tests.gan.parts.test_extras import digits, numbers

KEY = np.array([3, 5], np.int32)


def points(**parts) -> Step:
    task = replace(registry.task["ring8"](batch=8, units=6, latent=3), xla=False)
    return Step(task, Method("m", **parts))


def weights(player) -> np.ndarray:
    return np.concatenate([np.ravel(w) for w in player.weights])


# --- D waits --------------------------------------------------------------------------------------


def test_d_moves_above_the_threshold_only_and_waits_with_all_that_it_has():
    step = points(extras=("lazy_d",), normalizer="spectral_norm", regularizers=("lecam",))
    for threshold, moves in ((1.0, True), (2.0, False)):
        hparams = numbers(step, lazy_d__threshold=threshold, lecam__start=0.0) | {"steps": 9}
        before = step.init(0, hparams)
        after, rows = step.run(before, 0, hparams, 0, 1)
        loss = float(after.signals["loss_d"])
        assert 1.0 < loss < 2.0  # about 2 log 2
        own = [tf.nest.flatten((s.d[:1], s.d[2:], s.norm)) for s in (before, after)]
        changed = [not np.array_equal(a, b) for a, b in zip(*own, strict=True)]
        assert any(changed) is moves
        assert np.abs(weights(after.g) - weights(before.g)).max() > 0
        assert float(after.extras["lazy_d"]) == pytest.approx(1.0 if moves else 0.99)
        assert np.isfinite(rows).all()


def test_where_d_always_moves_nothing_is_changed_by_asking():
    states = []
    for extras in ((), ("lazy_d",)):
        step = points(extras=extras)
        hparams = numbers(step) | ({"lazy_d.threshold": -9.0} if extras else {})
        states.append(step.run(step.init(0, hparams), 0, hparams, 0, 5)[0])
    for a, b in zip(*(tf.nest.flatten((s.g, s.d)) for s in states), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("dynamics", ["simultaneous", "past_extragradient", "lookahead"])
def test_d_waits_under_other_dynamics(dynamics):
    step = points(extras=("lazy_d",), dynamics=dynamics)
    hparams = numbers(step, lazy_d__threshold=99.0)
    before = step.init(0, hparams)
    after, _ = step.run(before, 0, hparams, 0, 3)
    np.testing.assert_array_equal(weights(after.d), weights(before.d))
    assert np.abs(weights(after.g) - weights(before.g)).max() > 0


# --- a pool ---------------------------------------------------------------------------------------


def test_a_pool_fills_first_then_exchanges_half_of_each_batch():
    pool = registry.extra["replay_pool"](size=7.0)
    memory, shown = pool.memory((2,), "float32"), []
    for n in range(9):  # batches of 6: halves of 3 fill 7 places in three steps
        fake = tf.constant([[100.0 * n + i, 1.0] for i in range(6)])
        key = KEY + np.array([0, n], np.int32)
        new, after = pool.fakes(memory, fake, key)
        np.testing.assert_array_equal(new[3:], fake[3:])
        kept, stored = (m.samples.numpy()[:7, 0].tolist() for m in (memory, after))
        if n < 3:
            np.testing.assert_array_equal(new, fake)
            assert int(after.count) == min(3 * (n + 1), 7)
            assert stored[: int(after.count)] == [0.0, 1, 2, 100, 101, 102, 200][: int(after.count)]
        else:
            # what is shown was pooled, and this batch's first half stands in its place
            old = new.numpy()[:3, 0].tolist()
            assert set(old) <= set(kept)
            assert len(set(old)) == 3
            left = [x for x in kept if x not in old]
            assert sorted(stored) == sorted([*left, *fake.numpy()[:3, 0]])
            shown += old
        np.testing.assert_array_equal(after.samples[-1], [0, 0])
        memory = after
    assert len(set(shown)) == len(shown) == 18  # each is shown once
    assert max(x // 100 for x in shown) >= 3  # new ones enter


def test_a_pool_smaller_than_half_a_batch_exchanges_what_it_has():
    pool = registry.extra["replay_pool"](size=2.0)
    first, second = (tf.reshape(tf.range(10.0), (10, 1)) + 50 * n for n in range(2))
    _, memory = pool.fakes(pool.memory((1,), "float32"), first, KEY)
    assert int(memory.count) == 2
    new, after = pool.fakes(memory, second, KEY)
    assert sorted(new.numpy()[:2, 0]) == [0, 1]
    np.testing.assert_array_equal(new[2:], second[2:])
    assert sorted(after.samples.numpy()[:2, 0]) == [50, 51]


def test_pooled_samples_have_no_gradient_and_are_random():
    pool = registry.extra["replay_pool"](size=64.0)
    memory = pool.memory((1,), "float32")._replace(count=tf.constant(64))
    memory = memory._replace(samples=tf.reshape(tf.range(4097.0), (4097, 1)))
    fake = tf.ones((4, 1))
    with tf.GradientTape() as tape:
        tape.watch(fake)
        new, after = pool.fakes(memory, fake, KEY)
        value = tf.reduce_sum(new) + 7 * tf.reduce_sum(after.samples)
    np.testing.assert_array_equal(tape.gradient(value, fake)[:, 0], [0, 0, 1, 1])
    first = [float(pool.fakes(memory, fake, KEY + np.int32(n))[0][0, 0]) for n in range(60)]
    assert len(set(first)) > 25
    assert 15 < np.mean(first) < 48
    assert max(first) < 64


def test_in_the_trainer_d_alone_is_shown_the_pool():
    """At step 2 the pool of 4 is full: D's half of the field is that of the exchanged samples."""
    step = digits(extras=("replay_pool",))
    hparams = numbers(step, replay_pool__size=4)
    state, _ = step.run(step.init(0, hparams), 0, hparams, 0, 1)
    pool = state.extras["replay_pool"]
    assert int(pool.count) == 4
    assert pool.samples.shape == (4097, 8, 8, 1)
    play, batch = step.game.bind(step.tensors(hparams)), _first_batches(step)[1]
    plain = digits()
    without = plain.game.bind(plain.tensors(numbers(plain)))
    slopes = [p.field.d(state, batch) for p in (play, without)]
    assert abs(float(slopes[0].signals["logit_fake"] - slopes[1].signals["logit_fake"])) > 1e-6
    assert float(slopes[0].signals["logit_real"]) == float(slopes[1].signals["logit_real"])
    half = [p.field.g(state, batch) for p in (play, without)]
    for a, b in zip(*(h.gradient for h in half), strict=True):
        np.testing.assert_array_equal(a, b)
    assert half[0].extras is None


# --- ADA ------------------------------------------------------------------------------------------


def ada_by_hand(signs, batch, target, interval, kimg):
    p, path = 0.0, []
    for i in range(len(signs)):
        if (i + 1) % interval == 0:
            r = np.mean(signs[i + 1 - interval : i + 1])
            p = np.clip(p + np.sign(r - target) * interval * batch / (1000 * kimg), 0, 1)
        path.append(p)
    return path


def test_ada_follows_the_mean_sign_of_real_logits():
    rng = np.random.default_rng(0)
    own = {"target": 0.3, "interval": 3, "kimg": 0.1}
    extra = registry.extra["ada"](**own)
    memory, path, signs = extra.memory((2,), "float64"), [], []
    for i in range(40):
        real = rng.normal(0.9 if i < 26 else -0.4, 1.0, 10)
        signs.append(np.mean(np.sign(real)))
        memory = extra.after_d(memory, tf.constant(real), tf.constant(real) - 9, tf.constant(0.0))
        path.append(float(extra.chance(memory)))
    np.testing.assert_allclose(path, ada_by_hand(signs, 10, **own), rtol=1e-9, atol=1e-12)
    assert max(path) == pytest.approx(1)  # clipped: eight times 0.3 would be 2.4
    assert min(path[30:]) < 0.5


def test_ada_s_published_numbers():
    """64 images, every 4 steps: p rises by 256 / 500,000."""
    extra = registry.extra["ada"]()
    memory = extra.memory((2,), "float32")
    sure = tf.fill([64], 2.0)
    for _ in range(4):
        assert float(memory.p) == 0
        memory = extra.after_d(memory, sure, -sure, tf.constant(0.0))
    assert float(memory.p) == pytest.approx(256 / 500_000)
    assert float(extra.shown(memory)["adaptive_p"]) == float(memory.p)


def augmented(players, state, x, batch, nth=0) -> np.ndarray:
    """x as D is shown it in the nth call on a batch, at the beginning of a training."""
    return remembered.augmented(
        players.composition, state, x, batch.key, nth, tf.constant(0.0)
    ).numpy()


@pytest.mark.parametrize(("p", "low", "high"), [(0.0, 0, 0), (0.4, 0.33, 0.47), (1.0, 1, 1)])
def test_a_share_of_the_samples_is_augmented(p, low, high):
    step = points(augmentations=("instance_noise",), extras=("ada",))
    hparams = numbers(step, instance_noise__std=1.0)
    state = step.init(0, hparams)
    control = state.extras["ada"]._replace(p=tf.constant(p))
    state = state._replace(extras={"ada": control})
    players = step.game.bind(step.tensors(hparams)).players
    batch, x = _first_batches(step)[0], tf.ones((1000, 2))
    seen = [augmented(players, state, x, batch, nth) for nth in (0, 1)]
    moved = [np.abs(y - 1).max(1) > 0 for y in seen]
    for share in moved:
        assert low <= share.mean() <= high
    if 0 < p < 1:
        assert (moved[0] != moved[1]).mean() > 0.3  # draws of their own


def test_at_p_one_ada_is_its_augmentations_alone():
    step, plain = (points(augmentations=("instance_noise",), extras=e) for e in (("ada",), ()))
    x, batch = tf.ones((8, 2)), _first_batches(plain)[0]
    own = numbers(plain)
    alone = augmented(plain.game.bind(plain.tensors(own)).players, plain.init(0, own), x, batch)
    hparams = numbers(step)
    state = step.init(0, hparams)
    state = state._replace(extras={"ada": state.extras["ada"]._replace(p=tf.constant(1.0))})
    found = augmented(step.game.bind(step.tensors(hparams)).players, state, x, batch)
    np.testing.assert_array_equal(found, alone)


# --- what is measured, and what is refused --------------------------------------------------------


def test_what_is_remembered_has_a_curve():
    method = Method("m", extras=("lazy_d", "ada"), augmentations=("instance_noise",))
    hparams = {
        **{"lr_g": 1e-3, "lr_d": 1e-3, "adam.beta1": 0.5, "adam.beta2": 0.999, "adam.eps": 1e-8},
        **{"instance_noise.std": 0.1, "instance_noise.until": 0.5, "non_saturating.smoothing": 0.0},
        **{"lazy_d.threshold": 99.0, "ada.target": -1.0, "ada.interval": 1.0, "ada.kimg": 0.032},
    }
    options = {"batch": 8, "units": 4, "latent": 3}
    trial = Trial("ring8", method, 0, 4, hparams=hparams, options=options, evaluations=2)
    with here.graph_kernels():
        curves = fit(trial).result.curves
    np.testing.assert_allclose(curves["d_moved"], [0.99**2, 0.99**4], rtol=1e-6)
    np.testing.assert_allclose(curves["adaptive_p"], [0.5, 1.0], atol=0.26)


def test_a_method_without_a_memory_carries_none():
    state = points().init(0, {})
    assert state.extras == ()


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ({"extras": ("ada",)}, "ada without augmentations"),
        ({"extras": ("replay_pool",), "regularizers": ("zcr",)}, "forgets the latents"),
        (
            {"extras": ("replay_pool",), "regularizers": ("identification",), "generators": 3},
            "forgets who made",
        ),
    ],
)
def test_what_a_memory_does_not_go_with_is_refused(parts, reason):
    with pytest.raises(IllegalMethod, match=reason):
        check(Method("m", **parts))
    check(Method("m", extras=("replay_pool",), regularizers=("mode_seeking",)))


def test_a_pool_forgets_classes_and_a_waiting_d_doubts_wasserstein():
    with pytest.raises(IllegalMethod, match="forgets the class"):
        check_task(Method("m", extras=("replay_pool",), network="biggan"), "digits8")
    with pytest.warns(DoubtfulMethod, match="falls below 0"):
        check(Method("m", extras=("lazy_d",), loss="wasserstein"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check(Method("m", extras=("lazy_d",)))
