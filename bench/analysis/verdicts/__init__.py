"""Turns curves into a verdict on each trial: signals, numbers, thresholds, and the rules in their
order."""

from bench.analysis.verdicts.rules import (
    MEANING,
    PINNED,
    UNSTABLE,
    Convergence,
    Judgement,
    Numbers,
    Verdict,
    convergence,
    judge,
    judge_all,
    judge_runs,
    success,
)

__all__ = ["MEANING", "PINNED", "UNSTABLE", "Convergence", "Judgement", "Numbers", "Verdict"]
__all__ += ["convergence", "judge", "judge_all", "judge_runs", "success"]
