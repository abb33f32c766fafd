"""The games as tasks: Jacobians of the field, whole trajectories, and the curve `radius`."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from bench import registry
from bench.gan.training.step import Step
from bench.gan.training.train import fit
from bench.trial import Method, Trial
from tests.gan.dirac import at, step_of, trajectory
from tests.gan.jacobian import of_field, of_step, radius


def method(loss="non_saturating", dynamics="simultaneous", *regularizers, **parts) -> Method:
    return Method("m", loss, regularizers, **{"optimizer": "sgd"} | parts, dynamics=dynamics)


def numbers(h: float, **hparams: float) -> dict[str, float]:
    own = {name.replace("__", "."): value for name, value in hparams.items()}
    return {"lr_g": h, "lr_d": h, "sgd.momentum": 0.0, **own}


AB = {
    "minimax": (0.5, 0.5),
    "non_saturating": (0.5, 0.5),
    "label_flipping": (0.5, 0.5),
    "relativistic": (0.5, 0.5),
    "relativistic_average": (0.5, 0.5),
    "wasserstein": (1, 1),
    "hinge": (1, 1),
    "lipschitz": (1, 0.5),
    "relativistic_average_hinge": (1, 1),
    "relativistic_least_squares": (1, 1),
    "least_squares": (1, 0),  # without a bias of D: degenerate
}


@pytest.mark.parametrize("loss", AB)
def test_jacobian_of_every_loss(loss):
    a, b = AB[loss]
    hparams = numbers(0.1)
    if loss == "label_flipping":
        hparams["label_flipping.share"] = 0.0
    step = step_of(method(loss))
    found = of_field(step, hparams, at(step, hparams, (0.0, 0.0)))
    np.testing.assert_allclose(found, [[0, a], [-b, 0]], atol=1e-12)


def test_jacobian_of_the_symmetric_least_squares():
    """a = -1, b = 1 and, as in 5.1's row, c = 1: 1 and 1. With c = 0 G is not pulled at d = 0."""
    hparams = numbers(0.1, least_squares__a=-1.0, least_squares__b=1.0, least_squares__c=1.0)
    step = step_of(method("least_squares"))
    found = of_field(step, hparams, at(step, hparams, (0.0, 0.0)))
    np.testing.assert_allclose(found, [[0, 1], [-1, 0]], atol=1e-12)
    step = step_of(method("least_squares_symmetric"))
    found = of_field(step, numbers(0.1), at(step, numbers(0.1), (0.0, 0.0)))
    np.testing.assert_allclose(found, [[0, 0], [-1, 0]], atol=1e-12)


@pytest.mark.parametrize(
    ("loss", "beta", "eigenvalues"),
    [("least_squares", 0.5, [-2, 0.5j, -0.5j]), ("non_saturating", 0.0, [-0.5, 0.5j, -0.5j])],
)
def test_jacobian_with_a_bias(loss, beta, eigenvalues):
    step = Step(registry.task["dirac"](bias=True), method(loss))
    state = step.init(0, numbers(0.1))
    zero = tf.zeros([], tf.float64)
    weights = (tf.reshape(zero, (1, 1)), tf.constant([beta], tf.float64))
    state = state._replace(
        g=state.g._replace(weights=(tf.reshape(zero, (1,)),)),
        d=state.d._replace(weights=weights),
    )
    found = np.linalg.eigvals(of_field(step, numbers(0.1), state))
    assert np.abs(np.sort_complex(found) - np.sort_complex(np.array(eigenvalues))).max() < 1e-9


DAMPING = [
    (("r1",), {"r1__gamma": 0.3}, 0.3),
    (("r2",), {"r2__gamma": 0.3}, 0.3),
    (("r1", "r2"), {"r1__gamma": 0.3, "r2__gamma": 0.2}, 0.5),
    (("gp0",), {"gp0__weight": 0.15}, 0.3),
    (("maxgp",), {"maxgp__weight": 0.15}, 0.3),
    (("l2",), {"l2__weight": 0.3}, 0.3),
    (("spectral_penalty",), {"spectral_penalty__weight": 0.3}, 0.3),
    (("lecam",), {"lecam__weight": 0.3, "lecam__decay": 0.99, "lecam__start": 0.0}, 0.0),
    (("wgan_lp",), {"wgan_lp__weight": 0.3}, 0.0),
]


