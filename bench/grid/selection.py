"""Selects trials of a sweep: those that `--only` keeps and those that [[exclude]] drops.

Both are written in *criteria*: key -> the values that match it. A trial matches when it has every
key, with one of the values. Keys are task, method, seed, the options of tasks and hyper-parameters.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from bench import registry
from bench.gan.tasks.options import FEW
from bench.grid.source import GridError, Node, leaves, shown
from bench.grid.tasks import seed_range, seeds
from bench.registry import suggest
from bench.trial import Scalar, Trial

Criteria = Mapping[str, AbstractSet[Any]]


def select(trials: Iterable[Trial], only: str) -> tuple[Trial, ...]:
    """Select the trials that match `only`, such as "method=r1,method=ns,seed=0..4,lr_g=1e-3".

    Different keys must all match; a key that is repeated matches any of its values. Seeds may be
    a range. Raises GridError for an unknown key, a value that no trial has, or when none is left.
    """
    trials = tuple(trials)
    known = _values(trials)
    criteria: dict[str, set[Any]] = {}
    for clause in only.split(","):
        key, equals, text = (part.strip() for part in clause.partition("="))
        if not equals or not text:
            raise GridError(f'--only {only}: "{clause}" is not of the form key=value')
        if key not in known:
            raise GridError(f'--only {only}: unknown key "{key}"{suggest(key, known)}')
        try:
            criteria.setdefault(key, set()).update(_parse(key, text, known[key]))
        except ValueError as error:
            raise GridError(f"--only {only}: {error}") from error
    chosen = tuple(trial for trial in trials if _matches(trial, criteria))
    if not chosen:
        raise GridError(f"--only {only}: no trial matches all of this; leave a part of it out")
    return chosen


def exclude(root: Node, trials: Sequence[Trial]) -> tuple[Trial, ...]:
    """Drop the trials that match an [[exclude]] table of the file. Raises GridError."""
    if "exclude" not in root:
        return tuple(trials)
    known = _values(trials)
    drops = [_criteria(table, known) for table in root["exclude"].tables()]
    kept = tuple(t for t in trials if not any(_matches(t, criteria) for criteria in drops))
    if not kept:
        raise root["exclude"].error("[[exclude]] drops every trial of the sweep: give it more keys")
    return kept


def _fields(trial: Trial) -> dict[str, Scalar]:
    names: dict[str, Scalar] = {"task": trial.task, "method": trial.method.name, "seed": trial.seed}
    return {**options(trial), **trial.hparams, **names}


def options(trial: Trial) -> dict[str, Scalar]:
    """The options of a trial. Where its record leaves out the network, or the number of images to
    train on, it is the task's usual one, and is added."""
    defaults = registry.task[trial.task].defaults
    usual = defaults.get("network")
    own = any(trial.options.get(player) for player in ("generator", "discriminator"))
    found = dict(trial.options)
    if usual and not own and not trial.method.network:
        found.setdefault("network", str(usual))
    return {name: defaults[name] for name in FEW if name in defaults} | found


def _matches(trial: Trial, criteria: Criteria) -> bool:
    fields = _fields(trial)
    return all(key in fields and fields[key] in values for key, values in criteria.items())


def _values(trials: Iterable[Trial]) -> dict[str, set[Scalar]]:
    """Every key that the trials have -> all its values."""
    known: dict[str, set[Scalar]] = {}
    for trial in trials:
        for key, value in _fields(trial).items():
            known.setdefault(key, set()).add(value)
    return known


def _parse(key: str, text: str, known: AbstractSet[Scalar]) -> AbstractSet[Scalar]:
    """Find the values that one clause of `--only` names. Raises ValueError where no trial has
    one."""
    if key == "seed" and ".." in text:
        found = known & set(seed_range(text))
    else:
        found = {
            value for value in known if text in (value, shown(value)) or value == _number(text)
        }
    if not found:
        names = [str(value) for value in sorted(known, key=lambda v: (str(type(v)), v))]
        raise ValueError(f"no trial has {key}={text}{suggest(text, names)}")
    return found


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _criteria(table: Node, known: Mapping[str, AbstractSet[Scalar]]) -> Criteria:
    criteria = {}
    for key, node in leaves(table):
        if key not in known:
            raise node.error(f'unknown key "{key}" in exclude{suggest(key, known)}')
        criteria[key] = _excluded(key, node, known[key])
    if not criteria:
        raise table.error("an [[exclude]] without keys would drop every trial: give it one")
    return criteria


def _excluded(key: str, node: Node, known: AbstractSet[Scalar]) -> AbstractSet[Scalar]:
    if key == "seed" and isinstance(node.value, str | list):
        return set(seeds(node))
    found = set()
    for value in node.elements("values") if isinstance(node.value, list) else [node]:
        found.add(_scalar(key, value, known))
    return found


def _scalar(key: str, node: Node, known: AbstractSet[Scalar]) -> Scalar:
    """Read one value, of the type that the trials have. A name must be one of theirs; a number need
    not be, so that a grid may be narrowed from the command line."""
    if any(isinstance(value, str) for value in known):
        name = node.string()
        if name not in known:
            raise node.unknown(key, name, map(str, known))
        return name
    return node.value if isinstance(node.value, bool) else node.number()
