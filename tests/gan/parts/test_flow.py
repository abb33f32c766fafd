"""Continuous time, two time scales, and Adam where it has a closed form, on the games."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import tensorflow as tf

from bench.gan.training.diagnostics import Field
from bench.trial import Method
from tests.gan.dirac import at, contraction, step_of, trajectory
from tests.gan.jacobian import _first_batches


def method(loss="wasserstein", dynamics="simultaneous", *regularizers, **parts) -> Method:
    return Method("m", loss, regularizers, **{"optimizer": "sgd"} | parts, dynamics=dynamics)


# --- continuous time ------------------------------------------------------------------------------


def flow(loss: str, times: list[float], dt: float) -> list[np.ndarray]:
    """(theta, psi) along dw/dt = v(w) from (1, 1), v the trainer's field, by Runge and Kutta."""
    step = step_of(method(loss))
    state = at(step, {}, (1.0, 1.0))
    v = Field(step.game, {}, state, _first_batches(step)[0]).v
    w, points = np.array([1.0, 1.0]), []
    for start, stop in pairwise([0.0, *times]):
        for _ in range(round((stop - start) / dt)):
            a = v(w)
            b = v(w + dt / 2 * a)
            c = v(w + dt / 2 * b)
            w = w + dt / 6 * (a + 2 * b + 2 * c + v(w + dt * c))
        points.append(w)
    return points


def test_the_non_saturating_flow_converges_sublinearly():
    """r = (1/r0^2 + t/8)^(-1/2) by averaging over a turn: to 0.5 % at t = 100, 0.1 % at 400."""
    first, last = (np.linalg.norm(w) for w in flow("non_saturating", [100, 400], 0.25))
    assert first == pytest.approx((0.5 + 100 / 8) ** -0.5, rel=5e-3)
    assert last == pytest.approx((0.5 + 400 / 8) ** -0.5, rel=1e-3)
    assert first == pytest.approx(0.2783, abs=1e-4)
    assert last == pytest.approx(0.14068, abs=2e-5)


def test_the_minimax_flow_circles():
    """theta^2 + psi^2 is conserved; in discrete steps it grows."""
    assert np.linalg.norm(flow("minimax", [100], 0.1)[0]) == pytest.approx(np.sqrt(2), abs=1e-6)


# --- two time scales ------------------------------------------------------------------------------


@pytest.mark.parametrize("ratio", [1, 4, 25])
@pytest.mark.parametrize("dynamics", ["simultaneous", "alternating"])
def test_two_time_scales_alone_do_not_stabilize(dynamics, ratio):
    """Undamped, rho depends on h_G h_D only: sqrt(1 + h_G h_D) simultaneous, 1 alternating."""
    h = 0.1
    hparams = {"lr_g": h / ratio**0.5, "lr_d": h * ratio**0.5, "sgd.momentum": 0.0}
    start = (1e-7, 0.7e-7)
    rho = contraction(method(dynamics=dynamics), hparams, 480, start)
    expected = np.sqrt(1 + h * h) if dynamics == "simultaneous" else 1.0
    assert rho == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize(("lr_g", "lr_d"), [(0.02, 0.08), (0.08, 0.02)])
@pytest.mark.parametrize("dynamics", ["simultaneous", "alternating"])
def test_two_time_scales_with_damping_want_the_faster_discriminator(dynamics, lr_g, lr_d):
    """rho^2 = 1 - h_D g (+ h_G h_D simultaneous): the damping acts at D's rate."""
    hparams = {"lr_g": lr_g, "lr_d": lr_d, "sgd.momentum": 0.0, "r1.gamma": 0.5}
    rho = contraction(method("wasserstein", dynamics, "r1"), hparams, 480)
    square = 1 - lr_d * 0.5 + (lr_g * lr_d if dynamics == "simultaneous" else 0)
    assert rho == pytest.approx(np.sqrt(square), abs=1e-3)


# --- Adam -----------------------------------------------------------------------------------------

HUGE = 1e30
"""With eps far above sqrt(s) a step is lr/eps times the averaged gradient: it has a spectrum."""


def companion(h: float, beta: float, optimistic: bool) -> float:
    """Spectral radius of (w, m, m_before) on the bilinear game w' = i w, w complex.

    m_t = beta m_{t-1} - (1 - beta) i w_t and w_{t+1} = w_t - h m_t, optimistic
    w_t - h (2 m_t - m_{t-1}).
    """
    new = np.array([-(1 - beta) * 1j, beta, 0])
    ahead = 2 * new - np.array([0, 1, 0]) if optimistic else new
    matrix = np.array([np.array([1, 0, 0]) - h * ahead, new, [0, 1, 0]])
    return float(np.abs(np.linalg.eigvals(matrix)).max())


