"""The cost of a step, against how often the dynamics really asks for a gradient."""

from __future__ import annotations

import math
from typing import Any

import pytest

from bench import registry
from bench.gan import load_parts
from bench.gan.game.game import Play
from bench.gan.methods import cost
from bench.gan.training.step import Step
from bench.trial import Method, affordable
from tests.gan.dirac import DIRAC

load_parts()
SECOND_DERIVATIVES = ("consensus", "jare", "symplectic", "symplectic_unaligned", "lead")
SOLVED = {"cgd": 2 * 5, "acgd": 2 * 5, "follow_the_ridge": 3 + 11 * 2}
"""Dynamics that solve a system. cgd: two gradients and four times their second derivatives, as many
as two iterations take. follow_the_ridge: three gradients, and eleven products with D's Hessian."""


def asked(method: Method) -> dict[str, int]:
    """How often one step takes each player's half of the field."""
    step, counts = Step(DIRAC, method), {"g": 0, "d": 0}
    own = {
        f"{method.dynamics}.{k}": v for k, v in registry.dynamics[method.dynamics].defaults.items()
    }
    hparams = {"lr_g": 0.1, "lr_d": 0.1, "sgd.momentum": 0.0} | own
    bind = step.game.bind

    def counting(numbers: Any) -> Play:
        play = bind(numbers)

        def counted(player: str) -> Any:
            def half(*args: Any) -> Any:
                counts[player] += 1
                return getattr(play.field, player)(*args)

            return half

        return play._replace(field=play.field._replace(g=counted("g"), d=counted("d")))

    step.game.bind = counting  # type: ignore[method-assign]
    step.run(step.init(0, hparams), 0, hparams, 0, 1)  # traced once: a loop's body, one step
    return counts


CASES = [
    (part.name, *steps)
    for part in registry.dynamics
    if part.fn.__module__.startswith("bench.")  # other tests register some for themselves
    for steps in ([(1, 1)] if part.traits.get("simultaneous") else [(1, 1), (3, 1), (1, 2), (2, 3)])
]


def test_lazy_penalties_cost_less_and_nothing_else_does():
    """By hand: d_cost and g_cost of `bcr` are 2 and 0, of `zcr` 1 and 0.5; gradient normalization
    adds 1.5 to each player's gradient in every step."""
    plain = {"normalizer": "gradient_normalization", "regularizers": ("drift",)}
    assert cost.gradients(Method("m", **plain, lazy=16)) == 2 * 2.5
    both = Method("m", regularizers=("bcr", "zcr"), lazy=4)
    assert cost.gradients(both) == pytest.approx((1 + 3 / 4) + (1 + 0.5 / 4))
    r1 = {"regularizers": ("r1",), "d_steps": 2}
    assert cost.gradients(Method("m", **r1, lazy=7)) == pytest.approx(2 * 1.1 + 1)


GN, R1 = {"normalizer": "gradient_normalization"}, {"regularizers": ("r1",)}


@pytest.mark.parametrize(
    ("parts", "by_hand"),
    [
        ({}, 1 + 1),
        ({"d_steps": 5}, 5 + 1),
        ({"g_steps": 3}, 1 + 3),
        ({"d_steps": 2, "g_steps": 3}, 2 + 3),
        ({"pack": 3}, 1 + (1 + 3) / 2),
        ({"pack": 3, "d_steps": 2, "g_steps": 4}, 2 + 4 * 2),
        ({"batch_factor": 8}, 8 * 2),
        ({"batch_factor": 4, "d_steps": 5, **R1}, 4 * (5 * 1.7 + 1)),
        ({"dynamics": "extragradient"}, 2 * 2),
        ({"dynamics": "consensus"}, 2.5 * 2),
        ({"dynamics": "unrolled", "unroll": 5}, 1 + (1 + 3 * 5)),
        ({"dynamics": "unrolled", "unroll": 2, "g_steps": 3, **R1}, 1.7 + 3 * (1 + 6 * 1.7)),
        ({**R1, **GN, "d_steps": 2}, 2 * (1 + 0.7 + 1.5) + (1 + 1.5)),
        ({"regularizers": ("feature_matching",), "g_steps": 2}, 1 + 2 * 1.5),
        ({"regularizers": ("wgan_gp", "drift"), "d_steps": 5}, 5 * 2.5 + 1),
        ({"g_normalizer": "virtual_batch_norm", "d_steps": 2}, 2 * 1.3 + 2),
    ],
)
def test_a_price_by_hand(parts, by_hand):
    """Each step of either player is in it, with what its own parts add."""
    assert cost.gradients(Method("m", **parts)) == pytest.approx(by_hand, rel=1e-12)
    assert cost.known(Method("m", **parts)) == cost.gradients(Method("m", **parts))


def test_a_price_is_not_known_of_parts_that_are_not():
    assert math.isnan(cost.known(Method("m", loss="nobody's")))
    with pytest.raises(registry.UnknownName):
        cost.gradients(Method("m", loss="hinge", regularizers=("nobody's",)))


@pytest.mark.parametrize(
    ("each", "budget", "steps"),
    [(2, 5, 2), (2, 1, 0), (2.7, 27, 10), (2.7, 26, 9), (0.1, 1, 10), (6.1, 61 * 10**6, 10**7)],
)
def test_a_budget_buys_whole_steps(each, budget, steps):
    assert affordable(each, budget) == steps


def test_no_budget_is_overdrawn():
    for each in (2.0, 2.7, 6.85, 13.5, 2.04375):
        for budget in range(14, 3000):
            steps = affordable(each, budget)
            assert steps * each <= budget * (1 + 1e-11)
            assert (steps + 1) * each > budget


@pytest.mark.parametrize(("name", "d_steps", "g_steps"), CASES)
def test_a_step_costs_what_its_dynamics_asks_for(name, d_steps, g_steps):
    unroll = 2 if registry.dynamics[name].traits.get("unrolls") else 0
    parts = {"loss": "wasserstein", "optimizer": "sgd", "dynamics": name}
    method = Method("m", **parts, d_steps=d_steps, g_steps=g_steps, unroll=unroll)
    counts = asked(method)
    # an inner step is asked for once, and differentiated through: 3
    inner = unroll * counts["g"]
    assert counts["g"] == (2 if name == "extragradient" else 1) * g_steps
    expected = counts["g"] + counts["d"] - inner + 3 * inner
    if name in SECOND_DERIVATIVES:
        expected *= 2.5
    expected = SOLVED.get(name, expected)
    assert cost.gradients(method) == expected
