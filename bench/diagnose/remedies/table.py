"""Reads the remedies of `remedies.toml`, and the counts of `rescues.csv` on which of them to try.

Counts are made by `python -m bench.diagnose.reliability RESULTS`, from the same trials as those of
findings: for each way to fail and each task, the trials in which the baseline ended so, and what
the same seed at the same learning rates came to with the remedy.
"""

from __future__ import annotations

import csv
import functools
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

FILE = Path(__file__).parent / "rescues.csv"
"""The counts that are committed."""

BASELINE = "ns"
"""The method that the remedies are added to."""

EVERY = "failed"
"""The way to fail that counts all of them."""

MOST = 3
"""Remedies that are named at most."""

COLUMNS = ("ended", "task", "method", "matched", "rescued", "luck")
"""Columns of the counts: of `matched` trials of the baseline that ended so on a task, `rescued`
came to their aim with the method, and `luck`, a share, with other seeds of the baseline."""


class Remedy(NamedTuple):
    """Something to try."""

    title: str
    """The remedy in a line."""
    method: str
    """The method of the experiment that is the baseline with it."""
    cost: str
    """The cost of a step in words."""
    torch: str
    """Lines of PyTorch."""
    keras: str
    """Lines of Keras."""


class Rescued(NamedTuple):
    """What a remedy did where the baseline had failed."""

    name: str
    """The remedy."""
    matched: int
    """Trials of the baseline that had failed so."""
    rescued: int
    """Those of them that came to their aim with the remedy."""
    luck: float
    """Those that did with another seed of the baseline, on average."""
    tasks: Mapping[str, tuple[int, int]]
    """Task -> rescued and matched trials of it."""

    def sentence(self) -> str:
        """The counts in words."""
        each = ", ".join(f"{task} {k} of {n}" for task, (k, n) in self.tasks.items())
        own = known()[self.name]
        return (
            f"{own.title}: held {self.rescued} of {self.matched} ({each}), where other seeds of "
            f"the baseline held {self.luck:.1f}; {own.cost}"
        )


@functools.cache
def known() -> Mapping[str, Remedy]:
    """The remedies by name."""
    text = Path(__file__).with_name("remedies.toml").read_text(encoding="utf-8")
    return {
        name: Remedy(
            **own | {"torch": own["torch"].strip() + "\n", "keras": own["keras"].strip() + "\n"}
        )
        for name, own in tomllib.loads(text).items()
    }


def advice(rules: Iterable[str]) -> tuple[str, list[Rescued]]:
    """What to try first where a training failed so as these rules of findings say: the way to fail
    in words, and the remedies that helped most there, the best first."""
    ended = next((_ENDED[rule] for rule in rules if rule in _ENDED and _of(_ENDED[rule])), EVERY)
    return ended, [own for own in _of(ended) if own.rescued > own.luck][:MOST]


_ENDED: Mapping[str, str] = {
    "not finite": "diverged",
    "one place": "collapsed",
    "swinging": "oscillating",
    "late change": "degraded",
    "ran away": "diverged",
    "modes missing": "mode_drop",
}
"""Rule of a finding -> the way to fail that it speaks of."""


@functools.cache
def _of(ended: str) -> list[Rescued]:
    """The remedies by what they did for a way to fail, the best first."""
    if not FILE.exists():
        return []
    with FILE.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["ended"] == ended]
    found = []
    for name, remedy in known().items():
        own = [row for row in rows if row["method"] == remedy.method]
        tasks = {row["task"]: (int(row["rescued"]), int(row["matched"])) for row in own}
        matched = sum(n for _, n in tasks.values())
        luck = sum(float(row["luck"]) * int(row["matched"]) for row in own)
        if matched:
            rescued = sum(k for k, _ in tasks.values())
            found.append(Rescued(name, matched, rescued, luck, tasks))
    return sorted(found, key=lambda one: -one.rescued / one.matched)
