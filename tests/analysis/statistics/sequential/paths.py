"""Counts the paths of a race seed by seed, in whole numbers: what the tests compare with.

A path adds a seed to both arms, a success or a failure each. Nothing of `bench` is used but the
tables at which a race ends, so that an error in its probabilities cannot hide here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

MOVES = ((0, 0), (0, 1), (1, 0), (1, 1))


def endings(
    looks: Sequence[int], ends: Sequence[np.ndarray], weights: Sequence[float] = (1, 1, 1, 1)
) -> list[dict[tuple[int, int], int]]:
    """Number of paths that end at each table, by look; at the last look all do. With the
    probabilities of `MOVES` as weights it is the probability to end there."""
    found, here = [], Counter({(0, 0): 1})
    seeds = 0
    for n, end in zip(looks, ends, strict=True):
        for _ in range(n - seeds):
            there: Counter[tuple[int, int]] = Counter()
            for (s1, s2), paths in here.items():
                for (a, b), weight in zip(MOVES, weights, strict=True):
                    there[s1 + a, s2 + b] += paths * weight
            here = there
        seeds = n
        last = n == looks[-1]
        found.append({table: paths for table, paths in here.items() if last or end[table]})
        here = Counter({table: paths for table, paths in here.items() if not end[table]})
    return found


def chance(n: int, paths: dict[tuple[int, int], int], p, q):
    """Probability of some paths of n seeds, for rates p and q (or arrays of both)."""
    return sum(
        number * p**s1 * (1 - p) ** (n - s1) * q**s2 * (1 - q) ** (n - s2)
        for (s1, s2), number in paths.items()
    )


def size(looks: Sequence[int], rejects: Sequence[np.ndarray], rates: np.ndarray) -> np.ndarray:
    """Probability of a rejection up to each look, at each common rate [K, rates]."""
    so_far, found = np.zeros(len(rates)), []
    for n, paths, table in zip(looks, endings(looks, rejects), rejects, strict=True):
        # The sum of successes decides the probability of a path.
        sums: Counter[int] = Counter()
        for (s1, s2), number in paths.items():
            if table[s1, s2]:
                sums[s1 + s2] += number
        so_far = so_far + sum(
            number * rates**s * (1 - rates) ** (2 * n - s) for s, number in sums.items()
        )
        found.append(so_far)
    return np.array(found)
