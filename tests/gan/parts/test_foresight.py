"""Dynamics by what they do to the bilinear game, and those that foresee by their closed forms.

v = (-y, x) turns; with J = [[0, -1], [1, 0]] each motion is a matrix on (x, y) and what it
remembers. x is theta and y is -psi here: neither a spectrum nor a radius knows the difference.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf

from bench import registry
from bench.gan.parts.dynamics import conjugate
from bench.gan.training.step import Step, _batch
from bench.trial import Method
from tests.gan.dirac import step_of, trajectory
from tests.gan.jacobian import of_field, radius


def method(dynamics, loss="wasserstein", *regularizers, **parts) -> Method:
    return Method("m", loss, regularizers, **{"optimizer": "sgd"} | parts, dynamics=dynamics)


def numbers(h: float, momentum: float = 0.0, **hparams: float) -> dict[str, float]:
    own = {name.replace("__", "."): value for name, value in hparams.items()}
    return {"lr_g": h, "lr_d": h, "sgd.momentum": momentum, **own}


# --- spectral radii -------------------------------------------------------------------------------

ONE, ZERO = np.eye(2), np.zeros((2, 2))
J = np.array([[0.0, -1.0], [1.0, 0.0]])


def alternating(h):
    return np.array([[1.0, -h], [0.0, 1.0]]) @ np.array([[1.0, 0.0], [h, 1.0]])


def ahead(once):
    return (ONE + np.linalg.matrix_power(once, 5)) / 2


def lead(h, alpha, beta=0.0):
    now = (1 + beta) * ONE + (h + alpha) * J
    return np.block([[now, -beta * ONE - alpha * J], [ONE, ZERO]])


CLOSED = {
    "simultaneous": lambda h: ONE + h * J,
    "extragradient": lambda h: ONE + h * J @ (ONE + h * J),
    "past_extragradient": lambda h: np.block([[ONE + 2 * h * J, -h * J], [ONE, ZERO]]),
    "cgd": lambda h: np.linalg.inv(ONE - h * J),
    "lookahead_simultaneous": lambda h: ahead(ONE + h * J),
    "lookahead": lambda h: ahead(alternating(h)),
    "lead": lambda h: lead(h, 0.5),
}

TABLE = {
    "simultaneous": (1.004988, 1.019804, 1.118034),
    "extragradient": (0.995038, 0.980612, 0.901388),
    "past_extragradient": (0.994936, 0.978906, 0.707107),
    "cgd": (0.995037, 0.980581, 0.894427),
    "lookahead_simultaneous": (0.996237, 0.984820, 0.916729),
    "lookahead": (0.993698, 0.974132, 0.787349),
    "lead": (0.959544, 0.917454, 0.707107),
}
"""The radius of one step at h = 0.1, 0.2 and 0.5; of lookahead with period 5 and share 1/2, of LEAD
without momentum and with alpha = 1/2 beside the learning rate."""


def own(name: str, h: float) -> dict[str, float]:
    """The numbers of a part of the table at the step h."""
    more = {"cgd__rate_g": h, "cgd__rate_d": h, "lead__alpha": 0.5 / h}
    more |= {f"{name}__period": 5.0, f"{name}__share": 0.5}
    defaults = registry.dynamics[name].defaults
    more = {k: v for k, v in more.items() if k.split("__")[0] == name}
    return {k: more.get(k, v) for k, v in {f"{name}__{k}": v for k, v in defaults.items()}.items()}


def whole(step: Step, hparams: dict, steps: int) -> np.ndarray:
    """The matrix of so many steps from the first on (theta, psi) and all that is remembered of
    them, from what the trainer makes of unit vectors: the bilinear game is linear."""
    state = step.init(0, hparams)
    kept = (state.g.weights, state.d.weights, state.g.slots, state.d.slots, state.motion)
    flat = tf.nest.flatten(kept)
    sizes = [int(tf.size(t)) for t in flat]

    def image(vector):
        parts = np.split(vector, np.cumsum(sizes)[:-1])
        parts = [tf.constant(p.reshape(t.shape), t.dtype) for p, t in zip(parts, flat, strict=True)]
        g, d, g_slots, d_slots, motion = tf.nest.pack_sequence_as(kept, parts)
        start = state._replace(
            g=state.g._replace(weights=g, slots=g_slots),
            d=state.d._replace(weights=d, slots=d_slots),
            motion=motion,
        )
        after, _ = step.run(start, 0, hparams, 0, steps)
        found = (after.g.weights, after.d.weights, after.g.slots, after.d.slots, after.motion)
        return np.concatenate([np.ravel(t) for t in tf.nest.flatten(found)])

    return np.array([image(unit) for unit in np.eye(sum(sizes))]).T


@pytest.mark.parametrize("name", TABLE)
def test_spectral_radius_on_the_bilinear_game(name):
    """What the trainer does, the closed form, and the table, at three learning rates."""
    step, period = step_of(method(name)), 5 if name.startswith("lookahead") else 1
    for h, expected in zip((0.1, 0.2, 0.5), TABLE[name], strict=True):
        found = radius(whole(step, numbers(h, **own(name, h)), period)) ** (1 / period)
        closed = radius(CLOSED[name](h)) ** (1 / period)
        assert found == pytest.approx(closed, abs=1e-7)  # a double root at h = 1/2
        assert found == pytest.approx(expected, abs=1e-6)


# --- LEAD -----------------------------------------------------------------------------------------


def test_lead_without_momentum_is_optimistic_descent_on_the_bilinear_game():
    """With alpha = 1 in the gradient, h beside the learning rate: step by step."""
    start = (1.0, 0.4)
    found = trajectory(method("lead"), numbers(0.3, lead__alpha=1.0), 40, start, every=1)
    optimistic = method("simultaneous", optimizer="optimistic_sgd")
    expected = trajectory(optimistic, {"lr_g": 0.3, "lr_d": 0.3}, 40, start, every=1)
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_lead_has_the_momentum_of_its_optimizer():
    """The code of the paper's figure loses it, as its second half step overwrites the last one."""
    step, h, alpha = step_of(method("lead")), 0.1, 0.51
    for beta in (0.5, -0.3):
        hparams = numbers(h, beta, lead__alpha=alpha / h)
        closed = radius(lead(h, alpha, beta))
        assert radius(whole(step, hparams, 1)) == pytest.approx(closed, abs=1e-9)
        assert abs(closed - radius(lead(h, alpha))) > 0.01


