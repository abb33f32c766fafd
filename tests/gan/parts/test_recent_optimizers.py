"""Muon and schedule-free Adam, against their published algorithms in NumPy."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf

from bench import registry
from bench.gan.methods.rules import DoubtfulMethod, IllegalMethod, check
from bench.gan.parts.muon import orthogonalized
from bench.gan.training.step import Step
from bench.gan.training.train import fit
from bench.trial import Method, Trial
from tests.gan.dirac import at, step_of

RNG = np.random.default_rng(0)


def singular(matrix) -> np.ndarray:
    return np.linalg.svd(np.asarray(matrix), compute_uv=False)


# --- Muon -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(128, 128), (16, 128), (128, 16), (3, 4)])
def test_newton_schulz_takes_singular_values_near_one_and_keeps_the_directions(shape):
    matrix = RNG.normal(size=shape) * 7
    found = orthogonalized(tf.constant(matrix)).numpy()
    u, s, vt = np.linalg.svd(matrix, full_matrices=False)
    above = s > 1e-2 * np.linalg.norm(s)
    inside = np.diag(u.T @ found @ vt.T)
    assert np.all((inside[above] > 0.65) & (inside[above] < 1.25))
    np.testing.assert_allclose(found, u @ np.diag(inside) @ vt, atol=1e-9)
    np.testing.assert_array_equal(orthogonalized(tf.zeros(shape)), np.zeros(shape))


def test_the_coefficients_are_the_published_ones():
    """One singular value under the polynomial a s + b s^3 + c s^5, five times, by hand."""
    s = np.array([1.0, 0.4])
    matrix = tf.constant(np.diag(3 * s))
    s = s / np.linalg.norm(s)
    for _ in range(5):
        s = 3.4445 * s - 4.7750 * s**3 + 2.0315 * s**5
    np.testing.assert_allclose(np.diag(orthogonalized(matrix)), s, rtol=1e-5)


SHAPES = [(6, 9), (9,), (3, 3, 2, 4), (4,), (5, 1), (1,)]


def test_muon_moves_matrices_by_orthogonalized_momentum_and_the_rest_by_adam():
    own = {"momentum": 0.9, "factor": 5.0, "beta1": 0.8, "beta2": 0.95, "eps": 1e-10}
    part = registry.optimizer["muon"](**own)
    weights = tuple(tf.zeros(s, tf.float64) for s in SHAPES)
    adam = registry.optimizer["adam"](beta1=0.8, beta2=0.95, eps=1e-10)
    rest = [1, 3, 4, 5]
    slots, moments = part.init(weights), adam.init(tuple(weights[i] for i in rest))
    averages = {0: 0.0, 2: 0.0}
    for _ in range(4):
        gradients = tuple(tf.constant(RNG.normal(size=s)) for s in SHAPES)
        changes, slots = part.update(gradients, slots, tf.constant(0.01, tf.float64))
        expected, moments = adam.update(tuple(gradients[i] for i in rest), moments, 0.01)
        for i, own_change in zip(rest, expected, strict=True):
            np.testing.assert_allclose(changes[i], own_change, rtol=1e-12)
        for i in averages:
            g = gradients[i].numpy()
            averages[i] = 0.9 * averages[i] + 0.1 * g
            ahead = 0.1 * g + 0.9 * averages[i]  # Nesterov's
            matrix = ahead.reshape(-1, SHAPES[i][-1])
            length = max(1, matrix.shape[1] / matrix.shape[0]) ** 0.5
            step = -5 * 0.01 * length * orthogonalized(tf.constant(matrix)).numpy()
            np.testing.assert_allclose(changes[i], step.reshape(SHAPES[i]), rtol=1e-9)
    spread = singular(changes[0] / (5 * 0.01 * (9 / 6) ** 0.5))
    assert np.all((spread > 0.4) & (spread < 1.3))


def test_muon_in_the_trainer_moves_hidden_kernels_by_factor_times_lr():
    task = replace(registry.task["ring8"](batch=16, units=8, latent=3), xla=False)
    step = Step(task, Method("m", optimizer="muon"))
    hparams = {"lr_g": 1e-3, "lr_d": 1e-3}
    before = step.init(0, hparams)
    after, _ = step.run(before, 0, hparams, 0, 1)
    for player in "gd":
        old, new = (getattr(state, player).weights for state in (before, after))
        length = singular(new[2] - old[2])[0] / (20 * 1e-3)
        assert 0.6 < length < 1.3
        bias = np.abs(new[-1] - old[-1])
        assert bias.max() == pytest.approx(1e-3, rel=1e-3)  # Adam's first step
    _, rows = step.run(after, 0, hparams, 1, 20)
    assert np.isfinite(rows).all()


# --- schedule-free --------------------------------------------------------------------------------


def schedule_free(gradient, start, steps, lr, beta1, beta2, eps):
    """The reference implementation of its authors, line by line, in float64. -> [(x, y), ...]."""
    z, x, y, second = start.copy(), start.copy(), start.copy(), np.zeros_like(start)
    weight_sum, lr_max, path = 0.0, -1.0, []
    for k in range(steps):
        rate = lr * np.sqrt(1 - beta2 ** (k + 1))
        lr_max = max(rate, lr_max)
        weight = lr_max**2
        weight_sum += weight
        share = weight / weight_sum
        g = gradient(y)
        second = beta2 * second + (1 - beta2) * g**2
        z = z - rate * g / (np.sqrt(second) + eps)
        x = (1 - share) * x + share * z
        y = beta1 * x + (1 - beta1) * z
        path.append((x, y))
    return path


def test_schedule_free_adam_is_its_authors_reference_on_a_quadratic():
    own = {"beta1": 0.8, "beta2": 0.95, "eps": 1e-8}
    curvature, start = np.array([1.0, 4.0, 9.0, 0.1]), np.array([1.0, -2.0, 0.5, 3.0])
    path = schedule_free(lambda w: curvature * w, start, 60, 0.05, **own)
    part = registry.optimizer["schedule_free_adam"](**own)
    weights = (tf.constant(start[:2]), tf.constant(start[2:, None]))
    slots = part.init(weights)
    for x, y in path:
        flat = np.concatenate([np.ravel(w) for w in weights]) * curvature
        gradients = (tf.constant(flat[:2]), tf.constant(flat[2:, None]))
        changes, slots = part.update(gradients, slots, tf.constant(0.05, tf.float64))
        weights = tuple(w + c for w, c in zip(weights, changes, strict=True))
        np.testing.assert_allclose(np.concatenate([np.ravel(w) for w in weights]), y, rtol=1e-8)
        found = np.concatenate([np.ravel(w) for w in part.measured(weights, slots)])
        np.testing.assert_allclose(found, x, rtol=1e-8)
    assert np.abs(path[-1][0] - path[-1][1]).max() > 1e-3
    assert np.linalg.norm(path[-1][0][:3]) < np.linalg.norm(start[:3])


def test_the_average_is_plain_once_the_first_steps_are_over():
    """After t steps of one rate c is 1/t: x is the mean of z."""
    part = registry.optimizer["schedule_free_adam"](beta1=0.9, beta2=0.0)
    weights = (tf.constant([2.0, -1.0], tf.float64),)
    slots, seen = part.init(weights), []
    for g in ([1.0, 2.0], [-3.0, 0.5], [0.2, -0.7]):
        _, slots = part.update((tf.constant(g, tf.float64),), slots, tf.constant(0.1, tf.float64))
        seen.append(slots.z[0].numpy())
    np.testing.assert_allclose(slots.x[0], np.mean(seen, 0), rtol=1e-7)


def test_what_is_measured_is_x_of_both_players_and_what_plays_is_y():
    task = replace(registry.task["ring8"](batch=16, units=8, latent=3), xla=False)
    step = Step(task, Method("m", optimizer="schedule_free_adam"))
    hparams = {"lr_g": 5e-3, "lr_d": 5e-3}
    first = step.init(0, hparams)
    z, real = tf.random.stateless_normal((5, 3), (1, 2)), tf.random.stateless_normal((5, 2), (3, 4))
    plain = step.game.sample(first.g.weights, first.g.buffers, z)
    np.testing.assert_array_equal(step.generate(first, z), plain)
    state, _ = step.run(first, 0, hparams, 0, 12)
    shown = step.generate(state, z).numpy()
    by_x = step.game.sample(state.g.slots.x, state.g.buffers, z)
    by_y = step.game.sample(state.g.weights, state.g.buffers, z)
    np.testing.assert_allclose(shown, by_x, rtol=1e-6)
    assert np.abs(shown - by_y).max() > 1e-3
    for player in (state.g, state.d):
        for w, a, b in zip(player.weights, player.slots.z, player.slots.x, strict=True):
            np.testing.assert_allclose(w, 0.1 * a + 0.9 * b, rtol=1e-4, atol=1e-5)
    (logits,) = step.logits(state, hparams, (real, None))
    players = step.game.bind(step.tensors(hparams)).players
    at_x = state._replace(d=state.d._replace(weights=state.d.slots.x))
    np.testing.assert_allclose(logits, players.logits(at_x, real), rtol=1e-5)
    assert np.abs(logits - players.logits(state, real)).max() > 1e-4


def test_of_a_game_the_average_is_measured():
    """On the Dirac-GAN the radius is that of x, not of the weights that play."""
    method = Method("m", optimizer="schedule_free_adam")
    hparams = {"lr_g": 0.05, "lr_d": 0.05, "schedule_free_adam.beta1": 0.9}
    hparams |= {"schedule_free_adam.beta2": 0.999, "schedule_free_adam.eps": 1e-8}
    hparams |= {"non_saturating.smoothing": 0.0}
    step = step_of(method)
    state = at(step, hparams, (1.0, 1.0))
    slots = [p.slots._replace(z=p.weights, x=p.weights) for p in (state.g, state.d)]
    state = state._replace(g=state.g._replace(slots=slots[0]), d=state.d._replace(slots=slots[1]))
    state, _ = step.run(state, 0, hparams, 0, 40)
    shown = step.game.measured(state)
    np.testing.assert_array_equal(shown.g.weights[0], state.g.slots.x[0])
    assert abs(float(shown.g.weights[0][0] - state.g.weights[0][0])) > 1e-4
    result = fit(Trial("dirac", method, 0, 40, hparams=hparams, evaluations=2)).result
    assert result.curves["radius"][-1] == pytest.approx(
        float(np.hypot(*_ends(step_of(method), hparams))), rel=1e-6
    )


def _ends(step, hparams):
    """(theta, psi) of x after 40 steps from the game's own start."""
    state, _ = step.run(step.init(0, hparams), 0, hparams, 0, 40)
    return float(state.g.slots.x[0][0]), float(state.d.slots.x[0][0, 0])


def test_weights_that_another_part_moves_are_refused():
    for parts in ({"dynamics": "lookahead"}, {"dynamics": "extragradient"}):
        with pytest.raises(IllegalMethod, match="one would not know"):
            check(Method("m", optimizer="schedule_free_adam", **parts))
    clipped = {"normalizer": "weight_clipping", "loss": "wasserstein"}
    with pytest.raises(IllegalMethod, match="would not be clipped"):
        check(Method("m", optimizer="schedule_free_adam", **clipped))
    with pytest.warns(DoubtfulMethod, match="statistics are of other weights"):
        check(Method("m", optimizer="schedule_free_adam", g_normalizer="batch_norm"))
    check(Method("m", optimizer="schedule_free_adam", dynamics="simultaneous"))


def test_dynamics_that_return_say_so():
    returning = {part.name for part in registry.dynamics if part.traits.get("returns")}
    known = {"extragradient", "past_extragradient", "lookahead", "lookahead_simultaneous"}
    assert known <= returning
    assert not {"alternating", "simultaneous", "consensus", "unrolled"} & returning