def adam(name: str, h: float, beta: float) -> float:
    """Contraction of the trainer's own steps; the bias of the first moments has died out."""
    own = {f"{name}.beta1": beta, f"{name}.beta2": 0.9, f"{name}.eps": HUGE}
    hparams = {"lr_g": h * HUGE, "lr_d": h * HUGE, **own}
    return contraction(method(optimizer=name), hparams, 480, (1e-7, 0.7e-7))


@pytest.mark.parametrize("beta", [0.0, 0.5])
@pytest.mark.parametrize("h", [0.1, 0.3])
@pytest.mark.parametrize("name", ["adam", "optimistic_adam"])
def test_adam_with_a_constant_denominator(name, h, beta):
    expected = companion(h, beta, name == "optimistic_adam")
    assert adam(name, h, beta) == pytest.approx(expected, abs=1e-3)


def test_the_optimistic_spectrum_is_that_of_ogda():
    """At beta1 = 0: sqrt((1 + sqrt(1 - 4 h^2))/2) below 1; plain steps have sqrt(1 + h^2)."""
    assert companion(0.3, 0.0, True) == pytest.approx(0.948683, abs=1e-6)
    assert companion(0.3, 0.0, False) == pytest.approx(np.sqrt(1.09), abs=1e-9)


def test_optimism_lets_adam_end_nearer():
    """As itself, eps = 1e-8: near the equilibrium the denominator shrinks with the gradient, and
    Adam circles where optimistic Adam comes nearer. Daskalakis et al. 2018, section 4."""
    last = {}
    for name in ("adam", "optimistic_adam"):
        own = {f"{name}.beta1": 0.0, f"{name}.beta2": 0.999, f"{name}.eps": 1e-8}
        hparams = {"lr_g": 0.01, "lr_d": 0.01, **own}
        points = trajectory(method(optimizer=name), hparams, 6000, every=60)
        last[name] = np.linalg.norm(points[-20:], axis=1).mean()
    assert last["optimistic_adam"] < 0.3 * last["adam"]


@pytest.mark.parametrize("k", [1, 5])
def test_unrolling_differentiates_through_adam(k):
    """G's gradient is that of L_G(theta, psi_k(theta)), psi_k by Adam from its present moments."""
    start, lr, b1, b2, eps = (0.7, 0.4), 0.05, 0.5, 0.9, 1e-8
    m0, s0 = 0.1, 0.2

    def sig(x):
        return 1 / (1 + np.exp(-x))

    def loss_g(theta):
        psi, m, s = start[1], m0, s0
        for t in range(1, k + 1):
            g = theta * sig(psi * theta)  # L_D = log 2 + sp(psi theta)
            m, s = b1 * m + (1 - b1) * g, b2 * s + (1 - b2) * g * g
            psi -= lr * (m / (1 - b1**t)) / (np.sqrt(s / (1 - b2**t)) + eps)
        return np.log1p(np.exp(-psi * theta))

    step = step_of(method("non_saturating", "unrolled_by_optimizer", optimizer="adam", unroll=k))
    hparams = {"lr_g": 1.0, "lr_d": lr, "adam.beta1": b1, "adam.beta2": b2, "adam.eps": eps}
    numbers = step.tensors(hparams)
    state = at(step, hparams, start)
    moments = state.d.slots._replace(
        first=(tf.constant([[m0]], tf.float64),), second=(tf.constant([[s0]], tf.float64),)
    )
    state = state._replace(d=state.d._replace(slots=moments))
    taken = {}

    def seen(state, slope):
        taken["g"] = float(slope.gradient[0][0])
        return state

    _, field, move = step.game.bind(numbers)
    batches = _first_batches(step)[-1:]  # no step of D before
    step.dynamics.fn(state, field, move._replace(g=seen), batches)
    slope = (loss_g(start[0] + 1e-6) - loss_g(start[0] - 1e-6)) / 2e-6
    assert taken["g"] == pytest.approx(slope, rel=1e-6)


def test_unrolling_by_sgd_is_unrolling_at_its_rate():
    points = [
        trajectory(method("non_saturating", name, unroll=3), hparams, 20)[-1]
        for name, hparams in (
            ("unrolled", {"unrolled.rate": 0.1}),
            ("unrolled_by_optimizer", {}),
        )
        for hparams in [{"lr_g": 0.1, "lr_d": 0.1, "sgd.momentum": 0.0, **hparams}]
    ]
    np.testing.assert_allclose(points[0], points[1], rtol=1e-12)


def test_unrolling_through_adam_is_finite_where_a_weight_has_no_gradient():
    """At theta = 0 psi has none, and its moments are 0: the root's own derivative is infinite."""
    hparams = {"lr_g": 0.1, "lr_d": 0.1, "adam.beta1": 0.5, "adam.beta2": 0.9, "adam.eps": 1e-8}
    still = method("non_saturating", "unrolled_by_optimizer", optimizer="adam", unroll=2)
    points = trajectory(still, hparams, 1, (0.0, 0.3), every=1)
    assert np.isfinite(points).all()
    assert points[-1, 0] == pytest.approx(0.1)  # G's first step of Adam: lr, towards larger logits
