"""Boundaries of many seeds are those of the textbooks, which take the statistic for normal.

The constants are integrated here once more (Armitage, McPherson and Rowe 1969), by Gauss and
Legendre's rule, and agree with those that gsDesign, rpact and ldbounds print.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import optimize, stats

from bench.analysis.statistics.sequential import Design, boundaries
from bench.analysis.statistics.sequential.design import spent

PUBLISHED = {
    "obrien_fleming": [4.877, 3.357, 2.680, 2.290, 2.031],
    "pocock": [2.438, 2.427, 2.410, 2.397, 2.386],
}
"""Five equal looks, two-sided level 0.05, Lan and DeMets' spending functions."""


def integrated(shares: list[float], levels: list[float]) -> list[float]:
    """Critical values of a two-sided test with information `shares`, which spends the one-sided
    `levels` up to each look, where the statistic is a Brownian motion."""
    found: list[float] = []
    points, weights = np.polynomial.legendre.leggauss(400)
    density = inside = at = None
    for k, (t, level) in enumerate(zip(shares, levels, strict=True)):
        if k == 0:
            critical = stats.norm.isf(level)
        else:
            step = math.sqrt(t - shares[k - 1])
            mass = density * inside

            def beyond(c, mass=mass, at=at, step=step, t=t):
                return mass @ stats.norm.sf((c * math.sqrt(t) - at) / step)

            rest = level - levels[k - 1]
            critical = optimize.brentq(lambda c, f=beyond, r=rest: f(c) - r, 0.5, 9)
        found.append(float(critical))
        bound = critical * math.sqrt(t)
        there = points * bound
        if k == 0:
            density = stats.norm.pdf(there, scale=math.sqrt(t))
        else:
            density = stats.norm.pdf((there[:, None] - at) / step) @ mass / step
        at, inside = there, weights * bound
    return found


@pytest.mark.parametrize("spending", PUBLISHED)
def test_the_published_constants_integrate(spending):
    design = Design((1, 2, 3, 4, 5), 0.05, spending)
    found = integrated([n / 5 for n in design.looks], [level / 2 for level in spent(design)])
    np.testing.assert_allclose(found, PUBLISHED[spending], atol=1e-3)


@pytest.mark.parametrize("spending", PUBLISHED)
def test_boundaries_of_many_seeds_are_within_two_percent(spending):
    design = Design((50, 100, 150, 200, 250), 0.05, spending)
    np.testing.assert_allclose(boundaries(design).critical, PUBLISHED[spending], rtol=0.02)


@pytest.mark.slow
@pytest.mark.parametrize("spending", PUBLISHED)
@pytest.mark.parametrize("alpha", [0.05, 0.01])
def test_boundaries_of_unequal_looks_are_within_two_percent(spending, alpha):
    design = Design((120, 200, 260, 400), alpha, spending)
    shares = [n / 400 for n in design.looks]
    expected = integrated(shares, [level / 2 for level in spent(design)])
    np.testing.assert_allclose(boundaries(design).critical, expected, rtol=0.02)
