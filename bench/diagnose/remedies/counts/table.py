"""Reads the counts of `counts.csv`: which remedy helped after which failure.

The file is written by `python -m bench.diagnose.remedies.counts RESULTS`.
"""

from __future__ import annotations

import csv
import functools
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from bench.diagnose.finding import Finding
from bench.diagnose.remedies.counts.changes import CHANGES
from bench.diagnose.remedies.table import known

FILE = Path(__file__).parent / "counts.csv"
"""The counts that are committed."""

FEWEST = 10
"""Pairs of trials without which nothing is said of a remedy."""

FEWEST_SEEDS = 5
"""Seeds without which nothing is said of it: its interval resamples them."""

ALL = "all tasks"
"""The name, in place of a task, under which tasks are counted together."""

ANY = "any failure"
"""The name, in place of an ending, under which all failures are counted together."""

ENDINGS: Mapping[str, str] = {
    "diverged": "had diverged",
    "collapsed": "had collapsed",
    "oscillating": "oscillated",
    "degraded": "had been better before",
    "mode_drop": "lacked modes",
    "stalled": "stood still",
}
"""A verdict that is a failure -> it in words that follow "n trials that"."""

MEANT: Mapping[str, str] = {
    "not finite": "diverged",
    "ran away": "diverged",
    "samples ran away": "diverged",
    "logits ran away": "diverged",
    "weights ran away": "diverged",
    "one place": "collapsed",
    "swinging": "oscillating",
    "cycle": "oscillating",
    "cycle of modes": "oscillating",
    "hopping": "oscillating",
    "late change": "degraded",
    "late collapse": "degraded",
    "was better": "degraded",
    "the discriminator wins": "stalled",
    "the discriminator is ahead": "stalled",
    "flat": "stalled",
    "gradient gone": "stalled",
    "the generator wins": ANY,
}
"""The rule of a finding -> the ending of a trial that it is a sign of."""


class Count(NamedTuple):
    """Pairs of trials that differ in one factor, of which the first failed."""

    task: str
    """Their task; ALL."""
    ended: str
    """The ending of the first: a key of ENDINGS; ANY."""
    remedy: str
    """The change: a key of `changes.CHANGES`."""
    pairs: int
    """The pairs."""
    converged: int
    """Pairs of which the second converged."""
    low: float
    """The lower end of the 95 % interval of converged / pairs over seeds."""
    high: float
    """Its upper end."""
    seeds: int
    """The seeds that they are of."""
    again: int
    """Pairs whose first trial has others of the same settings and another seed."""
    luck: float
    """The share of these others that converged, a mean over the pairs; NaN: there are none."""
    luck_low: float
    """The lower end of its 95 % interval over seeds."""
    luck_high: float
    """Its upper end."""
    before: float
    """The gradients of a step without the remedy, of a method that has nothing else."""
    after: float
    """The gradients of a step with it."""

    @property
    def enough(self) -> bool:
        """True where there are pairs and seeds enough to say something, and others to compare."""
        return self.pairs >= FEWEST and self.seeds >= FEWEST_SEEDS and self.again >= FEWEST

    @property
    def helps(self) -> bool:
        """True where more converged than by another seed alone, beyond both intervals."""
        return self.enough and self.low > self.luck_high

    @property
    def gain(self) -> float:
        """The share that converged, less that of other seeds; NaN where these are unknown."""
        return self.converged / self.pairs - self.luck

    def sentence(self) -> str:
        """The counts in words."""
        title = CHANGES[self.remedy].title
        failed = ENDINGS.get(self.ended, "had failed")
        plain = " without a stabilizer" if CHANGES[self.remedy].factor == "stabilizer" else ""
        whose = f"trials of {named(self.task)} that {failed}{plain}"
        if not self.enough:
            return f"{title}: too few {whose} to count ({self.pairs}, {self.seeds} seeds)"
        own = f"of {self.pairs} {whose}, {self.converged} converged with it"
        own += f" ({_percent(self.low)} to {_percent(self.high)} %, {self.seeds} seeds)"
        luck = f"without a change {_percent(self.luck)} % on other seeds"
        luck += f" ({_percent(self.luck_low)} to {_percent(self.luck_high)} %)"
        return f"{title}: {own}; {luck}{self._worth}; {self._cost}"

    @property
    def _worth(self) -> str:
        if self.helps:
            return ""
        less = self.high < self.luck_low
        return ": it hurts" if less else ": no more than another seed, as far as can be told"

    @property
    def _cost(self) -> str:
        if self.before == self.after:
            return f"{self.after:.3g} gradients a step, as without"
        return f"{self.after:.3g} gradients a step in place of {self.before:.3g}"


def ended(finding: Finding) -> str | None:
    """The ending that a finding is a sign of: a key of ENDINGS, or ANY; None: of none of these."""
    return MEANT.get(finding.rule)


def endings(findings: Iterable[Finding]) -> list[str]:
    """The endings that the failures among some findings are signs of, each once."""
    own = (ended(one) for one in findings if one.sick)
    return list(dict.fromkeys(one for one in own if one))


def order(findings: Iterable[Finding]) -> list[str]:
    """The names of all remedies that have lines to paste, in the order of the counts after the
    first of these failures, then those that were not counted."""
    first = next(iter(endings(findings)), ANY)
    lines = [CHANGES[one.remedy].lines for one in ranked(first) if one.enough]
    return list(dict.fromkeys([*filter(None, lines), *known()]))


def ranked(ending: str, task: str = ALL) -> list[Count]:
    """The counts of the remedies after an ending, the best first: those that helped, then others,
    each by what more converged than on other seeds; last those with too few trials."""
    own = [one for one in read() if (one.task, one.ended) == (task, ending)]
    return sorted(own, key=lambda one: (not one.enough, not one.helps, -_number(one.gain)))


def tasks() -> list[str]:
    """The tasks that were counted."""
    return sorted({one.task for one in read()} - {ALL})


def named(task: str) -> str:
    """A task in a sentence: all of them by their names."""
    return " and ".join(tasks()) or ALL if task == ALL else task


def told(ending: str, task: str = ALL) -> list[str]:
    """Sentences on the remedies that were counted after an ending, the best first; one sentence
    that says so, where there are too few trials."""
    there = [one.sentence() for one in ranked(ending, task) if one.enough]
    if there:
        return there
    failed = ENDINGS.get(ending, "had failed")
    most = max((one.pairs for one in ranked(ending, task)), default=0)
    few = f"at most {most} trials of {named(task)} that {failed} have a partner with a remedy"
    return [f"not counted: {few}; needed are {FEWEST} of {FEWEST_SEEDS} seeds"]


@functools.cache
def read() -> tuple[Count, ...]:
    """The counts of the file. Nothing where there is no file yet."""
    if not FILE.exists():
        return ()
    with FILE.open(encoding="utf-8", newline="") as file:
        return tuple(_row(row) for row in csv.DictReader(file))


_WORDS = ("task", "ended", "remedy")
_WHOLE = ("pairs", "converged", "seeds", "again")


def _row(row: Mapping[str, str]) -> Count:
    cells: Any = [
        row[name] if name in _WORDS else int(row[name]) if name in _WHOLE else float(row[name])
        for name in Count._fields
    ]
    return Count(*cells)


def _number(value: float) -> float:
    return -math.inf if math.isnan(value) else value


def _percent(share: float) -> str:
    return f"{100 * share:.0f}"
