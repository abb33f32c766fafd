"""Counts the cost of a method's training step in gradients."""

from __future__ import annotations

import math

from bench import registry
from bench.trial import Method


def gradients(method: Method) -> float:
    """Gradients of one step, in those of a D or a G on one batch; plain non-saturating has 2.

    A gradient penalty adds 0.7 (at the samples of the loss) or 1.5 (elsewhere) for each D step, a
    second look at other samples 1 or 2, an inner step 3 (itself, and a Hessian-vector product on
    the way back), a look ahead the whole step again; a derivative of the whole field makes it 2.5
    times as much. D's steps are counted `d_steps` times, G's and the inner ones `g_steps` times.
    With `pack` m the generator makes m batches. What is no gradient is not counted: minibatch
    discrimination compares B^2 pairs, dropout draws a number for each unit.
    A trainer of the catalogue says what it takes; NaN for one of the user's own.
    Raises UnknownName for a part that is not registered.
    """
    if method.external:
        known = (
            registry.trainer[method.trainer].traits if method.trainer in registry.trainer else {}
        )
        return float(known.get("gradients", math.nan))
    dynamics = registry.dynamics[method.dynamics].traits
    each = 1 + _added(method, "d_cost")
    g = (1 + method.pack) / 2 + _added(method, "g_cost")
    total = method.d_steps * each + method.g_steps * (g + 3 * method.unroll * each)
    return total * float(dynamics.get("cost", 1)) * method.batch_factor


def known(method: Method) -> float:
    """The gradients of one step; NaN where a part of the method is not registered."""
    try:
        return gradients(method)
    except registry.UnknownName:
        return math.nan


def _added(method: Method, what: str) -> float:
    """The parts' own gradients beside one of a player. Penalties alone are taken in every `lazy`-th
    step; those of a normalizer are there in each."""
    added = 0.0
    for kind, name in method.parts():
        cost = float(registry.KINDS[kind][name].traits.get(what, 0))
        added += cost / method.lazy if kind == "regularizer" else cost
    return added
