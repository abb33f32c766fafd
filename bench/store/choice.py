"""Chooses between two results of one trial: the rule that merging and reading several folders
share."""

from __future__ import annotations

from bench.store.differences import differences
from bench.store.store import Store


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
