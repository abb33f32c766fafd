"""The nouns: Method, Trial, Status, Result. Frozen, beside `bench.vocabulary.names` standard
library only.

A method turns two losses into a motion of two players. A trial is one such motion from one seed.
A result is what was measured along it. What is *concluded* from a result (a verdict, a statistic)
is said later, in `bench.analysis`, by code that cannot train.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from enum import StrEnum
from functools import cache, cached_property
from typing import Any

from bench.vocabulary.names import Facts

NUMERICS = 3
"""Raise this when the same trial would give other numbers than before: old results are then
not taken for new ones."""

Scalar = str | float | int | bool
Curve = Sequence[float | None]


@dataclass(frozen=True)
class File:
    """A file of the user's as the value of an option. It counts by its content, wherever it lies.

    A trial has it as two options: its path under its own name, its digest under another one (see
    `flat` and `digest_name`).
    """

    path: str = ""
    """The place of the file; "" where none is given."""

    digest: str = ""
    """16 hex digits of its content, found when a sweep is read."""

    def __str__(self) -> str:
        return self.path

    def __bool__(self) -> bool:
        return bool(self.path)


NO_FILE = File()
"""The default of an option that is a file."""


@cache  # asked for every option of every trial
def digest_name(option: str) -> str:
    """The name under which a trial has the digest of a file; that of `path` came first."""
    return "data" if option == "path" else f"{option}_digest"


def flat(options: Mapping[str, Scalar | File]) -> dict[str, Scalar]:
    """Options as a trial has them: a file as its path and its digest."""
    found: dict[str, Scalar] = {}
    for name, value in options.items():
        if isinstance(value, File):
            found |= {name: value.path, digest_name(name): value.digest}
        else:
            found[name] = value
    return found


def paired(options: Mapping[str, Scalar | File], names: Iterable[str]) -> dict[str, Scalar | File]:
    """The inverse of `flat`: `names` are the options that are files."""
    found = dict(options)
    for name in names:
        if isinstance(path := found.get(name), str):
            found[name] = File(path, str(found.pop(digest_name(name), "")))
    return found


@dataclass(frozen=True)
class Method:
    """The structure of a GAN training method; its numbers are hyper-parameters of the trial.

    Loss, regularizers and normalizers define the game (a vector field), optimizer and dynamics the
    motion in it. Parts are given by their registered names.
    """

    name: str
    """The method's name in results."""

    loss: str = "non_saturating"
    """The two losses."""

    regularizers: tuple[str, ...] = ()
    """Penalties that are added to the losses."""

    normalizer: str = "identity"
    """The normalization of the discriminator's layers."""

    optimizer: str = "adam"
    """The optimizer of both players."""

    dynamics: str = "alternating"
    """The order and the points at which the players step."""

    d_steps: int = 1
    """Steps of the discriminator in one step (n_critic), each on a fresh batch."""

    g_normalizer: str = "identity"
    """The normalization of the generator's layers."""

    augmentations: tuple[str, ...] = ()
    """Transformations of the samples that the discriminator sees, real and generated."""

    extras: tuple[str, ...] = ()
    """Parts of no other kind: a layer of D, a selection of samples, an average of weights."""

    pack: int = 1
    """Number of samples that the discriminator judges together."""

    lazy: int = 1
    """Steps from one use of the penalties, then `lazy` times as strong, to the next."""

    unroll: int = 0
    """Inner steps of the dynamics `unrolled`."""

    network: str = ""
    """The networks that the method brings; empty: the task's."""

    batch_factor: int = 1
    """Size of its batches, in batches of the task."""

    generators: int = 1
    """Number of generators, which take turns with the samples of a batch."""

    g_steps: int = 1
    """Steps of the generator in one step, after those of the discriminator."""

    trainer: str = ""
    """The function that trains in place of parts: "file.py:function", or the name of one of the
    catalogue; empty: there is none."""

    command: tuple[str, ...] = ()
    """The words of a program that trains in place of parts; empty: there is none."""

    files: tuple[str, ...] = ()
    """The names of the files that a trainer or a command is made of. Their digests are among the
    trial's `plugins`."""

    @property
    def external(self) -> bool:
        """True where a trainer or a command trains, and not this package: it has no parts."""
        return bool(self.trainer or self.command)

    def parts(self) -> list[tuple[str, str]]:
        """(kind, name) of every part this method is made of; none of an external one."""
        if self.external:
            return []
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


@cache  # asked for every trial of a plan
def _record(method: Method) -> dict[str, Any]:
    """The record of a method, which nobody changes."""
    return method.record()


_FIRST = ("name", "loss", "regularizers", "normalizer", "optimizer", "dynamics", "d_steps")
_LATER = {
    field.name: list(field.default) if isinstance(field.default, tuple) else field.default
    for field in fields(Method)
    if field.name not in _FIRST
}


