"""The phases of a trial, told while it trains, and the seconds that each of them took."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Phase(StrEnum):
    """The work that a slot is at."""

    IMPORTING = "importing TensorFlow"
    """It starts, and has no trial yet."""
    COMPILING = "compiling"
    """It reads the data, calibrates the metrics and compiles the step, up to the first
    measurement."""
    STARTING = "starting"
    """The same where the process has compiled this step before."""
    TRAINING = "training"
    """It trains and measures in turn."""
    MEASURING = "measuring at the end"
    """It measures what is measured once, and stores the trial."""
    WAITING = "waiting"
    """It has handed its batch back."""


IDLE = (Phase.IMPORTING, Phase.WAITING)
"""The phases of a slot that is at no trial."""


@dataclass(frozen=True)
class At:
    """The place that a trial has reached."""

    phase: Phase
    """The work that the slot is at."""
    step: int = 0
    """Steps that are done."""
    seconds: float = 0.0
    """Seconds from the trial's beginning to this step."""
    first_step: int = 0
    """Steps that were done at the first measurement; 0: it has not come."""
    first_seconds: float = 0.0
    """Seconds from the trial's beginning to the first measurement."""

    @property
    def pace(self) -> float | None:
        """Seconds of a step with its share of the measurements, since the first one; None: not
        known yet."""
        steps, seconds = self.step - self.first_step, self.seconds - self.first_seconds
        return seconds / steps if self.first_step and steps > 0 and seconds > 0 else None


@dataclass(frozen=True)
class Spent:
    """The seconds of a finished trial by phase."""

    start: float
    """Seconds before its first step: data, calibration, and the compiler where `fresh`."""
    train: float
    """Seconds of all steps and of the measurements between them."""
    end: float
    """Seconds of the measurements after the last step."""
    fresh: bool
    """True where its step was compiled; false where its process had the step already."""

    @classmethod
    def from_record(cls, record: Mapping[str, Any] | None) -> Spent | None:
        """The phases in plain data, as `vars` gives it; None where there are none."""
        try:
            return cls(**record) if record else None
        except TypeError:  # of a later version
            return None


class Watch:
    """The clock of one trial: it is told each measurement, and says where the trial is."""

    def __init__(self, fresh: bool) -> None:
        self.fresh, self._begin = fresh, time.perf_counter()
        self.at = At(Phase.COMPILING if fresh else Phase.STARTING)

    def measured(self, step: int, steps: int) -> At:
        """Note that so many of the trial's steps are done and measured -> its place."""
        seconds = time.perf_counter() - self._begin
        first = self.at.first_step or step, self.at.first_seconds or seconds
        phase = Phase.TRAINING if step < steps else Phase.MEASURING
        self.at = At(phase, step, seconds, *first)
        return self.at

    def spent(self, seconds: float) -> Spent | None:
        """The phases of the trial, which took `seconds`. None where it had fewer than two
        measurements: then compiling cannot be told from training."""
        if (pace := self.at.pace) is None:
            return None
        train = pace * self.at.step
        start = self.at.first_seconds - pace * self.at.first_step
        return Spent(max(0.0, start), train, max(0.0, seconds - self.at.seconds), self.fresh)
