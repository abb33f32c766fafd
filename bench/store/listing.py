"""Lists a results folder: the files that are of this program, and the strangers among them.

A cloud folder leaves conflict copies, an editor its backups, a system its own files, a copy "ID
(1).json". None of them counts. What counts is decided here, once, for every command.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from bench.store import archive, files
from bench.store.encoding import identity
from bench.trial import digest

_TRIAL = re.compile(r"([0-9a-f]{16})\.json")
_PLUGIN = re.compile(r"([0-9a-f]+)-.+", re.DOTALL)
_SLOT = re.compile(r"[\w.-]+\.json")
_REAL = re.compile(r"\w[\w.,=+-]*\.npz")
_OF_THE_SWEEP = ("sweep.toml", "provenance.json", "asked.json", "race.json")
_ABOUT_A_TRIAL = {"samples": ".npz", "logs": ".log"}

_HEAD = 512
"""Bytes from the beginning of a file that hold its id."""
_CUT = "cut off"
_NAMED = 3
"""Strangers that are named; the others are counted."""


class Listing(NamedTuple):
    """The files of one folder of a results folder."""

    names: list[str]
    """The names of those that count, in their order."""
    strangers: dict[str, str]
    """Name of each file that does not count -> the reason."""


def trials(folder: Path) -> Listing:
    """The files of trials/ that hold the trial of their name, or what is left of it. Raises
    StoreError where the folder cannot be read."""
    return _sorted(folder / "trials", no_trial)


def ids(folder: Path) -> set[str]:
    """The ids of the trials that have a result, in trials/ or in the archive. Raises StoreError."""
    found = {name.removesuffix(".json") for name in trials(folder).names}
    return found.union(archive.index(folder).ids)


def plugins(folder: Path) -> Listing:
    """The files of plugins/ whose content is the one that their name says, one for each."""
    found = _sorted(folder / "plugins", _no_plugin)
    first: dict[str, str] = {}
    for name in sorted(found.names, key=lambda name: (len(name), name)):  # a copy's is longer
        kept = first.setdefault(name.partition("-")[0], name)
        if kept != name:
            found.strangers[name] = f"a copy of {kept}"
    return Listing(sorted(first.values()), found.strangers)


def read_plugins(folder: Path) -> dict[str, tuple[Path, bytes]]:
    """Digest of each plugin -> its original file name and its content. Raises OSError."""
    names = {name: name.partition("-") for name in plugins(folder).names}
    return {
        digest: (Path(file), files.read(folder / "plugins" / name))
        for name, (digest, _, file) in names.items()
    }


def real(folder: Path) -> Listing:
    """The files of real/ that have the name of a task."""
    return _sorted(folder / "real", _other_than(_REAL, "the name of no task"))


def running(folder: Path) -> Listing:
    """The files of running/ that have the name of a slot."""
    return _sorted(folder / "running", _other_than(_SLOT, "the name of no slot"))


def shared(folder: Path) -> list[Path]:
    """The files that belong to no single trial, relative to the folder."""
    kinds = {"real": real(folder).names, "plugins": plugins(folder).names}
    own = [Path(name) for name in _OF_THE_SWEEP if (folder / name).is_file()]
    return [*(Path(kind, name) for kind, names in kinds.items() for name in names), *own]


def strangers(folder: Path) -> dict[str, str]:
    """Place of every file of a results folder that does not count -> the reason: in trials/, in
    the archive, and beside them. Raises StoreError."""
    found = {"trials": trials(folder), "plugins": plugins(folder)}
    found |= {"real": real(folder), "running": running(folder)}
    for name in _ABOUT_A_TRIAL:
        found[name] = _sorted(folder / name, _about_no_trial(name))
    told = {f"{kind}/{n}": why for kind, own in found.items() for n, why in own.strangers.items()}
    lost = archive.index(folder).damage
    return {archive.NAME: lost, **told} if lost else told


def tell(folder: Path) -> None:
    """Print one line about the files of a results folder that do not count, if there are any.
    Raises StoreError."""
    if text := sentence(folder, strangers(folder)):
        print(text, file=sys.stderr)


def sentence(folder: Path, found: dict[str, str]) -> str:
    """The line about strangers: how many, the first of them with the reasons, and the remedy; ""
    for none."""
    if not found:
        return ""
    named = [f"{shown(place)} ({why})" for place, why in list(found.items())[:_NAMED]]
    more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    noun = "file does" if len(found) == 1 else "files do"
    text = f"{folder}: {len(found)} {noun} not count: {', '.join(named)}{more}"
    return f"{text}; nothing is deleted: move them out of the folder, or mend them"


def shown(name: str) -> str:
    """A file's name as it can be printed on one line."""
    text = name if name.isprintable() else ascii(name)[1:-1]
    return text if len(text) <= 60 else f"{text[:40]} ... {text[-16:]}"


