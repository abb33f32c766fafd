"""Trainers of the catalogue: what a [[method]] may name in place of parts, `trainer = "..."`.

Each is a function train(run, *, ...) with the decorator `bench.registry.trainer`, in a module of
this folder that is named in `MODULES`. `run` is a `bench.trainer.Run`. It is run in a process of
its own, so that it may import what it likes inside of its function.
"""

from __future__ import annotations

import importlib

MODULES: tuple[str, ...] = ("vae", "moments", "cloning")
"""The modules of this folder that register trainers."""

for _module in MODULES:
    importlib.import_module(f"{__name__}.{_module}")
