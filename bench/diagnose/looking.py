"""Looks at one log: which columns are what, and what the rules see in them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.console import count
from bench.diagnose import samples
from bench.diagnose.columns import ROLES, Found, find
from bench.diagnose.finding import Finding
from bench.diagnose.judging import FEWEST, finite, judge
from bench.diagnose.log import Log, LogError, Series
from bench.diagnose.reading import read
from bench.diagnose.reliability.table import ANY, LEVELS, counted
from bench.diagnose.reliability.table import FEWEST as FEW
from bench.diagnose.remedies import counts
from bench.vocabulary.search import suggest

UNSEEN = (
    "lost modes, copies of the data, bad samples: the game can be calm beside each. Log samples "
    "at equal distances, and of them the number of modes or classes and the mean distance of two"
)
"""A sentence on what losses do not tell, and what to log in their place."""


def unseen() -> str:
    """That sentence, with the counts of lost modes where they are known."""
    own = counted(ANY, LEVELS[0], "lost modes")
    if own is None or min(own.looked, own.others) < FEW:
        return UNSEEN
    return (
        f"{UNSEEN}. Of {own.others} trials in whose losses no failure was seen, {own.others_right} "
        f"lacked modes; of {own.looked} in whose losses one was seen, {own.right}"
    )


NOTHING = "none of the rules holds on these series; that is no sign that samples are good"
"""The sentence for a log in which nothing was found."""


@dataclass(frozen=True)
class Look:
    """A log, with what was seen in it."""

    log: Log
    """The log."""

    found: Found
    """The columns that were taken for something."""

    findings: list[Finding]
    """The findings of the rules, failures first."""

    @property
    def sick(self) -> bool:
        """True where a failure was found."""
        return any(one.sick for one in self.findings)

    @property
    def extent(self) -> str:
        """The length of the longest series, in words."""
        if not self.log.series:
            return "no value that is finite"
        longest = max(self.log.series.values(), key=lambda own: len(own.values))
        first, last = longest.steps[0], longest.steps[-1]
        return f"{count(len(longest.values), 'value')} from step {first:g} to {last:g}"

    @property
    def remarks(self) -> list[tuple[str, str]]:
        """Words beside the findings: on columns that are missing or too short."""
        said = []
        if not self.found.roles and not self.log.name.startswith("samples"):
            text = "no column has a name that says loss, accuracy or logit of G or D"
            said.append(("not found", f"{text}: --g NAME --d NAME say which are the losses"))
            return said
        known = [role for role in self.found.roles if role != "distance"]
        short = [role for role in known if len(self.values(role).values) < FEWEST]
        if short:
            text = f"fewer than {FEWEST} values say nothing of a course"
            said.append(("too short", f"{', '.join(map(self.meaning, short))}: {text}"))
        if not self.findings and len(short) < len(self.found.roles):
            said.append(("nothing found", NOTHING))
        return said

    def meaning(self, role: str) -> str:
        """A role in words."""
        return ROLES[role]

    def named(self, finding: Finding) -> str:
        """The column that a finding was seen in; the role, where it has several."""
        return self.found.roles.get(finding.series) or ROLES.get(finding.series, finding.series)

    def values(self, role: str) -> Series:
        """The series of a role, before what is not finite."""
        return finite(self.log.series[self.found.roles[role]])

    def record(self) -> dict[str, Any]:
        """All of it as plain data, NaN as None."""
        findings = [
            {
                "rule": one.rule,
                "role": one.series,
                "column": self.found.roles.get(one.series),
                "step": _plain(one.step),
                "sick": one.sick,
                "words": one.words,
                "reliability": one.reliability,
                "numbers": {name: _plain(value) for name, value in one.numbers.items()},
            }
            for one in self.findings
        ]
        return {
            "log": self.log.name,
            "form": self.log.form,
            "notes": list(self.log.notes),
            "took": self.found.roles,
            "rivals": self.found.rivals,
            "passed": self.found.passed,
            "findings": findings,
            "remarks": [f"{about}: {text}" for about, text in self.remarks],
            "try": counts.order(self.findings) if self.sick else [],
            "counted": {ended: counts.told(ended) for ended in counts.endings(self.findings)},
            "unseen": unseen(),
        }


def look(path: Path, asked: Mapping[str, str] | None = None) -> list[Look]:
    """Look at the runs of a log; `asked` are roles -> columns that are taken for them whatever
    they are called. Raises LogError, also where no run has such a column."""
    logs = read(path)
    for name in (asked or {}).values():
        known = {one for log in logs for one in log.series}
        if name not in known:
            raise LogError(f'{path}: no column "{name}"{suggest(name, known)}')
    return [_look(log, asked or {}) for log in logs]


def look_at_samples(patterns: Sequence[str], real: str | None = None) -> list[Look]:
    """Look at samples of a training, and at them beside real ones where those are given. Raises
    LogError."""
    found = samples.read(patterns)
    own = _look(samples.log(found), {"distance": "distance"})
    if real is None:
        return [own]
    seen, measured = samples.beside(found, samples.load(real))
    passed = [name for name in measured.series if name != "q"]
    return [own, Look(measured, Found({}, {}, passed), seen)]


def _look(log: Log, asked: Mapping[str, str]) -> Look:
    here = {role: name for role, name in asked.items() if name in log.series}
    found = find(log.series, here)
    taken = {role: log.series[name] for role, name in found.roles.items()}
    return Look(log, found, judge(**taken))


def _plain(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
