"""What passes between runner, slot and child: all of it small, frozen, and fit to be pickled."""

from __future__ import annotations

import re
import traceback
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.grid import Plugin
from bench.trial import Result, Status, Trial

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Setup:
    """What a slot must know beside its trials.

    `timeout` is seconds a trial, `memory` bytes of its process, None is without limit; `events` is
    the folder of TensorBoard's files, None writes none.
    """

    plugins: tuple[Plugin, ...] = ()
    timeout: float | None = None
    memory: int | None = None
    events: Path | None = None


@dataclass(frozen=True)
class Ending:
    """How a trial ended, with everything that the store keeps of it."""

    result: Result
    samples: Mapping[str, np.ndarray] = field(default_factory=dict)
    real: Mapping[str, np.ndarray] = field(default_factory=dict)
    log: bytes = b""

    @property
    def outcome(self) -> Outcome:
        """What the runner tells of it."""
        error, status = self.result.error, self.result.status
        failed = error if status.failed else None
        text = f"{failed['type']}: {first_line(failed['message'])}" if failed else None
        return Outcome(self.result.trial.id, status, self.result.seconds, text)


def first_line(message: str) -> str:
    """The line of an error's message that says what is wrong; the whole message is in the store.

    It is the first one in plain Python. TensorFlow and Keras begin with where in the program it
    was: there it is the last `SomeError: ...` of a trace, or the last line that is not indented.
    """
    lines = [line for line in _STYLED.sub("", message).splitlines() if line.strip()]
    for i in range(len(lines) - 1):
        if "Exception encountered when calling" in lines[i]:
            lines[i] += f" {lines[i + 1].strip()}"  # Keras has the reason in the next line
    first = lines[0].strip() if lines else ""
    if first == "in user code:":
        said = [line.strip() for line in lines if re.match(r"\s+\w+: ", line)]
    elif first == "Graph execution error:":
        said = [line for line in lines if not line[0].isspace() and line[-1] != ":"]
    else:
        said = []
    return (said[-1] if said else first)[:LONGEST]


LONGEST = 300
_STYLED = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class Outcome:
    """What the runner tells of a finished trial; the rest is in the store."""

    id: str
    status: Status
    seconds: float
    error: str | None = None

    def record(self) -> dict[str, Any]:
        """As plain data, ready for JSON."""
        return asdict(self)

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Outcome:
        """The inverse of `record`."""
        return cls(**{**record, "status": Status(record["status"])})


@dataclass(frozen=True)
class Now:
    """What a slot trains at the moment, since a time (of the clock). `ended` are the outcomes of
    its batch so far."""

    slot: str
    id: str
    label: str
    step: int
    steps: int
    since: float
    ended: tuple[Outcome, ...] = ()

    def record(self) -> dict[str, Any]:
        """As plain data, ready for JSON."""
        return asdict(self)

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Now:
        """The inverse of `record`."""
        ended = tuple(Outcome.from_record(outcome) for outcome in record["ended"])
        return cls(**{**record, "ended": ended})


class Done:
    """Says that a batch has ended."""


@dataclass(frozen=True)
class Returned:
    """A batch that has come back: with its outcomes, which may be of its first trials only and may
    have come before it (in a Returned without trials), or `lost` with the slot that had it, and
    perhaps why."""

    trials: tuple[Trial, ...]
    outcomes: tuple[Outcome, ...] = ()
    lost: bool = False
    why: str = ""


def failure(trial: Trial, status: Status, seconds: float, **error: Any) -> Ending:
    """The ending of a trial that failed; `error` has at least `type` and `message`."""
    from bench.store.provenance import provenance

    return Ending(
        Result(trial, status, error=error, seconds=seconds, provenance=provenance()),
    )


def raised(trial: Trial, error: BaseException, seconds: float) -> Ending:
    """The ending of a trial that raised an exception."""
    memory = isinstance(error, MemoryError) or type(error).__name__ == "ResourceExhaustedError"
    return failure(
        trial,
        Status.OUT_OF_MEMORY if memory else Status.CRASHED,
        seconds,
        type=type(error).__name__,
        message=str(error),
        traceback="".join(traceback.format_exception(error)),
    )
