"""Reads tables: Keras' CSVLogger, Lightning's metrics.csv, CTGAN's losses, exports of W&B."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bench.console import count
from bench.diagnose.columns import is_step
from bench.diagnose.formats.cells import number
from bench.diagnose.formats.lines import Lines
from bench.diagnose.formats.runs import logs
from bench.diagnose.log import Column, Log, LogError

SEPARATORS = ",;\t|"

_SAMPLE = 20  # lines that tell a table from a text
_LONGEST = 200  # characters of a name
_RANGE = re.compile(r"__(MIN|MAX)$")


def separator(lines: Sequence[str]) -> str | None:
    """The separator of a table; None for lines that are none.

    The first line names the columns or holds numbers only, and most of the others have as many
    cells, of which most are numbers or empty.
    """
    sample = _unmarked(lines[:_SAMPLE])
    for sign in SEPARATORS:
        rows = _cells(sample, sign) or []
        if not rows or len(rows[0]) < 2 or max(map(len, rows[0])) > _LONGEST:
            continue
        body = rows[1:] or rows
        usual, times = Counter(map(len, body)).most_common(1)[0]
        plain = sum(_is_number(cell) for row in body for cell in row)
        cells = sum(map(len, body))
        if usual > 1 and 2 * times > len(body) and (2 * plain > cells or not rows[1:]):
            return sign
    return None


def read(path: Path, found: Lines, sign: str, notes: tuple[str, ...]) -> tuple[Log, ...]:
    """The logs of a table. Raises LogError where its cells cannot be told apart."""
    rows = _cells(_unmarked(found.lines), sign)
    if rows is None:
        raise LogError(f"{path}: a quote that is not closed; mend the line that it stands in")
    names = [cell.strip() for cell in rows[0]]
    if all(_is_number(name) for name in names):
        names, rows = [f"column {i + 1}" for i in range(len(names))], [rows[0], *rows]
        notes += ("no header: columns are numbered; --g and --d say which is which",)
    names, twice = _unlike(names)
    notes += twice
    body, left = _body(path, names, rows, sign)
    if left:
        notes += (f"{count(left, 'line')} of another width or without numbers left out",)
    columns = {name: _column([row[i] for row in body]) for i, name in enumerate(names) if name}
    text = [name for name, own in columns.items() if own is None]
    kept = {name: own for name, own in columns.items() if own is not None and name not in text}
    kept, ended = _ended(kept, len(body))
    notes += ended
    runs = _by_run(kept)
    if runs:
        return tuple(
            log
            for run, own in runs.items()
            for log in logs(f"{path} ({run})", "a chart exported from W&B", own, notes)
        )
    return logs(str(path), "a table", kept, notes)


def _cells(lines: Sequence[str], sign: str) -> list[list[str]] | None:
    """The cells of lines; None where one is endless, as behind a quote that is not closed."""
    try:
        return [row for row in csv.reader(lines, delimiter=sign) if row]
    except csv.Error:
        return None


def _unmarked(lines: Sequence[str]) -> list[str]:
    """The lines without comments; the last one before the numbers keeps the names that it has."""
    plain = [line.replace("\0", "") for line in lines]
    first = next((i for i, line in enumerate(plain) if line[:1] != "#"), len(plain))
    body = [line for line in plain[first:] if line and line[0] != "#"]
    named = plain[first - 1].lstrip("# ") if first else ""
    numbered = body and all(map(_is_number, re.split(f"[{SEPARATORS}]", body[0])))
    return [named, *body] if numbered and re.search(f"[{SEPARATORS}]", named) else body


def _is_number(cell: str) -> bool:
    try:
        number(cell)
    except ValueError:
        return False
    return True


def _unlike(names: list[str]) -> tuple[list[str], tuple[str, ...]]:
    """The names with a number behind one that was there before, and words on it."""
    seen: Counter[str] = Counter()
    found = []
    for name in names:
        seen[name] += 1
        found.append(f"{name} ({seen[name]})" if seen[name] > 1 and name else name)
    twice = [name for name, times in seen.items() if times > 1 and name]
    if not twice:
        return found, ()
    more = f" and {len(twice) - 3} more" if len(twice) > 3 else ""
    return found, (f"columns of one name are numbered: {', '.join(twice[:3])}{more}",)


def _body(
    path: Path, names: list[str], rows: list[list[str]], sign: str
) -> tuple[list[list[str]], int]:
    """The rows that are as wide as the header, and the number of the others."""
    width, body = len(names), rows[1:]
    kept = [row for row in body if len(row) == width and any(map(_is_number, row))]
    other = [row for row in body if len(row) != width]
    if sign == "," and other and 2 * len(other) > len(body):
        usual = Counter(map(len, other)).most_common(1)[0][0]
        text = f"the header has {width} cells, most rows have {usual}: commas in numbers?"
        raise LogError(f"{path}: {text} Write decimal points, or semicolons between cells")
    if not kept:
        raise LogError(f"{path}: a header and no row of numbers; has the training logged anything?")
    return kept, len(body) - len(kept)


def _column(cells: list[str]) -> Column | None:
    """The numbers of a column; None for one that is mostly text."""
    rows, values, text = [], [], 0
    for row, cell in enumerate(cells):
        try:
            value = number(cell)
        except ValueError:
            text += 1
            continue
        if value is not None:
            rows.append(row)
            values.append(value)
    if text > len(values):
        return None
    return Column(np.array(rows, int), np.array(values, float))


def _ended(columns: dict[str, Column], rows: int) -> tuple[dict[str, Column], tuple[str, ...]]:
    """The columns, with NaN in one that is full up to a row and empty behind it: pandas writes
    NaN as an empty cell. In a table with other gaps (Lightning's), an empty cell is no value."""
    found, said = dict(columns), []
    if any(len(own.rows) and own.rows[-1] != len(own.rows) - 1 for own in columns.values()):
        return found, ()
    for name, own in columns.items():
        known = len(own.rows)
        if 0 < known < rows and not is_step(name):
            missing = np.arange(known, rows)
            found[name] = Column(
                np.concatenate([own.rows, missing]),
                np.concatenate([own.values, np.full(len(missing), np.nan)]),
            )
            said.append(f"{name} is empty from row {known + 1} on: taken for NaN")
    return found, tuple(said)


def _by_run(columns: dict[str, Column]) -> dict[str, dict[str, Column]]:
    """Run -> its columns, in a chart that W&B exports: "run - metric" beside its __MIN and __MAX;
    empty for another table."""
    if not any(_RANGE.search(name) for name in columns):
        return {}
    shared = {name: own for name, own in columns.items() if is_step(name)}
    found: dict[str, dict[str, Column]] = {}
    for name, own in columns.items():
        run, dash, metric = name.rpartition(" - ")
        if dash and not _RANGE.search(metric):
            found.setdefault(run, dict(shared))["step" if metric == "_step" else metric] = own
    return {run: own for run, own in found.items() if set(own) - set(shared)}
