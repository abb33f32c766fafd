"""Gives tasks and methods their labels in tables and figures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from bench.trial import Trial
from bench.vocabulary.file_names import part


class Named(NamedTuple):
    """A thing with a name, which others may have too."""

    name: str
    """The name."""
    properties: dict[str, Any]
    """The properties that may distinguish it from others of that name."""


def labels(things: list[Named]) -> list[str]:
    """Label each thing with its name and the properties in which things of that name differ:
    different things have different labels."""
    values: dict[str, dict[str, set[Any]]] = {}
    for name, properties in things:
        known = values.setdefault(name, {})
        for key, value in properties.items():
            known.setdefault(key, set()).add(value)
    for name, properties in things:  # a property that only some have tells them from the others
        for key in values[name].keys() - properties.keys():
            values[name][key].add(None)
    differ = {name: _differing(known) for name, known in values.items()}
    return [_label(thing, differ[thing.name]) for thing in things]


def _differing(values: dict[str, set[Any]]) -> list[str]:
    keys = [key for key, found in values.items() if len(found) > 1]
    if {"path", "data"} <= set(keys) and len(values["path"]) == len(values["data"]):
        keys.remove("data")  # the file's name tells as much, and tells it better
    return keys


def _label(thing: Named, keys: list[str]) -> str:
    shown = ", ".join(f"{key}={thing.properties[key]}" for key in keys if key in thing.properties)
    return f"{thing.name} ({shown})" if shown else thing.name


def task_of(trial: Trial, gradients: int = 0) -> Named:
    """The task with its options, the data file by its name and its content, and its length: the
    steps, or the budget in gradients by which methods of different steps are compared."""
    options = dict(trial.options)
    path = options.pop("path", None)
    if path:
        options["path"] = Path(str(path)).name
    if "data" in options:
        options["data"] = str(options["data"])[:8]
    if options.get("features"):
        name, digest = Path(str(options["features"])).name, options.pop("features_digest", "")
        options["features"] = f"{name} {str(digest)[:8]}".rstrip()
    options |= {"gradients": gradients} if gradients else {"steps": trial.steps}
    return Named(trial.task, options)


def method_of(trial: Trial) -> Named:
    """The method with its parts: an edited method of the same name is another one."""
    parts = dict(vars(trial.method))
    parts["regularizers"] = "+".join(trial.method.regularizers) or "none"
    return Named(parts.pop("name"), parts)


def filed(labels: Sequence[str]) -> list[str]:
    """The labels, with a number behind those whose files would have the name of another's: they
    differ in letters that no file name has, or in upper and lower case alone."""
    taken: dict[str, list[str]] = {}
    for label in dict.fromkeys(labels):
        taken.setdefault(slug(label).casefold(), []).append(label)
    numbered = {
        label: f"{label} [{place}]" if place > 1 else label
        for same in taken.values()
        for place, label in enumerate(sorted(same), 1)
    }
    return [numbered[label] for label in labels]


def slug(text: str) -> str:
    """A label as a part of a file name or of an address."""
    return part(text)
