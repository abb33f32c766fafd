"""Words the commands that pages and messages print, so that each works as it stands in a shell."""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from pathlib import Path


def line(name: str, *words: str | Path) -> str:
    """The command `python -m bench.NAME` with its words, quoted for a shell.

    A `Path` that begins with "-" is written with "./", since it would be taken for an option.
    Relative paths stay relative: the line works in the folder that they were given in.
    """
    return shlex.join(["python", "-m", f"bench.{name}", *map(_word, words)])


def again(folder: Path) -> str:
    """The command that goes on with the sweep of a results folder, as it is stored there."""
    return line("sweep", folder)


def replay(folder: Path, id: str) -> str:
    """The command that trains one stored trial again."""
    return line("replay", folder, id)


def report(folders: Sequence[Path], output: Path | None = None) -> str:
    """The command that writes the report of results folders, at its usual place or at `output`."""
    return line("report", *folders, *(() if output is None else ("-o", output)))


def _word(word: str | Path) -> str:
    text = os.fspath(word)
    return f".{os.sep}{text}" if isinstance(word, Path) and text.startswith("-") else text
