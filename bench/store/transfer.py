"""Takes files over from one results folder to another: whatever is copied has been read."""

from __future__ import annotations

import contextlib
import json
import os
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.store import files, listing
from bench.store.encoding import UNREADABLE, decode


def checked(folder: Path, file: Path, raw: Callable[[str], bytes]) -> bytes:
    """The content of a file of a results folder, which has been read as whoever needs it will read
    it. `raw` gives the content of a trial. Raises StoreError where it is damaged."""
    try:
        return _checked(folder, file, raw)
    except UNREADABLE as error:
        text = f"{folder / file}: damaged ({words(error)}), and not taken over"
        raise files.StoreError(f"{text}; copy it again from where it came") from error


def _checked(folder: Path, file: Path, raw: Callable[[str], bytes]) -> bytes:
    if file.parent == Path("trials"):
        content = raw(file.stem)
        decode(content)
        return content
    content = files.read(folder / file)
    if file.suffix == ".npz":
        from bench.store import arrays  # loads numpy

        arrays.parse(content)
    elif file.suffix == ".json":
        json.loads(content)
    elif file.suffix == ".toml":
        tomllib.loads(content.decode("utf-8-sig"))
    return content


def set_aside(file: Path) -> None:
    """Rename whatever stands where a file of the store is to be written and is none: it may be all
    that is left of something. Of `ID.json` it is kept as `ID.json.damaged`."""
    if not os.path.lexists(file):
        return
    trial = file.parent.name == "trials"
    if not file.is_file() or (trial and listing.no_trial(file)):
        with contextlib.suppress(OSError):
            os.replace(file, file.with_name(f"{file.name}.damaged"))


@contextlib.contextmanager
def in_words(file: Path) -> Iterator[None]:
    """Turns an error of reading the file of a trial into StoreError, with a remedy."""
    try:
        yield
    except UNREADABLE as error:
        text = f"{file}: not a result of this program ({words(error)})"
        raise files.StoreError(f"{text}; remove it, and the sweep trains it again") from error


def words(error: Exception) -> str:
    """An error of reading in a few words."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return "nested too deeply" if isinstance(error, RecursionError) else str(error)[:200]
