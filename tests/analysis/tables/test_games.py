"""Verdicts on games: trajectories of the Dirac-GAN whose fate the theory knows.

Real data at 0, G = theta, D(x) = psi x; simulated here, step by step. Mescheder et al. 2018.
"""

from dataclasses import replace

import numpy as np
import pytest

from bench.analysis import verdicts
from bench.analysis.frame.rows import contraction
from bench.gan.training.motion import WINDOW, turning
from bench.trial import Method, Result, Status, Trial

EVALUATIONS = 100


def sigmoid(x):
    return (1 + np.tanh(x / 2)) / 2


def gradient(loss, theta, psi, r1=0.0, gp=0.0, lp=0.0):
    """(d L_G / d theta, d L_D / d psi)."""
    d = psi * theta
    g = {"ns": -sigmoid(-d) * psi, "minimax": -sigmoid(d) * psi, "wgan": -psi}[loss]
    own = theta if loss == "wgan" else sigmoid(d) * theta
    slope = abs(psi) - 1
    penalty = r1 * psi + 2 * np.sign(psi) * (gp * slope + lp * max(slope, 0.0))
    return g, own + penalty


def path(loss, steps, h, alternating=False, clip=None, adam=None, lazy=1, start=(1, 1), **weights):
    """(theta, psi) after each step [steps + 1, 2]."""
    point = np.array(start, float)
    points, m, s = [point.copy()], np.zeros(2), np.zeros(2)
    strength = dict(weights)
    for t in range(1, steps + 1):
        if lazy > 1:
            strength["r1"] = lazy * weights["r1"] if t % lazy == 1 else 0.0
        for moves in ((1,), (0,)) if alternating else ((0, 1),):
            slope = np.array(gradient(loss, *point, **strength))
            for i in moves:
                change = h * slope[i]
                if adam:
                    m[i] = adam[0] * m[i] + (1 - adam[0]) * slope[i]
                    s[i] = adam[1] * s[i] + (1 - adam[1]) * slope[i] ** 2
                    size = np.sqrt(s[i] / (1 - adam[1] ** t)) + 1e-8
                    change = h * m[i] / (1 - adam[0] ** t) / size
                point[i] -= change
            if clip:
                point[1] = np.clip(point[1], -clip, clip)
        points.append(point.copy())
    return np.array(points)


