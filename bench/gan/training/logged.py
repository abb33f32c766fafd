"""The log of a trainer of the user's own, log.jsonl, as it grows (see `bench.trainer`)."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from bench.trainer import SIGNALS

Array = np.ndarray

LONGEST = 64 * 2**20
"""Most bytes of a line of a log."""

LOGITS = ("logit_real", "logit_fake", "logit_scale")
NAMES = (*SIGNALS, *LOGITS)
"""The numbers of a log that are kept: those of `Run.log`, and what it makes of logits."""


class Failed(Exception):
    """The error for a trainer that did not do what was asked. `kind` is the type of what it has
    raised itself, `trace` the traceback or the end of its output, `code` its exit code."""

    def __init__(self, kind: str, text: str, trace: str = "", code: int = 0) -> None:
        super().__init__(text)
        self.kind, self.trace, self.code = kind, trace, code


class Log:
    """The numbers that a trainer has logged.

    `step` is the last one, `lines` has the numbers of each by their names, `logits` those of the
    discriminator that were not asked for yet; `broken` is the first step with a number that is not
    finite, and its name.
    """

    def __init__(self, file: Path) -> None:
        self.file, self.step = file, 0
        self.lines: dict[int, dict[str, float]] = {}
        self.broken: tuple[int, str] | None = None
        self.logits: dict[int, tuple[Array, Array]] = {}
        self.without: set[int] = set()
        """The evaluations at which nothing said how to draw samples."""
        self._place, self._rest, self._number = 0, b"", 0

    def read(self) -> None:
        """Read the lines that have come to be whole. Raises Failed for one that is no such line."""
        try:
            with self.file.open("rb") as stream:
                stream.seek(self._place)
                data = stream.read(LONGEST)
        except OSError:
            return
        self._place += len(data)
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > LONGEST:
            raise self._wrong("a line of more than 64 MiB")
        for line in lines:
            self._number += 1
            if line.strip():
                self._note(line)

    def _note(self, line: bytes) -> None:
        try:
            found = json.loads(line)
        except (ValueError, RecursionError):
            text = line.decode(errors="replace")[:80]
            raise self._wrong(f"it is no JSON: {text}") from None
        step = found.get("step") if isinstance(found, dict) else None
        if not isinstance(step, int) or isinstance(step, bool) or step < 0:
            raise self._wrong('needed is {"step": 100, "loss_g": 0.7}, a step of at least 0')
        self.step = max(self.step, step)
        if found.get("sampler") is False:
            self.without.add(step)
        row = {name: self._finite(step, name, found[name]) for name in NAMES if name in found}
        self.lines.setdefault(step, {}).update(row)
        if "real_logits" in found and "fake_logits" in found:
            real, fake = (self._list(step, name, found) for name in ("real_logits", "fake_logits"))
            if len(real) and len(fake):
                self.logits[step] = real, fake

    def _finite(self, step: int, name: str, value: Any) -> float:
        """A number of a line; null is what JavaScript writes for NaN."""
        try:
            number = math.nan if value is None else float(value)
        except (TypeError, ValueError):
            raise self._wrong(f"{name} is no number") from None
        if not math.isfinite(number) and (self.broken is None or step < self.broken[0]):
            self.broken = step, name
        return number

    def _list(self, step: int, name: str, found: Mapping[str, Any]) -> Array:
        values = found[name]
        if not isinstance(values, list):
            raise self._wrong(f"{name} is no list of numbers")
        return np.array([self._finite(step, name, value) for value in values])

    def _wrong(self, text: str) -> Failed:
        return Failed("log", f"{self.file.name}:{max(1, self._number)}: {text}")

    def table(self, before: float = math.inf) -> tuple[Array, dict[str, Array]]:
        """The steps [T] below a bound at which something was logged, in order, and the columns [T]
        of what was, NaN where nothing was."""
        steps = sorted(step for step, row in self.lines.items() if 0 < step < before and row)
        rows = [self.lines[step] for step in steps]
        names = [name for name in NAMES if any(name in row for row in rows)]
        columns = {n: np.array([row.get(n, math.nan) for row in rows]) for n in names}
        return np.array(steps, int), columns

    def judged(self, stop: int) -> tuple[Array, Array] | None:
        """The last logits on real and on generated samples up to a step, and forget them; None
        where there are none since the last time."""
        found = None
        for step in sorted(step for step in self.logits if step <= stop):
            found = self.logits.pop(step)
        return found

    def latest(self) -> dict[str, float | None]:
        """The last line's numbers."""
        return dict(self.lines.get(self.step, {}))
