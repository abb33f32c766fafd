"""The contract of metrics: each is called at samples that are usual, few, collapsed, far away and
not finite, on every kind of task that has what it needs."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from bench import registry
from bench.gan.contract.calls import Calls, Wrong, given
from bench.metrics import Instrument, Sample
from bench.metrics.measure import FINAL, applicable
from bench.registry import Part

TASKS = ("ring8", "digits8", "digits8_twins", "spiral")
"""Tasks whose instruments together have all that a metric can need."""

_MISSING = (ValueError, ArithmeticError)
"""Errors that a metric may raise for a sample on which it cannot be computed."""


def metric(part: Part, call: Calls) -> Iterator[str]:
    """One number at a usual sample; at others a number too, or an error that says why there is
    none."""
    found = 0
    for name in TASKS:
        if found == 2:  # one of points and one of images, where both have what it needs
            return
        instrument = _instrument(name)
        final = bool(part.traits.get("final", False))
        if part.name in {other.name for other in applicable(instrument, final)}:
            found += 1
            yield from _measured(part, call, name, instrument)
    if not found:
        yield f"needs {part.traits.get('needs')}, which no task of points or images has at once"


@functools.cache
def _instrument(name: str) -> Instrument:
    task = registry.task[name]()
    return (getattr(task, "instrument", None) or task.facts)()


def _measured(part: Part, call: Calls, name: str, instrument: Instrument) -> Iterator[str]:
    """The values of a metric with the instrument of a task."""
    for words, points in _samples(instrument).items():
        with np.errstate(all="ignore"):
            fake = instrument.sample(points)
            value = _value(part, call, instrument, fake, f"at {words} of {name}")
        if words == "a usual sample":
            if value is None or not math.isfinite(value):
                yield f"at {words} of {name} it is {value}, needed is a finite number"
            elif _value(part, call, instrument, fake, f"at {words} of {name}") != value:
                text = "it gives another number for the same sample: draw with a fixed seed"
                yield f"at {words} of {name} {text}"


def _samples(instrument: Instrument) -> dict[str, np.ndarray]:
    """Generated points [n, ...] by what they are, the usual case first."""
    real = np.asarray(instrument.real.points)
    rng = np.random.default_rng(5)
    usual = (real[::-1] + 0.05 * rng.standard_normal(real.shape)).astype(real.dtype)
    broken = usual.copy()
    broken[3] = np.nan
    return {
        "a usual sample": usual,
        "a single point": usual[:1],
        "two points": usual[:2],
        "a collapsed sample": np.repeat(usual[:1], len(usual), 0),
        "a sample far away": (1e3 * usual).astype(real.dtype),
        "a sample that is not finite": broken,
    }


def _value(part: Part, call: Calls, instrument: Instrument, fake: Sample, at: str) -> float | None:
    """One number, or None for a sample of which there is none. Raises Wrong."""
    most = part.traits.get("most", FINAL)
    real = instrument.real.first(most) if part.traits.get("final") else instrument.real
    guarded = _guarded(part.fn, at)
    value = call(f"{at} it", guarded, real, fake, instrument)
    if isinstance(value, _Missing):
        return None
    if isinstance(value, bool | str) or np.shape(value) != ():
        shape = f"shape {np.shape(value)}" if np.shape(value) else given(value)
        raise Wrong(f"{at} it gives {shape}, needed is one number")
    try:
        return float(value)
    except (TypeError, ValueError):
        raise Wrong(f"{at} it gives {given(value)}, needed is one number") from None


class _Missing:
    """Stands for a value that there is not, for a reason that the metric gives."""


def _guarded(fn: Callable[..., Any], at: str) -> Callable[..., Any]:
    """The metric, which may raise what `_MISSING` names of all but a usual sample."""

    def called(*arguments: object) -> Any:
        try:
            with np.errstate(all="ignore"):
                return fn(*arguments)
        except _MISSING as error:
            if "usual" in at or not str(error):
                raise
            return _Missing()

    return called