@pytest.mark.parametrize(("names", "hparams", "damping"), DAMPING, ids=lambda x: str(x)[:30])
def test_jacobian_of_every_damping(names, hparams, damping):
    step = step_of(method("non_saturating", "simultaneous", *names))
    hparams = numbers(0.1, **hparams)
    state = at(step, hparams, (0.0, 0.0))
    if names == ("spectral_penalty",):  # its start was made for psi = 1
        state = state._replace(d=state.d._replace(weights=(tf.constant([[1e-3]], tf.float64),)))
    found = of_field(step, hparams, state)
    np.testing.assert_allclose(found, [[0, 0.5], [-0.5, -damping]], atol=1e-6)


@pytest.mark.parametrize(
    ("loss", "damping"), [("non_saturating", 0.5), ("wasserstein", 0.0), ("least_squares", 2.0)]
)
def test_instance_noise_damps_by_half_its_variance(loss, damping):
    """s^2/2 for the logistic losses, 0 for wasserstein, 2 s^2 for least squares; here s = 1."""
    noisy = method(loss, augmentations=("instance_noise",))
    step = Step(registry.task["dirac"](batch=200_000), noisy)
    hparams = numbers(0.1, instance_noise__std=1.0, instance_noise__until=0.5)
    found = of_field(step, hparams, at(step, hparams, (0.0, 0.0)))
    assert found[1, 1] == pytest.approx(-damping, abs=0.01 * max(damping, 0.1))


def test_instance_noise_is_annealed_to_nothing():
    """At half of the training: from there on the trajectory is that of the plain game."""
    noisy = step_of(method(augmentations=("instance_noise",)))
    plain = step_of(method())
    hparams = numbers(0.1, instance_noise__std=0.7, instance_noise__until=0.5) | {"steps": 20.0}
    state, _ = noisy.run(at(noisy, hparams, (1.0, 1.0)), 0, hparams, 0, 10)
    now = [float(tf.squeeze(p.weights[0])) for p in (state.g, state.d)]
    still = trajectory(method(), numbers(0.1), 10, every=10)[-1]
    assert np.abs(now - still).max() > 1e-3
    late, _ = noisy.run(state, 0, hparams, 10, 20)
    same, _ = plain.run(at(plain, hparams, now), 0, numbers(0.1), 10, 20)
    np.testing.assert_allclose(late.g.weights[0], same.g.weights[0], atol=1e-12)


@pytest.mark.parametrize("parts", [{"normalizer": n} for n in ("weight_norm", "spectral_norm")])
def test_normalized_scalars_do_not_move(parts):
    step = step_of(method(**parts))
    found = of_field(step, numbers(0.1), at(step, numbers(0.1), (0.4, 0.3)))
    assert abs(found[1, 0]) < 1e-9
    assert abs(found[1, 1]) < 1e-9


# --- whole trajectories ---------------------------------------------------------------------------


def r(points) -> np.ndarray:
    return np.linalg.norm(points, axis=1)


@pytest.mark.parametrize(("h", "g", "expected"), [(0.1, 0.0, 0.4471), (0.2, 0.04, 0.2833)])
def test_simultaneous_ends_on_a_limit_circle(h, g, expected):
    """Mean square radius 2h - 8g."""
    points = trajectory(
        method("non_saturating", "simultaneous", "r1"), numbers(h, r1__gamma=g), 4200, every=7
    )
    assert np.sqrt(np.mean(r(points[-200:]) ** 2)) == pytest.approx(expected, rel=0.02)


def test_alternating_non_saturating_decays_sublinearly():
    """r = (1/r0^2 + t/8)^(-1/2) with t = h K: to 10 %."""
    points = trajectory(method("non_saturating", "alternating"), numbers(0.1), 8000, every=4000)
    for n, point in ((4000, points[1]), (8000, points[2])):
        expected = (0.5 + 0.1 * n / 8) ** -0.5
        assert np.linalg.norm(point) == pytest.approx(expected, rel=0.1)


def test_minimax_simultaneous_grows():
    """From sqrt(2) to about 4.08 in 20000 steps of h = 0.1."""
    points = trajectory(method("minimax"), numbers(0.1), 20_000, every=5000)
    assert np.all(np.diff(r(points)) > 0)
    assert r(points)[-1] == pytest.approx(4.08, rel=0.03)


