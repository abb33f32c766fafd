"""The sides of images that networks of levels go through, and what these networks share."""

from __future__ import annotations

from typing import Any

from bench.gan.backend import keras

SLOPE = 0.2
UNTIL = 0.6
"""The share of the training after which a network is grown. Our choice: the paper shows each phase
as many images, and leaves the last one open."""


def levels(side: int) -> list[int]:
    """Sides of an image from 4 ... 7 pixels up to `side`, each twice the one before."""
    sides = [side]
    while sides[0] % 2 == 0 and sides[0] >= 8:
        sides.insert(0, sides[0] // 2)
    return sides


def act(slope: float = SLOPE) -> Any:
    """Leaky ReLU."""
    return keras.layers.LeakyReLU(negative_slope=slope)
