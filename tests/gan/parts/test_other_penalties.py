"""Penalties on weights, on generators, on whole batches and on small changes: closed forms."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from bench import registry
from bench.gan.parts.augmentations import flipped_and_shifted
from bench.gan.training.step import Step
from bench.trial import Method
from tests.gan.contract.test_contracts import images, summed
from tests.gan.linear import FAKE, KERNELS, KEY, NORM2, REAL, A, W, Z, penalty, seen

MATRICES = [w.numpy().reshape(-1, w.shape[-1]) for w in KERNELS]


def test_l2_is_half_the_squares_of_all_kernels():
    expected = 0.7 / 2 * sum(np.sum(m**2) for m in MATRICES)
    assert float(penalty("l2", weight=0.7)) == pytest.approx(expected)


def test_penalties_on_kernels_ask_for_a_player_that_has_some():
    """A game without kernels is refused them."""
    ours = [p for p in registry.regularizer if p.fn.__module__.startswith("bench.")]
    asking = {part.name for part in ours if part.traits.get("kernels")}
    assert asking == {"l2", "ortho", "ortho_full", "spectral_penalty", "san_direction"}


def test_ortho_is_of_the_filters_off_diagonal_and_full_of_all():
    grams = [m.T @ m for m in MATRICES]  # [outputs, outputs]
    off = sum(np.sum((g - np.diag(np.diag(g))) ** 2) for g in grams)
    full = sum(np.sum((g - np.eye(len(g))) ** 2) for g in grams)
    assert float(penalty("ortho", weight=0.7)) == pytest.approx(0.7 * off)
    assert float(penalty("ortho_full", weight=0.7)) == pytest.approx(0.7 * full)
    on_d = penalty("ortho", seen("d"), weight=0.7, weight_d=0.2)
    assert float(on_d) == pytest.approx(0.2 * off)


def test_ortho_is_twice_the_gradient_of_bigganscode():
    """That adds 2 (W W^T . (1 - I)) W with rows as filters, half of this expression's gradient."""
    w = MATRICES[1]
    with tf.GradientTape() as tape:
        v = tf.constant(w)
        tape.watch(v)
        value = penalty("ortho", seen("g", kernels=(v,)), weight=1.0)
    gram = w.T @ w
    theirs = 2 * w @ (gram - np.diag(np.diag(gram)))
    np.testing.assert_allclose(tape.gradient(value, v), 2 * theirs)


def test_spectral_penalty_is_half_the_squared_singular_values():
    expected = 0.7 / 2 * sum(np.linalg.svd(m)[1][0] ** 2 for m in MATRICES)
    assert float(penalty("spectral_penalty", weight=0.7)) == pytest.approx(expected, rel=1e-3)


def test_historical_averaging_is_of_the_mean_so_far():
    part = registry.regularizer["historical_averaging"]
    w = [tf.constant([1.0, -2.0]), tf.constant([4.0, 1.0]), tf.constant([-2.0, 0.5])]
    memory = part.traits["memory"]((w[0],), ())
    for i, now in enumerate(w):
        value, memory = part(seen(weights=(now,), memory=memory), REAL, FAKE, KEY, weight=0.5)
        away = now - np.mean(w[: i + 1], axis=0)
        assert float(value) == pytest.approx(0.5 * np.sum(away**2), abs=1e-6)


@pytest.mark.parametrize("player", ["g", "d"])
def test_zcr_pulls_d_together_and_g_apart(player):
    value = penalty("zcr", seen(player), fake=tf.matmul(Z, A), weight=2.0, weight_g=3.0, radius=0.1)
    from bench.gan import keys

    moved = 0.1 * keys.normal(KEY, (5, 2), "float64").numpy() @ A
    expected = -3 * np.mean(moved**2, 1) if player == "g" else 2 * (moved @ W) ** 2
    np.testing.assert_allclose(value, expected)


