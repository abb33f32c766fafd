"""python -m bench.metrics real.npz fake.npz: all metrics on features of your own, as JSON.

Each file holds one array `features` [N, d] (or only one array, whatever its name): of Inception,
DINO, or of any network, computed by you. One row for each metric, with its value, its label, its
better direction ("": neither), the sample counts and a hash of the real features; the floor of the
Fréchet distance beside them. There is no ceiling and no q: features alone know no data space, and a
Gaussian of them is as good as real to that distance.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bench.console import parser, run
from bench.metrics import quantities
from bench.metrics.calibrate import finite
from bench.metrics.measure import final_rows, values
from bench.metrics.sample import Array, Sample
from bench.store.arrays import read
from bench.trial import digest
from bench.vocabulary import errors

LARGEST = 1e50
"""Covariances are squared, and their products squared again."""


def load(path: str | Path) -> Array:
    """The features [N, d] of a file, float64. Raises ValueError where there are none."""
    names, arrays = read(path, lambda names: ["features"] if "features" in names else names[:1])
    if "features" not in arrays and len(names) != 1:
        raise ValueError(f"{path}: no array features; there is: {', '.join(names) or 'nothing'}")
    (found,) = arrays.values()
    if found.ndim != 2:
        raise ValueError(f"{path}: features have shape {found.shape}, needed is [N, d]")
    if not found.size:
        what = "no samples" if not len(found) else "no features of its samples"
        raise ValueError(f"{path}: holds {what} (shape {found.shape}, needed is [N, d])")
    if found.dtype.kind not in "uif":
        raise ValueError(f"{path}: features have type {found.dtype}, needed are real numbers")
    if not np.isfinite(found).all():
        raise ValueError(f"{path}: features are not finite (NaN or infinity)")
    if max(abs(float(found.min())), abs(float(found.max()))) > LARGEST:
        raise ValueError(f"{path}: features above {LARGEST:g} have no squares")
    return found.astype(np.float64)


def compare(real: Array, fake: Array) -> dict[str, Any]:
    """Facts and rows of features real [M, d] and fake [N, d]; of at most M / 2 of the fake ones.

    Half of the real ones gives the floor. There is no ceiling, and with it no q: the instrument
    says why (`q_missing`). Raises ValueError for unequal d, fewer than 4 real and fewer than 2
    fake.
    """
    if real.shape[1] != fake.shape[1]:
        raise ValueError(
            f"{real.shape[1]} features of each real sample and {fake.shape[1]} of each generated "
            "one: both files must be of one network"
        )
    for what, found, least in (("real", real, 4), ("generated", fake, 2)):
        if len(found) < least:
            raise ValueError(
                f"at least {least} {what} samples are needed, and there {_are(len(found))}"
            )
    name = digest(np.ascontiguousarray(real).tobytes())
    centre = real.mean(0)  # no metric depends on it, and a large one costs all digits of squares
    real, fake = real - centre, fake - centre
    about = {"proxy": "OWN-FD", "digest": name, "space": False}
    instrument = finite(lambda points: Sample(points, points), real, n=len(fake), **about)
    fake = fake[: instrument.n]
    counts = {"real": len(real) // 2, "fake": len(fake), "features": name}
    cheap = {
        name: {"value": found.value, "reason": found.reason, **counts}
        for name, found in values(instrument, fake).items()
        if name != "q"
    }
    rows = cheap | final_rows(instrument, fake)
    known = {name: quantities.card(name) for name in rows}
    words = {name: {"label": own.short, "better": own.better} for name, own in known.items()}
    rows = {name: row | words[name] for name, row in rows.items()}
    return {"facts": instrument.record(), "rows": rows}


def _are(n: int) -> str:
    return "is 1" if n == 1 else f"are {n}"


def main(argv: Sequence[str] | None = None) -> int:
    """Print the comparison of two files. Returns the exit code: 0, or 2 for a bad file."""
    made = parser("metrics", __doc__)
    made.add_argument("real", help="a file of real features")
    made.add_argument("fake", help="a file of generated features")
    options = made.parse_args(argv)
    try:
        real, fake = load(options.real), load(options.fake)
    except ValueError as error:
        errors.say(error)
        return 2
    try:
        print(json.dumps(compare(real, fake), indent=1))
    except ValueError as error:
        errors.say(f"{options.real}, {options.fake}: {error}")
        return 2
    return 0


if __name__ == "__main__":
    run(main)
