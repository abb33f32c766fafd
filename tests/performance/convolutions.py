"""How fast are convolutions? The task dcgan28 against the same DCGAN in PyTorch, in one run.

    python tests/performance/convolutions.py [WIDTH ...]

At widths 0.125, 0.25, 0.5 and 1 and batches of 32 and 64: our steps a second by those of PyTorch
(eager, fused Adam, in the faster of its two memory formats), on one thread each, by seconds of the
processor. Both draw batches out of 2,000 images in memory. The two run in processes of their own
and take turns; each ratio is the median of five rounds. About eight minutes; nothing is asserted.
PyTorch comes with pip install -e ".[compare]".
"""

from __future__ import annotations

import contextlib
import statistics
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
from tests.performance.loops.turns import Loop, in_turn, missing, ratio

WIDTHS, BATCHES, AIM = (0.125, 0.25, 0.5, 1.0), (32, 64), 1.15
ROUNDS, TURN = 5, 1.0


def compare(width: float, batch: int, libraries: list[str]) -> None:
    """Print one line for one size of network."""
    with contextlib.ExitStack() as stack:
        loops = [stack.enter_context(Loop(name, "dcgan28", width, batch)) for name in libraries]
        mine, *theirs = in_turn(loops, ROUNDS, TURN)
    text = f"width {width:5g}, batch {batch}: {1e3 / statistics.median(mine):6.1f} ms a step"
    for loop, rates in zip(loops[1:], theirs, strict=True):
        text += f", {ratio(mine, rates):.2f} of {loop.name} (aim {AIM}),"
        text += f" which takes {1e3 / statistics.median(rates):.1f} ms"
    print(text, flush=True)


if __name__ == "__main__":
    absent = missing("in_torch")
    libraries = [name for name in ("ours", "in_torch") if name not in absent]
    for width in map(float, sys.argv[1:] or WIDTHS):
        for batch in BATCHES:
            compare(width, batch, libraries)
