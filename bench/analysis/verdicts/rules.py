"""Turns curves into a verdict on the trial, by the first rule that holds.

A status is a fact of the run; a verdict is an opinion about its curves. The numbers that the rules
look at are computed in `numbers`, the thresholds stand in `thresholds`, so that one can be argued
over without training again. The *tail* is the last 20 % of the evaluations, *late* the last 50 %,
and q the distance of the generated from the real distribution: 0 is indistinguishable from real, 1
as bad as one broad Gaussian.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bench.analysis.verdicts import signals
from bench.analysis.verdicts import thresholds as at
from bench.analysis.verdicts.numbers import Convergence, Numbers, convergence, measure, success
from bench.analysis.verdicts.runs import Runs, alike
from bench.trial import Result, Status, Verdict

__all__ = ["MEANING", "PINNED", "UNSTABLE", "Convergence", "Judgement", "Numbers", "Verdict"]
__all__ += ["convergence", "judge", "judge_all", "success"]


MEANING: Mapping[Verdict, str] = {
    Verdict.DIVERGED: (
        "a loss, gradient, weight or sample was not finite; or q ended above "
        f"{at.FAR_Q:g} with most samples far outside the data or logits grown "
        f"{at.FAR_LOGITS:g}-fold; or the weights grew {at.FAR_WEIGHTS:g}-fold; of a game: the "
        "radius grew tenfold"
    ),
    Verdict.COLLAPSED: (
        f"in {at.MOST:.0%} of the tail the samples are nearly one point (pairwise distance below "
        f"{at.COLLAPSED_DISTANCE:g} of the real one, effective number of samples below "
        f"{at.COLLAPSED_VENDI:g} of it), or one mode holds over {at.COLLAPSED_MASS:.0%} of "
        f"them, or at most a quarter of the modes is covered by good samples"
    ),
    Verdict.OSCILLATING: (
        f"q swings by at least {at.SWING:g} in the last half, in a cycle of it or of the mode "
        f"shares (autocorrelation >= {signals.OSCILLATION_R:g} after one period, and "
        f"{signals.OSCILLATION_F:.0%} of the power in one peak), or with the mass moving between "
        f"modes (total variation >= {at.HOPPING:g}); of a game: its path orbits the equilibrium"
    ),
    Verdict.DEGRADED: f"q ended at least {at.LOST_Q:g} above its earlier best",
    Verdict.CONVERGED: (
        f"the task's criterion holds at {at.MOST:.0%} of the tail's evaluations; of a game: the "
        "radius fell to a thousandth"
    ),
    Verdict.MODE_DROP: "calm and sharp, but modes are missing",
    Verdict.IMPROVING: (
        f"q still falls by at least {at.DRIFT:g} in the last half: more steps may do"
    ),
    Verdict.STALLED: (
        "none of these: calm, and not there; where D tells "
        f"{at.PINNED:.0%} of the samples at {at.MOST:.0%} of the tail's evaluations, it wins: its "
        "scores are pinned; of a game also: the radius fell to a thousandth at a point that "
        "attracts and is no local minimax point"
    ),
    Verdict.NONE: (
        "the trial crashed or was stopped: its status says how; or q, or what the criterion asks "
        "for, could not be measured, and no rule holds that does without it"
    ),
}

PINNED = "the discriminator wins"
"""The rule of a trial that stands still because D tells all samples: users' "scores pinned"."""

UNSTABLE = (Verdict.DIVERGED, Verdict.COLLAPSED, Verdict.OSCILLATING, Verdict.DEGRADED)


@dataclass(frozen=True)
class Judgement:
    """A verdict, with the rule that gave it."""

    verdict: Verdict
    """The verdict."""
    rule: str
    """The name of the rule; without a verdict, the status of the trial."""
    number: int = 0
    """The number of the rule: 1 not finite, 2 diverged, 3 collapsed, 4 oscillating, 5 degraded, 6
    converged, 7 mode_drop, 8 improving, 9 stalled; 0 without a verdict. Rules are tried in this
    order, except that a late collapse (5) comes before a collapse (3), and in games 6 before 4."""
    numbers: Numbers | None = None
    """The numbers that it rests on; None: they were not computed."""


def judge(result: Result) -> Judgement:
    """Judge one trial by the first rule that holds. Any curve may be short or missing."""
    return judge_all([result])[0]


def judge_all(results: Sequence[Result]) -> list[Judgement]:
    """Judge many trials, each as `judge` does, in a tenth of the time."""
    found: dict[int, Judgement] = {}
    for places, runs in alike(results):
        found |= zip(places, judge_runs(runs), strict=True)
    return [found[i] for i in range(len(results))]