def test_cr_and_bcr_compare_logits_with_those_of_moved_images():
    view, real, fake = seen(logits=summed), images(0), images(1)
    moved = flipped_and_shifted(real, KEY)
    expected = 0.7 * (summed(real) - summed(moved)) ** 2
    np.testing.assert_allclose(penalty("cr", view, real, fake, weight=0.7), expected)
    bcr = [
        penalty("bcr", view, real, fake, weight=a, weight_fake=b)
        for a, b in ((1, 1), (1, 0), (0, 1))
    ]
    np.testing.assert_allclose(bcr[0], bcr[1] + bcr[2])
    assert np.abs(bcr[2]).max() > 1e-3
    constant = penalty("bcr", view._replace(logits=lambda x: 0 * summed(x) + 2), real, fake)
    np.testing.assert_array_equal(constant, np.zeros(5))


def test_bcr_moves_real_and_generated_images_by_draws_of_their_own():
    """The same images as both: equal changes would have been moved by one key."""
    view, x = seen(logits=summed), images(0)
    real, fake = (
        penalty("bcr", view, x, x, weight=a, weight_fake=b).numpy() for a, b in ((1, 0), (0, 1))
    )
    assert (np.abs(real - fake) > 1e-3 * real.max()).any()


def test_lecam_remembers_the_mean_logits():
    part, d = registry.regularizer["lecam"], seen()
    real, fake = d(REAL).numpy(), d(FAKE).numpy()
    memory = part.traits["memory"](KERNELS, ())
    own = {"weight": 0.7, "decay": 0.9, "start": 0.0}
    value, memory = part(d._replace(memory=memory), REAL, FAKE, KEY, **own)
    relu = lambda x: np.maximum(x, 0)  # noqa: E731
    np.testing.assert_allclose(value, 0.7 * (relu(real) ** 2 + relu(-fake) ** 2))
    np.testing.assert_allclose(memory, [0.1 * real.mean(), 0.1 * fake.mean()])
    value, _ = part(d._replace(memory=memory), REAL, FAKE, KEY, **own)
    expected = relu(real - memory[1]) ** 2 + relu(memory[0] - fake) ** 2
    np.testing.assert_allclose(value, 0.7 * expected)
    late = part(d._replace(memory=memory), REAL, FAKE, KEY, **(own | {"start": 0.6}))[0]
    np.testing.assert_array_equal(late, np.zeros(5))


def test_feature_matching_is_the_distance_of_mean_features():
    away = 2 * (np.mean(REAL, 0) - np.mean(FAKE, 0))
    assert float(penalty("feature_matching", weight=0.7)) == pytest.approx(0.7 * np.sum(away**2))


def test_feature_matching_s_features_are_what_d_s_last_layer_sees():
    task = registry.task["ring8"](batch=4, units=3, latent=2)
    step = Step(task, Method("m", regularizers=("feature_matching",)))
    weights, buffers = step.game.d.initial()
    x, key = tf.random.stateless_normal([4, 2], [1, 2]), tf.constant([0, 1])
    features, _ = step.game.d.features(weights, buffers, x, key)
    logits, _ = step.game.d(weights, buffers, x, key)
    np.testing.assert_allclose(features @ weights[-2] + weights[-1], logits, rtol=1e-5)
    assert np.ptp(logits) > 0


def test_mode_seeking_is_the_inverse_of_how_far_samples_move_with_z():
    fake, z = FAKE[:4], Z[:4]
    moved = np.mean(np.abs(fake[:2] - fake[2:])) / np.mean(np.abs(z[:2] - z[2:]))
    value = penalty("mode_seeking", seen("g", z=z), fake=fake, weight=0.7)
    assert float(value) == pytest.approx(0.7 / (moved + 1e-5))


def test_maxgp_is_the_steepest_sample_s():
    def quadratic(x):
        return tf.reduce_sum(x**2, 1) / 2

    gp0 = penalty("gp0", quadratic, weight=1.0)
    np.testing.assert_allclose(penalty("maxgp", quadratic, weight=1.0), [np.max(gp0)] * 5)
    assert np.ptp(gp0) > 0.1
    assert NORM2 > 1


# --- through the trainer --------------------------------------------------------------------------

DIGITS = {"batch": 8, "units": 5, "latent": 3}


