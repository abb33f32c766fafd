"""Closed forms of games against the trainer: fields, and what one step of a method does to them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf

from bench import registry
from bench.analysis.games import spectra
from bench.analysis.games.fields import field
from bench.gan.training.step import Step
from bench.trial import Method, Trial
from tests.gan.jacobian import radius
from tests.gan.parts.test_foresight import whole

RATES = {"lr_g": 0.2, "lr_d": 0.3}


def trial(task="dirac", loss="non_saturating", dynamics="simultaneous", options=None, **own):
    parts = {k: v for k, v in own.items() if k in Method.__dataclass_fields__}
    numbers = {k.replace("__", "."): v for k, v in own.items() if k not in parts}
    method = Method("m", loss, dynamics=dynamics, **{"optimizer": "sgd"} | parts)
    numbers = RATES | ({"sgd.momentum": 0.0} if method.optimizer == "sgd" else {}) | numbers
    return Trial(task, method, 0, 100, numbers, options or {})


def trained(task: str, method: Method) -> Step:
    return Step(replace(registry.task[task](), xla=False), method)


FIELDS = {
    "ns": trial(),
    "minimax": trial(loss="minimax"),
    "wasserstein": trial("bilinear", "wasserstein"),
    "hinge": trial(loss="hinge"),
    "r1": trial(regularizers=("r1",), r1__gamma=0.7),
    "both": trial(loss="wasserstein", regularizers=("r1", "r2"), r1__gamma=0.7, r2__gamma=0.2),
    "ridge": trial("ridge_3", "wasserstein"),
}


SLOW = ("momentum", "turns", "past", "together", "minimax", "hinge", "jare", "symplectic")
"""A step is compiled for each: these are near to others."""


def shown(table):
    """The rows of a table by name, of which some are slow."""
    return [pytest.param(n, marks=[pytest.mark.slow] if n in SLOW else []) for n in table]


@pytest.mark.parametrize("name", shown(FIELDS))
def test_a_field_is_the_step_of_plain_descent_over_its_rate(name):
    own = FIELDS[name]
    step = trained(own.task, own.method)
    for point in ((0.8, -0.5), (-1.3, 2.2)):
        state = step.init(0, own.hparams)
        theta, psi = (tf.constant(x, tf.float64) for x in point)
        state = state._replace(
            g=state.g._replace(weights=(tf.reshape(theta, state.g.weights[0].shape),)),
            d=state.d._replace(weights=(tf.reshape(psi, state.d.weights[0].shape),)),
        )
        after, _ = step.run(state, 0, own.hparams, 0, 1)
        ends = [float(np.ravel(p.weights[0])[0]) for p in (after.g, after.d)]
        expected = np.array(point) + np.array([0.2, 0.3]) * field(own).v(*point)
        np.testing.assert_allclose(ends, expected, atol=1e-9)


def test_a_field_begins_where_its_task_does():
    for name in ("ns", "ridge"):
        own = FIELDS[name]
        state = trained(own.task, own.method).init(0, own.hparams)
        ends = [float(np.ravel(p.weights[0])[0]) for p in (state.g, state.d)]
        assert field(own).start == tuple(ends)


UNKNOWN = [
    trial("ring8"),
    trial("gauss1d_lq"),
    trial(loss="least_squares"),
    trial(regularizers=("wgan_gp",), wgan_gp__weight=1.0),
    trial(augmentations=("instance_noise",)),
    trial(non_saturating__smoothing=0.1),
    trial(options={"bias": True}),
    trial("bilinear", "wasserstein", options={"size": 2}),
    trial(regularizers=("r1",), r1__gamma=1.0, lazy=4),
]


@pytest.mark.parametrize("own", UNKNOWN, ids=range(len(UNKNOWN)))
def test_no_field_is_told_of_what_is_not_known(own):
    assert field(own) is None
    assert spectra.radius(own) is None


STEPS = {
    "simultaneous": trial("bilinear", "wasserstein"),
    "momentum": trial("bilinear", "wasserstein", sgd__momentum=0.4),
    "alternating": trial("bilinear", "wasserstein", "alternating"),
    "same": trial("bilinear", "wasserstein", "alternating_same_batch", d_steps=3, g_steps=2),
    "turns": trial("bilinear", "wasserstein", "alternating", d_steps=3, g_steps=2),
    "negative": trial("bilinear", "wasserstein", "alternating", sgd__momentum=-0.5),
    "extragradient": trial("bilinear", "wasserstein", "extragradient"),
    "past": trial("bilinear", "wasserstein", "past_extragradient"),
    "lookahead": trial(
        "bilinear", "wasserstein", "lookahead", lookahead__period=4.0, lookahead__share=0.3
    ),
    "together": trial(
        "bilinear",
        "wasserstein",
        "lookahead_simultaneous",
        lookahead_simultaneous__period=4.0,
        lookahead_simultaneous__share=0.3,
    ),
    "lead": trial("bilinear", "wasserstein", "lead", lead__alpha=1.3, sgd__momentum=0.2),
}
"""On a linear game the trainer's own step is a matrix."""


