"""Finds the files that a sweep names: beside its TOML, or as a results folder keeps them.

A sweep can go on from its results folder alone. `sweep.toml` and the overrides in
`provenance.json` say what was asked, `plugins/` holds the Python files, and `provenance.json` says
where data and feature networks lay.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench.gan.data import sources
from bench.store import Store, commands
from bench.store.files import LARGEST_TEXT, read
from bench.store.provenance import kept, near, recorded
from bench.trial import Scalar, Trial, digest, digest_name

TOML = "sweep.toml"
"""The copy of a sweep's TOML in its results folder."""

Code = tuple[Path, bytes]
"""A Python file of the user's: its place and its content."""


class Lost(Exception):
    """The error for a file that is not where it should be, in words.

    `beside` is the folder of a TOML in which there is no such file; None: something else is wrong.
    """

    def __init__(self, text: str, beside: Path | None = None) -> None:
        super().__init__(text)
        self.beside = beside


class Files:
    """The files that a TOML names, relative to a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.named: dict[str, Path] = {}
        """The name as it is written -> the place of the file."""

    def place(self, written: str) -> Path:
        """The place of a file of data, which need not be there. Raises Lost."""
        path = self.folder.absolute() / os.path.expanduser(written)
        return self._note(written, Path(os.path.normpath(path)))

    def code(self, written: str) -> Code:
        """The place and the content of a Python file. Raises Lost."""
        file = self.folder.absolute() / os.path.expanduser(written)
        try:
            content = read(file, LARGEST_TEXT)
        except OSError as error:
            if not os.path.lexists(file):
                raise Lost("no such file", file.parent) from error
            raise Lost(f"cannot be read: {error.strerror}") from error
        return self._note(written, file.resolve()), content

    def beside(self, written: str) -> Code | None:
        """The place and the content of a file that a trainer is made of; None where there is none.
        Raises Lost."""
        file = self.folder.absolute() / os.path.expanduser(written)
        return self.code(written) if os.path.lexists(file) else None

    def check(self, path: str, found: str) -> None:
        """Raises Lost where a file has another digest than a stored sweep was trained with."""

    def _note(self, written: str, place: Path) -> Path:
        self.named[written] = place
        return place


class Stored(Files):
    """The files of a sweep as its results folder keeps them. A name that the folder does not know,
    as an override may give one, is relative to the current folder."""

    def __init__(self, store: Store, record: Mapping[str, Mapping[str, str]]) -> None:
        super().__init__(Path())
        self.store, self.record = store, record
        self._digests: dict[str, str] = {}

    def place(self, written: str) -> Path:
        """The place of a file of data: where it lay, or else in the results folder."""
        known = self.record.get(written) or self._of_a_trial(written)
        if known is None:
            return super().place(written)
        found = next(self._there(known), None)
        if found is None:
            raise Lost(self._gone(written, known["path"]))
        self._digests[str(found)] = known.get("digest", "")
        return self._note(written, found)

    def code(self, written: str) -> Code:
        """A Python file as it was when the sweep was trained, whatever has become of it."""
        name, plugins = Path(written).name, self._plugins()
        known = self.record.get(written)
        if known is None:
            found = [d for d, (own, _) in plugins.items() if own.name == name]
            if not found:
                return super().code(written)
            if len(found) > 1:
                raise Lost(
                    f"{self.store.path}/plugins has {len(found)} files of this name, and nothing "
                    "says which one the sweep asks for: name the TOML that it was made from"
                )
            return self._note(written, Path(name)), plugins[found[0]][1]
        content = _content(plugins, known["digest"], self._there(known))
        if content is None:
            file = self.store.path / "plugins" / f"{known['digest']}-{name}"
            raise Lost(f"the file that was trained with is gone: put it back, as {file}")
        return self._note(written, Path(known["path"])), content

    def beside(self, written: str) -> Code | None:
        """A file of a trainer as it was when the sweep was trained. Raises Lost."""
        return self.code(written) if written in self.record else None

    def check(self, path: str, found: str) -> None:
        """Raises Lost where a file of data is not the one that the sweep was trained with."""
        if found != (self._digests.get(path) or found):
            raise Lost(
                f"{path} has changed since {self.store.path} was trained with it: put the old "
                "file back, or train the new one in a folder of its own (--results elsewhere, "
                "from the TOML)"
            )

    def moved(self, trial: Trial) -> Trial:
        """A stored trial with its files of data where they lie now. Raises Lost."""
        lain = {known["digest"]: known for known in self.record.values()}
        options = dict(trial.options)
        for name, path in _data(trial.options):
            here = lain.get(str(options[digest_name(name)]), {"path": path})
            found = next(
                (file for one in (here, {"path": path}) for file in self._there(one)), None
            )
            if found is None:
                raise Lost(self._gone(Path(path).name, path))
            options[name] = str(found)
        return replace(trial, options=options)

    def plugins(self, trial: Trial) -> list[Code]:
        """The Python files that a stored trial was trained with, in the order of its sweep. Raises
        Lost.

        They are those that its record names; and of a sweep that has data or feature networks of
        its own all others too, as a feature network may need a layer of theirs.
        """
        known, wanted = self._plugins(), dict(trial.plugins)
        found: list[Code] = []
        all_of = any(True for _ in _data(trial.options)) and _asks(self.record, trial)
        for written, own in self.record.items():
            name = Path(own["path"]).name
            if written.endswith(".py") and (all_of or wanted.get(name) == own["digest"]):
                wanted.pop(name, None)
                found.append(self.code(written))
        for name, named in wanted.items():
            if named not in known:
                file = self.store.path / "plugins" / f"{named}-{name}"
                raise Lost(f"its {name} is gone: put that file back, as {file}")
            found.append((Path(name), known[named][1]))
        return found

    def _plugins(self) -> dict[str, Code]:
        """The files in plugins/, by digest. Raises Lost for one that cannot be read."""
        try:
            return self.store.plugins()
        except OSError as error:
            raise Lost(f"{error.filename}: cannot be read: {error.strerror}") from error

    def _there(self, known: Mapping[str, str]) -> Iterator[Path]:
        """The places where a file may lie and does: where it lay, where it lies if its project was
        moved as a whole, and in the results folder."""
        places = [Path(known["path"])]
        if near := known.get("near"):
            places.append(Path(os.path.normpath(self.store.path.resolve() / near)))
        places.append(self.store.path.absolute() / Path(known["path"]).name)
        ours = [self.store.path.absolute() / name for name in ("trials", "plugins")]
        return (place for place in places if place.exists() and place not in ours)

    def _gone(self, written: str, path: str) -> str:
        return (
            f'"{written}" lay at {path}, where it is no more: put it back there, or into '
            f"{self.store.path}"
        )

    def _of_a_trial(self, written: str) -> Mapping[str, str] | None:
        """The file of that name that a trial has, in a folder that was written before
        `provenance.json` told where files lay; None: no trial has one."""
        if self.record:
            return None
        tail = os.path.normpath(written).replace(f"..{os.sep}", "")
        for result in self.store:
            options = result.trial.options
            for name, path in _data(options):
                if f"{os.sep}{path}".endswith(f"{os.sep}{tail}"):
                    return {"path": path, "digest": str(options[digest_name(name)])}
        return None


def _data(options: Mapping[str, Scalar]) -> Iterator[tuple[str, str]]:
    """The options of a trial that are files, and their paths."""
    for name, value in options.items():
        named = value in sources.NAMED  # they lie in no place of the user's
        if isinstance(value, str) and value and not named and options.get(digest_name(name)):
            yield name, value


def _asks(record: Mapping[str, Mapping[str, str]], trial: Trial) -> bool:
    """True where a sweep of these files may have asked for a trial: it has all that the trial was
    trained with."""
    code = {(Path(one["path"]).name, one["digest"]) for one in record.values()}
    data = {str(trial.options[digest_name(name)]) for name, _ in _data(trial.options)}
    return set(trial.plugins.items()) <= code and data <= {content for _, content in code}


def _content(plugins: Mapping[str, Code], wanted: str, elsewhere: Iterator[Path]) -> bytes | None:
    """The content of that digest: from plugins/, or of a file elsewhere; None: it is gone."""
    if wanted in plugins:
        return plugins[wanted][1]
    contents = (read(file, LARGEST_TEXT) for file in elsewhere)
    return next((content for content in contents if digest(content) == wanted), None)


@dataclass(frozen=True)
class Opened:
    """A sweep to read: its text's file, and what belongs to it."""

    toml: Path
    """The file of its text."""
    name: str
    """The sweep's name."""
    files: Files
    """The files that it names."""
    overrides: tuple[str, ...] = ()
    """The changes to its text that it was trained with."""
    folder: Path | None = None
    """The results folder that it is read from; None: a TOML file of the user's."""


