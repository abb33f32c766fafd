"""Reads the stored samples of a trial."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import BadZipFile

from bench.registry import UnknownName, suggest
from bench.store import Store, StoreError

if TYPE_CHECKING:
    import numpy as np


def samples(results: str | Path, id: str) -> dict[str, np.ndarray]:
    """The arrays of one trial of a results folder by name, as they were stored.

    | name        | array                                                                        |
    |-------------|------------------------------------------------------------------------------|
    | `fake`      | generated samples at the end: points [n, 2], or images [n, h, w, c] in [-1, 1] |
    | `step`      | the step at which they were drawn                                            |
    | `snapshots` | samples along training [k, n, ...], where they were kept                     |
    | `steps`     | the steps [k] of the snapshots                                               |
    | `real`      | samples of the data of its task, where the folder has them                   |

    A task may have stored more. `id` is the trial's id (column `id` of the frame) or the beginning
    of it. A trial without samples, such as one that crashed, has `real` alone. Raises UnknownName
    for an id that the folder has not, or that several begin with, and StoreError for a file that is
    none of this program.
    """
    store = Store(Path(results))
    found = sorted(known for known in store.ids() if known.startswith(id)) if id else []
    if len(found) != 1:
        several = f" begins {len(found)} ids: {', '.join(found[:5])}"
        none = f" is the id of no trial{suggest(id, list(store.ids())[:2000])}"
        raise UnknownName(f'{store.path}: "{id}"{several if found else none}')
    own = arrays(store, "samples", found[0])
    name = store.read(found[0]).facts.get("real")
    real = arrays(store, "real", str(name)) if name else {}
    return {**own, **({"real": real["real"]} if "real" in real else {})}


def arrays(store: Store, kind: str, name: str) -> dict[str, np.ndarray]:
    """The stored arrays of a trial ("samples") or of a task ("real"); none where there are none.
    Raises StoreError."""
    try:
        return store.real(name) if kind == "real" else store.samples(name)
    except (OSError, ValueError, BadZipFile) as error:
        file = store.path / kind / f"{name}.npz"
        raise StoreError(f"{file}: not samples of this program ({error})") from error