def test_lead_follows_the_other_player_s_last_move_on_a_game_that_is_not_linear():
    """The second step, against the field's own Jacobian: -v_G = g_G, and g_D of a zero-sum game."""
    step, hparams = step_of(method("lead", "minimax")), numbers(0.2, lead__alpha=0.7)
    points = trajectory(step.method, hparams, 2, (0.8, -0.5), every=1)
    plain = trajectory(method("simultaneous", "minimax"), numbers(0.2), 1, tuple(points[1]), 1)
    field = step_of(method("simultaneous", "minimax"))
    jacobian = of_field(field, numbers(0.2), at_point(field, points[1]))
    cross = np.array([[0, jacobian[0, 1]], [jacobian[1, 0], 0]])
    moved = plain[1] + 0.2 * 0.7 * cross @ (points[1] - points[0])
    np.testing.assert_allclose(points[2], moved, atol=1e-12)
    assert np.abs(points[2] - plain[1]).max() > 1e-3


def at_point(step: Step, point):
    from tests.gan.dirac import at

    return at(step, numbers(0.1), tuple(point))


# --- games of four numbers ------------------------------------------------------------------------

START = np.array([0.3, 0.9, 0.4, -0.2])
"""mu and sd of G, w1 and w2 of D, away from every symmetry."""
LQ = replace(registry.task["gauss1d_lq"](), xla=False)


