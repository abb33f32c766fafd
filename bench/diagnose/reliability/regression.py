"""Tells from numbers of the same series what a trial was, on tasks and methods not seen before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from bench.analysis.verdicts import signals
from bench.diagnose import courses
from bench.diagnose.judging import FEWEST, finite
from bench.diagnose.log import Series
from bench.diagnose.reliability.cases import Case, roles_of
from bench.diagnose.reliability.table import LEVELS, TRUTHS

COLUMNS = ("truth", "given", "unseen", "trials", "so", "auc")
"""Columns of the table: AUC is the chance that, of a trial that was so and one that was not, the
first one gets the higher score from a regression that has seen nothing of its task, or of its
method and those of the same losses."""


def rows(known: Sequence[Case]) -> Iterator[tuple[Any, ...]]:
    """Yield a row for each truth, level of information, and what was held out in turn.

    A comparison is made within a task or a method, which is what a user has, and averaged by pairs.
    """
    for level in LEVELS:
        every = np.array([numbers(case, level) for case in known])
        for truth in TRUTHS:
            usable = np.array([case.truths[truth] is not None for case in known])
            so = np.array([bool(case.truths[truth]) for case in known])[usable]
            for what, held in (("task", "task"), ("method", "family")):
                groups = np.array([getattr(case, held) for case in known])[usable]
                auc = held_out(every[usable], so, groups)
                yield truth, level, what, len(so), int(so.sum()), auc


ROLES = (
    *("loss_g", "loss_d", "accuracy", "logit_real", "logit_fake", "logit_scale"),
    *("gradient_g", "gradient_d", "weight_norm", "distance"),
)
"""Roles that numbers are taken of."""


def numbers(case: Case, level: str) -> np.ndarray:
    """Five numbers of each series of a level; 0 for one that is not there."""
    there = roles_of(frozenset(ROLES), level)
    found = [_numbers(case.series.get(role)) for role in ROLES if role in there]
    return np.concatenate(found)


def _numbers(own: Series | None) -> np.ndarray:
    """The level of the tail, its change since the first half, range, drift and share in cycles."""
    if own is None or len(values := courses.blocks(finite(own)).values) < FEWEST:
        return np.zeros(5)
    late, tail = signals.late(values), signals.late(values, signals.TAIL)
    level, before = np.median(tail), np.median(values[: len(values) // 2])
    unit = courses.size(values) + 1e-12
    cycle = signals.oscillation(late).f
    drift = float(signals.drift(late).slope) * len(late)
    raw = [level, (level - before) / unit, courses.spread(late) / unit, drift / unit, cycle]
    short: np.ndarray = np.arcsinh(np.nan_to_num(np.array(raw, float)))
    return short


def held_out(x: np.ndarray, so: np.ndarray, groups: np.ndarray) -> float:
    """The AUC within groups, each scored by a regression on the others [n, numbers] -> [0, 1]; NaN
    where no group has both kinds."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    pairs, won = 0.0, 0.0
    for group in np.unique(groups):
        inside = groups == group
        if len(np.unique(so[inside])) < 2 or len(np.unique(so[~inside])) < 2:
            continue
        model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000))
        score = model.fit(x[~inside], so[~inside]).decision_function(x[inside])
        apart = score[so[inside]][:, None] - score[~so[inside]]
        pairs += apart.size
        won += float((apart > 0).sum() + (apart == 0).sum() / 2)
    return won / pairs if pairs else float("nan")
