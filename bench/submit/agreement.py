"""The word about trials that were trained again: what they say of those that are stored."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from bench.analysis import frame
from bench.analysis.frame import sweeps
from bench.console import count
from bench.store import archive
from bench.store.encoding import encode
from bench.trial import Result

LEVEL = 0.05
"""The level of the test between stored and new successes."""

MACHINE = ("cpu", "machine", "system", "gpu")
"""Keys of a provenance that tell the machine."""

VERSIONS = ("numerics", "python", "tensorflow", "keras", "numpy", "scipy", "flags", "threads")
"""Keys of a provenance that tell the program. On one machine, all of them equal, bits are equal."""


class Word(StrEnum):
    """The word about a results folder."""

    VERIFIED = "verified"
    """Every trial came out equal bit for bit."""
    CONSISTENT = "consistent"
    """On another machine bits differ and successes agree."""
    NEITHER = "neither"
    """Something else came out, or it cannot be told."""


@dataclass(frozen=True)
class Again:
    """A stored result, and that of the same trial trained again."""

    stored: Result
    """The stored one."""
    now: Result
    """The new one."""

    @cached_property
    def differences(self) -> list[str]:
        """The differences of the two, the most telling first."""
        from bench.analysis.frame.rows import compared  # loads numpy

        return compared(self.stored, self.now)

    @property
    def elsewhere(self) -> list[str]:
        """The keys of the provenance by which bits may differ."""
        old, new = self.stored.provenance, self.now.provenance
        return [key for key in (*MACHINE, *VERSIONS) if old.get(key) != new.get(key)]


class Found(NamedTuple):
    """A word and its reason."""

    word: Word
    """The word."""
    why: str
    """The reason, in a line."""


def exact(more: int, less: int) -> float:
    """McNemar's exact test: the two-sided p of `more` and `less` pairs in which one side alone
    succeeded, if both are equally likely (McNemar 1947; the binomial form).

    >>> exact(0, 6)
    0.03125
    """
    n, fewest = more + less, min(more, less)
    tail = sum(math.comb(n, i) for i in range(fewest + 1)) / 2**n
    return min(1.0, 2 * tail)


LEAST = next(k for k in range(1, 64) if exact(0, k) < LEVEL)
"""Fewest trials by which successes can disagree: with fewer, no outcome speaks against a folder."""


def word(pairs: Sequence[Again], folder: Path) -> Found:
    """The word about trials that were trained again. `folder` says what counts as a success.

    A trial that differs though machine and versions are the same is no matter of rounding: bits are
    promised there.
    """
    unequal = [pair for pair in pairs if pair.differences]
    trials = count(len(pairs), "trial")
    if not unequal:
        return Found(Word.VERIFIED, f"{trials} trained again, equal bit for bit")
    here = [pair for pair in unequal if not pair.elsewhere]
    if here:
        ids = ", ".join(pair.stored.trial.id for pair in here[:3])
        text = f"{len(here)} of {trials} came out otherwise on the same machine with the same"
        return Found(Word.NEITHER, f"{text} versions: {ids}{_hint(here)}")
    keys = ", ".join(dict.fromkeys(key for pair in unequal for key in pair.elsewhere))
    if len(pairs) < LEAST:
        text = f"other bits with another {keys}; to compare successes takes {LEAST} trials"
        return Found(Word.NEITHER, f"{text} (--trials {LEAST} or more), not {len(pairs)}")
    old, new = successes(pairs, folder)
    gained = sum(b and not a for a, b in zip(old, new, strict=True))
    lost = sum(a and not b for a, b in zip(old, new, strict=True))
    p = exact(gained, lost)
    text = f"{sum(old)} of {trials} succeeded as stored and {sum(new)} now, with another {keys}"
    text += f" ({lost} lost, {gained} gained, McNemar's exact p = {p:.2g})"
    return Found(Word.CONSISTENT if p >= LEVEL else Word.NEITHER, text)


def _hint(pairs: Sequence[Again]) -> str:
    """The usual cause, where it is likely."""
    if any(pair.stored.trial.method.external for pair in pairs):
        return " (a trainer must seed everything that it draws with run.seed)"
    commits = {pair.stored.provenance.get("commit") for pair in pairs}
    older = sorted(str(one)[:12] for one in commits - {None, pairs[0].now.provenance.get("commit")})
    return f" (they were made by commit {', '.join(older)}; this is another)" if older else ""


def successes(pairs: Sequence[Again], folder: Path) -> tuple[list[bool], list[bool]]:
    """(stored, now): for each trial, True where it is a success by the rules of today."""
    wanted = sweeps.read_sweep(folder).success
    return (
        _outcomes([pair.stored for pair in pairs], wanted),
        _outcomes([pair.now for pair in pairs], wanted),
    )


def _outcomes(results: Sequence[Result], wanted: str) -> list[bool]:
    with tempfile.TemporaryDirectory() as place:
        archive.write(Path(place), map(encode, results))
        trials = frame.load(Path(place), asked=frame.everything)
        ended = dict(zip(trials["id"], trials["outcome"], strict=True))
    return [ended[result.trial.id] == wanted for result in results]
