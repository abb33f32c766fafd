"""Reads TensorBoard's event files, as PyTorch's writer and TensorFlow's write them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from bench.diagnose.formats.runs import logs
from bench.diagnose.log import Column, Log, LogError

MOST = 2**20
"""Events that are read of a run at most."""


def read(name: str, files: list[Path]) -> tuple[Log, ...]:
    """The logs of event files that belong to one run, in the order of their names.

    Uses TensorFlow's own reader. Raises LogError where no scalar is in them.
    """
    rows: dict[str, list[int]] = {}
    values: dict[str, list[float]] = {}
    steps: list[float] = []
    notes: tuple[str, ...] = ()
    for path in files:
        try:
            for step, tag, value in _scalars(path, MOST - len(steps)):
                if not steps or steps[-1] != step:
                    steps.append(step)
                rows.setdefault(tag, []).append(len(steps) - 1)
                values.setdefault(tag, []).append(value)
        except _Cut:
            notes += (f"{path.name} was cut off: read up to there",)
    if not steps:
        raise LogError(f"{name}: no scalar in it; was the writer flushed or closed?")
    if len(steps) >= MOST:
        notes += (f"longer than {MOST:,} events: the rest was not read",)
    own = {tag: Column(np.array(rows[tag]), np.array(values[tag])) for tag in rows}
    own["step"] = Column(np.arange(len(steps)), np.array(steps))
    return logs(name, "TensorBoard's events", own, notes)


class _Cut(Exception):
    """An event file that ends within an event."""


def _scalars(path: Path, most: int) -> Iterator[tuple[float, str, float]]:
    """Yield step, tag and value of the scalars of a file. Raises _Cut."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import tensorflow as tf

    try:
        for i, event in enumerate(tf.compat.v1.train.summary_iterator(str(path))):
            if i >= most:
                return
            for value in event.summary.value:
                if (number := _scalar(tf, value)) is not None:
                    yield float(event.step), value.tag, number
    except (tf.errors.OpError, ValueError) as error:  # a damaged record
        raise _Cut from error
    except Exception as error:
        if type(error).__name__ != "DecodeError":  # of protobuf: a record that is no event
            raise
        raise _Cut from error


def _scalar(tf: Any, value: Any) -> float | None:
    """The number of a summary's value; None for images, histograms and texts."""
    if value.HasField("simple_value"):
        return float(value.simple_value)
    if value.HasField("tensor") and value.metadata.plugin_data.plugin_name in ("scalars", ""):
        found = tf.make_ndarray(value.tensor)
        if found.size == 1 and found.dtype.kind in "fiu":
            return float(found.reshape(()))
    return None
