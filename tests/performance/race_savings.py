"""Prints how many seeds a race saves: python -m tests.performance.race_savings [RACES]

A race is compared with Boschloo's test of a fixed number of seeds that has the same power at the
worst rates that differ by the least difference. Expected numbers are exact; beside them is the mean
of so many simulated races (20,000 unless told otherwise), drawn trial by trial. A few seconds.
"""

from __future__ import annotations

import sys

import numpy as np

from bench.analysis.statistics.sequential import (
    SPENDING,
    Design,
    fixed_seeds,
    operating,
    worst_expected,
    worst_power,
)
from tests.analysis.statistics.sequential import simulated

SEED = 29
LOOKS = (5, 10, 15, 20, 30, 40)
LEAST = 0.3
RATES = ((0.0, 0.9), (0.2, 0.8), (0.5, 0.5), (0.0, 0.0))


def main() -> None:
    """Print a table for each spending function and two levels."""
    races = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    print(f"looks {LOOKS}, least difference {LEAST}; simulated: {races} races, seed {SEED}")
    for spending in SPENDING:
        for alpha in (0.05, 0.01):
            table(Design(LOOKS, alpha, spending, LEAST), races)


def table(design: Design, races: int) -> None:
    """Print the seeds an arm of one design."""
    power = worst_power(design, LEAST)
    fixed = fixed_seeds(power, design.alpha, LEAST)
    assert fixed is not None
    print(
        f"\n{design.spending}, alpha {design.alpha}: power at {LEAST} {power:.3f} at the worst"
        f" rates, as with {fixed} fixed seeds; at most {worst_expected(design):.1f} expected"
    )
    print("rates       expected  simulated  of fixed    power")
    for p, q in RATES:
        found = operating(design, p, q)
        look, _ = simulated.ends(design, p, q, races, SEED)
        drawn = np.array(design.looks)[look]
        error = drawn.std() / np.sqrt(races)
        print(
            f"({p}, {q})  {found.expected:8.2f}  {drawn.mean():6.2f} +- {error:.2f}"
            f"  {found.expected / fixed:6.0%}  {found.power:7.4f}"
        )


if __name__ == "__main__":
    main()
