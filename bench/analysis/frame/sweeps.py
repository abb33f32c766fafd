"""Reads the declaration of a results folder: sweep.toml and provenance.json."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from os.path import lexists
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from bench.registry import suggest
from bench.store import StoreError
from bench.store.files import LARGEST_TEXT, read
from bench.store.kept import races
from bench.store.kept.races import Record
from bench.store.provenance import NAME, recorded
from bench.trial import Scalar, Verdict


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
    order: str = ""
    """">" or "<" where the method is claimed to lie above or below the number; "": at it."""


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
    factors: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The factors of its factorial: name -> the keys of a trial that each is made of."""
    budgets: tuple[float, ...] = ()
    """Shares of the budget by which it also counts who has reached the criterion."""
    references: tuple[Reference, ...] = ()
    """Numbers that are known beforehand."""
    race: Record | None = None
    """The race that it was, with its looks so far; None: it was none, or has not begun."""
    faults: tuple[str, ...] = ()
    """Sentences about files that cannot be read, and what is not known therefore."""
    absent: tuple[str, ...] = ()
    """The same about files that are not there."""

    @property
    def name(self) -> str:
        """The folder's own name."""
        return self.folder.resolve().name


Sweep = Declaration
"""The old name of `Declaration`."""


def read_sweep(folder: Path) -> Declaration:
    """Read sweep.toml and provenance.json; whatever is missing is left empty, and `faults` say so.

    Raises StoreError where `success` is no verdict.
    """
    text, toml, no_toml = _toml(folder)
    record = recorded(folder)
    no_record = _no_provenance(folder, record.fault) if record.fault else ""
    lacking = {"sweep.toml": no_toml, NAME: no_record}
    absent = tuple(why for name, why in lacking.items() if why and not lexists(folder / name))
    faults = [why for why in lacking.values() if why and why not in absent]
    try:
        declared = _declared(folder, text, toml)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        declared = Declaration(folder)
        faults.insert(0, _without(folder, f"is not the file of a sweep ({error!r:.100})"))
    race = None
    try:
        overrides = record.overrides or ()
        is_race = "race" in toml or any(text.startswith("race.") for text in overrides)
        race = races.read(folder) if is_race else None
    except StoreError as error:
        faults.append(str(error))
    return replace(
        declared,
        race=race,
        success=race.race.success if race else declared.success,
        baseline=declared.baseline or (race.race.baseline if race else None),
        planned=record.planned,
        provenance={name: own for name, own in record.values.items() if name != "planned"},
        faults=tuple(faults),
        absent=absent,
    )


def _declared(folder: Path, text: str, toml: Mapping[str, Any]) -> Declaration:
    """The part that the TOML says. Raises StoreError, and for a TOML of something else ValueError,
    TypeError, KeyError or AttributeError."""
    analysis, references = toml.get("analysis", {}), toml.get("reference", [])
    if not isinstance(baseline := analysis.get("baseline"), str | None):
        raise TypeError(f"baseline = {baseline}")
    return Declaration(
        folder,
        _leading_comment(text),
        _verdict(folder / "sweep.toml", analysis.get("success", Verdict.CONVERGED.value)),
        baseline,
        tuple(method["name"] for method in toml.get("method", ()) if "name" in method),
        None,
        _digest(analysis | ({"reference": references} if references else {})),
        {},
        {name: _keys(own) for name, own in analysis.get("factors", {}).items()},
        tuple(float(share) for share in analysis.get("budgets", ())),
        tuple(one for table in references for one in _references(table)),
    )


def _keys(own: Any) -> tuple[str, ...]:
    """The keys of a factor, which is one of them or a list."""
    return (own,) if isinstance(own, str) else tuple(map(str, own))


def factors_of(folder: Path) -> Mapping[str, tuple[str, ...]]:
    """The factors that a folder declares; none where its file cannot be read."""
    _, toml, _ = _toml(folder)
    analysis = toml.get("analysis")
    own = analysis.get("factors") if isinstance(analysis, dict) else None
    return {name: _keys(keys) for name, keys in own.items()} if isinstance(own, dict) else {}


def asks_gradients(folder: Path) -> bool | None:
    """True where the sweep that was run last in a folder has a budget in gradients. None where the
    folder does not say."""
    _, toml, _ = _toml(folder)
    overrides = recorded(folder).overrides
    if overrides is None or not isinstance(toml.get("sweep"), dict):
        return None
    changed = any(text.startswith("sweep.gradients") for text in overrides)
    return changed or "gradients" in toml["sweep"]


def _toml(folder: Path) -> tuple[str, dict[str, Any], str]:
    """sweep.toml as text and as data, both empty where it cannot be read, and what is wrong."""
    try:
        text = read(folder / "sweep.toml", LARGEST_TEXT).decode("utf-8-sig")
        return text, tomllib.loads(text), ""
    except OSError as error:
        return "", {}, _without(folder, f"cannot be read ({error.strerror})")
    except (ValueError, RecursionError) as error:
        return "", {}, _without(folder, f"cannot be read ({str(error)[:100]})")


def _without(folder: Path, fault: str) -> str:
    return (
        f"{folder / 'sweep.toml'} {fault}: its question, baseline, references and verdict that "
        "counts as success are not known here; copy the file of the sweep there again"
    )


def _no_provenance(folder: Path, why: str) -> str:
    text = f"{folder / NAME} cannot be read ({why}): machine, versions and the number "
    return text + "of trials that were asked for are not known here"


def _verdict(file: Path, name: str) -> str:
    if name not in set(Verdict):
        raise StoreError(f'{file}: success = "{name}" is no verdict{suggest(name, Verdict)}')
    return name


def _references(table: Mapping[str, Any]) -> Iterator[Reference]:
    """The references of a table, one for each of its methods."""
    error = float(table.get("error", "nan"))
    at = dict(_flat(table.get("at", {})))
    own = table["method"]
    for method in own if isinstance(own, list) else [own]:
        changed = {"method": method, "value": float(table["value"]), "error": error, "at": at}
        yield Reference(**{**table, **changed})


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


def _leading_comment(text: str) -> str:
    lines = []
    for line in text.splitlines():
        if not line.startswith("#"):
            break
        lines.append(line.lstrip("#").strip())
    return "\n".join(lines).strip()