def weight_gradients(name: str, dtype: str = "float64"):
    """(gradient, finite difference) of the loss with a penalty, by every weight of each player,
    along one random direction, in float64 through `game.field`."""
    part = registry.regularizer[name]
    import keras

    before = keras.config.floatx(), keras.config.dtype_policy()
    keras.config.set_floatx(dtype)
    keras.config.set_dtype_policy(dtype)
    try:
        from dataclasses import replace

        task = replace(registry.task["digits8"](**DIGITS), dtype=dtype, xla=False)
        generators = 3 if part.traits.get("generators") else 1
        method = Method("m", regularizers=(name,), generators=generators)
        step = Step(task, method)
        own = {f"{name}.{h}": v for h, v in part.defaults.items()}
        own |= {f"{name}.weight_d": 0.5} if "weight_d" in part.defaults else {}
        own |= {f"{name}.start": 0.0} if "start" in part.defaults else {}
        adam = {f"adam.{h}": v for h, v in registry.optimizer["adam"].defaults.items()}
        numbers = step.tensors({"lr_g": 0.1, "lr_d": 0.1, **own, **adam})
        state = _off_the_kinks(step.game.init(0, numbers))
        from tests.gan.jacobian import _first_batches

        batch = _first_batches(step)[0]
        batch = batch._replace(real=tf.cast(batch.real, dtype))
        return [
            _along(step, state, batch, numbers, player)
            for player in part.traits.get("players", "d")
        ]
    finally:
        keras.config.set_floatx(before[0])
        keras.config.set_dtype_policy(before[1])


def _off_the_kinks(state):
    """First biases are 0: where all units of a layer are off, the next stands on its kink."""
    rng = np.random.default_rng(1)

    def moved(player):
        weights = [w + tf.constant(0.1 * rng.normal(size=w.shape)) for w in player.weights]
        return player._replace(weights=tuple(weights))

    return state._replace(g=moved(state.g), d=moved(state.d))


def _settled(player, game):
    """A memory under which what penalties hold constant hardly changes: after many steps."""
    memory = dict(player.memory or {})
    if "historical_averaging" in memory:
        mean, n = memory["historical_averaging"]
        memory["historical_averaging"] = tuple(m + 0.3 for m in mean), n + 1e9
    if "spectral_penalty" in memory:
        kernels = game.networks.kernels("d", player.weights)
        for _ in range(500):
            memory["spectral_penalty"] = registry.regularizer["spectral_penalty"](
                seen(kernels=kernels, memory=memory["spectral_penalty"]), REAL, FAKE, KEY
            )[1]
    return memory or ()


def _along(step, state, batch, numbers, player):
    """Derivative of the penalized loss along a direction, by the field and by differences."""
    game, own = step.game, getattr(state, player)
    own = own._replace(memory=_settled(own, step.game))
    state = state._replace(**{player: own})
    play = game.bind(numbers)
    half, players = getattr(play.field, player), play.players
    rng = np.random.default_rng(0)
    direction = [tf.constant(rng.normal(size=w.shape)) for w in own.weights]

    def gradient(s):
        moved = tuple(w + s * e for w, e in zip(own.weights, direction, strict=True))
        return half(state._replace(**{player: own._replace(weights=moved)}), batch).gradient

    def value(s):
        moved = tuple(w + s * e for w, e in zip(own.weights, direction, strict=True))
        changed = state._replace(**{player: own._replace(weights=moved)})
        fake, _ = players.generate(changed, batch)
        d, _ = players.critic(changed, batch)
        real, logits = batch.real, (d(batch.real)[0], d(fake, int(player == "d"))[0])
        losses = registry.loss[step.method.loss](*logits)
        loss = tf.reduce_mean(losses["gd".index(player)])
        seen = players.seen(player, changed, batch, d)
        draws = batch._replace(real=real)
        return players.composition.penalties[player].add(loss, seen, draws, fake)[0]

    found = gradient(0.0)
    assert all(g is not None for g in found)
    exact = sum(float(tf.reduce_sum(g * e)) for g, e in zip(found, direction, strict=True))
    return exact, float(value(1e-6) - value(-1e-6)) / 2e-6


DERIVED = [part.name for part in registry.regularizer if not part.traits.get("stops")]
"""Those whose gradient is that of their value."""


@pytest.mark.parametrize("name", DERIVED)
def test_weight_gradient_of_every_penalty_against_finite_differences(name):
    for exact, difference in weight_gradients(name):
        assert exact == pytest.approx(difference, rel=1e-5, abs=1e-7)
