"""On the Dirac-GAN each method does what its theorem says (Mescheder et al. 2018).

With the linearised game J = [[0, a], [-b, -g]] (a = b = 1/2 for the logistic losses, 1 for
wasserstein and hinge; g the damping) the closed forms of a step's spectral radius are
sqrt(1 - h g + h^2 a b) for simultaneous and sqrt(1 - h g) for alternating steps.
"""

from __future__ import annotations

import numpy as np
import pytest

from bench.trial import Method
from tests.gan.dirac import contraction, trajectory

AB = {"minimax": 0.25, "non_saturating": 0.25, "relativistic": 0.25, "wasserstein": 1, "hinge": 1}


def sgd(loss: str, dynamics: str, *regularizers: str, **options) -> Method:
    return Method("m", loss, regularizers, optimizer="sgd", dynamics=dynamics, **options)


def numbers(h: float, **hparams: float) -> dict[str, float]:
    return {"lr_g": h, "lr_d": h, "sgd.momentum": 0.0, **hparams}


def radius(loss: str, dynamics: str, h: float, g: float) -> float:
    return np.sqrt(1 - h * g + (h * h * AB[loss] if dynamics == "simultaneous" else 0))


@pytest.mark.parametrize("dynamics", ["simultaneous", "alternating"])
@pytest.mark.parametrize("loss", AB)
@pytest.mark.parametrize("h", [0.1, 0.5])
def test_without_regularizer(loss, dynamics, h):
    """Simultaneous steps spiral outwards for every h > 0, alternating ones keep the distance."""
    rho = contraction(sgd(loss, dynamics), numbers(h), 120, (1e-9, 0.7e-9))
    assert rho == pytest.approx(radius(loss, dynamics, h, 0), abs=1e-3)


@pytest.mark.parametrize("dynamics", ["simultaneous", "alternating"])
@pytest.mark.parametrize("loss", AB)
@pytest.mark.parametrize(("h", "g"), [(0.1, 0.3), (0.5, 0.3), (0.2, 0.1)])
def test_r1(loss, dynamics, h, g):
    rho = contraction(
        sgd(loss, dynamics, "r1"), numbers(h, **{"r1.gamma": g}), start=(1e-6, 0.7e-6)
    )
    assert rho == pytest.approx(radius(loss, dynamics, h, g), abs=1e-3)


def test_r1_with_r2_damps_twice():
    """R3GAN's loss: both penalties, gamma each."""
    method = sgd("relativistic", "alternating", "r1", "r2")
    rho = contraction(method, numbers(0.2, **{"r1.gamma": 0.3, "r2.gamma": 0.3}))
    assert rho == pytest.approx(np.sqrt(1 - 0.2 * 0.6), abs=1e-3)


def test_r1_too_strong_for_the_step_fails_alternating_only():
    """Stable iff 4 - 2hg - h^2 ab > 0 (alternating): g = 10, h = 0.2 gives 1.005012."""
    rho = {}
    for dynamics in ("simultaneous", "alternating"):
        method = sgd("non_saturating", dynamics, "r1")
        rho[dynamics] = contraction(method, numbers(0.2, **{"r1.gamma": 10.0}), 1500, (1e-6, 1e-6))
    assert rho["simultaneous"] == pytest.approx(0.994987, abs=1e-5)
    assert rho["alternating"] == pytest.approx(1.005012, abs=1e-5)


@pytest.mark.parametrize(("d_steps", "expected"), [(1, 0.984886), (2, 0.97), (5, 0.926679)])
def test_d_steps(d_steps, expected):
    method = sgd("wasserstein", "alternating", "r1", d_steps=d_steps)
    rho = contraction(method, numbers(0.1, **{"r1.gamma": 0.3}))
    assert rho == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize(
    ("lr_g", "lr_d", "expected"), [(0.05, 0.2, 0.974679), (0.2, 0.05, 0.997497)]
)
def test_two_learning_rates_reach_their_own_players(lr_g, lr_d, expected):
    hparams = {"lr_g": lr_g, "lr_d": lr_d, "sgd.momentum": 0.0, "r1.gamma": 0.3}
    method = sgd("wasserstein", "simultaneous", "r1")
    assert contraction(method, hparams) == pytest.approx(expected, abs=1e-3)


def test_clipping_circles_for_ever():
    """wgan, c = 1, h = 0.1, alternating: r stays in [0.97, 1.03]."""
    method = sgd("wasserstein", "alternating", normalizer="weight_clipping")
    points = trajectory(method, numbers(0.1, **{"weight_clipping.bound": 1.0}), 600, every=3)[100:]
    r = np.linalg.norm(points, axis=1)
    assert r.min() > 0.96
    assert r.max() < 1.04
    assert np.sqrt(np.mean(points[:, 0] ** 2)) == pytest.approx(0.707, abs=0.02)


def test_wgan_gp_stops_at_a_wrong_generator():
    """weight >= 1: theta -> 2 weight, psi -> 0+. The losses are calm and the generator is wrong."""
    method = sgd("wasserstein", "alternating", "wgan_gp")
    points = trajectory(method, numbers(0.1, **{"wgan_gp.weight": 2.0}), 1000, every=50)
    assert points[-1, 0] == pytest.approx(4.0, abs=0.02)
    assert 0 < points[-1, 1] < 0.02


def test_dragan_does_not_damp_either():
    """At psi near 0 its gradient is a constant push on |psi|, no damping: no convergence."""
    method = sgd("non_saturating", "alternating", "dragan")
    points = trajectory(method, numbers(0.1, **{"dragan.weight": 0.1, "dragan.spread": 0.5}), 1500)
    assert np.linalg.norm(points[-50:], axis=1).min() > 0.3


def test_non_saturating_simultaneous_ends_on_a_limit_circle():
    """RMS radius sqrt(2 h - 8 g) by averaging: h = 0.2, g = 0.02 gives 0.4899."""
    method = sgd("non_saturating", "simultaneous", "r1")
    points = trajectory(method, numbers(0.2, **{"r1.gamma": 0.02}), 2996, every=7)[-150:]
    assert np.sqrt(np.mean(np.sum(points**2, 1))) == pytest.approx(0.4899, rel=0.02)


def test_the_article_s_loss_drives_the_generator_away():
    """Both players lower D on fake samples: theta and psi grow apart with opposite signs."""
    points = trajectory(sgd("article", "alternating"), numbers(0.1), 300)
    assert points[-1, 0] * points[-1, 1] < 0
    assert np.linalg.norm(points[-1]) > 1.5 * np.linalg.norm(points[0])


def test_spectral_norm_leaves_the_sign_of_psi_only():
    """D = sign(psi) x does not depend on |psi|: psi never moves, whatever theta does."""
    method = sgd("non_saturating", "alternating", normalizer="spectral_norm")
    points = trajectory(method, numbers(0.1), 20, (1.0, 0.3))
    np.testing.assert_allclose(points[:, 1], 0.3, atol=1e-12)
    assert points[-1, 0] > 1.3