def test_clipping_with_five_d_steps_circles_in_an_ellipse():
    """1 x 1/sqrt(5): r in [0.44, 1.01]."""
    clipped = method("wasserstein", "alternating", normalizer="weight_clipping", d_steps=5)
    points = trajectory(clipped, numbers(0.1, weight_clipping__bound=1.0), 900, every=3)[100:]
    assert r(points).min() == pytest.approx(0.44, abs=0.03)
    assert r(points).max() == pytest.approx(1.01, abs=0.03)


@pytest.mark.parametrize(
    ("name", "low", "high"), [("wgan_gp", 1.17, 1.42), ("wgan_lp", 0.97, 1.03)]
)
def test_a_weak_wgan_penalty_circles(name, low, high):
    penalized = method("wasserstein", "alternating", name)
    points = trajectory(penalized, numbers(0.1, **{f"{name}__weight": 0.35}), 1800, every=3)[200:]
    assert r(points).min() > low - 0.02
    assert r(points).max() < high + 0.02


@pytest.mark.parametrize(("weight", "h", "steps"), [(1.0, 0.1, 110), (10.0, 0.02, 6000)])
def test_a_strong_wgan_gp_is_calm_and_wrong(weight, h, steps):
    """theta -> 2 weight, psi -> 0+.

    Not for ever: psi falls exponentially, and at 1e-6 the 1e-12 under the root of the norm lets it
    pass through 0, which the theory's |psi| does not.
    """
    penalized = method("wasserstein", "alternating", "wgan_gp")
    points = trajectory(penalized, numbers(h, wgan_gp__weight=weight), steps, every=steps)
    assert points[-1, 0] == pytest.approx(2 * weight, rel=0.01)
    assert 0 < points[-1, 1] < 0.02


ADAM = [
    ("alternating", (), 0.0, 0.9, 0.0095),
    ("simultaneous", (), 0.0, 0.9, 0.089),
    ("simultaneous", (), 0.5, 0.999, 0.53),
    ("simultaneous", (), 0.9, 0.999, 0.99),
    ("simultaneous", (0.3,), 0.5, 0.999, 0.064),
    ("simultaneous", (0.3,), 0.9, 0.999, 0.37),
    ("simultaneous", (1.0,), 0.5, 0.999, 0.0024),
]


@pytest.mark.slow
@pytest.mark.parametrize(("dynamics", "gamma", "beta1", "beta2", "expected"), ADAM)
def test_adam_does_not_reach_the_equilibrium(dynamics, gamma, beta1, beta2, expected):
    """Mean radius over the last 1000 of 20000 steps of 0.01; a larger beta1 is worse."""
    penalty = ("r1",) if gamma else ()
    adam = method("non_saturating", dynamics, *penalty, optimizer="adam")
    own = {"adam.beta1": beta1, "adam.beta2": beta2, "adam.eps": 1e-8}
    hparams = {"lr_g": 0.01, "lr_d": 0.01, **own, **({"r1.gamma": gamma[0]} if gamma else {})}
    step = step_of(adam)
    state, _ = step.run(at(step, hparams, (1.0, 1.0)), 0, hparams, 0, 19_000)
    radii = []
    for i in range(19_000, 20_000):  # every one: it turns once in a few steps
        state, _ = step.run(state, 0, hparams, i, i + 1)
        radii.append(np.hypot(*(float(tf.squeeze(p.weights[0])) for p in (state.g, state.d))))
    assert np.mean(radii) == pytest.approx(expected, rel=0.05)


# --- one-dimensional Gaussian, linear-quadratic ---------------------------------------------------


def lq(found: Method) -> Step:
    return Step(registry.task["gauss1d_lq"](), found)


def solved(step: Step, hparams: dict, w=(0.0, 0.0), g=(0.0, 1.0)):
    state = step.init(0, hparams)
    return state._replace(
        g=state.g._replace(weights=(tf.constant(g, tf.float64),)),
        d=state.d._replace(weights=(tf.constant([[w[0]], [w[1]]], tf.float64),)),
    )


