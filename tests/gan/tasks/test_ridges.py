"""The three games of "follow the ridge": who ends at the origin, and where that is a solution.

1,000 steps of 0.05 (0.01 of SGA) from the starts of Wang et al. 2020. f1: the origin is minimax,
and gradients leave it. f2: it is not, and all but FR are drawn to it. f3: all but FR end in a
cycle.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from bench import registry
from bench.gan.training.path import STEPS, path
from bench.gan.training.step import Step
from bench.gan.training.train import fit
from bench.metrics.planar.saddles import SADDLES
from bench.trial import Method, Trial

SGD = {"lr_g": 0.05, "lr_d": 0.05, "sgd.momentum": 0.0}
SLOW = {"lr_g": 0.01, "lr_d": 0.01}
RIDGE = {"follow_the_ridge.damping": 0.0, "follow_the_ridge.iterations": 5.0}
WHO = {
    "gda": ({"dynamics": "simultaneous"}, {}),
    "eg": ({"dynamics": "extragradient"}, {}),
    "ogda": ({"dynamics": "simultaneous", "optimizer": "optimistic_sgd"}, {}),
    "consensus": ({"dynamics": "consensus"}, {"consensus.gamma": 0.1}),
    "sga": ({"dynamics": "symplectic_unaligned"}, SLOW | {"symplectic_unaligned.weight": 1.0}),
    "aligned": ({"dynamics": "symplectic"}, SLOW | {"symplectic.weight": 1.0}),
    "fr": ({"dynamics": "follow_the_ridge"}, RIDGE),
}
_STEPS: dict[tuple[str, str], Step] = {}


def numbers(who: str) -> dict[str, float]:
    own = {k: v for k, v in SGD.items() if k != "sgd.momentum" or who != "ogda"}
    return own | WHO[who][1]


def method(who: str) -> Method:
    return Method("m", "wasserstein", **{"optimizer": "sgd"} | WHO[who][0])


def step_of(game: str, who: str) -> Step:
    if (game, who) not in _STEPS:
        task = replace(registry.task[game](), xla=False)
        _STEPS[game, who] = Step(task, method(who))
    return _STEPS[game, who]


def ends(game: str, who: str, steps=(800, 900, 950, 1000)) -> list[dict[str, float]]:
    """What is observed after some of the steps."""
    step, hparams, done, found = step_of(game, who), numbers(who), 0, []
    state = step.init(0, hparams)
    for stop in steps:
        state, _ = step.run(state, 0, hparams, done, stop)
        found.append(step.task.observe(state))
        done = stop
    return found


TO = {
    "ridge_1": {
        **dict.fromkeys(("gda", "eg", "ogda", "aligned"), "away"),
        **dict.fromkeys(("consensus", "sga", "fr"), "solution"),
    },
    "ridge_2": {
        **dict.fromkeys(("gda", "eg", "ogda", "consensus", "sga"), "trap"),
        "fr": "away",
    },
    "ridge_3": {
        **dict.fromkeys(("gda", "eg", "ogda", "consensus", "sga"), "cycle"),
        "fr": "solution",
    },
}


QUICK = {"gda", "fr"}
"""Those whose ends are looked at by default, as a step is compiled for each; of the first game also
consensus and SGA."""


def rows():
    for game, own in TO.items():
        for who, end in own.items():
            slow = who not in QUICK | ({"consensus", "sga"} if game == "ridge_1" else set())
            yield pytest.param(game, who, end, marks=[pytest.mark.slow] if slow else [])


@pytest.mark.parametrize(("game", "who", "end"), list(rows()))
def test_the_three_games_end_as_their_paper_says(game, who, end):
    """Stable and a solution are two things: a trap is stationary, and no local minimax point."""
    found = ends(game, who)
    radius, last = [one["radius"] for one in found], found[-1]
    if end == "away":
        assert radius == sorted(radius)
        assert radius[-1] > 1e6
    elif end == "cycle":
        assert 2.0 < min(radius) <= max(radius) < 3.6
        assert 2.9 < radius[-1] < 3.3
        assert last["field_norm"] > 0.03
    else:
        assert radius == sorted(radius, reverse=True)
        assert max(radius[-1], last["field_norm"]) < 1e-3
        assert last["local_minimax"] == (end == "solution")


def test_the_players_descend_and_ascend_the_game_s_own_slopes():
    """One simultaneous step against the closed form, at the start."""
    for game, saddle in SADDLES.items():
        (first,) = ends(game, "gda", (1,))
        x, y = saddle.start
        eps = 1e-6
        df_dx = (saddle(x + eps, y) - saddle(x - eps, y)) / (2 * eps)
        df_dy = (saddle(x, y + eps) - saddle(x, y - eps)) / (2 * eps)
        assert first["theta"] == pytest.approx(x - 0.05 * df_dx, abs=1e-8)
        assert first["psi"] == pytest.approx(y + 0.05 * df_dy, abs=1e-8)
        np.testing.assert_allclose(saddle.slopes(x, y), [df_dx, df_dy], rtol=1e-6)


def test_curvature_and_its_judgement():
    np.testing.assert_allclose(
        SADDLES["ridge_1"].curvature(0.4, 2.0), [[-6, 4], [4, -2]], rtol=1e-6
    )
    np.testing.assert_allclose(SADDLES["ridge_2"].curvature(9e9, 2.0), [[6, 4], [4, 2]], rtol=1e-5)
    np.testing.assert_allclose(
        SADDLES["ridge_3"].curvature(0.0, 0.0), [[-1.0, 0.6], [0.6, -0.2]], atol=1e-6
    )
    for saddle in SADDLES.values():
        assert saddle.best_answers(0.0, 0.0) == saddle.minimax
    # f3 far out: y is at the foot of the valley, where it could gain
    assert not SADDLES["ridge_3"].best_answers(0.5, -9.0)


def test_a_game_of_two_numbers_stores_them_at_its_evaluations_and_step_by_step_at_first():
    found = Method("m", "wasserstein", optimizer="sgd", dynamics="simultaneous")
    hparams = {"lr_g": 0.2, "lr_d": 0.1, "sgd.momentum": 0.0}
    result = fit(Trial("bilinear", found, 0, 6, hparams, {}, evaluations=3)).result
    whole = result.facts["path"]
    theta, psi = 1.0, 1.0
    for i in range(7):
        assert whole["theta"][i] == pytest.approx(theta, rel=1e-5)
        assert whole["psi"][i] == pytest.approx(psi, rel=1e-5)
        if i and i % 2 == 0:
            assert result.curves["theta"][i // 2 - 1] == pytest.approx(theta, rel=1e-12)
            assert result.curves["psi"][i // 2 - 1] == pytest.approx(psi, rel=1e-12)
        theta, psi = theta + 0.2 * psi, psi - 0.1 * theta
    assert len(whole["psi"]) == 7


def test_a_path_is_bounded_and_ends_before_what_is_not_finite():
    step, hparams = step_of("ridge_1", "gda"), numbers("gda")
    start = step.init(0, hparams)
    assert len(path(step, start, 0, hparams, 1000)["theta"]) == STEPS + 1
    wild = path(step, start, 0, hparams | {"lr_g": 1e9, "lr_d": 1e9}, 1000)
    assert 3 < len(wild["theta"]) < STEPS
    assert all(map(math.isfinite, wild["theta"] + wild["psi"]))


@pytest.mark.parametrize(
    ("game", "options"), [("bilinear", {"size": 2}), ("dirac", {"bias": True})]
)
def test_a_game_of_more_numbers_has_no_path(game, options):
    task = registry.task[game](**options)
    step = Step(replace(task, xla=False), method("gda"))
    state = step.init(0, SGD)
    assert path(step, state, 0, SGD, 10) is None
    assert set(task.observe(state)) == {"radius"}
