"""All metrics that apply to a task, of one generated sample."""

from __future__ import annotations

import math

import numpy as np

from bench.metrics.sample import Array, Facts, Sample
from bench.registry import Part, metric


def applicable(facts: Facts) -> list[Part]:
    """The registered metrics whose `needs` this task's samples have."""
    needs = ((part, part.facts.get("needs", ())) for part in metric)
    return [part for part, names in needs if all(_has(facts.real, name) for name in names)]


def measure(facts: Facts, fake: Array | Sample) -> dict[str, float | None]:
    """Metric -> value, for generated points [N, ...] or a sample that was looked at already.

    None stands for every value that is not finite or cannot be computed (too few samples, points
    that are not finite). Raises ValueError only for points of the wrong shape.
    """
    if not isinstance(fake, Sample):
        fake = facts.sample(fake)
    return {part.name: _value(part, fake, facts) for part in applicable(facts)}


def _value(part: Part, fake: Sample, facts: Facts) -> float | None:
    # a sample with one bad point is a bad sample: no average over the others
    if not len(fake) or not np.isfinite(fake.points).all():
        return None
    try:
        with np.errstate(all="ignore"):
            value = float(part(facts.real, fake, facts))
    except (ValueError, ArithmeticError, np.linalg.LinAlgError):  # as of one sample
        return None
    return value if math.isfinite(value) else None


def _has(sample: Sample, name: str) -> bool:
    return getattr(sample, name) is not None
