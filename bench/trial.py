"""The nouns: Method, Trial, Status, Result. Frozen, beside `bench.names` standard library only.

A method turns two losses into a motion of two players. A trial is one such motion from one seed.
A result is what was measured along it. What is *concluded* from a result (a verdict, a statistic)
is said later, in `bench.analysis`, by code that cannot train.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from enum import StrEnum
from functools import cached_property
from typing import Any

from bench.names import Facts

NUMERICS = 2
"""Raise this when the same trial would give other numbers than before: old results are then
not taken for new ones."""

Scalar = str | float | int | bool
Curve = Sequence[float | None]


@dataclass(frozen=True)
class Method:
    """The structure of a GAN training method; its numbers are hyper-parameters of the trial.

    Loss, regularizers and normalizer define the game (a vector field), optimizer and dynamics the
    motion in it. One step is `d_steps` steps of the discriminator (n_critic), then `g_steps` of the
    generator, each on a fresh batch. `augmentations` are applied to what the discriminator sees,
    `extras` hold what the other parts do not; `pack` is the number of samples that D judges
    together, `lazy` the number of steps from one taking of the penalties (then `lazy` times as
    strong) to the next, `unroll` the number of inner steps of the dynamics `unrolled`, `generators`
    the number of generators, which take turns with the samples of a batch. `network` names the
    networks of a method that brings its own; otherwise they are the task's. Its batches are
    `batch_factor` times those of the task.
    """

    name: str
    loss: str = "non_saturating"
    regularizers: tuple[str, ...] = ()
    normalizer: str = "identity"
    optimizer: str = "adam"
    dynamics: str = "alternating"
    d_steps: int = 1
    g_normalizer: str = "identity"
    augmentations: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()
    pack: int = 1
    lazy: int = 1
    unroll: int = 0
    network: str = ""
    batch_factor: int = 1
    generators: int = 1
    g_steps: int = 1

    def parts(self) -> list[tuple[str, str]]:
        """(kind, name) of every part this method is made of."""
        return [
            ("loss", self.loss),
            *(("regularizer", name) for name in self.regularizers),
            ("normalizer", self.normalizer),
            ("optimizer", self.optimizer),
            ("dynamics", self.dynamics),
            ("normalizer", self.g_normalizer),
            *(("augmentation", name) for name in self.augmentations),
            *(("extra", name) for name in self.extras),
            *([("network", self.network)] if self.network else []),
        ]

    def record(self) -> dict[str, Any]:
        """This method as plain data. What came after the first version is left out where it has
        its default, so that the names of older trials last."""
        values = ((field.name, getattr(self, field.name)) for field in fields(self))
        record = {k: list(v) if isinstance(v, tuple) else v for k, v in values}
        return {k: v for k, v in record.items() if k not in _LATER or v != _LATER[k]}


_FIRST = ("name", "loss", "regularizers", "normalizer", "optimizer", "dynamics", "d_steps")
_LATER = {
    field.name: list(field.default) if isinstance(field.default, tuple) else field.default
    for field in fields(Method)
    if field.name not in _FIRST
}


@dataclass(frozen=True)
class Trial:
    """Everything that decides the outcome of one training run.

    `options` are the structural choices of the task (width, batch, data file); `hparams` are
    numbers, every one of them resolved, so that a changed default is a changed trial.
    `evaluations` is the number of times the generator is measured, at equal distances. `plugins`
    are the user's files that define some of its parts: name -> digest of the content. `gradients`
    is the budget that `steps` comes from, where it was given in gradients (0: in steps): it says
    why this trial is so long, decides nothing of its outcome, and is no part of its id.
    """

    task: str
    method: Method
    seed: int
    steps: int
    hparams: Mapping[str, float] = field(default_factory=dict)
    options: Mapping[str, Scalar] = field(default_factory=dict)
    evaluations: int = 100
    plugins: Mapping[str, str] = field(default_factory=dict)
    gradients: int = 0

    @cached_property
    def id(self) -> str:
        """16 hex digits that name this trial on every machine: a hash of its canonical JSON."""
        return _digest(self._identity())

    @cached_property
    def structure(self) -> str:
        """Trials of equal structure share one compiled step."""
        same = self._identity()
        for number in ("seed", "steps", "hparams", "evaluations"):
            del same[number]
        return _digest(same)

    @property
    def label(self) -> str:
        """A few words for a reader."""
        return f"{self.setting} {self.method.name} seed {self.seed}"

    @property
    def setting(self) -> str:
        """The task, and its networks where they are not the task's usual ones."""
        names = ("network", "generator", "discriminator")
        chosen = [f"{name}={self.options[name]}" for name in names if name in self.options]
        return f"{self.task} ({', '.join(chosen)})" if chosen else self.task

    def _identity(self) -> dict[str, Any]:
        """The part of the record that the hash covers. A file counts by its content ("data"), not
        by its path. The steps count, however they came about."""
        record = self.record()
        record.pop("gradients", None)
        record["numerics"] = NUMERICS
        if "data" in record["options"]:
            record["options"].pop("path", None)
        if "features_digest" in record["options"]:
            record["options"].pop("features", None)
        if not record["plugins"]:
            del record["plugins"]
        return record

    def record(self) -> dict[str, Any]:
        """This trial as plain data, ready for JSON."""
        return {
            "task": self.task,
            "method": self.method.record(),
            "seed": self.seed,
            "steps": self.steps,
            "hparams": {name: float(value) for name, value in self.hparams.items()},
            "options": dict(self.options),
            "evaluations": self.evaluations,
            "plugins": dict(self.plugins),
            **({"gradients": self.gradients} if self.gradients else {}),
        }

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Trial:
        """The inverse of `record`."""
        method: dict[str, Any] = {
            k: tuple(v) if isinstance(v, list) else v for k, v in record["method"].items()
        }
        return cls(**{**record, "method": Method(**method)})


