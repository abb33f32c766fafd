"""ro-crate-metadata.json: what lies in a packed results folder, for archives and search engines.

RO-Crate 1.1 (https://w3id.org/ro/crate/1.1): a data set with its files, the program that made them
and its versions. Licence and creators are those that were told; none is guessed.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from bench.store import files, provenance
from bench.trial import Result

NAME = "ro-crate-metadata.json"
"""The name of the file, which the standard fixes."""

_SPECIFICATION = "https://w3id.org/ro/crate/1.1"
_CONTEXT = [f"{_SPECIFICATION}/context", {"sha256": "https://schema.org/sha256"}]
_PROGRAM = "#gan-stability-bench"
_LIBRARIES = ("python", "tensorflow", "keras", "numpy", "scipy")

_MEANINGS: Mapping[str, str] = {
    "trials.xz": "All trials: what was trained, how it ended, its curves and training signals.",
    "sweep.toml": "The experiment: what was asked.",
    provenance.NAME: "Machine and versions of the last run.",
    "race.json": "The looks of a race, and what they decided.",
    "asked.json": "The ids of the trials that the experiment asks for.",
    "real": "Real samples of a task.",
    "samples": "Samples that a trial generated.",
    "plugins": "A file of the user's that trials were trained with.",
    "logs": "Output of a trial that failed.",
    "trials": "One trial.",
}
"""A file, or the folder that it lies in -> its meaning (see `bench.store.store`)."""

_FORMATS = {
    ".json": "application/json",
    ".toml": "application/toml",
    ".xz": "application/x-xz",
    ".npz": "application/zip",
    ".log": "text/plain",
    ".py": "text/x-python",
}


@dataclass(frozen=True)
class About:
    """The words of whoever packs results about them."""

    name: str
    """The name of the data set."""
    question: str = ""
    """The question that was asked; "": it is not known."""
    licence: str = ""
    """The SPDX identifier of its licence, such as "MIT"; "": none was said."""
    creators: tuple[str, ...] = ()
    """The names of those who made it."""


def write(folder: Path, results: Sequence[Result], about: About) -> None:
    """Describe a packed results folder, whose files are all there. The same folder on the same day
    gives the same bytes; SOURCE_DATE_EPOCH, in seconds, says another day. Raises StoreError."""
    graph = [*_graph(folder, results, about)]
    text = json.dumps({"@context": _CONTEXT, "@graph": graph}, indent=1)
    files.write(folder / NAME, f"{text}\n".encode())


def _graph(folder: Path, results: Sequence[Result], about: About) -> Iterator[dict[str, Any]]:
    """Everything that is described, the file itself and the data set first."""
    parts, creators = [*_files(folder)], [*_persons(about.creators)]
    licence = _licence(about.licence)
    yield {
        "@id": NAME,
        "@type": "CreativeWork",
        "about": {"@id": "./"},
        "conformsTo": {"@id": _SPECIFICATION},
    }
    root = {
        "@id": "./",
        "@type": "Dataset",
        "name": about.name,
        "description": about.question or f"Results of the sweep {about.name}.",
        "datePublished": _today(),
        "license": _ref(licence),
        "keywords": ", ".join(["GAN", *_subjects(results)]),
        "hasPart": [*map(_ref, parts)],
        "mentions": [{"@id": "#training"}],
    }
    yield root | ({"creator": [*map(_ref, creators)]} if creators else {})
    yield from parts
    program = _program(results)
    yield {
        "@id": "#training",
        "@type": "CreateAction",
        "name": f"Training of {len(results)} trials",
        "instrument": _ref(program),
        "result": {"@id": "./"},
    }
    yield from [program, *{one["@id"]: one for one in (licence, _OURS)}.values()]
    yield from creators


def _files(folder: Path) -> Iterator[dict[str, Any]]:
    for file in sorted(folder.rglob("*")):
        place = file.relative_to(folder)
        hidden = any(part.startswith(".") for part in place.parts)
        if hidden or place.name == NAME or place.parts[0] == "running" or not file.is_file():
            continue
        content = files.read(file)
        own = {
            "@id": _address(place),
            "@type": "File",
            "name": place.name,
            "description": _MEANINGS.get(place.parts[0], "A file of the results folder."),
            "contentSize": str(len(content)),
            "sha256": hashlib.sha256(content).hexdigest(),
        }
        kind = _FORMATS.get(place.suffix)
        yield own | ({"encodingFormat": kind} if kind else {})


def _address(place: Path) -> str:
    """The relative address of a file, as a URI has it."""
    return quote(place.as_posix())


def _program(results: Sequence[Result]) -> dict[str, Any]:
    """This program, with the versions that the results were made with, each once."""
    made = [result.provenance for result in results]
    libraries = [f"{key} {value}" for key in _LIBRARIES for value in _known(made, key)]
    program: dict[str, Any] = {
        "@id": _PROGRAM,
        "@type": "SoftwareApplication",
        "name": "gan-stability-bench",
        "license": _ref(_OURS),
    }
    found = {"softwareVersion": ", ".join(_known(made, "bench")), "softwareRequirements": libraries}
    commits = [f"commit {one}" for one in _known(made, "commit")]
    described = {"description": ", ".join(commits)} if commits else {}
    return program | {key: value for key, value in found.items() if value} | described


def _known(made: Iterable[Mapping[str, Any]], key: str) -> list[str]:
    return sorted({str(one[key]) for one in made if one.get(key) is not None})


def _subjects(results: Iterable[Result]) -> list[str]:
    """The tasks and methods of results."""
    trials = [result.trial for result in results]
    return sorted({trial.task for trial in trials}) + sorted({t.method.name for t in trials})


def _licence(name: str) -> dict[str, Any]:
    if name:
        return {"@id": f"https://spdx.org/licenses/{name}", "@type": "CreativeWork", "name": name}
    text = "Whoever packed these results has not said under which licence they are."
    return {"@id": "#licence", "@type": "CreativeWork", "name": "not said", "description": text}


_OURS = _licence("MIT")
"""The licence of the program."""


def _persons(names: Iterable[str]) -> Iterator[dict[str, Any]]:
    for name in dict.fromkeys(names):
        slug = re.sub(r"\W+", "-", name.casefold()).strip("-")
        yield {"@id": f"#{slug}", "@type": "Person", "name": name}


def _ref(entity: Mapping[str, Any]) -> dict[str, str]:
    return {"@id": entity["@id"]}


def _today() -> str:
    """The day, in UTC, or that of SOURCE_DATE_EPOCH."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    now = datetime.fromtimestamp(int(epoch), UTC) if epoch.isdecimal() else datetime.now(UTC)
    return now.date().isoformat()
