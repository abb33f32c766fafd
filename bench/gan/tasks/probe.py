"""The probe of a user's data, before anything trains: can it be measured, and by which metrics?

`probe` builds the instrument of a task as a trial would, and says in words what is found. It takes
seconds (with the classifier of labelled images, up to a minute) and imports TensorFlow; a sweep
calls it in a process of its own where a task has a file of the user's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from bench.gan import keys, tasks
from bench.gan.data import own_features
from bench.gan.data.classifier import Own
from bench.gan.tasks import Task
from bench.metrics import Instrument
from bench.metrics.criterion.bounds import Inseparable
from bench.trial import Scalar

FEW = 16
"""Images that a feature network is tried on."""


@dataclass(frozen=True)
class Probe:
    """Findings about a task with its options."""

    faults: Mapping[str, str] = field(default_factory=dict)
    """Option -> the reason for which no trial could be measured with it; "" is the task itself."""

    missing: Mapping[str, str] = field(default_factory=dict)
    """Name of what can never be measured ("q", "modes", "success") -> the reason."""

    remedy: Mapping[str, str] = field(default_factory=dict)
    """The same names -> advice to the user."""

    accuracy: float | None = None
    """The share of held-out images whose class the classifier of the modes tells; None without
    classes."""


def probe(name: str, options: Mapping[str, Scalar]) -> Probe:
    """Try the feature network of a task on a few images, then build its whole instrument.

    Whatever a user's file raises is found as a fault. Raises UnknownName for a task that is not
    registered.
    """
    try:
        task = tasks.build(name, tuple(sorted(options.items())))
        if wrong := _feature_fault(task, str(options.get("features") or "")):
            return Probe({"features": wrong})
        instrument = task.instrument()
    except (ValueError, OSError, ArithmeticError, TypeError, MemoryError) as error:
        return Probe({"": f"it cannot be measured: {own_features.reason(error)}"})
    missing = {
        "q": instrument.q_missing,
        "modes": instrument.modes_missing,
        "success": _unjudged(task, instrument),
    }
    missing = {what: why for what, why in missing.items() if why}
    return Probe(
        {}, missing, {what: _remedy(what, instrument) for what in missing}, instrument.accuracy
    )


def _unjudged(task: Task, instrument: Instrument) -> str:
    """The reason for which no bound of a criterion can be set for the data.

    "" where one can be set, and where q is missing anyway.
    """
    if instrument.q_missing:
        return ""
    try:
        task.bands(instrument)
    except Inseparable as error:
        return str(error)
    return ""


def _feature_fault(task: Task, path: str) -> str:
    if not path:
        return ""
    images = np.asarray(task.real(keys.key(0, "tried"), FEW), np.float32)
    wrong = own_features.fault(Own(path), images)
    return f"{path}: {wrong}" if wrong and not wrong.startswith(path) else wrong


def _remedy(what: str, instrument: Instrument) -> str:
    if what == "modes":
        return "check y_train, or leave it out"
    if instrument.few:
        return "give more samples that differ"
    if instrument.proxy == "OWN-FD":
        return "give more samples, or a feature network that sees more in them"
    return 'give more samples, or features = "x.keras", a network that sees more in them'