def result(points):
    """The trial of such a path, measured 100 times."""
    at = np.linspace(0, len(points) - 1, EVALUATIONS + 1).astype(int)[1:]
    w = min(WINDOW, at[0] // 2)
    angles = [turning(points[i - w] - points[i - 2 * w], points[i] - points[i - w]) for i in at]
    curves = {
        "step": at.tolist(),
        "radius": np.linalg.norm(points[at], axis=1).tolist(),
        "turning_angle": angles,
    }
    facts = {"radius_start": float(np.linalg.norm(points[0])), "turning_window": WINDOW}
    return Result(Trial("dirac", Method("x"), 0, int(at[-1])), Status.COMPLETED, curves, {}, facts)


SCENARIOS = {
    "N3 ns: limit circle": ("oscillating", 4, ("ns", 5000, 0.1), {}),
    "N3 ns + weak R1: smaller circle": ("oscillating", 4, ("ns", 5000, 0.2), {"r1": 0.02}),
    "N3 ns + R1": ("converged", 6, ("ns", 2000, 0.1), {"r1": 0.3}),
    "N4 ns alternating: slower than any line": (
        *("oscillating", 4),
        *(("ns", 40_000, 0.1), {"alternating": True}),
    ),
    "N5 minimax: outward, to where G's gradient vanishes": (
        "stalled",
        9,
        ("minimax", 20_000, 0.1),
        {},
    ),
    "wgan: grows by sqrt(1 + h^2) each step": ("diverged", 2, ("wgan", 1000, 0.1), {}),
    "N6 wgan + clipping": (
        *("oscillating", 4),
        *(("wgan", 5000, 0.1), {"alternating": True, "clip": 1.0}),
    ),
    "N7 wgan_gp: limit cycle": (
        *("oscillating", 4),
        *(("wgan", 5000, 0.1), {"alternating": True, "gp": 0.35}),
    ),
    "N8 wgan_gp: calm and wrong": (
        *("stalled", 9),
        *(("wgan", 5000, 0.1), {"alternating": True, "gp": 1.0}),
    ),
    "N9 wgan_lp: the orbit of clipping": (
        *("oscillating", 4),
        *(("wgan", 5000, 0.1), {"alternating": True, "lp": 0.35}),
    ),
    "N10 Adam with momentum": ("oscillating", 4, ("ns", 20_000, 0.01), {"adam": (0.9, 0.999)}),
    "N11 lazy R1": ("converged", 6, ("ns", 2000, 0.1), {"r1": 0.3, "lazy": 16}),
}


@pytest.mark.parametrize("name", SCENARIOS)
def test_twelve_dirac_scenarios(name):
    verdict, number, given, options = SCENARIOS[name]
    made = result(path(*given, **options))
    found = verdicts.judge(made)
    assert (found.verdict, found.number) == (verdict, number), found
    # the angle is taken at every fifth evaluation only
    angles = [a if i % 5 == 4 else None for i, a in enumerate(made.curves["turning_angle"])]
    curves = {**made.curves, "turning_angle": angles}
    rarely = verdicts.judge(Result(made.trial, made.status, curves, {}, made.facts))
    assert rarely.verdict == verdict


def test_simulation_has_the_radii_of_the_theory():
    """sqrt(2 h - 8 gamma) for simultaneous steps; 2 lambda for the spurious point of WGAN-GP."""
    ns = np.linalg.norm(path("ns", 5000, 0.1)[-1000:], axis=1)
    assert np.sqrt((ns**2).mean()) == pytest.approx(np.sqrt(0.2), rel=0.01)
    weak = np.linalg.norm(path("ns", 5000, 0.2, r1=0.02)[-1000:], axis=1)
    assert np.sqrt((weak**2).mean()) == pytest.approx(np.sqrt(0.24), rel=0.01)
    assert path("wgan", 5000, 0.1, alternating=True, gp=1.0)[-1] == pytest.approx([2, 0], abs=0.01)


def test_a_spiral_that_is_still_on_its_way_is_improving_not_oscillating():
    """The rule "turns, and the radius is within bounds" alone would call it unstable."""
    found = verdicts.judge(result(path("ns", 1500, 0.1, r1=0.05, alternating=True)))
    assert found.numbers.turns >= 1
    assert -3 < found.numbers.q_last < -1
    assert (found.verdict, found.rule) == ("improving", "radius halves")


def test_convergence_of_a_game_is_a_thousandth_of_the_start():
    made = result(path("ns", 2000, 0.1, r1=0.3))
    radius = np.array(made.curves["radius"]) / made.facts["radius_start"]
    first = made.curves["step"][int(np.argmax(radius < 1e-3))]
    assert verdicts.convergence(made).first == first
    assert verdicts.convergence(made).held == 1


def test_the_equilibrium_itself_has_a_distance():
    points = np.zeros((1001, 2))
    points[:500] = 1
    assert verdicts.judge(result(points)).verdict == "converged"


def test_turning_to_and_fro_is_no_orbit():
    made = result(path("ns", 5000, 0.1))
    flipped = [a * (-1) ** i for i, a in enumerate(made.curves["turning_angle"])]
    curves = {**made.curves, "turning_angle": flipped}
    found = verdicts.judge(Result(made.trial, made.status, curves, {}, made.facts))
    assert (found.verdict, found.numbers.turns) == ("stalled", 0)


@pytest.mark.parametrize("factor", [0.97, 1.0, 1.003])
def test_contraction_is_the_factor_of_one_step(factor):
    step = np.arange(10, 1001, 10)
    spiral = factor**step * (1 + 0.05 * np.sin(step / 7.3))  # an eccentric orbit
    found = contraction({"step": step.tolist(), "radius": spiral.tolist()})
    assert found == pytest.approx(factor, abs=1e-4)


def test_contraction_leaves_out_what_rounding_has_made():
    step = np.arange(1, 1001)
    radius = np.maximum(0.9**step, 1e-15)  # stays at the precision of its numbers
    found = contraction({"step": step.tolist(), "radius": [*radius[:-1], None]})
    assert found == pytest.approx(0.9, abs=1e-9)
    assert np.isnan(contraction({"step": [1, 2], "radius": [1.0, 0.9]}))


def test_a_point_that_attracts_and_is_no_solution_is_not_converged_to():
    """The same path in, judged with and without the second-order conditions of a solution."""
    inwards = result(path("ns", 4000, 0.1, alternating=True, r1=0.3))
    assert verdicts.judge(inwards).verdict.value == "converged"
    for holds, expected in ((0.0, "stalled"), (1.0, "converged")):
        curve = [1.0 - holds] * (EVALUATIONS - 1) + [holds]
        found = verdicts.judge(replace(inwards, curves=inwards.curves | {"local_minimax": curve}))
        assert found.verdict.value == expected
    outwards = result(path("wgan", 400, 0.2))
    away = replace(outwards, curves=outwards.curves | {"local_minimax": [0.0] * EVALUATIONS})
    assert (
        verdicts.judge(away).verdict.value == verdicts.judge(outwards).verdict.value == "diverged"
    )
