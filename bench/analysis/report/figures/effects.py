"""The figure of the effects of a factorial."""

from __future__ import annotations

from bench.analysis import plots
from bench.analysis.declared import Drawn, figure
from bench.analysis.tables.effects import SUCCESS, TIME
from bench.analysis.tables.findings import Findings


@figure("effects")
def _effects(findings: Findings, task: str) -> Drawn | None:
    """Effects on {task}: the share of the trials that ended as `{success}` at each level of each
    factor, over all levels of the others, with its 95 % interval over seeds{early}. Hollow: the
    effect of the factor is not told from chance (p_holm ≥ 0.05). Right: the same in percent at each
    pair of levels of the two factors whose effects add up least."""
    own = [one for one in findings.effects if one.design.task == task]
    if not own:
        return None
    early = [one for one in own if one.outcome not in (SUCCESS, TIME)]
    words = f"; in grey the share that had it {early[0].outcome} of the budget" if early else ""
    return Drawn(plots.effects(own[0], early), {"early": words})
