"""The speed of this machine: measured seconds over typical ones, by structure.

What has been measured tells of what has not: a structure's ratio is that of its task, times what
its method takes more or less than expected on other tasks, and a task's ratio is that of all. Each
level counts by how much was measured in it, and what it lacks comes from the level above.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable

from bench.sweep.price.typical import Structure, Work

PARTS = Work._fields

WHOLE = 8.0
"""The weight of a whole trial; a piece of one has its part of that, or its seconds if more."""

LEAN = 0.5
"""The weight of the level above."""

ENOUGH = 4.0
"""The weight beyond which a structure tells no more of others."""


class Rates:
    """Ratios of measured to expected seconds, for each part of a trial.

    What is expected are the typical seconds, or those that older measurements tell (`base`).
    """

    def __init__(self, base: Rates | None = None) -> None:
        self._base = base
        self._sums: dict[str, dict[Structure, list[float]]] = {part: {} for part in PARTS}
        self._levels: dict[str, _Levels] = {}

    def add(
        self, kind: Structure, part: str, seconds: float, typical: float, piece: float = 1.0
    ) -> None:
        """Note that a `piece` of a part took `seconds`, where the whole takes `typical` ones."""
        sums = self._sums[part].setdefault(kind, [0.0, 0.0, 0.0])
        sums[0] += max(seconds, 1e-6)
        sums[1] += max(typical * piece, 1e-9)
        sums[2] += max(seconds, WHOLE * piece)
        self._levels.pop(part, None)

    def copy(self) -> Rates:
        """The same measurements, to which others can be added."""
        made = Rates(self._base)
        made._sums = {p: {k: [*v] for k, v in own.items()} for p, own in self._sums.items()}
        return made

    def seconds(self, kind: Structure, work: Work) -> Work:
        """The seconds that a trial's parts take on this machine."""
        return Work(
            *(self.ratio(kind, part) * value for part, value in zip(PARTS, work, strict=True))
        )

    def ratio(self, kind: Structure, part: str) -> float:
        """Measured over typical seconds of a part."""
        older = self._base.ratio(kind, part) if self._base else 1.0
        return older * math.exp(self._of(part).log_ratio(kind))

    def knows(self, kind: Structure) -> bool:
        """True where steps of this structure were measured, here or before."""
        return kind in self._sums["train"] or bool(self._base and self._base.knows(kind))

    def tasks(self) -> set[str]:
        """The tasks that some structure was measured of, here or before."""
        older = self._base.tasks() if self._base else set()
        return older | {kind.task for kind in self._sums["train"]}

    def _of(self, part: str) -> _Levels:
        if part not in self._levels:
            logs = {}
            for kind, (seconds, typical, weight) in self._sums[part].items():
                older = self._base.ratio(kind, part) if self._base else 1.0
                logs[kind] = math.log(seconds / (typical * older)), weight
            self._levels[part] = _Levels(logs)
        return self._levels[part]


class _Levels:
    """Logarithms of ratios, by structure, method, task, and of all; each with its weight."""

    def __init__(self, logs: dict[Structure, tuple[float, float]]) -> None:
        self.logs = logs
        counted = {kind: (log, min(weight, ENOUGH)) for kind, (log, weight) in logs.items()}
        tasks: dict[str, list[tuple[float, float]]] = defaultdict(list)
        for kind, found in counted.items():
            tasks[kind.task].append(found)
        own = {task: _mean(found) for task, found in tasks.items()}
        self.all = _lean(own.values(), 0.0)
        self.tasks = {task: _lean(found, self.all) for task, found in tasks.items()}
        rest: dict[object, list[tuple[float, float]]] = defaultdict(list)
        for kind, (log, weight) in counted.items():
            rest[kind.method].append((log - self.tasks[kind.task], weight))
        self.methods = {method: _lean(found, 0.0, ENOUGH) for method, found in rest.items()}

    def log_ratio(self, kind: Structure) -> float:
        above = self.tasks.get(kind.task, self.all)
        if kind in self.logs:
            return _lean([self.logs[kind]], above)
        return above + self.methods.get(kind.method, 0.0)


def _mean(found: Iterable[tuple[float, float]]) -> tuple[float, float]:
    """(value, weight) of several: their weighted mean, and the sum of the weights up to ENOUGH."""
    pairs = list(found)
    weight = sum(w for _, w in pairs)
    return sum(value * w for value, w in pairs) / weight, min(weight, ENOUGH)


def _lean(found: Iterable[tuple[float, float]], above: float, lean: float = LEAN) -> float:
    """The weighted mean of some values, and of the level above with weight `lean`."""
    pairs = [*found, (above, lean)]
    return sum(value * w for value, w in pairs) / sum(w for _, w in pairs)
