"""Whether two results of one trial are equal, bit for bit, and what is unequal in them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bench.encoding import as_stored
from bench.trial import Result


def differences(stored: Result, again: Result) -> list[str]:
    """What is unequal in two results of one trial, most telling first; empty when nothing is.

    Their provenance explains a difference; alone, it is none.
    """
    found = []
    if stored.status != again.status:
        found.append(f"status: {stored.status} stored, {again.status} now")
    dropped = stored.facts.get("dropped", ())  # by bench.pack
    for kind in ("curves", "signals"):
        comparable = {k: v for k, v in getattr(again, kind).items() if k not in dropped}
        found += _unequal(kind, getattr(stored, kind), as_stored(comparable))
    keys = {*stored.provenance, *again.provenance}
    changed = (k for k in sorted(keys) if stored.provenance.get(k) != again.provenance.get(k))
    if found:
        old, new = stored.provenance, again.provenance
        found += [f"{key}: {old.get(key)} stored, {new.get(key)} now" for key in changed]
    return found


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
