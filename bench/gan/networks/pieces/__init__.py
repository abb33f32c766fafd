"""Keras layers of single papers: told classes, styles, networks that grow,
generators that act, that turn a space and that fill rows.

Each module is imported when a layer of it is first made (see `bench.gan.backend`).
"""

from typing import TYPE_CHECKING

from bench.gan.backend import Lazy

if not TYPE_CHECKING:
    classes = Lazy("bench.gan.networks.pieces.classes")
    growing = Lazy("bench.gan.networks.pieces.growing")
    rollouts = Lazy("bench.gan.networks.pieces.rollouts")
    rotations = Lazy("bench.gan.networks.pieces.rotations")
    rows = Lazy("bench.gan.networks.pieces.rows")
    styles = Lazy("bench.gan.networks.pieces.styles")
