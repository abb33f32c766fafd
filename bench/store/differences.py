"""Compares two results of one trial, bit for bit, and says which of two folders' results counts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bench.store.encoding import as_stored
from bench.store.store import Store
from bench.trial import Result

ROW = "row"
"""The fact of a result that stands in place of its series where they were left out."""


def differences(stored: Result, again: Result) -> list[str]:
    """List the differences of two results of one trial, the most telling first; empty for none.

    Curves, signals and the status are compared, and the rows that stand in place of series which
    `bench.pack --rows` has left out, as far as both results tell their numbers. The provenance
    explains a difference and is listed with one; alone, it is none.
    """
    found = []
    if stored.status != again.status:
        found.append(f"status: {stored.status} stored, {again.status} now")
    dropped = {name for result in (stored, again) for name in result.facts.get("dropped", ())}
    for kind in ("curves", "signals"):
        old, new = (_without(getattr(result, kind), dropped) for result in (stored, again))
        found += _unequal(kind, old, as_stored(new))
    found += _unequal_rows(stored, again)
    keys = {*stored.provenance, *again.provenance}
    changed = (k for k in sorted(keys) if stored.provenance.get(k) != again.provenance.get(k))
    if found:
        old, new = stored.provenance, again.provenance
        found += [f"{key}: {old.get(key)} stored, {new.get(key)} now" for key in changed]
    return found


def _unequal_rows(stored: Result, again: Result) -> list[str]:
    old, new = (_row(result) for result in (stored, again))
    if ROW in stored.facts and ROW in again.facts:
        found = ((name, old.get(name), new.get(name)) for name in sorted(old.keys() | new.keys()))
    elif ROW in stored.facts or ROW in again.facts:
        found = ((name, old[name], new[name]) for name in sorted(old.keys() & new.keys()))
    else:
        return []
    return [f"{name}: {a} stored, {b} now" for name, a, b in found if a != b]


def _row(result: Result) -> Mapping[str, Any]:
    """The row that a result keeps in place of its series, or the last values of its curves, which
    stand in such a row."""
    if (kept := result.facts.get(ROW)) is not None:
        return dict(kept)
    last = {name: values[-1] for name, values in result.curves.items() if values}
    return as_stored({name: value for name, value in last.items() if name != "step"})


def _without(series: Mapping[str, Any], dropped: set[str]) -> Mapping[str, Any]:
    """Leave out the series that `bench.pack` has dropped from one of the two."""
    return {name: values for name, values in series.items() if name not in dropped}


def _unequal(kind: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    found = [f"{kind} {name}: in one of the two only" for name in sorted(old.keys() ^ new.keys())]
    for name in sorted(old.keys() & new.keys()):
        pairs = zip(old[name], new[name], strict=False)
        first = next((i for i, (a, b) in enumerate(pairs) if a != b), None)
        if first is not None:
            a, b = old[name][first], new[name][first]
            found.append(f"{kind} {name}[{first}]: {a} stored, {b} now")
        elif len(old[name]) != len(new[name]):
            found.append(f"{kind} {name}: {len(old[name])} values stored, {len(new[name])} now")
    return found


def replaces(id: str, one: Store, other: Store) -> bool:
    """True where the result in `one` is taken in place of the one in `other`: that one failed, and
    this did not. Raises StoreError."""
    return other.brief(id).status.failed and not one.brief(id).status.failed


def unequal(id: str, one: Store, other: Store) -> str:
    """The first difference of the curves and signals that two folders have of one trial; "" where
    they are equal, or where one of them failed. Raises StoreError."""
    briefs = (one.brief(id), other.brief(id))
    if any(brief.status.failed for brief in briefs) or one.raw(id) == other.raw(id):
        return ""
    result = one.read(id)
    found = differences(result, other.read(id))[:1]
    return "".join(f"{id} ({result.trial.label}): {text}" for text in found)
