"""Probes of the game's geometry, on games whose Jacobian is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf

from bench import registry
from bench.gan import load_parts
from bench.gan.parts import optimizers
from bench.gan.training import diagnostics
from bench.gan.training.diagnostics import Field
from bench.gan.training.step import Step
from bench.trial import Method, Trial
from tests.gan.dirac import DIRAC

load_parts()


def dirac(method, point, **hparams):
    step = Step(DIRAC, method)
    numbers = step.tensors({"lr_g": 0.1, "lr_d": 0.1, **hparams})
    state = step.init(0, {"lr_g": 0.1, "lr_d": 0.1, **hparams})
    theta, psi = (tf.constant(x, tf.float64) for x in point)
    state = state._replace(
        g=state.g._replace(weights=(tf.reshape(theta, (1,)),)),
        d=state.d._replace(weights=(tf.reshape(psi, (1, 1)),)),
    )
    return step, numbers, state, Field(step.game, numbers, state, diagnostics._batch(DIRAC, 4, 0))


NS = Method("ns", optimizer="sgd")
R1 = Method("r1", optimizer="sgd", regularizers=("r1",))
WGAN = Method("wgan", loss="wasserstein", optimizer="sgd")
SGD = {"sgd.momentum": 0.0}
GAMMA = {"r1.gamma": 0.3, **SGD}


def test_jacobian_of_the_dirac_gan():
    """[[0, a], [-a, -gamma]] at the equilibrium, a = 1/2 for ns. Mescheder et al. 2018."""
    field = dirac(R1, (0.0, 0.0), **GAMMA)[3]
    np.testing.assert_allclose(field.jacobian, [[0, 0.5], [-0.5, -0.3]], atol=1e-9)
    expected = np.roots([1, 0.3, 0.25])
    found = diagnostics.spectrum(field)
    np.testing.assert_allclose(np.sort_complex(found), np.sort_complex(expected), atol=1e-9)
    assert diagnostics.hessian_extremes(field) == {
        "hessian_g_min": pytest.approx(0),
        "hessian_g_max": pytest.approx(0),
        "hessian_d_min": pytest.approx(0.3),
        "hessian_d_max": pytest.approx(0.3),
    }


def test_jacobian_away_from_the_equilibrium_equals_differences():
    field = dirac(R1, (0.7, -0.4), **GAMMA)[3]
    eye, h = np.eye(2), 1e-4
    slow = [(field.v(field.w + h * e) - field.v(field.w - h * e)) / (2 * h) for e in eye]
    np.testing.assert_allclose(field.jacobian, np.transpose(slow), atol=1e-7)
    assert abs(field.jacobian[1, 1] + 0.3) > 0.05  # the loss is curved there


def test_arpack_finds_the_leading_eigenvalues_of_the_whole_jacobian(monkeypatch):
    task = registry.task["ring8"](batch=16, units=4, latent=3)
    step = Step(task, Method("r1", regularizers=("r1",)))
    hparams = {"lr_g": 1e-3, "lr_d": 1e-3, "r1.gamma": 0.1, "adam.beta1": 0.5}
    hparams |= {"adam.beta2": 0.999, "adam.eps": 1e-8}
    state, _ = step.run(step.init(0, hparams), 0, hparams, 0, 20)
    field = Field(step.game, step.tensors(hparams), state, diagnostics._batch(task, 64, 0))
    whole, blocks = diagnostics.spectrum(field), diagnostics.hessian_extremes(field)
    assert np.abs(whole.imag).max() > 1e-3
    monkeypatch.setattr(diagnostics, "DENSE", 10)
    found = diagnostics.spectrum(field, k=4)
    largest = np.sort(np.abs(whole))[::-1]
    np.testing.assert_allclose(np.abs(found).max(), largest[0], rtol=1e-3)
    np.testing.assert_allclose(found.imag.max(), whole.imag.max(), rtol=1e-2)
    again = diagnostics.hessian_extremes(field)
    for name, value in blocks.items():
        assert again[name] == pytest.approx(value, rel=1e-3, abs=1e-4 * abs(largest[0])), name


def test_path_angle_of_linear_fields():
    """Constant before the end and its negative after it; 0 in a pure rotation. v = J (w - 0)."""

    class Linear:
        def __init__(self, jacobian):
            self.v = lambda w: np.array(jacobian) @ w

    start, end, at = np.array([1.0, 2.0]), np.zeros(2), np.array([0.0, 0.5, 0.9, 1.1])
    rotation = diagnostics.path_angle(Linear([[0, 1], [-1, 0]]), start, end, at)
    np.testing.assert_allclose(rotation, 0, atol=1e-12)
    assert diagnostics.rotation(rotation) == pytest.approx(1)
    pull = diagnostics.path_angle(Linear([[-1, 0], [0, -1]]), start, end, at)
    np.testing.assert_allclose(pull, [1, 1, 1, -1])
    assert diagnostics.rotation(pull) == pytest.approx(0)
    jacobian = np.array([[0, 0.5], [-0.5, -0.3]])
    mixed = diagnostics.path_angle(Linear(jacobian), start, end, at)
    flow = jacobian @ start
    expected = -(start @ flow) / np.linalg.norm(start) / np.linalg.norm(flow)
    np.testing.assert_allclose(mixed, [expected] * 3 + [-expected])
    assert expected == pytest.approx(0.3610, abs=1e-4)


def test_path_angle_of_the_dirac_gan_near_its_equilibrium():
    field = dirac(R1, (0.0, 0.0), **GAMMA)[3]
    cosines = diagnostics.path_angle(
        field, 1e-4 * np.array([1.0, 2.0]), np.zeros(2), np.array([0.5])
    )
    assert cosines[0] == pytest.approx(0.3610, abs=1e-3)


def test_duality_gap_of_the_bilinear_game():
    """k steps of size eta on the other player's fixed x y: k eta (x^2 + y^2)."""
    x, y = (tf.constant([v], tf.float64) for v in (0.3, -0.7))
    value = lambda g, d, batch: tf.reduce_sum(g[0] * d[0])  # noqa: E731
    sgd = optimizers.sgd(momentum=0.0)
    found = diagnostics.duality_gap(value, (x,), (y,), [0] * 10, 0, sgd, lr=0.05)
    assert found == pytest.approx(10 * 0.05 * (0.09 + 0.49))


