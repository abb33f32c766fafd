"""Reads JSON: lines with a number each (StyleGAN's stats.jsonl, log.jsonl), or one document."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from bench.console import count
from bench.diagnose.formats.lines import Lines
from bench.diagnose.formats.runs import logs
from bench.diagnose.log import Column, Log, LogError

_DEEPEST = 5  # objects within objects


def is_json(lines: list[str]) -> bool:
    """True for lines of JSON objects, or a document of JSON."""
    first = lines[0].strip()
    if not first.startswith(("{", "[")):
        return False
    try:
        return isinstance(json.loads(first), dict | list) or len(lines) == 1
    except (ValueError, RecursionError):
        # a document over several lines, or a line that was cut off
        return first in ("{", "[") or first.startswith(('{"', "[{", "[["))


def read(path: Path, found: Lines, notes: tuple[str, ...]) -> tuple[Log, ...]:
    """The logs of JSON lines or of a document: a list of objects, or an object of lists."""
    records, left = _records(found.lines)
    if left:
        notes += (f"{count(left, 'line')} that are no JSON object left out",)
    if not records:
        text = "no line of it is a whole JSON object; was it cut off?"
        raise LogError(f'{path}: {text} One line a step is read: {{"step": 1, "loss_g": 0.7}}')
    rows: dict[str, list[int]] = {}
    values: dict[str, list[float]] = {}
    for row, record in enumerate(records):
        for name, value in _numbers(record):
            rows.setdefault(name, []).append(row)
            values.setdefault(name, []).append(value)
    columns = {name: Column(np.array(rows[name]), np.array(values[name])) for name in rows}
    styled = any(name.startswith("Loss/") for name in columns) and found.lines[0][:1] == "{"
    form = "StyleGAN's stats.jsonl" if styled and "Progress/kimg" in columns else "JSON lines"
    return logs(str(path), form, columns, notes)


def _records(lines: list[str]) -> tuple[list[Mapping[str, Any]], int]:
    """The objects of a file, and the number of the lines that are none."""
    found: list[Mapping[str, Any]] = []
    left = 0
    for line in lines:
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            left += 1
            continue
        if isinstance(record, dict):
            found.append(record)
        else:
            left += 1
    if len(lines) > 1 and found and (left == 0 or 2 * left < len(lines)):
        return found, left
    try:
        whole = json.loads("\n".join(lines))
    except (ValueError, RecursionError):
        return found, left
    if isinstance(whole, list):
        return [one for one in whole if isinstance(one, dict)], 0
    if isinstance(whole, dict):
        lists = {name: own for name, own in whole.items() if isinstance(own, list)}
        if not lists:
            return [whole], 0
        longest = max(map(len, lists.values()))
        rows = range(longest)
        return [{name: own[i] for name, own in lists.items() if i < len(own)} for i in rows], 0
    return found, left


def _numbers(
    record: Mapping[str, Any], above: str = "", deep: int = 0
) -> Iterator[tuple[str, float]]:
    """Yield the names and numbers of an object. Of StyleGAN's {num, mean, std}, the mean, if there
    were any; of a list of numbers nothing."""
    for key, value in record.items():
        name = f"{above}{key}"
        if isinstance(value, bool):
            continue
        if isinstance(value, int | float):
            yield name, _float(value)
        elif isinstance(value, str) and value.lower() in ("nan", "inf", "-inf", "infinity"):
            yield name, float(value)
        elif isinstance(value, dict) and "mean" in value and "num" in value:
            if value["num"] and isinstance(value["mean"], int | float):
                yield name, _float(value["mean"])
        elif isinstance(value, dict) and deep < _DEEPEST:
            yield from _numbers(value, f"{name}/", deep + 1)


def _float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:  # a whole number above the largest float
        return float("inf") if value > 0 else float("-inf")
