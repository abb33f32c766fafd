"""Everything that knows TensorFlow: the game, the motion in it, and the trainer.

Importing it loads no TensorFlow (see `bench.gan.backend`).
"""

from __future__ import annotations

import importlib

_PARTS = (
    "parts.losses",
    "parts.regularizers",
    "parts.normalizers",
    "parts.spectral",
    "parts.slicing",
    "parts.optimizers",
    "parts.muon",
    "parts.schedule_free",
    "parts.dynamics",
    "parts.augmentations",
    "parts.extras",
    "parts.remembering",
    "parts.faults",
    "tasks",
    "methods",
    "trainers",
)


def load_parts() -> None:
    """Import every module that registers parts, so that `bench.registry` knows them by name."""
    for name in _PARTS:
        importlib.import_module(f"bench.gan.{name}")
    importlib.import_module("bench.metrics")