def opened(path: Path) -> Opened:
    """The sweep of a TOML file, or of a results folder. Raises Lost, and StoreError for a folder
    whose record cannot be read."""
    beside = path.name == TOML and Store(path.parent).exists()
    if not path.is_dir() and not beside:
        return Opened(path, path.stem, Files(path.parent))
    folder = path.parent if beside else path
    toml, store = folder / TOML, Store(folder)
    if not toml.is_file():
        raise Lost(commands.no_sweep(folder))
    overrides = tuple(kept(folder)["overrides"])
    return Opened(toml, folder.resolve().name, kept_files(store), overrides, folder)


def kept_files(store: Store, trial: Trial | None = None) -> Stored:
    """The files of the sweep that a results folder keeps; for a stored trial, of the sweep that it
    was trained in: the folder's own, or else one that was merged into it. Raises StoreError."""
    own = kept(store.path)["files"]
    tables = [own, *recorded(store.path).tables[1:]] if trial else []
    return Stored(store, next((table for table in tables if trial and _asks(table, trial)), own))


def record(files: Mapping[str, tuple[Path, str]], folder: Path) -> dict[str, Any]:
    """The files of a sweep for `provenance.json`: the name as it is written -> "path", "near" (the
    path from the results folder) and "digest"."""
    return {
        written: {"path": str(path), "near": near(path, folder), "digest": own}
        for written, (path, own) in files.items()
    }
