"""Statistics of a few seeds per method: intervals first, p-values second, failures counted.

The trial is the unit: values of one trial are combined before they come here. A trial that failed
takes part with the worst value, infinity where there is none; nothing here drops it.

A plan needs one of these modules and not SciPy, so the others are imported when first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bench.analysis.statistics.bootstrap import (
        iqm_interval,
        percentiles,
        stratified_bootstrap,
        two_level_bootstrap,
    )
    from bench.analysis.statistics.common import ALPHA, LEVEL, POWER, Interval, Scores
    from bench.analysis.statistics.effects import (
        a12,
        a12_interval,
        cliffs_delta,
        iqm,
        meaningful,
        probability_of_improvement,
        size,
    )
    from bench.analysis.statistics.groups import (
        Comparison,
        Paired,
        brunner_munzel,
        mann_whitney,
        smallest_p,
        wilcoxon,
    )
    from bench.analysis.statistics.many import (
        Friedman,
        cliques,
        critical_difference,
        dunnett,
        friedman,
        holm,
    )
    from bench.analysis.statistics.profiles import (
        Profile,
        algoperf_score,
        performance_profile,
        time_profile,
    )
    from bench.analysis.statistics.random_search import best_of, bests_of, expected_best
    from bench.analysis.statistics.rates import (
        RateDifference,
        clopper_pearson,
        compare_rates,
        difference,
        newcombe,
        of_clusters,
        over_grid,
        rate_interval,
        wilson,
    )
    from bench.analysis.statistics.robustness import (
        WORKS,
        Importance,
        Share,
        edf,
        importance,
        share_that_works,
    )
    from bench.analysis.statistics.seeds import fewest_seeds, seeds_for_a12, seeds_for_rates
    from bench.analysis.statistics.survival import (
        LogRank,
        Survival,
        ert,
        kaplan_meier,
        logrank,
        par10,
    )

__all__ = [
    "ALPHA",
    "LEVEL",
    "POWER",
    "WORKS",
    "Comparison",
    "Friedman",
    "Importance",
    "Interval",
    "LogRank",
    "Paired",
    "Profile",
    "RateDifference",
    "Scores",
    "Share",
    "Survival",
    "a12",
    "a12_interval",
    "algoperf_score",
    "best_of",
    "bests_of",
    "brunner_munzel",
    "cliffs_delta",
    "cliques",
    "clopper_pearson",
    "compare_rates",
    "critical_difference",
    "difference",
    "dunnett",
    "edf",
    "ert",
    "expected_best",
    "fewest_seeds",
    "friedman",
    "holm",
    "importance",
    "iqm",
    "iqm_interval",
    "kaplan_meier",
    "logrank",
    "mann_whitney",
    "meaningful",
    "newcombe",
    "of_clusters",
    "over_grid",
    "par10",
    "percentiles",
    "performance_profile",
    "probability_of_improvement",
    "rate_interval",
    "seeds_for_a12",
    "seeds_for_rates",
    "share_that_works",
    "size",
    "smallest_p",
    "stratified_bootstrap",
    "time_profile",
    "two_level_bootstrap",
    "wilcoxon",
    "wilson",
]

_MODULES = (
    "bootstrap",
    "random_search",
    "common",
    "effects",
    "groups",
    "many",
    "seeds",
    "profiles",
    "rates",
    "robustness",
    "survival",
)


def __getattr__(name: str) -> Any:
    """A name of one of the modules."""
    found = (importlib.import_module(f"{__name__}.{module}") for module in _MODULES)
    for module in found if name in __all__ else ():
        if hasattr(module, name):
            return globals().setdefault(name, getattr(module, name))
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