def _sorted(folder: Path, wrong: Callable[[str], str]) -> Listing:
    """The entries of a folder, those with something wrong as strangers; none without a folder."""
    own, others = [], {}
    for entry in _entries(folder):
        if reason := _no_file(entry) or wrong(entry.path):
            others[entry.name] = reason
        else:
            own.append(entry.name)
    return Listing(own, others)


def _entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    if not os.path.isdir(folder):
        return
    try:
        with os.scandir(folder) as found:
            entries = sorted(found, key=lambda entry: entry.name)
    except OSError as error:
        raise files.StoreError(f"cannot read {folder}: {error.strerror}") from error
    yield from (entry for entry in entries if not entry.name.startswith(files.TEMPORARY))


def _no_file(entry: os.DirEntry[str]) -> str:
    """The reason why an entry is no regular file; "" for one that is."""
    try:
        if entry.is_file():
            return ""
        if entry.is_dir():
            return "a folder"
        return "a link to nothing" if entry.is_symlink() else "a pipe or a device"
    except OSError as error:
        return error.strerror or "it cannot be read"


def no_trial(file: str | Path) -> str:
    """The reason why a regular file of trials/ does not count; "" for a result that does."""
    name = os.path.basename(file)
    named = _TRIAL.fullmatch(name)
    if not named:
        absent = re.fullmatch(r"\.[0-9a-f]{16}\.json\.icloud", name)
        return "not downloaded by the cloud yet" if absent else "the name of no trial"
    try:
        first = files.head(file, _HEAD)
    except OSError as error:
        return error.strerror or "it cannot be read"
    if not first:
        return "empty"
    held = identity(first) or _held(file)
    if held is None:
        return "no result of this program"
    # what begins like a result and is cut off is one that was lost: whoever reads it says so
    return "" if held in (named[1], _CUT) else f"it holds the trial {shown(held)}"


def _held(file: str | Path) -> str | None:
    """The id in a file whose beginning does not tell it, as where somebody has sorted its keys;
    _CUT where it begins like a result and ends too early, None where it is something else."""
    try:
        content = files.read(file, files.LARGEST_TEXT)
    except OSError:
        return None
    try:
        return str(json.loads(content)["id"])
    except (KeyError, TypeError, RecursionError):
        return None
    except ValueError:
        return _CUT if content.lstrip().startswith(b"{") else None


def _no_plugin(file: str) -> str:
    named = _PLUGIN.fullmatch(os.path.basename(file))
    if not named:
        return "the name of no plugin"
    try:
        content = files.read(file, files.LARGEST_TEXT)
    except OSError as error:
        return error.strerror or "it cannot be read"
    same = len(named[1]) != len(digest(b"")) or digest(content) == named[1]
    return "" if same else "changed since it was stored"


def _about_no_trial(kind: str) -> Callable[[str], str]:
    return _other_than(re.compile(rf"[0-9a-f]{{16}}\{_ABOUT_A_TRIAL[kind]}"), "of no trial")


def _other_than(pattern: re.Pattern[str], reason: str) -> Callable[[str], str]:
    return lambda file: "" if pattern.fullmatch(os.path.basename(file)) else reason
