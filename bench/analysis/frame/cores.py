"""Work over all cores."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import Any


def over_cores(work: Iterable[Any]) -> list[Any]:
    """Run calls, each made by `joblib.delayed`, over all cores -> what they gave, in their order.

    A process that has come to hold much memory is replaced between two calls. joblib warns of that
    from a thread of its own. Where warnings are errors it would end the thread, and nobody would
    wait for the calls any more.
    """
    from joblib import Parallel

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "A worker stopped while", UserWarning)
        return list(Parallel(n_jobs=-1)(work))
