"""The step of a method near the equilibrium of a game of two numbers, as a matrix.

With H the Jacobian of both gradients and w = (theta, psi), a plain step is w - h H w. What a method
remembers (the last weights, its momentum) is a second block.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from bench.analysis.games.fields import field
from bench.trial import Method, Trial

Array = np.ndarray

ONE, NONE = np.eye(2), np.zeros((2, 2))


class Linear(NamedTuple):
    """A game near its equilibrium, with the numbers of a trial."""

    h: Array
    """The Jacobian of both gradients, [2, 2]."""
    rates: Array
    """The learning rates of G and D on a diagonal, [2, 2]."""
    numbers: Callable[[str], float]
    """The hyper-parameter of a name; 0 where the trial has none."""
    momentum: float
    """The momentum of sgd."""
    method: Method
    """The method that plays it."""


def matrix(trial: Trial) -> tuple[Array, int] | None:
    """(the matrix of one period near the equilibrium on (theta, psi) and what is remembered, the
    number of steps of a period); None where it is not known in closed form."""
    game, method = field(trial), trial.method
    if game is None or {method.normalizer, method.g_normalizer} != {"identity"} or method.unroll:
        return None
    rates = np.diag([trial.hparams["lr_g"], trial.hparams["lr_d"]])
    momentum = trial.hparams.get("sgd.momentum", 0.0)

    def numbers(name: str) -> float:
        return trial.hparams.get(f"{method.dynamics}.{name}", 0.0)

    linear = Linear(-game.jacobian(), rates, numbers, momentum, method)
    if method.optimizer == "optimistic_sgd" and method.dynamics == "simultaneous":
        return _past(linear), 1
    if method.optimizer != "sgd" or method.dynamics not in _MOTIONS:
        return None
    if momentum and method.dynamics not in _WITH_MOMENTUM:
        return None
    period = int(numbers("period")) if method.dynamics.startswith("lookahead") else 1
    return _MOTIONS[method.dynamics](linear), period


def eigenvalues(trial: Trial) -> Array:
    """The eigenvalues of one step near the equilibrium; of a method with a longer period their
    roots. Empty where they are not known in closed form. Inside of the unit circle it converges."""
    found = matrix(trial)
    if found is None:
        return np.zeros(0, complex)
    return np.linalg.eigvals(found[0]).astype(complex) ** (1 / found[1])


def radius(trial: Trial) -> float | None:
    """The spectral radius of one step near the equilibrium: the factor on the distance to it. None
    where it is not known in closed form."""
    found = eigenvalues(trial)
    return float(np.abs(found).max()) if len(found) else None


def _simultaneous(own: Linear) -> Array:
    return _heavy(ONE - own.rates @ own.h, own.momentum)


def _heavy(once: Array, momentum: float) -> Array:
    """A step with the momentum of sgd, on (w, the last w)."""
    if not momentum:
        return once
    return np.block([[once + momentum * ONE, -momentum * ONE], [ONE, NONE]])


def _alternating(own: Linear) -> Array:
    """D's steps, then G's, on (w, both velocities); without momentum on w alone."""
    steps = {}
    for player in (0, 1):
        here = np.zeros((2, 2))
        here[player, player] = 1.0
        slope, kept = -here @ own.rates @ own.h, ONE + (own.momentum - 1) * here
        steps[player] = np.block([[ONE + slope, own.momentum * here], [slope, kept]])
    g, d = (
        np.linalg.matrix_power(steps[player], count)
        for player, count in ((0, own.method.g_steps), (1, own.method.d_steps))
    )
    both = np.asarray(g @ d)
    return both if own.momentum else np.asarray(both[:2, :2])


def _extragradient(own: Linear) -> Array:
    m: Array = own.rates @ own.h
    return np.asarray(ONE - m @ (ONE - m))


def _past(own: Linear) -> Array:
    m = own.rates @ own.h
    return np.block([[ONE - 2 * m, m], [ONE, NONE]])


def _lookahead(once: Callable[[Linear], Array]) -> Callable[[Linear], Array]:
    def period(own: Linear) -> Array:
        share, steps = own.numbers("share"), int(own.numbers("period"))
        return (1 - share) * ONE + share * np.linalg.matrix_power(once(own), steps)

    return period


def _consensus(own: Linear) -> Array:
    return np.asarray(ONE - own.rates @ (own.h + own.numbers("gamma") * own.h.T @ own.h))


def _jare(own: Linear) -> Array:
    cross = np.array([own.h[1, 0] * own.h[1], own.h[0, 1] * own.h[0]])
    return np.asarray(ONE - own.rates @ (own.h + own.numbers("gamma") * cross))


def _symplectic(own: Linear) -> Array:
    """At the equilibrium the sign of the alignment is that of its 0.1."""
    turned = (own.h - own.h.T) / 2
    return np.asarray(ONE - own.rates @ (ONE + own.numbers("weight") * turned.T) @ own.h)


def _lead(own: Linear) -> Array:
    cross = own.numbers("alpha") * own.rates @ np.array([[0, own.h[1, 0]], [own.h[0, 1], 0]])
    last = cross + own.momentum * ONE
    return np.block([[ONE - own.rates @ own.h + last, -last], [ONE, NONE]])


def _cgd(own: Linear) -> Array:
    rate_g, rate_d, b = own.numbers("rate_g"), own.numbers("rate_d"), own.h[0, 1]
    g = (own.h[0] - rate_d * b * own.h[1]) / (1 + rate_g * rate_d * b**2)
    return np.asarray(ONE - own.rates @ np.array([g, own.h[1] + rate_g * b * g]))


def _follow_the_ridge(own: Linear) -> Array:
    (_, _), (cross, curved) = own.h
    damped = curved**2 + own.numbers("damping")
    along = curved / damped * cross if damped else 0.0  # of the move of G, -rate g
    return np.asarray(ONE - own.rates @ own.h + np.outer([0, along * own.rates[0, 0]], own.h[0]))


_MOTIONS: Mapping[str, Callable[[Linear], Array]] = {
    "simultaneous": _simultaneous,
    "alternating": _alternating,
    "alternating_same_batch": _alternating,  # a game has no samples
    "extragradient": _extragradient,
    "past_extragradient": _past,
    "lookahead": _lookahead(_alternating),
    "lookahead_simultaneous": _lookahead(_simultaneous),
    "consensus": _consensus,
    "jare": _jare,
    "symplectic": _symplectic,
    "symplectic_unaligned": _symplectic,
    "lead": _lead,
    "cgd": _cgd,
    "follow_the_ridge": _follow_the_ridge,
}
_WITH_MOMENTUM = ("simultaneous", "alternating", "alternating_same_batch", "lead")
