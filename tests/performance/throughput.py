"""How fast are the compiled steps? Ratios measured in one run; nothing is asserted.

    python tests/performance/throughput.py

For a small (32 units, batch 64) and a wide (128 units, batch 256) network on the ring, the
trainer's steps a second against the same game in (a) a loop written by hand in TensorFlow for this
one case, compiled by XLA, that measures nothing, (b) the same loop in JAX, (c) PyTorch, eager; and
against (d) the core's own matrix-multiply rate. JAX and PyTorch are compared with where they are
installed: pip install -e ".[compare]". Each runs on one thread in a process of its own. They take
turns; seconds are those of the processor, and each ratio is the median of seven rounds. About a
minute.
"""

from __future__ import annotations

import contextlib
import statistics
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
from tests.performance.loops import LATENT
from tests.performance.loops.turns import Loop, in_turn, missing, ratio

SIZES, ROUNDS, TURN = ((32, 64), (128, 256)), 41, 0.12
AIMS = {
    "by_hand": (0.95, 0.95),
    "in_jax": (0.95, 1.0),
    "in_torch": (10.0, 2.3),
}
"""The ratio that ought to be reached at each of the sizes."""


def flops(units: int, batch: int) -> float:
    """Multiply-adds x 2 of the matrix products of one step, derivatives included.

    D step: G forward (1), D on real and fake forward and backward; D needs no gradient by its
    input. G step: both forward, D backward to its input only, G backward.
    """
    g = [(LATENT, units), (units, units), (units, 2)]
    d = [(2, units), (units, units), (units, 1)]
    size_g, size_d = (sum(n * m for n, m in layers) for layers in (g, d))
    first_g, first_d = g[0][0] * g[0][1], d[0][0] * d[0][1]
    d_step = size_g + 2 * (size_d + 2 * size_d - first_d)
    g_step = size_g + size_d + size_d + (2 * size_g - first_g)
    return 2.0 * batch * (d_step + g_step)


def compare(units: int, batch: int, aims: dict[str, float]) -> None:
    """Print one line for each loop that ours is compared with, at one size of network."""
    with contextlib.ExitStack() as stack:
        ours, *others, products = (
            stack.enter_context(Loop(library, game, units, batch))
            for library, game in (
                *(("ours", "ring8"), *((library, "ring8") for library in aims)),
                ("by_hand", "products"),
            )
        )
        mine, *theirs, multiplied = in_turn([ours, *others, products], ROUNDS, TURN)
    steps = statistics.median(mine)
    print(f"{units} units, batch {batch}: {steps:,.0f} steps/s", flush=True)
    for loop, rates, aim in zip(others, theirs, aims.values(), strict=True):
        print(
            f"    {ratio(mine, rates):5.2f} of {loop.name} (aim {aim:g}),"
            f" which makes {statistics.median(rates):,.0f} steps/s"
        )
    product = 2.0 * batch * units * units
    share = ratio(mine, multiplied) * flops(units, batch) / product
    print(f"    {share:5.2f} of the matrix-multiply rate", "(aim 0.7)" * (units >= 128), flush=True)


if __name__ == "__main__":
    absent = missing(*AIMS)
    for place, size in enumerate(SIZES):
        compare(*size, {name: aims[place] for name, aims in AIMS.items() if name not in absent})
