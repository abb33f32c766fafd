"""Writes down in a results folder what was asked: the sweep can go on from there alone."""

from __future__ import annotations

import json
from typing import Any

from bench.grid import stored
from bench.store import StoreError
from bench.store.provenance import kept, provenance
from bench.sweep.plan import Plan


def write(plan: Plan) -> None:
    """Store the text of a sweep, its overrides, its files and the machine.

    Where nothing is to train and the folder says all of this already, it stays as it is: its
    machine is the one that has trained it. Raises StoreError where there is no room.
    """
    if not plan.todo and _told(plan):
        return
    plan.store.write_text("sweep.toml", plan.sweep.text)
    plan.store.write_text("provenance.json", json.dumps(_asks(plan) | provenance(), indent=1))
    for plugin in plan.sweep.plugins:
        plan.store.write_plugin(plugin.path.name, plugin.digest, plugin.source)


def _told(plan: Plan) -> bool:
    """True where the folder says already what the sweep asks for."""
    try:
        text = (plan.store.path / "sweep.toml").read_text(encoding="utf-8")
        return text == plan.sweep.text and kept(plan.store.path) == _asks(plan)
    except (OSError, ValueError, StoreError):
        return False


def _asks(plan: Plan) -> dict[str, Any]:
    """The part of provenance.json that the sweep can go on from (see `bench.store.provenance`)."""
    return {
        "planned": len(plan.sweep.trials),
        "overrides": list(plan.sweep.overrides),
        "files": stored.record(plan.sweep.files, plan.store.path),
    }
