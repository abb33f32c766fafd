"""Writes down in a results folder what was asked: the sweep can go on from there alone."""

from __future__ import annotations

import json
from typing import Any

from bench.grid.files import stored
from bench.store import StoreError, asked
from bench.store.files import read
from bench.store.provenance import NAME, kept, provenance, recorded
from bench.sweep.plan import Plan


def write(plan: Plan) -> None:
    """Store the text of a sweep, its overrides, its files and the machine. The files of sweeps that
    were merged into the folder stay known.

    Where nothing is to train and the folder says all of this already, it stays as it is: its
    machine is the one that has trained it. Raises StoreError where there is no room.
    """
    if not plan.todo and _told(plan):
        return
    sweep, folder = plan.sweep, plan.store.path
    ids = [trial.id for trial in sweep.trials]
    plan.store.write_text("sweep.toml", sweep.text)
    planned = asked.write(folder, sweep.text, sweep.overrides, sweep.inputs, ids)
    merged = recorded(folder).tables[1:]
    known = {"planned": planned} | _kept(plan) | ({"merged": merged} if merged else {})
    known |= provenance()
    plan.store.write_text(NAME, json.dumps(known, indent=1))
    for plugin in sweep.plugins:
        plan.store.write_plugin(plugin.path.name, plugin.digest, plugin.source)


def _told(plan: Plan) -> bool:
    """True where the folder says already what the sweep asks for."""
    sweep, folder = plan.sweep, plan.store.path
    try:
        text = read(folder / "sweep.toml").decode()
        known = asked.read(folder) or frozenset()
        return (
            text == sweep.text
            and kept(folder) == _kept(plan)
            and known >= {trial.id for trial in sweep.trials}
        )
    except (OSError, ValueError, StoreError):
        return False


def _kept(plan: Plan) -> dict[str, Any]:
    """The part of provenance.json that the sweep can go on from (see `bench.store.provenance`)."""
    files = stored.record(plan.sweep.files, plan.store.path)
    return {"overrides": list(plan.sweep.overrides), "files": files}