def after(found: Method, hparams: dict, start=START) -> np.ndarray:
    """All weights after one step from `start`."""
    step = Step(LQ, found)
    state, _ = step.run(placed(step, hparams, start), 0, hparams, 0, 1)
    return np.concatenate([np.ravel(w) for w in state.g.weights + state.d.weights])


def placed(step: Step, hparams: dict, point):
    state = step.init(0, hparams)
    g, d = (tf.constant(part, tf.float64) for part in np.split(np.asarray(point), 2))
    return state._replace(
        g=state.g._replace(weights=(g,)), d=state.d._replace(weights=(d[:, None],))
    )


def field_at(point, loss="wasserstein", *regularizers, **hparams):
    """(v, dv/dw) at a point: -v are the gradients of both players."""
    step = Step(LQ, method("simultaneous", loss, *regularizers))
    own = numbers(1.0, **hparams)
    state, _ = step.run(placed(step, own, point), 0, own, 0, 1)
    v = np.concatenate([np.ravel(w) for w in state.g.weights + state.d.weights]) - point
    return v, of_field(step, own, placed(step, own, point))


RATES = {"lr_g": 0.2, "lr_d": 0.3, "cgd.rate_g": 0.2, "cgd.rate_d": 0.3}


@pytest.mark.parametrize("loss", ["wasserstein", "minimax"])
def test_cgd_is_the_equilibrium_of_the_local_bilinear_game(loss):
    """min over dx, max over dy of g.dx - d.dy + dx.B dy + |dx|^2/(2 h_x) - |dy|^2/(2 h_y)."""
    v, jacobian = field_at(START, loss)
    g, d, cross = -v[:2], -v[2:], -jacobian[:2, 2:]  # B
    h_x, h_y = 0.2, 0.3
    system = np.block([[ONE / h_x, cross], [-cross.T, ONE / h_y]])
    moves = np.linalg.solve(system, -np.concatenate([g, d]))
    hparams = numbers(0.0) | RATES | {"cgd.iterations": 10.0}
    np.testing.assert_allclose(after(method("cgd", loss), hparams) - START, moves, atol=1e-10)


def test_cgd_of_one_iteration_is_not_yet_solved():
    hparams = numbers(0.0) | RATES
    one, ten = (after(method("cgd"), hparams | {"cgd.iterations": n}) for n in (1.0, 10.0))
    assert 1e-6 < np.abs(one - ten).max() < 0.01


def test_acgd_is_cgd_with_a_rate_for_each_number():
    """Its first step: s = (1 - beta) g^2, so that the root of its correction is |g|."""
    v, jacobian = field_at(START)
    cross, h, eps, beta = -jacobian[:2, 2:], np.repeat([0.2, 0.3], 2), 0.01, 0.75
    shares = np.sqrt(1 - beta) / (np.sqrt((1 - beta) * v**2) + eps)
    rates = h * shares
    system = np.block([[np.diag(1 / rates[:2]), cross], [-cross.T, np.diag(1 / rates[2:])]])
    moves = np.linalg.solve(system, v)
    own = {"acgd.rate_g": 0.2, "acgd.rate_d": 0.3, "acgd.beta": beta, "acgd.eps": eps}
    hparams = numbers(0.0) | {"lr_g": 0.2, "lr_d": 0.3, "acgd.iterations": 20.0} | own
    np.testing.assert_allclose(after(method("acgd"), hparams) - START, moves, atol=1e-9)


RIDGE = {"r1.gamma": 0.5, "lr_g": 0.2, "lr_d": 0.3}


