"""Simulated races, drawn trial by trial."""

from __future__ import annotations

import numpy as np

from bench.analysis.statistics.sequential import Design, boundaries, decisions


def ends(
    design: Design, p: float, q: float, races: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """(look at which it ended, decision as 1, -1 or 0) of each of many races of two methods, where
    nothing is given up without a least difference."""
    rng = np.random.default_rng(seed)
    hits = rng.random((2, races, design.looks[-1])) < np.array([p, q])[:, None, None]
    found = boundaries(design)
    look, sign = np.full(races, len(design.looks) - 1), np.zeros(races, dtype=int)
    open_ = np.ones(races, dtype=bool)
    for k, n in enumerate(design.looks):
        s1, s2 = hits[:, :, :n].sum(axis=2)
        won, lost = found.rejects[k][s1, s2], found.futile[k][s1, s2]
        now = open_ & (won | lost)
        look[now] = k
        sign[open_ & won] = np.sign(s1 - s2)[open_ & won]
        open_ &= ~now
    return look, sign


def false_findings(
    nulls: int,
    others: list[float],
    baseline: float,
    races: int,
    seed: int,
    looks: tuple[int, ...],
    spending: str,
    least: float | None,
) -> float:
    """Share of families in which a true null hypothesis is rejected: `nulls` methods have the rate
    of the baseline, which all share, the others have rates of their own. A method is trained as
    long as its comparison is open."""
    rng = np.random.default_rng(seed)
    rates = np.array([baseline, *[baseline] * nulls, *others])
    m = len(rates) - 1
    wrong = 0
    for _ in range(races):
        hits = np.cumsum(rng.random((m + 1, looks[-1])) < rates[:, None], axis=1)
        counts: list[list[tuple[int, int]]] = [[] for _ in range(m)]
        open_ = set(range(m))
        for n in looks:
            for i in open_:
                counts[i].append((int(hits[i + 1, n - 1]), int(hits[0, n - 1])))
            states = decisions(counts, m, looks, 0.05, spending, least)
            open_ = {i for i in open_ if states[i].decision == "open"}
            if not open_:
                break
        wrong += any(states[i].decision in ("first", "second") for i in range(nulls))
    return wrong / races
