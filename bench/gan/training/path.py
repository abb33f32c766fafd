"""The path of the first steps of a game of two numbers, step by step, for its phase portrait.

Evaluations are too far apart to draw by: on a game that turns, a dozen steps are half a turn.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from bench.gan.state import State
from bench.gan.training.step import Step

STEPS = 200
"""Steps of a path: some turns at the usual learning rates, and a few kilobytes."""

_DIGITS = 6
"""Significant digits of a number of a path."""


def path(
    step: Step, start: State, seed: int, hparams: Mapping[str, float], steps: int
) -> dict[str, list[float]] | None:
    """theta and psi, G's number and D's, before the first step and after each of the first ones: at
    most 201 values each, fewer where one is not finite. None for a game of more numbers.

    The steps are taken once more from the start, so that the training itself is left alone.
    """
    observe = step.task.observe
    if observe is None or "psi" not in observe(start):
        return None
    found: dict[str, list[float]] = {"theta": [], "psi": []}
    state = start
    for done in range(min(STEPS, steps) + 1):
        if done:
            state, _ = step.run(state, seed, hparams, done - 1, done)
        values = observe(state)
        point = [float(f"{values[name]:.{_DIGITS}g}") for name in found]
        if not np.isfinite(point).all():
            break
        for series, value in zip(found.values(), point, strict=True):
            series.append(value)
    return found