@pytest.mark.parametrize("damping", [0.0, 0.7])
def test_follow_the_ridge_solves_for_the_change_of_d_s_gradient(damping):
    """Against NumPy: s = (H^2 + damping)^-1 H (g_D(theta) - g_D(theta')), beside plain steps."""
    v, jacobian = field_at(START, "wasserstein", "r1", r1__gamma=0.5)
    moved = START + np.array([0.2, 0.2, 0, 0]) * v
    there, _ = field_at(moved, "wasserstein", "r1", r1__gamma=0.5)
    hessian, change = -jacobian[2:, 2:], there[2:] - v[2:]
    along = np.linalg.solve(hessian @ hessian + damping * ONE, hessian @ change)
    expected = START + np.repeat([0.2, 0.3], 2) * v + np.concatenate([[0, 0], along])
    own = {"follow_the_ridge.damping": damping, "follow_the_ridge.iterations": 10.0}
    found = after(method("follow_the_ridge", "wasserstein", "r1"), numbers(0.0) | RIDGE | own)
    np.testing.assert_allclose(found, expected, atol=1e-9)
    assert np.abs(along).max() > 0.01


def test_follow_the_ridge_keeps_d_s_best_answer():
    """From a best answer of D, a step of both leaves D at the best answer: with the other sign of
    the move, or without it, D's gradient is what G's step made it."""
    found = method("follow_the_ridge", "wasserstein", "r1")
    own = numbers(0.0) | RIDGE | {"lr_g": 0.01}
    own |= {"follow_the_ridge.damping": 0.0, "follow_the_ridge.iterations": 10.0}
    # L_D = -(w, b(theta)) + gamma/2 E |w1 + 2 w2 x|^2 is quadratic in w: one step of Newton is it
    v, jacobian = field_at(START, "wasserstein", "r1", r1__gamma=0.5)
    best = START + np.concatenate([[0, 0], np.linalg.solve(-jacobian[2:, 2:], v[2:])])
    before, _ = field_at(best, "wasserstein", "r1", r1__gamma=0.5)
    np.testing.assert_allclose(before[2:], 0, atol=1e-9)
    end, _ = field_at(after(found, own, best), "wasserstein", "r1", r1__gamma=0.5)
    np.testing.assert_allclose(end[2:], 0, atol=1e-9)
    plain = after(method("simultaneous", "wasserstein", "r1"), numbers(0.0) | RIDGE, best)
    left, _ = field_at(plain, "wasserstein", "r1", r1__gamma=0.5)
    assert np.abs(left[2:]).max() > 1e-3


# --- networks -------------------------------------------------------------------------------------


def test_products_with_the_cross_derivative_are_adjoint_on_networks():
    """<B u, v> = <u, B^T v>, and B u is a difference of gradients of G."""
    task = replace(registry.task["ring8"](batch=8, units=5, latent=3), xla=False)
    step = Step(task, Method("m", "non_saturating", dynamics="cgd"))
    hparams = {"lr_g": 1e-3, "lr_d": 1e-3, "adam.beta1": 0.5, "adam.beta2": 0.9, "adam.eps": 1e-8}
    state, draws = step.init(0, hparams), step._draws(0, 0)
    play = step.game.bind(step.tensors(hparams))
    batch, rng = _batch(draws, tf.constant(0), 0, tf.constant(0)), np.random.default_rng(5)
    u, v = (
        tuple(tf.constant(rng.normal(size=w.shape), w.dtype) for w in player.weights)
        for player in (state.d, state.g)
    )
    game = conjugate._local(state, play.field, batch)
    forth, back = conjugate._dot(game.straight(u), v), conjugate._dot(u, game.transposed(v))
    assert float(forth) == pytest.approx(float(back), rel=1e-4)
    step_along = 1e-3  # no unit of these networks changes sign on the way
    ends = [
        play.field.g(
            state._replace(d=state.d._replace(weights=conjugate._plus(state.d.weights, s, u))),
            batch,
        ).gradient
        for s in (step_along, -step_along)
    ]
    difference = conjugate._plus(ends[0], -1.0, ends[1])
    slope = conjugate._dot(difference, v) / (2 * step_along)
    assert float(forth) == pytest.approx(float(slope), rel=0.01)