class Status(StrEnum):
    """How a trial ended: a fact. Divergence is an outcome, a crash is our fault."""

    COMPLETED = "completed"
    DIVERGED = "diverged"
    CRASHED = "crashed"
    TIMEOUT = "timeout"
    OUT_OF_MEMORY = "out_of_memory"

    @property
    def failed(self) -> bool:
        """Whether it says more of the machine, or of a bug, than of the method."""
        return self not in (Status.COMPLETED, Status.DIVERGED)


class Verdict(StrEnum):
    """What we conclude of a trial, in the order in which the rules are tried."""

    DIVERGED = "diverged"
    COLLAPSED = "collapsed"
    OSCILLATING = "oscillating"
    DEGRADED = "degraded"
    CONVERGED = "converged"
    MODE_DROP = "mode_drop"
    IMPROVING = "improving"
    STALLED = "stalled"
    NONE = "none"
    """No opinion: the trial crashed or was stopped, or what the rules need was not measured."""


@dataclass(frozen=True)
class Result:
    """What was measured along one trial.

    `curves` maps a metric to its value at each evaluation, `signals` a training signal (losses,
    gradient norms) to its value in each block of steps; in both, "step" is the x axis and None
    marks a value that could not be measured. `facts` is what the task knows about itself (number
    of modes, floor and ceiling of the proxy, success criterion). A diverged trial keeps its curves
    up to the break.
    """

    trial: Trial
    status: Status
    curves: Mapping[str, Curve] = field(default_factory=dict)
    signals: Mapping[str, Curve] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    error: Mapping[str, Any] | None = None
    seconds: float = 0.0
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Names of facts are checked where they are read; see `bench.names`."""
        object.__setattr__(self, "facts", Facts(self.facts))


def _digest(record: Mapping[str, Any]) -> str:
    text = json.dumps(_canonical(record), sort_keys=True, separators=(",", ":"), allow_nan=False)
    return digest(text.encode())


def digest(content: bytes) -> str:
    """16 hex digits that name some content: the first of its SHA-256."""
    return hashlib.sha256(content).hexdigest()[:16]


def _canonical(value: Any) -> Any:
    """1 and 1.0 are the same number, so they get the same name."""
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < 2**53 else value
    if isinstance(value, dict):
        return {key: _canonical(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_canonical(item) for item in value]
    return value


def affordable(each: float, budget: int) -> int:
    """The most steps of `each` gradients that take at most `budget` of them; 0 where one is more.

    Costs such as 2.7 are no binary fractions: 27 gradients are ten of their steps, not nine.
    """
    return math.floor(budget / each * (1 + 1e-12))


def same(value: Any, wanted: Scalar) -> bool:
    """True where a hyper-parameter or an option has the value that is wanted. None or NaN stands
    for one that the trial does not have. "x3" of a recommended number is a product, so it is
    rounded."""
    if value is None or isinstance(value, str) or isinstance(wanted, str | bool):
        return bool(value == wanted)
    return math.isclose(value, wanted, rel_tol=1e-9)
