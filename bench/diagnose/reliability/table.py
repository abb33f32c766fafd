"""Reads the counts of `reliabilities.csv`, and weighs findings by them.

The file is written by `python -m bench.diagnose.reliability RESULTS`. A finding is called a failure
where its rule does, and where trials that looked like it had failed more often than not, and more
often than those that did not look like it, each beyond its 95 % interval.
"""

from __future__ import annotations

import csv
import functools
import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from bench.diagnose.finding import Finding

FILE = Path(__file__).parent / "reliabilities.csv"
"""The counts that are committed."""

FEWEST = 10
"""Trials that looked like a finding without which nothing is said of it."""

FAILED = "failed"
"""The truth that a trial neither converged nor was still improving."""

ANY = "a failure"
"""The name, in place of a rule, under which the findings that are failures are counted together;
its series is then what the rules were given."""

LEVELS = ("losses", "losses and D", "losses, D and samples")
"""The information that rules can be given; each has more than the one before."""

TRUTHS: Mapping[str, str] = {
    FAILED: "had failed",
    "diverged": "had diverged",
    "collapsed": "had collapsed",
    "lost modes": "lacked modes",
    "oscillating": "oscillated",
    "degraded": "had been better before",
    "improving": "were still improving",
    "pinned": "had a discriminator that told 99 % of all samples",
}
"""A trial's end, by all that was measured of it, in words that follow "n of them"."""

MEANT: Mapping[str, str] = {
    "swinging": "oscillating",
    "the discriminator wins": "pinned",
    "the discriminator is ahead": "pinned",
    "late change": "degraded",
    "still falling": "improving",
    "ran away": "diverged",
    "one place": "collapsed",
}
"""Rule -> the truth that it is meant to show, beside failure."""


class Counted(NamedTuple):
    """Counts of trials that looked like a finding and that did not, and that were so."""

    truth: str
    """A key of TRUTHS."""
    looked: int
    """Trials that looked like it."""
    right: int
    """Those of them that were so."""
    low: float
    """The lower end of the 95 % interval of right / looked."""
    high: float
    """Its upper end."""
    others: int
    """Trials that had the series and did not look like it."""
    others_right: int
    """Those of them that were so."""
    others_low: float
    """The lower end of the 95 % interval of others_right / others."""
    others_high: float
    """Its upper end."""
    tasks: int
    """Tasks with a trial that looked like it."""
    least: float
    """The least right / looked of a task with at least 10 such trials; NaN: there is none."""
    agree_tasks: float = math.nan
    """The share of the tasks without which the decision is the same; NaN: nothing is decided."""
    agree_methods: float = math.nan
    """The share of the methods without which the decision is the same."""

    @property
    def tells(self) -> bool:
        """True where trials that look so are so more often than not, and than those that do not."""
        return self.looked >= FEWEST and self.low >= 0.5 and self.low > self.others_high

    def sentence(self) -> str:
        """The counts in words."""
        said = TRUTHS[self.truth]
        if self.looked < FEWEST:
            return f"too few trials looked like this to say how often it is right ({self.looked})"
        kinds = f"{self.tasks} tasks" if self.tasks > 1 else "one task"
        own = f"of {self.looked} trials of {kinds} that looked like this, {self.right} {said}"
        own += f" ({_percent(self.low)} to {_percent(self.high)} %)"
        rest = f"of {self.others} that did not, {self.others_right}"
        rest += f" ({_percent(self.others_low)} to {_percent(self.others_high)} %)"
        return f"{own}; {rest}{self._worth}"

    @property
    def _worth(self) -> str:
        """The worth of the counts, in words that follow them."""
        if self.tells or self.truth != FAILED:
            return ""
        if self.right / self.looked > max(0.5, self.others_high):
            return ": more often, and on too few methods and tasks to be sure of it"
        return ": this alone says little"


def counted(rule: str, series: str, truth: str = FAILED) -> Counted | None:
    """The counts of a rule on a series; None where it was not counted."""
    return read().get((rule, series, truth))


def weighed(finding: Finding) -> Finding:
    """The finding with its counts in words; no failure where they do not bear that out."""
    own = counted(finding.rule, finding.series)
    if own is None:
        return finding
    words = [own.sentence()]
    meant = MEANT.get(finding.rule, "")
    if meant and (more := counted(finding.rule, finding.series, meant)) and own.looked >= FEWEST:
        words.append(f"{more.right} of the {more.looked} {TRUTHS[meant]}")
    sick = finding.sick and (own.tells or own.looked < FEWEST)
    return replace(finding, sick=sick, reliability="; ".join(words))


@functools.cache
def read() -> Mapping[tuple[str, str, str], Counted]:
    """The counts of the file: (rule, series, truth) -> them. Nothing where there is no file yet."""
    if not FILE.exists():
        return {}
    found = {}
    with FILE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            cells: Any = [(int if name in _WHOLE else float)(row[name]) for name in _NUMBERS]
            found[row["rule"], row["series"], row["truth"]] = Counted(row["truth"], *cells)
    return found


_NUMBERS = Counted._fields[1:]
_WHOLE = ("looked", "right", "others", "others_right", "tasks")


def _percent(share: float) -> str:
    return f"{100 * share:.0f}"
