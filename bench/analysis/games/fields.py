"""Vector fields of games of two numbers, theta of G (or x) and psi of D (or y), in closed form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from bench.metrics.planar.saddles import SADDLES
from bench.trial import Trial

Array = np.ndarray
Slope = Callable[[Array], Array]
"""D's value d of G's sample, [...] -> a derivative of a loss by it, [...]."""


class Field(NamedTuple):
    """The field in which the players of a game move, each down its own loss."""

    v: Callable[[Array, Array], Array]
    """(theta, psi), each [...] -> (-dL_G/dtheta, -dL_D/dpsi), [2, ...]."""

    title: str
    """A few words for the game and its penalties."""

    start: tuple[float, float]
    """The point (theta, psi) at which a trial begins."""

    def jacobian(self) -> Array:
        """dv/dw [2, 2] at the origin, the equilibrium."""
        ends = np.array([[1, -1, 0, 0], [0, 0, 1, -1]]) * _STEP
        v = self.v(*ends)
        return np.stack([v[:, 0] - v[:, 1], v[:, 2] - v[:, 3]], 1) / (2 * _STEP)


_STEP = 1e-6
"""The step of a difference; the fields are smooth at the origin."""


def _sigmoid(d: Array) -> Array:
    return (1 + np.tanh(d / 2)) / 2


def _hinge(d: Array) -> Array:
    return (np.asarray(d) > -1).astype(float)


def _one(d: Array) -> Array:
    return np.ones_like(d)


_LOSSES: Mapping[str, tuple[Slope, Slope]] = {
    "minimax": (_sigmoid, _sigmoid),
    "non_saturating": (lambda d: _sigmoid(-d), _sigmoid),
    "wasserstein": (_one, _one),
    "hinge": (_one, _hinge),
}
"""Loss -> (-dL_G/dd, dL_D/dd), where d = psi theta is what D gives to G's sample and 0 to a real
one."""

_DAMPING = ("r1", "r2")
"""The penalties gamma/2 psi^2: D has the same slope everywhere."""


def field(trial: Trial) -> Field | None:
    """The field of the game that a trial plays; None where it is no game of two numbers, or has
    parts whose field is not known in closed form."""
    method = trial.method
    plain = not (method.augmentations or method.external) and method.lazy == method.pack == 1
    if not plain or set(method.extras) - {"ema"}:
        return None
    saddle = SADDLES.get(trial.task)
    if saddle is not None:
        if method.regularizers or method.loss != "wasserstein":
            return None
        down, no = np.array([-1.0, 1.0]), "a" if saddle.minimax else "no"
        title = f"{trial.task}: the origin is {no} local minimax point"
        return Field(lambda x, y: (down * saddle.slopes(x, y).T).T, title, saddle.start)
    if trial.task not in ("dirac", "bilinear") or _larger(trial):
        return None
    return _linear(trial)


def _larger(trial: Trial) -> bool:
    """True where the players have more than two numbers, or a loss that is not the plain one."""
    smoothed = trial.hparams.get(f"{trial.method.loss}.smoothing", 0.0)
    return bool(trial.options.get("bias") or trial.options.get("size", 1) != 1 or smoothed)


def _linear(trial: Trial) -> Field | None:
    """D(x) = psi x, G = theta, real samples at 0."""
    method = trial.method
    if method.loss not in _LOSSES or set(method.regularizers) - set(_DAMPING):
        return None
    own, other = _LOSSES[method.loss]
    numbers = {name: trial.hparams.get(f"{name}.gamma", 0.0) for name in method.regularizers}
    gamma = sum(numbers.values())

    def v(theta: Array, psi: Array) -> Array:
        theta, psi = np.asarray(theta, float), np.asarray(psi, float)
        d = psi * theta
        return np.array([own(d) * psi, -other(d) * theta - gamma * psi])

    said = [f"{name.upper()}, gamma = {value:g}" for name, value in numbers.items()]
    title = ", ".join([f"{trial.task}, {method.loss.replace('_', ' ')}", *said])
    return Field(v, title, (1.0, 1.0))
