"""Each rule at its very bound, by numbers that are made up: below, at and above it."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from bench.analysis.verdicts import rules
from bench.analysis.verdicts.numbers import Numbers
from bench.analysis.verdicts.signals import Oscillation

NAN = math.nan
STILL, CYCLE = Oscillation(0.39, 0.49, 10.0), Oscillation(0.9, 0.9, 10.0)
CALM = Numbers(
    q_last=0.9,
    q_tail=0.9,
    q_best=0.9,
    best_early=False,
    swing=0.0,
    drift=0.0,
    drift_p=1.0,
    cycle=STILL,
    shares_cycle=STILL,
    turns=0.0,
    hopping=0.0,
    outside=0.0,
    logit_growth=1.0,
    weight_growth=1.0,
    collapsed=0.0,
    collapsed_before=0.0,
    success=0.0,
    unknown=0.0,
    modes=8.0,
    modes_needed=8.0,
    sharp=False,
)

FAR = {"q_tail": 1.01}
LOST = {"q_tail": 0.9, "q_best": 0.5, "best_early": True}
FALLS = {"drift": -0.06, "drift_p": 0.01}

CASES = [
    ({}, "no other rule"),
    # 1 is as bad as a broad Gaussian, and beyond it half of the samples are far outside
    (FAR | {"outside": 0.51}, "samples ran away"),
    (FAR | {"outside": 0.5}, "no other rule"),
    ({"q_tail": 1.0, "outside": 0.51}, "no other rule"),
    (FAR | {"logit_growth": 50.1}, "logits ran away"),
    (FAR | {"logit_growth": 50.0}, "no other rule"),
    ({"q_tail": 1.0, "logit_growth": 50.1}, "no other rule"),
    (FAR | {"logit_growth": 50.1, "collapsed": 0.8}, "one place"),
    ({"weight_growth": 100.1}, "weights ran away"),
    ({"weight_growth": 100.0}, "no other rule"),
    # collapsed in 80 % of the tail; late where less than half was so before, and q was lost
    ({"collapsed": 0.8}, "one place"),
    ({"collapsed": 0.79}, "no other rule"),
    (LOST | {"collapsed": 0.8, "collapsed_before": 0.49}, "late collapse"),
    (LOST | {"collapsed": 0.8, "collapsed_before": 0.5}, "one place"),
    (LOST | {"collapsed": 0.8, "best_early": False}, "one place"),
    # a cycle of either kind, or hopping, with a swing of 0.15
    ({"swing": 0.15, "cycle": CYCLE}, "cycle"),
    ({"swing": 0.149, "cycle": CYCLE}, "no other rule"),
    ({"swing": 0.15, "shares_cycle": CYCLE}, "cycle of modes"),
    ({"swing": 0.149, "shares_cycle": CYCLE}, "no other rule"),
    ({"swing": 0.15, "hopping": 0.25}, "hopping"),
    ({"swing": 0.15, "hopping": 0.249}, "no other rule"),
    ({"swing": 0.149, "hopping": 0.25}, "no other rule"),
    # 0.2 worse than its best, which came before the tail
    (LOST, "was better"),
    (LOST | {"q_best": 0.7}, "was better"),
    (LOST | {"q_best": 0.701}, "no other rule"),
    (LOST | {"best_early": False}, "no other rule"),
    (LOST | {"success": 1.0}, "was better"),
    ({"success": 0.8}, "criterion"),
    ({"success": 0.79}, "no other rule"),
    ({"success": 0.8, "swing": 0.15, "cycle": CYCLE}, "cycle"),
    # modes are missing where all else is calm and sharp
    ({"sharp": True, "modes": 7.0}, "modes missing"),
    ({"sharp": True, "modes": 7.9, "swing": 0.149, "drift": 0.049}, "modes missing"),
    ({"sharp": True, "modes": 8.0}, "no other rule"),
    ({"sharp": False, "modes": 7.0}, "no other rule"),
    ({"sharp": True, "modes": 7.0, "swing": 0.15}, "no other rule"),
    ({"sharp": True, "modes": 7.0, "drift": 0.05}, "no other rule"),
    ({"sharp": True, "modes": 7.0, **FALLS}, "trend"),
    (FALLS, "trend"),
    (FALLS | {"drift": -0.05}, "trend"),
    (FALLS | {"drift": -0.049}, "no other rule"),
    (FALLS | {"drift": 0.06}, "no other rule"),
    (FALLS | {"drift_p": 0.05}, "no other rule"),
    # nothing is concluded from a q that is not there, nor where the criterion may hold
    ({"q_tail": NAN}, "not measurable"),
    ({"unknown": 0.8}, "not measurable"),
    ({"unknown": 0.79}, "no other rule"),
    ({"unknown": 0.5, "success": 0.3}, "not measurable"),
    ({"q_tail": NAN, "success": 0.8}, "criterion"),
    ({"q_tail": NAN, "collapsed": 0.8}, "one place"),
    # scores pinned: D tells all samples in 80 % of the tail, and no other rule holds
    ({"told": 0.8}, "the discriminator wins"),
    ({"told": 0.79}, "no other rule"),
    ({"told": 1.0, "success": 0.8}, "criterion"),
    ({"told": 1.0, "q_tail": NAN}, "the discriminator wins"),
    ({"told": 1.0, "unknown": 0.8}, "not measurable"),
    ({"told": 1.0, **FALLS}, "trend"),
]

NUMBERS = {"samples ran away": 2, "logits ran away": 2, "weights ran away": 2, "late collapse": 5}
NUMBERS |= {"one place": 3, "cycle": 4, "cycle of modes": 4, "hopping": 4, "was better": 5}
NUMBERS |= {"criterion": 6, "modes missing": 7, "trend": 8, "not measurable": 0, "no other rule": 9}
NUMBERS |= {"the discriminator wins": 9}


@pytest.mark.parametrize(("changes", "rule"), CASES, ids=str)
def test_a_rule_holds_from_its_bound_on(changes, rule):
    found = rules._first(rules._RULES, replace(CALM, **changes))
    assert (found.rule, found.number) == (rule, NUMBERS[rule])


def test_every_rule_is_tried():
    assert {rule for _, rule in CASES} == {rule[2] for rule in rules._RULES} == set(NUMBERS)


GAMES = [
    ({"q_last": 1.01}, "radius grew tenfold", "diverged"),
    ({"q_last": 1.0}, "no other rule", "stalled"),
    ({"q_last": -3.01}, "radius", "converged"),
    ({"q_last": -3.0}, "no other rule", "stalled"),
    (
        {"q_last": -1.0, "drift": -0.302, "drift_p": 0.04, "turns": 3.0},
        "radius halves",
        "improving",
    ),
    ({"q_last": -1.0, "drift": -0.300, "drift_p": 0.04, "turns": 3.0}, "orbit", "oscillating"),
    ({"q_last": -1.0, "drift": -0.302, "drift_p": 0.05, "turns": 1.0}, "orbit", "oscillating"),
    ({"q_last": -1.0, "turns": 0.99}, "no other rule", "stalled"),
    ({"q_last": -1.0, "drift": -0.05, "drift_p": 0.04, "turns": 0.99}, "trend", "improving"),
    ({"q_last": -1.0, "drift": -0.049, "drift_p": 0.04}, "no other rule", "stalled"),
]


@pytest.mark.parametrize(("changes", "rule", "verdict"), GAMES, ids=str)
def test_a_rule_of_games_holds_from_its_bound_on(changes, rule, verdict):
    """log10 of the radius over that at the start: tenfold, a thousandth, half."""
    found = rules._first(rules._GAME_RULES, replace(CALM, **changes))
    assert (found.rule, found.verdict) == (rule, verdict)


def test_unstable_are_four_verdicts_and_all_have_a_meaning():
    assert rules.UNSTABLE == ("diverged", "collapsed", "oscillating", "degraded")
    assert set(rules.MEANING) == set(rules.Verdict)


def test_a_cycle_needs_both_of_its_measures():
    """An autocorrelation of 0.4 after a period, half of the power in one peak."""
    r, f = 0.4, 0.5
    found = [Oscillation(a, b, 10.0).found for a, b in ((r, f), (r - 0.01, f), (r, f - 0.01))]
    assert found == [True, False, False]
    assert not Oscillation(NAN, NAN, NAN).found