@pytest.mark.parametrize("name", shown(STEPS))
def test_a_radius_is_that_of_the_trainer_s_step_on_the_bilinear_game(name):
    own = STEPS[name]
    step, period = trained(own.task, own.method), spectra.matrix(own)[1]
    found = radius(whole(step, dict(own.hparams), period)) ** (1 / period)
    assert spectra.radius(own) == pytest.approx(found, abs=1e-9)


NEAR = {
    "r1": trial(regularizers=("r1",), r1__gamma=0.7),
    "consensus": trial("ridge_3", "wasserstein", "consensus", consensus__gamma=0.4),
    "jare": trial("ridge_3", "wasserstein", "jare", jare__gamma=0.4),
    "symplectic": trial("ridge_3", "wasserstein", "symplectic", symplectic__weight=0.8),
    "unaligned": trial(
        "ridge_3", "wasserstein", "symplectic_unaligned", symplectic_unaligned__weight=0.8
    ),
    "cgd": trial(
        "ridge_3", "wasserstein", "cgd", cgd__rate_g=0.2, cgd__rate_d=0.3, cgd__iterations=5.0
    ),
    "ridge": trial(
        "ridge_3",
        "wasserstein",
        "follow_the_ridge",
        follow_the_ridge__damping=0.05,
        follow_the_ridge__iterations=5.0,
    ),
}
"""Elsewhere it is one near the origin."""


@pytest.mark.parametrize("name", shown(NEAR))
def test_a_matrix_is_that_of_the_trainer_s_step_near_the_equilibrium(name):
    own, near = NEAR[name], 1e-4
    step, columns = trained(own.task, own.method), []
    for unit in np.eye(2):
        ends = []
        for sign in (1, -1):
            state = step.init(0, own.hparams)
            point = sign * near * unit
            theta, psi = (tf.constant(x, tf.float64) for x in point)
            state = state._replace(
                g=state.g._replace(weights=(tf.reshape(theta, state.g.weights[0].shape),)),
                d=state.d._replace(weights=(tf.reshape(psi, state.d.weights[0].shape),)),
            )
            after, _ = step.run(state, 0, own.hparams, 0, 1)
            ends.append([float(np.ravel(p.weights[0])[0]) for p in (after.g, after.d)])
        columns.append((np.array(ends[0]) - ends[1]) / (2 * near))
    np.testing.assert_allclose(spectra.matrix(own)[0], np.transpose(columns), atol=1e-6)


def test_optimistic_descent_has_the_spectrum_of_the_past_extragradient():
    own = trial("bilinear", "wasserstein", optimizer="optimistic_sgd")
    assert spectra.radius(own) == pytest.approx(spectra.radius(STEPS["past"]), abs=1e-12)


@pytest.mark.parametrize(
    "own",
    [
        trial(optimizer="adam"),
        trial(normalizer="weight_clipping"),
        trial("bilinear", "wasserstein", "extragradient", sgd__momentum=0.5),
        trial("bilinear", "wasserstein", "unrolled", unroll=3),
    ],
    ids=["adam", "clipping", "momentum", "unrolled"],
)
def test_no_step_is_told_of_what_is_not_known(own):
    assert field(own) is not None
    assert spectra.matrix(own) is None
    assert len(spectra.eigenvalues(own)) == 0
