"""Reads the log of a training that exists, and says what the rules of the verdicts see in it.

>>> from bench import diagnose
>>> (log,) = diagnose.read("runs/exp3/metrics.csv")
>>> log.series["g_loss"].values
>>> diagnose.judge(loss_g=losses_of_g, loss_d=losses_of_d)  # arrays of your own

Importing this package loads neither NumPy nor TensorFlow.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.diagnose.command import main

if TYPE_CHECKING:
    from bench.diagnose.finding import Finding
    from bench.diagnose.log import Log

__all__ = ["judge", "main", "read"]


def read(path: str | Path) -> tuple[Log, ...]:
    """The logs of a file or of a folder, one for each run. See `bench.diagnose.reading.read`.

    Raises LogError where there is nothing to read; its message names the place and the remedy.
    """
    from bench.diagnose.reading import read as reader

    return reader(Path(path))


def judge(**series: Any) -> list[Finding]:
    """Findings on series of one training, worst first. See `bench.diagnose.judging.judge`.

    Keywords are roles (`loss_g`, `loss_d`, `accuracy` ...), values arrays [T] with NaN for what was
    not finite. Raises TypeError for another keyword.
    """
    from bench.diagnose.judging import judge as rules

    return rules(**series)
