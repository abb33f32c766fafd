"""Prints the microseconds of the processor that the harness adds to each step of a trainer of
one's own: to log two losses, and logits of the discriminator as well; beside them drawing a batch.

    python tests/performance/trainer_step.py

The aim is 50 microseconds for a step that logs losses.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from bench.trainer import Run

STEPS, BATCH = 20_000, 64


def run(folder: Path) -> Run:
    """A run on points in the plane that is measured nowhere."""
    asked = {"task": "ring8", "seed": 0, "steps": STEPS, "shape": [2], "batch": BATCH}
    asked |= {"latent": 16, "labels": 0, "samples": 1000, "evaluations": [], "hparams": {}}
    (folder / "run.json").write_text(json.dumps(asked))
    np.save(folder / "real.npy", np.zeros((100_000, 2), np.float32))
    made = Run(folder)
    made.real.sum()  # it is read once
    return made


def seconds(loop: Callable[[Run], None]) -> float:
    """Microseconds of a step of a loop."""
    with tempfile.TemporaryDirectory() as folder:
        made = run(Path(folder))
        begin = time.process_time()
        loop(made)
        made.close()
        return (time.process_time() - begin) / STEPS * 1e6


def nothing(run: Run) -> None:
    """Ask for batches only."""
    for _ in run.batches(BATCH):
        pass


def losses(run: Run) -> None:
    """Log both losses."""
    loss = np.float32(0.7)
    for _ in run.batches(BATCH):
        run.log(loss_g=loss, loss_d=loss)


def logits(run: Run) -> None:
    """Log both losses, and logits."""
    loss, logits = np.float32(0.7), np.ones((BATCH, 1), np.float32)
    for _ in run.batches(BATCH):
        run.log(loss_g=loss, loss_d=loss, real_logits=logits, fake_logits=logits)


def draws(run: Run) -> None:
    """Draw batches as one would without the harness."""
    rng, real = np.random.default_rng(0), run.real
    for _ in range(STEPS):
        real[rng.integers(len(real), size=BATCH)]


def main() -> None:
    """Print the figures: the least of five turns."""
    for loop in (draws, nothing, losses, logits):
        least = min(seconds(loop) for _ in range(5))
        print(f"{loop.__name__:8} {least:6.1f} microseconds a step")


if __name__ == "__main__":
    main()
