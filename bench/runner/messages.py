"""Messages between runner, slot and child: small, frozen, and fit to be pickled."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from bench.console import first_line
from bench.grid import Plugin
from bench.runner.phases import At, Phase, Spent
from bench.store.provenance import provenance
from bench.trial import Result, Status, Trial
from bench.vocabulary import errors

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Setup:
    """Settings of a slot, the same for all of its trials."""

    plugins: tuple[Plugin, ...] = ()
    """The user's files, to be run before the first trial."""
    timeout: float | None = None
    """Seconds that a trial may take; None: any number."""
    memory: int | None = None
    """Bytes that the process of a trial may use; None: any number."""
    events: Path | None = None
    """The folder of TensorBoard's event files; None: write none."""
    compiled: bool = True
    """True where steps that were compiled on this machine before may be used, and are kept."""
    portable: bool = False
    """True where convolutions as well use no instructions beyond AVX2; dense networks never do."""


@dataclass(frozen=True)
class Finished:
    """A finished trial, with everything that the store keeps of it."""

    result: Result
    """Its status, curves, signals and facts."""
    samples: Mapping[str, np.ndarray] = field(default_factory=dict)
    """Generated samples, by name."""
    real: Mapping[str, np.ndarray] = field(default_factory=dict)
    """Real samples of its task, by name."""
    log: bytes = b""
    """The text that its process has printed, where it failed."""

    @property
    def notice(self) -> Notice:
        """The notice of this trial, without its long parts."""
        error, status = self.result.error, self.result.status
        failed = error if status.failed else None
        text = f"{failed['type']}: {first_line(failed['message'])}" if failed else None
        spent = Spent.from_record(self.result.facts.get("phases"))
        return Notice(self.result.trial.id, status, self.result.seconds, text, spent)


class Unfit(NamedTuple):
    """A child's answer that the trial needs a fresh one: this one has other instructions."""


@dataclass(frozen=True)
class Notice:
    """A line about a finished trial; the rest of it is in the store."""

    id: str
    """The trial's id."""
    status: Status
    """The status that it ended with."""
    seconds: float
    """Seconds that it took."""
    error: str | None = None
    """Kind and first line of its error, where it failed."""
    spent: Spent | None = None
    """Its seconds by phase; None: not known."""

    def record(self) -> dict[str, Any]:
        """As plain data, ready for JSON."""
        return asdict(self)

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Notice:
        """The inverse of `record`."""
        spent = Spent.from_record(record["spent"])
        return cls(**{**record, "status": Status(record["status"]), "spent": spent})


@dataclass(frozen=True)
class Now:
    """The trial that a slot trains at the moment."""

    slot: str
    """The slot's name, unique in the sweep."""
    id: str
    """The trial's id."""
    label: str
    """The trial in a few words."""
    steps: int
    """Steps that it will take."""
    since: float
    """Time of the clock at which it began, in seconds."""
    at: At
    """The place that it has reached."""
    left: int = 0
    """Number of trials of its batch that come after it."""
    ended: tuple[Notice, ...] = ()
    """Notices of the trials of its batch that are finished."""

    def record(self) -> dict[str, Any]:
        """As plain data, ready for JSON and for a cluster, which takes no words of an enum."""
        ended = [notice.record() for notice in self.ended]
        at = {**asdict(self.at), "phase": self.at.phase.value}
        return {**asdict(self), "at": at, "ended": ended}

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Now:
        """The inverse of `record`."""
        ended = tuple(Notice.from_record(notice) for notice in record["ended"])
        at = At(**{**record["at"], "phase": Phase(record["at"]["phase"])})
        return cls(**{**record, "at": at, "ended": ended})


class Done:
    """The message that a batch is done."""


@dataclass(frozen=True)
class Returned:
    """A batch that has come back, done or not."""

    trials: tuple[Trial, ...]
    """The trials of the batch; none where only notices came."""
    notices: tuple[Notice, ...] = ()
    """Notices of its finished trials: of the first ones only, or none, where they came before."""
    lost: bool = False
    """True where the slot that had it has died."""
    why: str = ""
    """The reason for that, where it is known."""


def failure(trial: Trial, status: Status, seconds: float, **error: Any) -> Finished:
    """The result of a trial that failed; `error` has at least `type` and `message`."""
    return Finished(
        Result(trial, status, error=error, seconds=seconds, provenance=provenance()),
    )


def raised(trial: Trial, error: BaseException, seconds: float) -> Finished:
    """The result of a trial that raised an exception."""
    memory = isinstance(error, MemoryError) or type(error).__name__ == "ResourceExhaustedError"
    return failure(
        trial,
        Status.OUT_OF_MEMORY if memory else Status.CRASHED,
        seconds,
        type=type(error).__name__,
        message=errors.text(error),
        traceback=_trace(error),
    )


def _trace(error: BaseException) -> str:
    """The traceback of an error, as far as it can be shown."""
    try:
        return "".join(traceback.format_exception(error))
    except BaseException:  # the error of a user's code, which may be anything
        return "".join(traceback.format_tb(error.__traceback__))