B = np.diag([1.0, 2.0])
M = np.array([[1.0, 0.0], [0.0, 3.0]])  # E phi phi^T of phi = (x, x^2), x ~ N(0, 1)
ZERO = np.zeros((2, 2))


@pytest.mark.parametrize(
    ("loss", "penalties", "hparams", "expected"),
    [
        ("wasserstein", (), {}, [[ZERO, B], [-B.T, ZERO]]),
        ("wasserstein", ("r1",), {"r1__gamma": 0.5}, [[ZERO, B], [-B.T, -0.5 * B.T @ B]]),
        ("non_saturating", (), {}, [[ZERO, B / 2], [-B.T / 2, -M / 2]]),
        ("minimax", (), {}, [[ZERO, B / 2], [-B.T / 2, -M / 2]]),
        (
            "least_squares",
            (),
            {"least_squares__a": -1.0, "least_squares__b": 1.0, "least_squares__c": 1.0},
            [[ZERO, B], [-B.T, -2 * M]],
        ),
    ],
    ids=["wgan", "wgan_r1", "ns", "minimax", "ls"],
)
def test_jacobian_of_the_linear_quadratic_gan(loss, penalties, hparams, expected):
    step = lq(method(loss, "simultaneous", *penalties))
    hparams = numbers(0.1, **hparams)
    found = of_field(step, hparams, solved(step, hparams))
    np.testing.assert_allclose(found, np.block(expected), atol=1e-9)


@pytest.mark.parametrize(("h", "expected"), [(0.05, 0.988686), (0.1, 0.979796), (0.2, 0.969536)])
def test_spectral_radius_of_the_linear_quadratic_gan(h, expected):
    step = lq(method("wasserstein", "simultaneous", "r1"))
    hparams = numbers(h, r1__gamma=0.5)
    found = radius(of_step(step, hparams, solved(step, hparams)))
    assert found == pytest.approx(expected, abs=1e-6)


def trained(found: Method, steps: int, **hparams: float):
    own = numbers(0.05, **hparams)
    return fit(Trial("gauss1d_lq", found, 0, steps, own, {}, evaluations=4)).result


@pytest.mark.parametrize("dynamics", ["simultaneous", "alternating"])
@pytest.mark.parametrize(
    ("loss", "penalties", "hparams"),
    [
        ("non_saturating", (), {}),
        ("minimax", (), {}),
        ("least_squares", (), {"a": -1.0, "b": 1.0, "c": 1.0}),
        ("wasserstein", ("r1",), {"gamma": 0.5}),
    ],
    ids=["ns", "minimax", "ls", "wgan_r1"],
)
def test_what_converges_on_a_gaussian(dynamics, loss, penalties, hparams):
    """Unlike on the Dirac-GAN, the plain losses do; wasserstein needs its penalty."""
    owner = penalties[0] if penalties else loss
    own = {f"{owner}__{name}": value for name, value in hparams.items()}
    result = trained(method(loss, dynamics, *penalties), 4000, **own)
    assert result.curves["radius"][-1] < 1e-12


@pytest.mark.parametrize("dynamics", ["simultaneous", "alternating"])
def test_wasserstein_alone_does_not(dynamics):
    assert trained(method("wasserstein", dynamics), 4000).curves["radius"][-1] > 0.5


# --- as tasks -------------------------------------------------------------------------------------


def test_radius_is_the_curve_of_a_game_at_every_step_where_asked():
    found = method("wasserstein")
    result = fit(Trial("bilinear", found, 0, 5, numbers(0.1), {"size": 2}, evaluations=5)).result
    assert {"step", "radius"} <= set(result.curves)
    assert "q" not in result.curves
    assert result.facts["criterion"] == {"radius": ["<=", 0.01]}
    expected = 2 * np.sqrt(1 + 0.1**2) ** np.arange(1, 6)
    np.testing.assert_allclose(result.curves["radius"], expected, rtol=1e-12)


def test_dirac_starts_at_one_one():
    step = Step(registry.task["dirac"](), method())
    assert step.task.observe(step.init(3, numbers(0.1)))["radius"] == pytest.approx(np.sqrt(2))


def test_six_points_have_the_moments_of_a_normal():
    from bench.gan.tasks.games import SIX

    assert [np.mean(SIX**k) for k in range(1, 6)] == pytest.approx([0, 1, 0, 3, 0], abs=1e-12)
