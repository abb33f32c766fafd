"""The criteria of success: bounds for each task from its trivial samplers, in one place.

    python -m bench.gan.tasks.criteria          computes all bounds and writes bounds.csv
    python -m bench.gan.tasks.criteria ring8    those of one task, the others as they are

`bounds.csv` beside this file has every bound of every task of this package, at its usual widths,
with the trivial sampler that comes nearest to it and the worst value of real samples. Bounds of
other widths, of a user's tasks and of a user's images are computed when they are needed, by the
same program, and kept in the user's cache. A task is in the file where its decorator is told
`bounds`: the option that is its width, and the widths. `bench.metrics.criterion.bounds` has the
rule, `bench.metrics.criterion.trivial` the samplers.
"""

from __future__ import annotations

import csv
import functools
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from bench.gan.environment import prepare_process
from bench.gan.tasks import cases
from bench.gan.tasks.cases import Case
from bench.metrics import Instrument
from bench.metrics.criterion.bounds import Band, Bands, bounds
from bench.metrics.criterion.trivial import Labelled, of_images
from bench.store import cache
from bench.trial import digest

FILE = Path(__file__).parent / "bounds.csv"
COLUMNS = ("task", "width", *Band._fields)

RECIPE = "1"
"""Raise this when samplers or rule change: what users' caches hold is then stale."""
COPIES = 50
"""As many images are repeated where there are a thousand of them; a twentieth of fewer."""

_NONE = Band("q", "<=", 0.0, float("nan"), "", float("nan"))


def of(task: str, width: float = 0.0) -> Bands:
    """The bands of a task; `width` is the one of its points, 0 for images.

    Takes seconds for a width that is not in the file. Raises LookupError for a task that has no
    trivial samplers, Inseparable where no bound tells real samples from the trivial ones.
    """
    return of_case(task, width, lambda: cases.of(task, width), f"{task}-{width!r}")


def of_case(task: str, width: float, case: Callable[[], Case], content: str) -> Bands:
    """The bands of a case: those in the file, or else they are computed and kept under `content`,
    which names the distribution. Raises Inseparable."""
    return _table().get((task, width)) or _cached(content or f"{task}-{width!r}", case)


def of_data(instrument: Instrument, draw: Labelled, content: str) -> Bands:
    """The bands of a user's images, which `draw(rng, n)` gives with their classes.

    `content` names images and classes: the bands are kept under it, and under what the instrument
    says of itself. Where q cannot be measured, nothing can be concluded: the bound of q is then 0,
    and no value meets it. Raises Inseparable.
    """
    if instrument.q_missing:
        return (_NONE,)
    about = (
        content,
        instrument.digest,
        instrument.n,
        instrument.floor,
        instrument.ceiling,
        instrument.modes_missing,
    )
    few = max(2, min(COPIES, instrument.n // 20))

    def case() -> Case:
        kept = [s for s in of_images(draw, few) if s.seen_by == "q" or not instrument.modes_missing]
        return Case(instrument, cases.plain(draw), tuple(kept), cases.FEWER)

    return _cached(repr(about), case)


def _cached(content: str, case: Callable[[], Case]) -> Bands:
    def make() -> Bands:
        return bounds(*case())

    def read(rows: Iterable[Iterable[Any]]) -> Bands:
        return tuple(Band(*row) for row in rows)

    name = digest(content.encode())
    return cache.cached(f"bounds-{RECIPE}-{name}", make, read)


@functools.cache
def _table() -> Mapping[tuple[str, float], Bands]:
    found: dict[tuple[str, float], list[Band]] = {}
    if not FILE.exists():  # as it is while it is made for the first time
        return {}
    with FILE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            numbers = {k: float(row[k]) for k in ("bound", "trivial", "real")}
            band = Band(**{k: row[k] for k in Band._fields} | numbers)  # type: ignore[arg-type]
            found.setdefault((row["task"], float(row["width"])), []).append(band)
    return {key: tuple(rows) for key, rows in found.items()}


def _write(made: Mapping[tuple[str, float], Bands]) -> None:
    """The file anew, in its order, new tasks at its end: after each of them, so that none is
    lost."""
    rows = [(*key, *band) for key, bands in made.items() for band in bands]
    cells = [(task, f"{width:g}", *band) for task, width, *band in rows]
    with FILE.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([COLUMNS, *cells])


def main(names: list[str]) -> int:
    """Compute the bounds of these tasks, or of all, and write the file. Returns the exit code."""
    prepare_process()
    usual = cases.usual()
    unknown = [name for name in names if name not in usual]
    if unknown:
        print(f"no task with trivial samplers: {', '.join(unknown)}", file=sys.stderr)
        return 2
    made = dict(_table())
    for task in names or usual:
        for width in usual[task]:
            made[task, width] = bounds(*cases.of(task, width))
            print(task, f"{width:g}", *made[task, width], sep="\n", flush=True)
            _write(made)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
