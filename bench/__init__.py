"""gan-stability-bench: which GAN stabilization method works, on what, and how sure are we?

>>> import bench
>>> frame = bench.load("results/quickstart")  # one row per trial
>>> curves = bench.curves("results/quickstart")  # long table: one row per trial, step and metric
>>> arrays = bench.samples("results/quickstart", frame["id"][0])  # what a trial generated
>>> frame.groupby(["task", "method"])["q_tail"].median()
>>> frame = bench.published("n_dis")  # the same of a sweep that the project brings

`bench.analysis` turns them into statistics, tables and figures.

Importing this package loads nothing heavy: neither TensorFlow nor pandas.
"""

from __future__ import annotations

from bench import _interrupts

_interrupts.install()  # before anything else is imported

import sys  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import TYPE_CHECKING  # noqa: E402

from bench import _moved  # noqa: E402

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

__version__ = "0.1.0"

_moved.install()


def load(results: str | Path, all: bool = False, cache: bool = True) -> pd.DataFrame:
    """One row per trial of a results folder. See `bench.analysis.frame.load`.

    A trial that the folder's sweep.toml does not ask for any more has a row only with `all`; a line
    on stderr says how many those are. What was read of 500 trials or more is kept in the folder's
    `.cache/`, by the content of their files, and is read there the next time; with `cache=False` it
    is neither kept nor looked for. The frame is the same.
    """
    import bench.analysis.frame as frame
    from bench.gan import load_parts
    from bench.gan.methods import cost
    from bench.grid.asked import asked_for
    from bench.store.kept import beside

    load_parts()
    with beside.used(cache):
        data = frame.read(results, cost=cost.known, asked=frame.everything if all else asked_for)
    for unsure in data.unsure.values():
        print(unsure, file=sys.stderr)
    for left in data.left:
        print(f"{left.words}: all=True takes them in", file=sys.stderr)
    return data.trials


def curves(results: str | Path, all: bool = False, cache: bool = True) -> pd.DataFrame:
    """The curves of the trials that `load` gives, as one long table; `all` and `cache` are as it
    has them. See `bench.analysis.frame.curves`."""
    import bench.analysis.frame as frame
    from bench.grid.asked import asked_for
    from bench.store.kept import beside

    with beside.used(cache):
        return frame.curves(results, asked=frame.everything if all else asked_for)


def samples(results: str | Path, id: str) -> dict[str, np.ndarray]:
    """The stored arrays of one trial by name, as far as there are any: `fake` (what it generated at
    its end), `snapshots` and `steps` (along training), and `real` (the data of its task). See
    `bench.analysis.frame.samples.samples`."""
    import bench.analysis.frame.samples as stored

    return stored.samples(results, id)


def published(name: str, root: str | Path | None = None) -> pd.DataFrame:
    """One row per trial of a sweep that is published with the project, as `load` gives it; its
    folder is `frame.attrs["folder"]`, for `curves` and `samples`.

    Published results lie in `results/` of the project's repository, and a wheel has none: it is
    code, and they are larger. They are looked for in `root` (a checkout, or a folder of results);
    without it in the checkout that this package is imported from, then in the current folder.
    Raises FileNotFoundError where none are found, and `bench.registry.UnknownName`, which names
    those that there are, for another name.
    """
    from bench.registry import UnknownName, suggest
    from bench.store import Store

    roots = [Path(__file__).parents[1], Path()] if root is None else [Path(root)]
    places = [one / "results" for one in roots] + ([] if root is None else roots)
    found: dict[str, Path] = {}
    for folder in (own for place in places if place.is_dir() for own in sorted(place.iterdir())):
        if Store(folder).exists():
            found.setdefault(folder.name, folder)
    if name in found:
        frame = load(found[name])
        frame.attrs["folder"] = found[name]
        return frame
    if found:
        raise UnknownName(f'no published sweep "{name}"{suggest(name, found)}')
    looked = " and ".join(str(one.absolute()) for one in roots)
    raise FileNotFoundError(
        f"no published results in {looked}: an installed wheel has none. They are in results/ of "
        f'the project\'s repository: bench.published("{name}", root="path/to/a/checkout")'
    )
