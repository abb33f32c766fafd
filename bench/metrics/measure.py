"""All metrics that apply to a task, of one generated sample."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from bench.metrics.quantities import ours
from bench.metrics.sample import Array, Instrument, Sample
from bench.registry import Part, metric
from bench.vocabulary import errors

FINAL = 1000
"""Most samples of each side in a final metric, unless it says a larger `most`: they compare all
pairs."""


class Value(NamedTuple):
    """A measured number, or the reason why there is none."""

    value: float | None
    """The number; None where it is missing."""
    reason: str = ""
    """The reason of a missing number; "" where there is a number."""


def applicable(instrument: Instrument, final: bool = False) -> list[Part]:
    """The metrics whose `needs` this task has: those along training, or the final ones."""
    wanted = [part for part in metric if part.traits.get("final", False) == final]
    return [p for p in wanted if all(_has(instrument, name) for name in p.traits.get("needs", ()))]


def values(
    instrument: Instrument, fake: Array | Sample, *, final: bool = False
) -> dict[str, Value]:
    """Metric -> value or the reason why it is missing, of generated points [N, ...] or a sample.

    Missing is every value that is not finite or cannot be computed (too few samples, points that
    are not finite). A plugin's metric may raise anything: its value is missing, with the type and
    the message of the error as its reason. Raises ValueError only for points of the wrong shape.
    """
    if not isinstance(fake, Sample):
        fake = instrument.sample(fake)
    # the same two samples for all metrics of one size, which keep what they have in common
    sides: dict[int, tuple[Sample, Sample]] = {}
    found = {}
    for part in applicable(instrument, final):
        most = max(FINAL, part.traits.get("most", FINAL)) if final else len(fake)
        if most not in sides:
            real = instrument.real.first(most) if final else instrument.real
            sides[most] = real, fake.first(most)
        found[part.name] = _value(part, *sides[most], instrument)
    return found


def value(part: Part, instrument: Instrument, fake: Sample) -> Value:
    """One metric of a generated sample, as `values` gives it."""
    return _value(part, instrument.real, fake, instrument)


def measure(
    instrument: Instrument, fake: Array | Sample, *, final: bool = False
) -> dict[str, float | None]:
    """Metric -> value, None for a missing one. See `values`."""
    return {name: found.value for name, found in values(instrument, fake, final=final).items()}


def final_rows(instrument: Instrument, fake: Array | Sample) -> dict[str, dict[str, Any]]:
    """Metric -> row of the metrics that are measured once, at the end of a trial.

    A row has the value, the reason of a missing one, the counts of real and generated samples that
    went in, and what was compared: the digest of the feature network, or "coordinates".
    """
    if not isinstance(fake, Sample):
        fake = instrument.sample(fake)
    space = instrument.digest if instrument.bandwidths is None else "coordinates"
    rows = {}
    for name, (value, reason) in values(instrument, fake, final=True).items():
        most = metric[name].traits.get("most", FINAL)
        train = instrument.train if "train" in metric[name].traits.get("needs", ()) else None
        real = min(len(instrument.real), most) if train is None else len(train)
        counts = {"real": real, "fake": min(len(fake), most)}
        rows[name] = {"value": value, "reason": reason, **counts, "features": space}
    return rows


def _value(part: Part, real: Sample, fake: Sample, instrument: Instrument) -> Value:
    if not len(fake):
        return Value(None, "no samples")
    if instrument.modes_missing and {"modes", "confidence"} & set(part.traits.get("needs", ())):
        return Value(None, instrument.modes_missing)
    # a sample with one bad point is a bad sample: no average over the others
    if not np.isfinite(fake.points).all():
        return Value(None, "a sample is not finite")
    try:
        with np.errstate(all="ignore"):
            value = _number(part(real, fake, instrument))
    except (ValueError, ArithmeticError, np.linalg.LinAlgError) as error:  # as of one sample
        return Value(None, str(error))
    except BaseException as error:
        # An error in a plugin's metric costs its value, and not the trial; one of ours is a bug.
        if ours(part) or isinstance(error, MemoryError):
            raise
        return Value(None, f"{type(error).__name__}: {errors.text(error)}")
    return Value(value) if math.isfinite(value) else Value(None, "the value is not finite")


def _number(given: Any) -> float:
    """The number that a metric gave. Raises TypeError for what is none: a text, a truth, an array
    of any size."""
    if isinstance(given, bool | np.bool_ | str | bytes) or np.shape(given) != ():
        raise TypeError(f"it gives {type(given).__name__}, needed is one number")
    return float(given)


def _has(instrument: Instrument, name: str) -> bool:
    found = instrument.real.of(name)
    return (getattr(instrument, name, None) if found is None else found) is not None
