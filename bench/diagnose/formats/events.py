"""Reads TensorBoard's event files, as PyTorch's writer and TensorFlow's write them."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from bench.diagnose.formats.runs import logs
from bench.diagnose.log import Column, Log, LogError

MOST = 2**17
"""Events that are read of a file at most, about; of a longer one, parts at equal distances."""

BATCH = 256
"""Events of such a part."""


def read(name: str, files: list[Path]) -> tuple[Log, ...]:
    """The logs of event files that belong to one run, in the order of their names.

    Uses TensorFlow's own reader. Raises LogError where no scalar is in them.
    """
    rows: dict[str, list[int]] = {}
    values: dict[str, list[float]] = {}
    steps: list[float] = []
    notes: tuple[str, ...] = ()
    for path in files:
        found, said = _scalars(path)
        notes += said
        for step, tag, value in found:
            if not steps or steps[-1] != step:
                steps.append(step)
            rows.setdefault(tag, []).append(len(steps) - 1)
            values.setdefault(tag, []).append(value)
    if not steps:
        raise LogError(f"{name}: no scalar in it; was the writer flushed or closed?")
    own = {tag: Column(np.array(rows[tag]), np.array(values[tag])) for tag in rows}
    own["step"] = Column(np.arange(len(steps)), np.array(steps))
    return logs(name, "TensorBoard's events", own, notes)


def _scalars(path: Path) -> tuple[list[tuple[float, str, float]], tuple[str, ...]]:
    """Step, tag and value of the scalars of a file, and words on what was not read of it."""
    found: list[tuple[float, str, float]] = []
    with _silence():
        import tensorflow as tf

        batches, cut = _count(tf, path)
        every = -(-batches * BATCH // MOST)
        for i, records in enumerate(_batches(tf, path)):
            if every <= 1 or i % every == 0:
                found += _parsed(tf, records)
    said: tuple[str, ...] = (
        (f"{path.name} was cut off or damaged: read up to there",) if cut else ()
    )
    if every > 1:
        said += (f"a long file: 1 in {every} of its parts is read, spread over all of it",)
    return found, said


def _count(tf: Any, path: Path) -> tuple[int, bool]:
    """The number of whole batches of a file, and True where it ends within a record."""
    count = 0
    try:
        for _ in tf.data.TFRecordDataset(str(path)).batch(BATCH):
            count += 1
    except tf.errors.OpError:
        return count, True
    return count, False


def _batches(tf: Any, path: Path) -> Iterator[list[bytes]]:
    """Yield the records of a file in batches. One that was cut off gives what comes before."""
    records = tf.data.TFRecordDataset(str(path))
    done = 0
    try:
        for batch in records.batch(BATCH).as_numpy_iterator():
            yield batch.tolist()
            done += 1
    except tf.errors.OpError:
        last: list[bytes] = []
        with contextlib.suppress(tf.errors.OpError):
            last.extend(records.skip(done * BATCH).as_numpy_iterator())
        yield last


def _parsed(tf: Any, records: list[bytes]) -> Iterator[tuple[float, str, float]]:
    """Yield step, tag and value of the scalars among records."""
    for record in records:
        try:
            event = tf.compat.v1.Event.FromString(record)
        except Exception as error:
            if type(error).__name__ != "DecodeError":  # of protobuf: a record that is no event
                raise
            continue
        for value in event.summary.value:
            if (number := _scalar(tf, value)) is not None:
                yield float(event.step), value.tag, number


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """Close the error stream: no setting silences the lines that TensorFlow begins with."""
    sys.stderr.flush()
    saved, null = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 2)
    try:
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(null)


def _scalar(tf: Any, value: Any) -> float | None:
    """The number of a summary's value; None for images, histograms and texts."""
    if value.HasField("simple_value"):
        return float(value.simple_value)
    if value.HasField("tensor") and value.metadata.plugin_data.plugin_name in ("scalars", ""):
        found = tf.make_ndarray(value.tensor)
        if found.size == 1 and found.dtype.kind in "fiu":
            return float(found.reshape(()))
    return None
