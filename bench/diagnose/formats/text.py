"""Reads text as programs print it: "[100/5000] Loss_D: 0.31 Loss_G: 4.2"."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from bench.diagnose import columns
from bench.diagnose.formats.lines import Lines
from bench.diagnose.formats.runs import logs
from bench.diagnose.log import Column, Log

_STYLED = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")

_NUMBER = r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?|[-+]?(?:nan|inf(?:inity)?)"
_NAME = r"[A-Za-z][\w./]*(?:\([\w]+(?:\([\w]+\))?\))?"
_PAIR = re.compile(
    rf"(?<![\w.])({_NAME}(?:[ _-]{_NAME}){{0,2}})(?:['\"]?\s*[:=]+\s*|\s+)"
    rf"(?:tensor\()?({_NUMBER})(?!\w|[:.]\d)",
    re.IGNORECASE,
)
_OF = re.compile(r"(?<![\d./])(\d+)\s*/\s*(\d+)(?![\d./])")
_PLACE = re.compile(r"^\W*(\d+)\b(?![./:-]\d)")

_LONGEST = 2000  # characters of a line that are looked at


def read(path: Path, found: Lines, notes: tuple[str, ...]) -> tuple[Log, ...]:
    """The logs of lines of text. Raises LogError where no line names a number."""
    rows: dict[str, list[int]] = {}
    values: dict[str, list[float]] = {}
    row = 0
    known: dict[str, str] = {}
    for line in found.lines:
        pairs = _pairs(_STYLED.sub("", line[:_LONGEST]), known)
        if not pairs:
            continue
        for name, value in pairs:
            rows.setdefault(name, []).append(row)
            values.setdefault(name, []).append(value)
        row += 1
    own = {name: Column(np.array(rows[name]), np.array(values[name])) for name in rows}
    return logs(str(path), "text", own, notes)


def _pairs(line: str, known: dict[str, str]) -> list[tuple[str, float]]:
    """The names and numbers of a line, and its place along the training as "step"; empty for a line
    that gives no number but its place."""
    pairs: dict[str, float] = {}
    for given, value in _PAIR.findall(line):
        if given not in known:
            known[given] = _name(given)
        pairs.setdefault(known[given], float(value))
    losses = {name: value for name, value in pairs.items() if not columns.is_step(name)}
    if not losses:
        return []
    counted = _OF.findall(line)
    if len(counted) > 1:  # [epoch/epochs][batch/batches]
        place = float(counted[0][0]) * int(counted[1][1]) + int(counted[1][0])
        return [("step", place), *losses.items()]
    if counted:
        steps = {name: value for name, value in pairs.items() if columns.is_step(name)}
        return [("step", float(counted[0][0])), *steps.items(), *losses.items()]
    if len(losses) == len(pairs) and (first := _PLACE.match(line)):
        return [("step", float(first[1])), *losses.items()]
    return list(pairs.items())


def _name(given: str) -> str:
    """The name in words before a number: the shortest end of them that says something."""
    parts = given.split(" ")
    for begin in range(len(parts) - 1, -1, -1):
        name = " ".join(parts[begin:])
        if columns.role(name) or columns.is_step(name):
            return name
    return given
