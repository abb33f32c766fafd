"""Reads the declaration of a results folder: sweep.toml and provenance.json."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from bench.analysis.verdicts import Verdict
from bench.registry import suggest
from bench.store import StoreError
from bench.trial import Scalar


class Reference(NamedTuple):
    """A number that is known beforehand (see `bench.analysis.tables.references`)."""

    task: str
    """The task that it was measured on."""
    method: str
    """The method that it was measured of."""
    metric: str
    """The metric; "success" for the rate of success."""
    value: float
    """The number itself."""
    error: float
    """Its standard error; NaN: not known."""
    source: str
    """The paper, or whatever it was taken from."""
    at: Mapping[str, Scalar] = MappingProxyType({})
    """Hyper-parameters and options of the trials that it is about; none: all trials."""


@dataclass(frozen=True)
class Declaration:
    """The declaration of a results folder: its question, and what was fixed before training."""

    folder: Path
    """The results folder."""
    question: str = ""
    """The comment that its sweep.toml begins with."""
    success: str = Verdict.CONVERGED
    """The verdict that counts as a success."""
    baseline: str | None = None
    """The method that others are compared with; None: no method was declared."""
    methods: tuple[str, ...] = ()
    """Names of the [[method]] tables, in the order of the file."""
    planned: int | None = None
    """Number of trials that were asked for; None: the folder does not say."""
    declared: str = ""
    """12 hex digits of the [analysis] table and the references. Both are fixed before anything is
    trained, and whoever changes them afterwards changes these digits."""
    provenance: Mapping[str, Any] = field(default_factory=dict)
    """Machine and versions of the last run; see `bench.store.provenance`."""
    references: tuple[Reference, ...] = ()
    """Numbers that are known beforehand."""

    @property
    def name(self) -> str:
        """The folder's own name."""
        return self.folder.resolve().name


Sweep = Declaration
"""The old name of `Declaration`."""


def read_sweep(folder: Path) -> Declaration:
    """Read sweep.toml and provenance.json; whatever is missing is left empty.

    Raises StoreError where `success` is no verdict.
    """
    text = _text(folder / "sweep.toml")
    try:
        toml = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        toml = {}
    try:
        provenance = json.loads(_text(folder / "provenance.json") or "{}")
    except json.JSONDecodeError:
        provenance = {}
    analysis, references = toml.get("analysis", {}), toml.get("reference", [])
    return Declaration(
        folder,
        _leading_comment(text),
        _verdict(folder / "sweep.toml", analysis.get("success", Verdict.CONVERGED.value)),
        analysis.get("baseline"),
        tuple(method["name"] for method in toml.get("method", ()) if "name" in method),
        provenance.pop("planned", None),
        _digest(analysis | ({"reference": references} if references else {})),
        provenance,
        tuple(_reference(table) for table in references),
    )


def asks_gradients(folder: Path) -> bool | None:
    """True where the sweep that was run last in a folder has a budget in gradients. None where the
    folder does not say."""
    try:
        toml = tomllib.loads(_text(folder / "sweep.toml"))
        overrides = json.loads(_text(folder / "provenance.json") or "{}").get("overrides", ())
    except ValueError:
        return None
    changed = any(str(text).startswith("sweep.gradients") for text in overrides)
    return changed or "gradients" in toml["sweep"] if "sweep" in toml else None


def _verdict(file: Path, name: str) -> str:
    if name not in set(Verdict):
        raise StoreError(f'{file}: success = "{name}" is no verdict{suggest(name, Verdict)}')
    return name


def _reference(table: Mapping[str, Any]) -> Reference:
    error = float(table.get("error", "nan"))
    at = dict(_flat(table.get("at", {})))
    return Reference(**{**table, "value": float(table["value"]), "error": error, "at": at})


def _flat(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Scalar]]:
    """(dotted name, value); `r1.gamma` is in TOML a table in a table."""
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value if isinstance(value, str | bool) else float(value)


def _digest(analysis: Mapping[str, Any]) -> str:
    text = json.dumps(analysis, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8") if file.is_file() else ""


def _leading_comment(text: str) -> str:
    lines = []
    for line in text.splitlines():
        if not line.startswith("#"):
            break
        lines.append(line.lstrip("#").strip())
    return "\n".join(lines).strip()
