"""Words the commands that pages and messages print, so that each works as it stands in a shell, and
what a command says where it is given a folder without results."""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from pathlib import Path

from bench.store.store import Store
from bench.vocabulary import search


def line(name: str, *words: str | Path) -> str:
    """The command `python -m bench.NAME` with its words, quoted for a shell.

    A `Path` that begins with "-" is written with "./", since it would be taken for an option.
    Relative paths stay relative: the line works in the folder that they were given in.
    """
    return shlex.join(["python", "-m", f"bench.{name}", *map(_word, words)])


def word(word: str | Path) -> str:
    """One word of a command, quoted for a shell."""
    return shlex.quote(_word(word))


def again(folder: Path) -> str:
    """The command that goes on with the sweep of a results folder, as it is stored there."""
    return line("sweep", folder)


def replay(folder: Path, id: str) -> str:
    """The command that trains one stored trial again."""
    return line("replay", folder, id)


def report(folders: Sequence[Path], output: Path | None = None) -> str:
    """The command that writes the report of results folders, at its usual place or at `output`."""
    return line("report", *folders, *(() if output is None else ("-o", output)))


def absent(folder: Path) -> str:
    """The reason why a folder is no results folder, and what to do; "" for one that is."""
    if Store(folder).exists():
        return ""
    if os.path.exists(folder) and (whole := _around(folder)):
        return f"{folder}: a part of a results folder, not the whole (did you mean {whole}?)"
    if os.path.isdir(folder):
        near = _nearest(folder, folder)
        example = f"one in it, such as {near}" if near else "one such as results/quickstart"
        return f"{folder}: no results here (no trials/ in this folder); name {example}"
    if os.path.exists(folder):
        return f"{folder}: not a folder; name the results folder, such as results/quickstart"
    near = _nearest(folder, folder.parent)
    hint = f" (did you mean {near}?)" if near else f"; `{line('sweep', 'X.toml')}` writes results/X"
    return f"{folder}: no such folder{hint}"


def inside(folder: Path) -> str:
    """The reason why nothing may be written to a folder: it holds the files of trials; "" for any
    other."""
    whole = _around(folder)
    return f"{folder}: a part of the results folder {whole}; write beside it" if whole else ""


def _around(place: Path) -> Path | None:
    """The results folder that a place is a part of, as its trials/ or a file of one."""
    parts = ("trials", "samples", "logs", "plugins", "real", "running")
    found = (p.parent for p in (place, place.parent) if p.name in parts)
    return next((folder for folder in found if Store(folder).exists()), None)


def no_sweep(path: Path) -> str:
    """The reason why there is no sweep to read: neither a TOML file nor a results folder that holds
    one; "" where there is one."""
    if os.path.isdir(path):
        if os.path.isfile(path / "sweep.toml"):
            return ""
        if Store(path).exists():
            return f"{path}: its sweep.toml is missing: name the TOML that it was made from"
        return (
            f"{path}: a folder without results: name a TOML such as experiments/quickstart.toml, "
            "or a results folder"
        )
    if os.path.exists(path):
        return ""
    others = [one.name for one in path.parent.glob("*.toml")] if os.path.isdir(path.parent) else []
    found = search.near(path.name, others)
    hint = f" (did you mean {path.with_name(found[0])}?)" if found else ""
    return f"{path}: no such file or folder{hint}"


def _nearest(folder: Path, place: Path) -> Path | None:
    """The results folder in a place whose name is most like that of a folder; in the folder itself
    the first."""
    try:
        known = {one.name: one for one in sorted(place.iterdir()) if Store(one).exists()}
    except OSError:
        return None
    names = list(known) if place == folder else search.near(folder.name, known)
    return known[names[0]] if names else None


def _word(word: str | Path) -> str:
    text = os.fspath(word)
    return f".{os.sep}{text}" if isinstance(word, Path) and text.startswith("-") else text
