"""Races of two methods: seeds until it is decided, with an error that holds at all looks together.

Successes of two arms are compared after equal numbers of seeds, at a few looks. All is exact, by
counting the tables of successes; normal approximations are nowhere. A plan computes boundaries,
power and expected seeds with these modules, so that nothing is imported from SciPy.

>>> design = Design(looks=(5, 10, 15, 20, 30, 40), alpha=0.05, least=0.3)
>>> boundaries(design).apart        # least difference of rates that is enough at each look
>>> operating(design, 0.2, 0.8)     # power and expected seeds
>>> decide(design, 1, 9, look=1)    # 1 of 10 against 9 of 10
>>> estimate(design, 1, 9, look=1)  # after the race: not biased by its early end
>>> decisions([[(1, 4), (1, 9)], [(3, 4), (5, 9)]], 2, design.looks, 0.05)  # of a family
"""

from bench.analysis.statistics.sequential.boundaries import (
    Boundaries,
    Decision,
    boundaries,
    decide,
    needed,
)
from bench.analysis.statistics.sequential.design import SPENDING, Design
from bench.analysis.statistics.sequential.estimates import Estimate, estimate
from bench.analysis.statistics.sequential.graphical import State, decisions
from bench.analysis.statistics.sequential.power import (
    Operating,
    fixed_power,
    fixed_seeds,
    operating,
    worst_expected,
    worst_power,
)
from bench.analysis.statistics.sequential.repeated import repeated_interval

__all__ = [
    "SPENDING",
    "Boundaries",
    "Decision",
    "Design",
    "Estimate",
    "Operating",
    "State",
    "boundaries",
    "decide",
    "decisions",
    "estimate",
    "fixed_power",
    "fixed_seeds",
    "needed",
    "operating",
    "repeated_interval",
    "worst_expected",
    "worst_power",
]
