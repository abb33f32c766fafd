"""The task of alignment: its right map is known, and its generator can be it."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import linalg

from bench import registry
from bench.gan import keys
from bench.gan.backend import keras, tf
from bench.gan.networks import PLAIN, initialized
from bench.gan.networks.pieces.rotations import polar, turning
from bench.gan.tasks import BadOption, build
from bench.gan.tasks.applied import align
from bench.metrics import measure


def task():
    return build("align", tuple(sorted(registry.task["align"].defaults.items())))


def test_the_right_map_finds_every_counterpart_and_no_other_does():
    known, instrument = align.spaces(), align._instrument()
    points, _which = align.inputs(instrument.n)
    right = measure(instrument, points @ known.rotation)
    assert right["retrieval"] == 1.0
    assert right["q"] < 0.1
    assert measure(instrument, points @ known.rotation.T)["retrieval"] < 0.05
    turned = points @ known.rotation
    turned[:300] = turned[300:600]
    assert measure(instrument, turned)["retrieval"] == 0.7


def test_the_rotation_is_proper_and_the_spaces_are_scaled():
    known = align.spaces()
    assert known.rotation @ known.rotation.T == pytest.approx(np.eye(align.SIZE), abs=1e-9)
    assert np.linalg.det(known.rotation) == pytest.approx(1)
    drawn = known.a(np.random.default_rng(5), 200_000)[0]
    assert (drawn**2).mean() == pytest.approx(1, rel=0.01)
    length = np.linalg.norm(known.centres, axis=1)
    assert length[0] / length[-1] == pytest.approx(np.exp(2 * align.SPREAD))
    counts = np.bincount(known.a(np.random.default_rng(6), 200_000)[1]) / 200_000
    assert counts == pytest.approx(known.shares, abs=0.004)


def test_real_samples_are_no_counterparts_of_the_inputs_of_their_step():
    made, key = task(), keys.key(3, "real")
    real, z = np.asarray(made.real(key, 500)), made.z(keys.key(3, "z"), 500)
    far = np.linalg.norm(real - z @ align.spaces().rotation, axis=1)
    assert np.median(far) > 1


def test_q_sees_a_rotation_that_is_wrong():
    instrument, known = task().instrument(), align.spaces()
    assert not instrument.q_missing
    other = align.turn(np.random.default_rng(9))
    assert measure(instrument, align.inputs(1000)[0] @ other)["q"] > 0.5
    assert np.linalg.norm(other - known.rotation) > 1


def test_a_kernel_is_made_the_nearest_orthogonal_matrix():
    w = np.random.default_rng(0).normal(size=(5, 5))
    assert polar(tf.constant(w)).numpy() == pytest.approx(linalg.polar(w)[0], abs=1e-6)
    assert polar(tf.constant(7 * w)).numpy() == pytest.approx(linalg.polar(w)[0], abs=1e-6)


def test_each_seed_begins_at_another_rotation():
    starts = [initialized(lambda: turning(6), seed).get_weights()[0] for seed in range(6)]
    for q in starts:
        assert q @ q.T == pytest.approx(np.eye(6), abs=1e-5)
        assert np.linalg.det(q) == pytest.approx(1, abs=1e-5)
    assert min(np.abs(a - b).max() for a, b in itertools.pairwise(starts)) > 0.1


def test_the_generator_can_be_the_right_map_and_stays_a_rotation():
    made = task()
    g, _ = made.networks(PLAIN)
    assert g.count_params() == align.SIZE**2
    g.set_weights([3 * align.spaces().rotation])
    z = made.z(keys.key(0, "evaluation"), made.instrument().n)
    assert measure(made.instrument(), g(z).numpy())["retrieval"] == 1.0
    g.set_weights([align.turn(np.random.default_rng(1))])
    x = tf.constant(z[:64], tf.float32)
    descent, values = keras.optimizers.SGD(0.5), []
    for _ in range(20):
        with tf.GradientTape() as tape:
            value = tf.reduce_mean((g(x) - x) ** 2)
        values.append(float(value))
        descent.apply(tape.gradient(value, g.trainable_variables), g.trainable_variables)
    turned = np.linalg.norm(g(x).numpy(), axis=1)
    assert turned == pytest.approx(np.linalg.norm(x, axis=1), rel=1e-4)
    assert values[-1] < values[0] / 2  # on its way to the identity, a rotation too


def test_a_map_that_is_not_known_is_refused_and_an_mlp_is_taken():
    with pytest.raises(BadOption, match="mapping = 'linear' is not known"):
        registry.task["align"].traits["check"]({"mapping": "linear", "batch": 8, "units": 8})
    g, _ = registry.task["align"](mapping="mlp").networks(PLAIN)
    assert g.count_params() > 10 * align.SIZE**2
