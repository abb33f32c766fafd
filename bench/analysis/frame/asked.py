"""Leaves out the stored trials that a sweep does not ask for any more, and tells how many."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import NamedTuple

from bench.analysis.frame.reading import NoResults, Place
from bench.store.asked import NotKnown

Asks = Callable[[Path], Collection[str] | None]
"""A function that gives the ids of the trials that a results folder asks for; None: all that are
stored. Raises `bench.store.asked.NotKnown`, whose message is shown: all count then."""


class LeftOut(NamedTuple):
    """The stored trials of a folder that are left out, since nobody asks for them any more."""

    folder: Path
    """The results folder."""
    trials: int
    """The number of trials that are left out."""
    stored: int
    """The number of trials that are stored."""

    @property
    def words(self) -> str:
        """The sentence that says so: "6 of 9 stored trials are not asked for any more"."""
        return (
            f"{self.trials} of {self.stored} stored trials are not asked for any more by the "
            f"sweep.toml of {self.folder.resolve().name}, and are left out"
        )


def everything(folder: Path) -> None:
    """Ask for all stored trials."""
    return


class Divided(NamedTuple):
    """Stored trials, divided into those that are asked for and others."""

    kept: list[Place]
    """The trials that one of the folders asks for."""
    left: tuple[LeftOut, ...]
    """The numbers of the others, by folder."""
    done: dict[str, int]
    """Folder -> number of the trials that it asks for and one of the folders has."""
    planned: dict[str, int]
    """Folder -> number of the trials that it asks for, where it says so."""
    unsure: dict[str, str]
    """Folder -> the sentence that says why it is not known what it asks for."""


def asked_for(found: Sequence[Place], asked: Asks) -> Divided:
    """Divide stored trials. All trials of a folder that does not say are asked for. Raises
    NoResults where none is left."""
    asks: dict[Path, Collection[str] | None] = {}
    unsure: dict[str, str] = {}
    for folder in dict.fromkeys(place.folder for place in found):
        try:
            asks[folder] = asked(folder)
        except NotKnown as error:
            asks[folder], unsure[str(folder)] = None, str(error)
    wanted = {id for ids in asks.values() for id in ids or ()}
    kept = [p for p in found if asks[p.folder] is None or p.id in wanted]
    left, done, every = [], {}, {place.id for place in found}
    for folder, ids in asks.items():
        stored, own = (sum(p.folder == folder for p in some) for some in (found, kept))
        left += [LeftOut(folder, stored - own, stored)] if own < stored else []
        done[str(folder)] = stored if ids is None else len(every & {*ids})
    if not kept:
        folders = ", ".join(str(folder) for folder in asks)
        raise NoResults(
            f"{folders}: none of the {len(found)} stored trials is asked for any more by its "
            "sweep.toml: run the sweep again, or take them in by --all (in Python: all=True)"
        )
    planned = {str(folder): len(ids) for folder, ids in asks.items() if ids is not None}
    return Divided(kept, tuple(left), done, planned, unsure)
