"""The Dirac-GAN of Mescheder et al. 2018 through the real trainer: x = 0, G = theta, D = psi x."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import tensorflow as tf

from bench import registry
from bench.gan.state import State
from bench.gan.training.step import Step
from bench.trial import Method

DIRAC = replace(registry.task["dirac"](), xla=False)  # quicker where each case is short

_STEPS: dict[tuple[Method, bool], Step] = {}
FEW = 3
"""Steps that take less operation by operation than to compile."""


def step_of(method: Method, compiled: bool = True) -> Step:
    """The step of a method on the Dirac-GAN, made once."""
    if (method, compiled) not in _STEPS:
        _STEPS[method, compiled] = step = Step(DIRAC, method)
        if not compiled:
            uncompiled(step)
    return _STEPS[method, compiled]


def uncompiled(step: Step) -> None:
    """Have a step run operation by operation. Few steps then take less than its compilation."""
    step._loop = step._looped


def at(step: Step, hparams: dict, start) -> State:
    """The state before the first step, at (theta, psi)."""
    state = step.init(0, hparams)
    theta, psi = (tf.constant(x, tf.float64) for x in start)
    state = state._replace(
        g=state.g._replace(weights=(tf.reshape(theta, (1,)),)),
        d=state.d._replace(weights=(tf.reshape(psi, (1, 1)), *state.d.weights[1:])),
    )
    memory = step.dynamics.traits.get("memory")
    return state._replace(motion=memory(state) if memory else ())


def trajectory(
    method: Method, hparams: dict, steps: int, start=(1.0, 1.0), every: int = 10
) -> np.ndarray:
    """(theta, psi) at the start and after every so many steps, [1 + steps / every, 2]."""
    step = step_of(method, compiled=steps > FEW)
    state = at(step, hparams, start)
    points = [start]
    for i in range(0, steps, every):
        state, _ = step.run(state, 0, hparams, i, i + every)
        points.append((float(state.g.weights[0][0]), float(state.d.weights[0][0, 0])))
    return np.array(points)


def contraction(
    method: Method, hparams: dict, steps: int = 240, start=(1e-3, 0.7e-3), every: int = 3
) -> float:
    """Factor by which the distance to (0, 0) shrinks a step: from a straight line through log r.

    The first quarter is left out: it is the transient.
    """
    points = trajectory(method, hparams, steps, start, every)
    log_r = np.log(np.linalg.norm(points, axis=1))
    step = every * np.arange(len(log_r))
    late = step >= steps / 4
    return float(np.exp(np.polyfit(step[late], log_r[late], 1)[0]))
