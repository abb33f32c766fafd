"""Meetings of a method and a task: the reasons against them. Each function gives one, or None.

`network` is the name of the networks that play; "" stands for networks of the user's own, None for
those of a task without a choice.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bench import registry
from bench.gan.methods import slots
from bench.trial import Method


def refused(method: Method, task: str, network: str | None, batch: int | None) -> str | None:
    """The first reason against a method on a task, with batches of a size if it has one."""
    return (
        _labels(method, task, network)
        or _samples(method, task, network)
        or _lacking(method, task, network)
        or (batches(method, network, batch) if batch else None)
    )


def untrained(method: Method, task: str) -> str | None:
    """The reason against a trainer, or another program that trains, on a task."""
    own = registry.task[task].traits
    if own.get("given"):
        return f"the generator of {task} is given data, of which a trainer is told nothing yet"
    if method.trainer not in registry.trainer:
        return None
    needs = registry.trainer[method.trainer].traits
    if needs.get("rollouts") and not own.get("rollouts"):
        return f"{method.trainer} trains a policy, and {task} has none"
    if needs.get("codes") and own.get("rollouts"):
        return f"{method.trainer} codes single samples, and those of {task} come from rollouts"
    return None


def _labels(method: Method, task: str, network: str | None) -> str | None:
    """The reason against networks that are told classes, with this method on this task."""
    if not network or not registry.network[network].traits.get("labels"):
        return None
    reason = _untold(method)
    if not reason and not registry.task[task].traits.get("labels"):
        reason = f"{task} has none"
    text = f"the networks {network} are told the class of each sample: {reason}"
    return text if reason else None


def _samples(method: Method, task: str, network: str | None) -> str | None:
    """The reason against a method on the samples of a task, or on what is measured of them."""
    traits = registry.task[task].traits
    dense = bool(network) and registry.network[str(network)].traits.get("dense")
    spatial = (traits.get("images") or traits.get("pixels")) and not dense
    if network and registry.network[network].traits.get("images") and not traits.get("images"):
        return f"the networks {network} are for images, and {task} has none"
    for kind, name in method.parts():
        needs = registry.KINDS[kind][name].traits
        if needs.get("images") and not traits.get("images"):
            verb = "changes" if kind == "extra" else "moves"
            return f"{name} {verb} pixels, and {task} has no images"
        if reason := _drawn(name, needs, task, traits):
            return reason
        if needs.get("spatial") and not spatial:
            return f"{name} averages over pixels, and {task} has dense layers only"
        if needs.get("coupled") and not traits.get("domains"):
            return f"{name} ties the networks of domains, and {task} has only one"
        if needs.get("paired") and not traits.get("paired"):
            return f"{name} needs the right answer to each input, and {task} has none"
        if needs.get("averages") and traits.get("data") == "game":
            return f"{name} would have no effect: {task} measures the players, not an average"
    losses = traits.get("losses", (method.loss,))
    if method.loss not in losses:
        return f"{task} is a game of {', '.join(losses)}, not of {method.loss}"
    return None


def _drawn(name: str, needs: Mapping[str, Any], task: str, traits: Mapping[str, Any]) -> str | None:
    """The reason against a part that changes draws, on a task that has none of the kind."""
    if not needs.get("noise") and not needs.get("draws"):
        return None
    if traits.get("data") == "game":
        return f"{name} would have no effect: {task} is a game without random draws"
    if needs.get("noise") and traits.get("given"):
        return f"{name} changes noise, and the generator of {task} is given data"
    if needs.get("noise") and traits.get("rollouts"):
        return f"{name} changes noise, and the samples of {task} have none of their own"
    return None


def unordered(method: Method, task: str, options: Mapping[str, Any]) -> str | None:
    """The reason against an extra that walks through a data set, on a task with these options."""
    for name in () if method.external else method.extras:
        ordered = registry.task[task].traits.get("order", lambda options: False)
        if registry.extra[name].traits.get("ordered") and not ordered(options):
            own = registry.task[task].fn.__module__.startswith("bench.")
            hint = "" if own else ": if it is a data set, say so, @task(order=lambda options: True)"
            return f"{name} walks through a data set in its order, and {task} has none{hint}"
    return None


def _lacking(method: Method, task: str, network: str | None) -> str | None:
    """The reason why a part of a method would have no effect: the networks have no place for it."""
    if network:
        return slots.lacking(method, f"the networks {network}", registry.network[network].traits)
    if network is None:
        return slots.lacking(method, f"the networks of {task}", registry.task[task].traits)
    return None


def batches(method: Method, network: str | None, size: int) -> str | None:
    """The reason against a method with batches of a task's `size`; None where there is none.

    D judges `size` times batch_factor samples (or packs) at once, G makes `pack` times as many.
    """
    n = size * method.batch_factor
    if method.generators > n:
        return f"generators = {method.generators} with a batch of {n}: some would make nothing"
    judged, made = method.parts(), [("normalizer", method.g_normalizer)]
    judged.remove(made[0])
    made += [("network", network)] if network else []
    for parts, seen in ((judged, n), (made, n * method.pack)):
        for kind, name in parts:
            need = registry.KINDS[kind][name].traits.get("batch")
            reason = need(seen) if need else None
            if reason:
                return f"{name} with a batch of {seen}: {reason}"
    return None


def _untold(method: Method) -> str | None:
    """The reason why a method does not go with classes; None where it does."""
    if method.pack > 1:
        return f"a pack of {method.pack} has several"
    if method.generators > 1:
        return f"{method.generators} generators are not told them"
    for name in method.extras:
        if registry.extra[name].traits.get("pools"):
            return f"{name} forgets the class that a sample was asked for"
    if registry.normalizer[method.normalizer].traits.get("direction"):
        return f"{method.normalizer} knows one direction, and each class would have its own"
    if registry.normalizer[method.g_normalizer].traits.get("reference"):
        return f"the reference batch of {method.g_normalizer} has none"
    return None
