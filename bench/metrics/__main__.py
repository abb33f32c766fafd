"""python -m bench.metrics real.npz fake.npz: all metrics on features of your own, as JSON.

Each file holds one array `features` [N, d] (or only one array, whatever its name): of Inception,
DINO, or of any network, computed by you. One row for each metric, with its value, the sample counts
and a hash of the real features; floor and ceiling of the Fréchet distance beside them.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from bench.metrics.calibrate import finite
from bench.metrics.measure import final_rows, values
from bench.metrics.sample import Array, Sample


def load(path: str | Path) -> Array:
    """The features [N, d] of a file, float64. Raises ValueError where there are none."""
    try:
        with np.load(path, allow_pickle=False) as file:
            name = "features" if "features" in file.files else "".join(file.files)
            if name not in file.files:
                raise ValueError(f"no array features; there is: {', '.join(file.files)}")
            found = file[name].astype(np.float64)
    except (OSError, ValueError, AttributeError) as error:
        raise ValueError(f"{path}: not an .npz file of features ({error})") from error
    if found.ndim != 2 or not np.isfinite(found).all():
        raise ValueError(f"{path}: features must be finite [N, d], got shape {found.shape}")
    return found


def compare(real: Array, fake: Array) -> dict[str, Any]:
    """Facts and rows of features real [M, d] and fake [N, d]; of at most M / 2 of the fake ones.

    Half of the real ones gives the floor. Raises ValueError for unequal d and fewer than 4 real.
    """
    if real.shape[1] != fake.shape[1]:
        raise ValueError(f"{real.shape[1]} real and {fake.shape[1]} generated features")
    digest = hashlib.sha256(np.ascontiguousarray(real).tobytes()).hexdigest()[:16]
    about = {"proxy": "OWN-FD", "digest": digest}
    facts = finite(lambda points: Sample(points, points), real, n=len(fake), **about)
    fake = fake[: facts.n]
    counts = {"real": len(real) // 2, "fake": len(fake), "features": digest}
    cheap = {
        name: {"value": found.value, "reason": found.reason, **counts}
        for name, found in values(facts, fake).items()
    }
    return {"facts": facts.record(), "rows": cheap | final_rows(facts, fake)}


def main(arguments: list[str]) -> int:
    """Print the comparison of two files. Returns the exit code."""
    if len(arguments) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        print(json.dumps(compare(*map(load, arguments)), indent=1))
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