@dataclass(frozen=True)
class Trial:
    """Everything that decides the outcome of one training run."""

    task: str
    """The name of the task."""

    method: Method
    """The structure of the method."""

    seed: int
    """The seed of all random numbers, 0 or more."""

    steps: int
    """The number of steps of training."""

    hparams: Mapping[str, float] = field(default_factory=dict)
    """Numbers such as "lr_g" and "r1.gamma", every one of them resolved, so that a changed default
    is a changed trial."""

    options: Mapping[str, Scalar] = field(default_factory=dict)
    """The structural choices of the task: network, batch; a file as two of them (see `flat`)."""

    evaluations: int = 100
    """The number of times that the generator is measured, at equal distances."""

    plugins: Mapping[str, str] = field(default_factory=dict)
    """The user's files that define some of its parts: name -> digest of the content."""

    gradients: int = 0
    """The budget that `steps` comes from, where it was given in gradients (0: in steps). It says
    why this trial is so long, decides nothing of its outcome, and is no part of its id."""

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

    @cached_property
    def choices(self) -> dict[str, Scalar]:
        """All that was chosen of its method, by name: the keys of the method (a list as one text,
        "" for none and for the part that does nothing), and its hyper-parameters."""
        values = {own.name: getattr(self.method, own.name) for own in fields(Method)[1:]}
        texts = {k: " + ".join(v) if isinstance(v, tuple) else v for k, v in values.items()}
        method = {k: "" if v == "identity" else v for k, v in texts.items()}
        return {**method, **self.hparams}

    def level(self, keys: Sequence[str]) -> Scalar | None:
        """The level of the factor that is made of these keys of `choices`: the value of a single
        one, or what several of them name, joined by " + " ("none" for nothing). None where the
        trial has none of the keys."""
        known = [self.choices[key] for key in keys if key in self.choices]
        if not known:
            return None
        if len(keys) == 1 and known[0] != "":
            return known[0]
        return " + ".join(str(value) for value in known if value != "") or "none"

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
        """The part of the record that the hash covers. A file counts by its digest, not by its
        path. The steps count, however they came about."""
        record = self.record() | {"method": _record(self.method)}
        record.pop("gradients", None)
        record["numerics"] = NUMERICS
        options = record["options"]
        record["options"] = {k: v for k, v in options.items() if digest_name(k) not in options}
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
        """The trial that a record describes: the inverse of `record`."""
        method: dict[str, Any] = {
            k: tuple(v) if isinstance(v, list) else v for k, v in record["method"].items()
        }
        return cls(**{**record, "method": Method(**method)})


class Status(StrEnum):
    """The status that a trial ended with: a fact. Divergence is a result, a crash is our fault."""

    COMPLETED = "completed"
    DIVERGED = "diverged"
    CRASHED = "crashed"
    TIMEOUT = "timeout"
    OUT_OF_MEMORY = "out_of_memory"

    @property
    def failed(self) -> bool:
        """True where it says more of the machine, or of a bug, than of the method."""
        return self not in (Status.COMPLETED, Status.DIVERGED)


class Verdict(StrEnum):
    """The conclusion from a trial: an opinion. In the order in which the rules are tried."""

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
    """The measurements along one trial.

    In curves and signals, "step" is the x axis, and None marks a value that could not be measured.
    A diverged trial keeps them up to the break.
    """

    trial: Trial
    """The trial itself."""

    status: Status
    """The status that it ended with."""

    curves: Mapping[str, Curve] = field(default_factory=dict)
    """A metric -> its value at each evaluation."""

    signals: Mapping[str, Curve] = field(default_factory=dict)
    """A training signal (a loss, a gradient norm) -> its value in each block of steps."""

    facts: Mapping[str, Any] = field(default_factory=dict)
    """Facts about the task: number of modes, floor and ceiling of the proxy, success criterion."""

    error: Mapping[str, Any] | None = None
    """The error that ended it: "type", "message" and, where it diverged, "step"; None: no error."""

    seconds: float = 0.0
    """Seconds that it took."""

    provenance: Mapping[str, Any] = field(default_factory=dict)
    """Versions and machine; see `bench.store.provenance`."""

    def __post_init__(self) -> None:
        """Names of facts are checked where they are read; see `bench.vocabulary.names`."""
        object.__setattr__(self, "facts", Facts(self.facts))


def _digest(record: Mapping[str, Any]) -> str:
    return digest(_JSON(_canonical(record)).encode())


_JSON = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False).encode


def digest(*content: bytes | memoryview) -> str:
    """16 hex digits that name some content, in one piece or several: the first of its SHA-256."""
    hashed = hashlib.sha256()
    for piece in content:
        hashed.update(piece)
    return hashed.hexdigest()[:16]


def _canonical(value: Any) -> Any:
    """Plain data with 1 in place of 1.0: the same number, so it gets the same id."""
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