def judge_runs(runs: Runs) -> list[Judgement]:
    """Judge runs that are alike."""
    status, count = runs.results[0].status, len(runs.results)
    if status is Status.DIVERGED:
        return [Judgement(Verdict.DIVERGED, "not finite", 1)] * count
    if status is not Status.COMPLETED or not runs.curve("step").shape[1]:
        return [Judgement(Verdict.NONE, status.value)] * count
    rules = _GAME_RULES if runs.is_game else _RULES
    return [_first(rules, numbers) for numbers in measure(runs)]


def _first(rules: Sequence[_Rule], numbers: Numbers) -> Judgement:
    number, verdict, rule = next(found[:3] for found in rules if found[3](numbers))
    return Judgement(verdict, rule, number, numbers)


_Rule = tuple[int, Verdict, str, Callable[[Numbers], bool]]

_RULES: tuple[_Rule, ...] = (
    (2, Verdict.DIVERGED, "samples ran away", lambda n: _far(n) and n.outside > at.FAR_OUTSIDE),
    (2, Verdict.DIVERGED, "logits ran away", lambda n: _far(n) and _logits_ran_away(n)),
    (2, Verdict.DIVERGED, "weights ran away", lambda n: n.weight_growth > at.FAR_WEIGHTS),
    (5, Verdict.DEGRADED, "late collapse", lambda n: _is_collapsed(n) and _was_better(n)),
    (3, Verdict.COLLAPSED, "one place", lambda n: _is_collapsed(n)),
    (4, Verdict.OSCILLATING, "cycle", lambda n: n.swing >= at.SWING and n.cycle.found),
    (
        4,
        Verdict.OSCILLATING,
        "cycle of modes",
        lambda n: n.swing >= at.SWING and n.shares_cycle.found,
    ),
    (4, Verdict.OSCILLATING, "hopping", lambda n: n.swing >= at.SWING and n.hopping >= at.HOPPING),
    (5, Verdict.DEGRADED, "was better", lambda n: _lost_quality(n)),
    (6, Verdict.CONVERGED, "criterion", lambda n: n.success >= at.MOST),
    (7, Verdict.MODE_DROP, "modes missing", lambda n: _calm(n) and n.sharp and _misses_modes(n)),
    (8, Verdict.IMPROVING, "trend", lambda n: _falls(n, at.DRIFT)),
    (9, Verdict.STALLED, PINNED, lambda n: n.told >= at.MOST and _failed(n)),
    (0, Verdict.NONE, "not measurable", lambda n: not _measured(n)),
    (9, Verdict.STALLED, "no other rule", lambda n: True),
)
"""The rules in their order: number, verdict, name, and the condition on the numbers. No condition
holds on a number that is missing (NaN)."""

_GAME_RULES: tuple[_Rule, ...] = (
    (2, Verdict.DIVERGED, "radius grew tenfold", lambda n: n.q_last > at.GAME_DIVERGED),
    (9, Verdict.STALLED, "stable, and no solution", lambda n: _near(n) and n.solution < 1),
    (6, Verdict.CONVERGED, "radius", lambda n: _near(n)),
    (8, Verdict.IMPROVING, "radius halves", lambda n: _falls(n, at.GAME_SHRINKING)),
    (4, Verdict.OSCILLATING, "orbit", lambda n: n.turns >= at.GAME_TURNS),
    (8, Verdict.IMPROVING, "trend", lambda n: _falls(n, at.DRIFT)),
    (9, Verdict.STALLED, "no other rule", lambda n: True),
)
"""The rules of games. A contracting spiral is not an orbit: one that still halves its radius in the
late half is improving, however often it turns."""


def _near(n: Numbers) -> bool:
    return n.q_last < at.GAME_CONVERGED


def _far(n: Numbers) -> bool:
    return n.q_tail > at.FAR_Q


def _falls(n: Numbers, by: float) -> bool:
    return n.drift <= -by and n.drift_p < at.SIGNIFICANT


def _logits_ran_away(n: Numbers) -> bool:
    return n.logit_growth > at.FAR_LOGITS and not _is_collapsed(n)


def _is_collapsed(n: Numbers) -> bool:
    return n.collapsed >= at.MOST


def _was_better(n: Numbers) -> bool:
    return n.collapsed_before < 0.5 and _lost_quality(n)


def _lost_quality(n: Numbers) -> bool:
    return n.best_early and n.q_tail - n.q_best >= at.LOST_Q


def _calm(n: Numbers) -> bool:
    return n.swing < at.SWING and abs(n.drift) < at.DRIFT


def _measured(n: Numbers) -> bool:
    """True where a run has a q and its criterion fails: only then can it be called calm."""
    return not math.isnan(n.q_tail) and _failed(n)


def _failed(n: Numbers) -> bool:
    """True where the criterion fails whatever the values are that are missing."""
    return not n.success + n.unknown >= at.MOST


def _misses_modes(n: Numbers) -> bool:
    return n.modes < n.modes_needed
