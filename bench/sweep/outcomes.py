"""The ends of trials so far, by method, in a few lines."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Mapping

from bench.analysis.verdicts import judge
from bench.runner import Notice
from bench.store import Store, StoreError
from bench.trial import Status, Verdict

FAILED = tuple(status.value for status in Status if status.failed)

GOOD_FIRST = (
    *(Verdict.CONVERGED, Verdict.IMPROVING, Verdict.STALLED, Verdict.MODE_DROP),
    *(Verdict.DEGRADED, Verdict.OSCILLATING, Verdict.COLLAPSED, Status.COMPLETED, Status.DIVERGED),
)
ORDER = (*FAILED, *(word.value for word in GOOD_FIRST))
"""The words for an end, in the order in which they are said."""


class Outcomes:
    """Counts of trials by method and by how they ended: a verdict, or a status without one."""

    def __init__(self, counts: Mapping[str, Mapping[str, int]] | None = None) -> None:
        self.methods: dict[str, Counter[str]] = defaultdict(Counter)
        for method, words in (counts or {}).items():
            self.methods[method].update(words)

    def add(self, method: str, word: str) -> None:
        """Count a trial."""
        self.methods[method][word] += 1

    def record(self) -> dict[str, dict[str, int]]:
        """The counts as plain data."""
        return {method: dict(words) for method, words in self.methods.items()}

    def lines(self, width: int, most: int) -> list[str]:
        """At most `most` lines of at most `width` characters: the methods with most failures first,
        the others in the order in which they came, and the rest in one sum."""
        names = sorted(self.methods, key=lambda name: -_failures(self.methods[name]))
        said = [f"{name}: {words(self.methods[name])}" for name in names]
        for shown in range(len(said), -1, -1):
            rest = names[shown:]
            if found := _filled([*said[:shown], *_sum(rest, self.methods)], width, most):
                return found
        return []


def words(counts: Mapping[str, int]) -> str:
    """ "1 crashed, 3 converged"."""
    order = {word: i for i, word in enumerate(ORDER)}
    ranked = sorted(counts, key=lambda word: order.get(word, len(order)))
    return ", ".join(f"{counts[word]:,} {word}" for word in ranked)


def _failures(counts: Mapping[str, int]) -> int:
    return sum(counts.get(word, 0) for word in FAILED)


def _sum(names: list[str], methods: Mapping[str, Counter[str]]) -> list[str]:
    """The methods that are not shown, in one part; none where all are."""
    if not names:
        return []
    total = sum((methods[name] for name in names), Counter[str]())
    others = "1 other method" if len(names) == 1 else f"{len(names)} other methods"
    return [f"{others}: {words(total)}"]


def _filled(parts: list[str], width: int, most: int) -> list[str]:
    """The parts, joined by "; " into lines; none where they do not fit."""
    lines: list[str] = []
    for i, part in enumerate(parts):
        text = part + (";" if i < len(parts) - 1 else "")
        if lines and len(lines[-1]) + 1 + len(text) <= width:
            lines[-1] += f" {text}"
        else:
            lines.append(text)
    fits = len(lines) <= most and all(len(line) <= width for line in lines)
    return lines if fits else []


class Verdicts:
    """Judges trials as they end. A verdict takes a few milliseconds; where trials end so fast that
    this would count, they go without one."""

    SHARE = 0.02
    """The part of the runner's time that may be spent."""
    START = 1.0
    """Seconds that may be spent in any case."""

    def __init__(self, store: Store) -> None:
        self._store, self._spent, self._begin = store, 0.0, time.monotonic()

    def __call__(self, notice: Notice) -> str | None:
        """The verdict on a stored trial; None where there is none."""
        begin = time.monotonic()
        allowed = self.START + self.SHARE * (begin - self._begin)
        if notice.status is not Status.COMPLETED or self._spent > allowed:
            return None
        try:
            verdict = judge(self._store.read(notice.id)).verdict
        except StoreError:
            return None
        self._spent += time.monotonic() - begin
        return None if verdict is Verdict.NONE else verdict.value