def test_duality_gap_of_the_dirac_gan_is_none_at_its_equilibrium():
    gaps = []
    for point in ((0.0, 0.0), (1.0, 0.5)):
        step, numbers, state, _ = dirac(NS, point, **SGD)
        gaps.append(diagnostics._gap(step, numbers, state, 30))
    assert gaps[0] == pytest.approx(0, abs=1e-9)
    assert gaps[1] > 0.01


def test_wgan_rotates():
    field = dirac(WGAN, (0.2, 0.1), **SGD)[3]
    np.testing.assert_allclose(field.jacobian, [[0, 1], [-1, 0]], atol=1e-9)
    assert diagnostics._probe(field)["im_max"] == pytest.approx(1)
    assert diagnostics._probe(field)["re_max"] == pytest.approx(0, abs=1e-9)


def test_a_trial_is_probed_along_its_way():
    options = {"batch": 16, "units": 4, "latent": 3}
    hparams = {"lr_g": 1e-2, "lr_d": 1e-2, "adam.beta1": 0.5, "adam.beta2": 0.999, "adam.eps": 1e-8}
    trial = Trial("ring8", Method("ns"), 0, 40, hparams, options)
    rows = list(diagnostics.along(trial, [0, 40], batch=128, inner=5))
    assert [row["step"] for row in rows] == [0, 40]
    assert {"re_max", "im_over_re", "hessian_d_min", "duality_gap", "field_norm"} < set(rows[0])
    assert all(np.isfinite(value) for row in rows for value in row.values())
    assert rows[0]["re_max"] != rows[1]["re_max"]


def test_numbers_that_move_are_probed_at_their_present_value():
    """With rates of nearly 0 the point stays, and D's curvature changes by gamma alone; a lazy
    penalty is in it as strongly as one of every step."""
    numbers = {"lr_g": 1e-9, "lr_d": 1e-9, "sgd.momentum": 0.0, "r1.gamma": 0.8}
    moving = numbers | {"r1.gamma@linear": 0.2, "r1.gamma@until": 1.0}
    found = []
    for method, own in ((R1, numbers), (R1, moving), (replace(R1, lazy=4), moving)):
        trial = Trial("dirac", method, 0, 8, own)
        rows = diagnostics.along(trial, [0, 2, 8], batch=4, inner=1)
        found.append([row["hessian_d_max"] for row in rows])
    still, moved, lazy = found
    assert still == pytest.approx([still[0]] * 3)
    assert moved == pytest.approx([still[0], still[0] - 0.15, still[0] - 0.6], rel=1e-5)
    assert lazy == pytest.approx(moved)
