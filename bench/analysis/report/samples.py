"""The stored samples that a report shows, and reading them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bench.analysis.frame import budgets
from bench.analysis.frame.samples import arrays
from bench.analysis.plots import Motion, Samples
from bench.analysis.tables import outcomes
from bench.store import Store, StoreError


def three(trials: pd.DataFrame) -> list[Samples] | None:
    """Samples of the best, the median and the worst trial by q_tail, of those of one method that
    have samples; fewer where there are fewer, None where there are none. A failed trial counts as
    the worst. Where there is no q, the first, middle and last seed. Raises StoreError."""
    rows = shown(trials)
    if not rows:
        return None
    names = {1: ("only",), 2: ("best", "worst")}.get(len(rows), ("best", "median", "worst"))
    if trials["q_tail"].isna().all():
        names = ("",) * len(rows)
    return [
        Samples(str(row.method), _note(name, row), read(row))
        for name, row in zip(names, rows, strict=True)
    ]


def _note(name: str, row: Any) -> str:
    about = f"seed {row.seed}, {row.outcome}"
    return f"{name} ({about})" if name else about


def shown(trials: pd.DataFrame) -> list[Any]:
    """The rows of those trials: three, or fewer where there are fewer."""
    found = ranked(trials)
    places = dict.fromkeys([0, (len(found) - 1) // 2, len(found) - 1]) if found else ()
    return [found[i] for i in places]


def ranked(trials: pd.DataFrame) -> list[Any]:
    """The trials of one method that have samples, the lowest q_tail first."""
    filled = outcomes.with_failures(trials[[*_NEEDED, "status"]], ["q_tail"])[_NEEDED]
    filled = filled.sort_values("q_tail", kind="stable")
    return [row for row in filled.itertuples() if _file(row).exists()]


_NEEDED = ["sweep", "id", "task", "method", "seed", "outcome", "q_tail"]  # of hundreds of columns


def real(trials: pd.DataFrame) -> np.ndarray | None:
    """Real samples of the task; None where none are stored. Raises StoreError."""
    for folder, name in trials[["sweep", "real"]].dropna().drop_duplicates().to_numpy():
        found = arrays(Store(Path(folder)), "real", name).get("real")
        if found is not None:
            return found
    return None


def motion(trials: pd.DataFrame) -> Motion | None:
    """The samples along training of the median trial of one method, for points that were stored
    more than once (`snapshots` [k, n, 2] at `steps` [k]); else None. Under a budget in gradients
    the steps are counted in gradients, so that methods stand side by side. Raises StoreError."""
    rows = ranked(trials)
    if not rows:
        return None
    row = rows[(len(rows) - 1) // 2]
    stored = arrays(Store(Path(row.sweep)), "samples", row.id)
    snapshots, steps = stored.get("snapshots"), stored.get("steps")
    if snapshots is None or steps is None or snapshots.ndim != 3 or len(snapshots) < 2:
        return None
    each = budgets.scale(trials[trials["id"] == row.id])[0]
    unit = "gradient" if budgets.in_gradients(trials) else "step"
    return Motion(str(row.method), np.asarray(steps) * each, snapshots, unit)


def _file(row: Any) -> Path:
    return Path(row.sweep) / "samples" / f"{row.id}.npz"


def read(row: Any) -> np.ndarray:
    """The generated samples of a trial, a row of the frame. Raises StoreError."""
    stored = arrays(Store(Path(row.sweep)), "samples", row.id)
    if "fake" not in stored:
        raise StoreError(f"{_file(row)}: no samples in it (no array named fake)")
    return stored["fake"]
