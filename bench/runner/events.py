"""The curves of a trial as TensorBoard's event files, written while it trains.

An event file is a TFRecord file of Event messages; TensorFlow brings both, so that the package
`tensorboard` is needed by who looks at them only.
"""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from bench.gan.backend import tf
from bench.trial import Trial
from bench.vocabulary.file_names import part

Write = Callable[[int, Mapping[str, Any]], None]


@contextlib.contextmanager
def writer(folder: Path | None, trial: Trial) -> Iterator[Write]:
    """Open the event file of a trial -> a function (step, values) that adds a point to every curve.

    Without a folder the function does nothing. Files of an earlier attempt are removed.
    """
    if folder is None:
        yield lambda step, values: None
        return
    names = f"{part(trial.task)}.{part(trial.method.name)}"
    run = folder / f"{names}.seed{trial.seed}.{trial.id[:8]}"
    shutil.rmtree(run, ignore_errors=True)
    run.mkdir(parents=True)
    with tf.io.TFRecordWriter(str(run / f"events.out.tfevents.{time.time():.0f}")) as file:
        file.write(_event(file_version="brain.Event:2"))

        def write(step: int, values: Mapping[str, Any]) -> None:
            file.write(_event(step=step, summary=_summary(values)))
            file.flush()  # a viewer shows the trial while it trains

        yield write


def _event(**content: Any) -> bytes:
    return bytes(tf.compat.v1.Event(wall_time=time.time(), **content).SerializeToString())


def _summary(values: Mapping[str, Any]) -> Any:
    summary = tf.compat.v1.Summary
    known = {name: value for name, value in values.items() if value is not None}
    return summary(value=[summary.Value(tag=n, simple_value=v) for n, v in known.items()])
