"""Typical seconds of a trial's parts: a table of tasks, scaled by method and sizes.

Only ratios are relied on. A sweep's own machine is measured by `bench.sweep.price.rates`.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from typing import NamedTuple

from bench import registry
from bench.gan.methods import cost
from bench.trial import Method, Scalar, Trial


class Typical(NamedTuple):
    """Seconds of the method `ns` on a task with its usual options."""

    start: float
    """Reading, calibrating and compiling."""
    step: float
    """A step."""
    evaluation: float
    """A measurement on the way."""
    end: float
    """The measurements at the end."""


TASKS = {
    "ring8": Typical(7.0, 0.0027, 0.057, 0.25),
    "digits8": Typical(7.0, 0.0025, 0.06, 0.47),
    "dirac": Typical(2.0, 0.00004, 0.002, 0.06),
    "imitate": Typical(14.0, 0.0017, 0.02, 0.22),
    "stacked": Typical(7.0, 0.0045, 0.07, 0.5),
    "dcgan28": Typical(20.0, 1.1, 0.3, 1.0),
    "images": Typical(20.0, 1.4, 0.3, 1.0),
}
"""The first four as `tests/performance/typical_prices.py` measured them on a busy machine; ridge_1
to ridge_3 take at most 1.5 times what dirac does. The others by their sizes."""

KINDS = {"game": "dirac", "points": "ring8", "images": "digits8"}
"""The data of a task that the table does not have -> a task that may be like it."""

NETWORKS = {
    "mlp": 1.0,
    "dcgan": 10.0,
    "residual": 25.0,
    "progan": 15.0,
    "stylegan": 20.0,
    "biggan": 30.0,
}
"""The cost of a step with these networks. That of "dcgan" was measured on the digits, the others go
by their numbers of layers."""

SIZES = {"batch": 0.5, "units": 0.6, "width": 1.2, "size": 2.0}
"""Options whose relative change, to this power, changes the cost of a step."""

SHARED = 0.5
"""Gradients, out of the two of `ns`, that a step's fixed cost is worth."""

COMPILER = 0.4
"""A step of more gradients, to this power, takes the compiler longer."""

WARM = 0.1
"""Seconds before the first step in a process that has compiled it."""

IMPORT = 6.0
"""Seconds of importing TensorFlow, once in a slot."""

GAP = 0.1
"""Seconds between two trials of a slot: a process, files."""


class Work(NamedTuple):
    """Typical seconds of the parts of a trial."""

    start: float
    """Before its first step in a fresh process."""
    warm: float
    """The same in a process that has compiled its step."""
    train: float
    """All steps and the measurements between them."""
    end: float
    """The measurements after the last step."""


class Structure(NamedTuple):
    """All that decides the speed of a step: equal ones share a compiled program."""

    task: str
    """The task's name."""
    method: Method
    """The method, without its numbers."""
    options: tuple[tuple[str, Scalar], ...]
    """The task's options: networks, sizes."""


def structure(trial: Trial) -> Structure:
    """The structure of a trial. `Trial.structure` means the same, and takes a hash of a record."""
    return Structure(trial.task, trial.method, tuple(sorted(trial.options.items())))


def work(trial: Trial) -> Work:
    """The typical seconds of a trial that is trained to its last step."""
    return _work(structure(trial), trial.steps, trial.evaluations)


@functools.cache
def _work(kind: Structure, steps: int, evaluations: int) -> Work:
    plain, size = _plain(kind.task), _size(kind)
    # of a trainer nobody knows: what was measured of it tells
    gradients = 2.0 if kind.method.external else cost.gradients(kind.method)
    step = plain.step * size * (SHARED + gradients) / (SHARED + 2)
    start = plain.start * (gradients / 2) ** COMPILER
    train = steps * step + min(steps, evaluations) * plain.evaluation
    return Work(start, min(WARM, start), train, plain.end)


def _plain(task: str) -> Typical:
    if task not in TASKS:
        traits = registry.task[task].traits
        task = "stacked" if traits.get("pixels") else KINDS[traits.get("data", "images")]
    return TASKS[task]


def _size(kind: Structure) -> float:
    """The cost of a step, in one with the task's usual options."""
    chosen, usual = dict(kind.options), registry.task[kind.task].defaults
    networks = kind.method.network or chosen.get("network"), usual.get("network")
    own, other = (NETWORKS.get(str(name), 1.0) for name in networks)
    found = own / other if networks[0] else 1.0
    for name, power in SIZES.items():
        if name in chosen and name in usual:
            found *= (float(chosen[name]) / float(usual[name])) ** power
    return found * _players(chosen) * float(kind.method.batch_factor ** SIZES["batch"])


def _players(chosen: Mapping[str, Scalar]) -> float:
    """The cost of players that have a width or a depth of their own, in one without."""
    both = float(chosen.get("units", 0))
    wide = [float(chosen.get(f"{player}_units", 0)) or both for player in "gd"]
    deep = sum(float(chosen.get(f"{player}_depth", 0)) or 2 for player in "gd") / 4
    return deep * float(math.prod(own / both for own in wide if both) ** (SIZES["units"] / 2))
