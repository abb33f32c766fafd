"""Rules: combinations of parts that cannot work, and those that are doubtful.

A rule is a function of a method that gives the reason against it, or None. `check` raises the first
reason and warns of doubts when a sweep is read, so that a trial never fails for its composition.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from bench import registry
from bench.gan.methods import meetings
from bench.trial import Method, Trial


class IllegalMethod(ValueError):
    """A combination of parts that cannot work; the message says why."""


class DoubtfulMethod(UserWarning):
    """A combination of parts that works against itself, or was made for something else."""


COUNTS = ("d_steps", "g_steps", "pack", "lazy", "unroll", "generators", "batch_factor")
"""The fields of a method that are whole numbers."""


def check(method: Method) -> None:
    """Refuse what cannot work, and warn of what is doubtful.

    Raises IllegalMethod with the reason, UnknownName for a part. Warns with DoubtfulMethod.
    """
    for kind, name in method.parts():
        registry.KINDS[kind][name]
    for rule in _RULES:
        reason = rule(method)
        if reason:
            raise IllegalMethod(reason)
    for doubt in doubts(method):
        warnings.warn(f"{method.name}: {doubt}", DoubtfulMethod, stacklevel=2)


def doubts(method: Method) -> list[str]:
    """The reasons against a combination that do not make it impossible."""
    normalizer, found = registry.normalizer[method.normalizer].traits, []
    penalties = _named(method, "per_sample")
    if normalizer.get("gradient") and penalties:
        found.append(f"{penalties[0]} with {method.normalizer}: both bound the same slope")
    if method.normalizer == "weight_clipping" and method.loss != "wasserstein":
        found.append(f"weight_clipping with {method.loss}: it was made for wasserstein")
    if "lecam" in method.regularizers and method.loss == "wasserstein":
        found.append("lecam with wasserstein: the anchors drift, as its logits have no zero")
    batch_norm = "batch_norm" in (method.normalizer, method.g_normalizer)
    if batch_norm and registry.optimizer[method.optimizer].traits.get("measures"):
        found.append(f"{method.optimizer} with batch_norm: its statistics are of other weights")
    if "lazy_d" in method.extras and not registry.loss[method.loss].traits.get("equilibrium", 1):
        found.append(f"lazy_d with {method.loss}: L_D falls below 0 while D learns, and D stops")
    coupling = _coupling_extras(method)
    if coupling and penalties:
        found.append(f"{penalties[0]} with {coupling[0]}: gradients of one sample see the others")
    return found


def yardstick(method: Method) -> bool:
    """True where a method shows what a task allows, and is not compared with others."""
    if method.trainer not in registry.trainer:
        return False
    return bool(registry.trainer[method.trainer].traits.get("yardstick"))


def compared(trials: Iterable[Trial]) -> list[Trial]:
    """The trials of methods that are compared: all but yardsticks, unless there are no others."""
    every = list(trials)
    return [trial for trial in every if not yardstick(trial.method)] or every


def check_task(
    method: Method,
    task: str,
    network: str | None = None,
    batch: int | None = None,
    options: Mapping[str, Any] | None = None,
) -> None:
    """Refuse what a task cannot have, or what would have no effect there.

    `network` names the networks that play where they are not the task's usual ones, "" stands for
    networks of the user's own, which are tried when they are built; `batch` is the size of the
    task's batches, where it is not the usual one, and `options` are those of the task that are not
    the usual ones. Raises IllegalMethod with the reason.
    """
    part = registry.task[task]
    if method.external:
        if part.traits.get("data") == "game":
            raise IllegalMethod(f"{task} is a game of two players that are given: nothing to train")
        if reason := meetings.untrained(method, task):
            raise IllegalMethod(reason)
        return
    usual = part.defaults.get("network")
    if method.network and usual is None:
        text = f"{task} has networks of its own, and the method brings {method.network}"
        raise IllegalMethod(text)
    network = method.network or usual if network is None else network
    size = part.defaults.get("batch") if batch is None else batch
    reason = meetings.refused(method, task, network, size)
    reason = reason or meetings.unordered(method, task, {**part.defaults, **(options or {})})
    if reason:
        raise IllegalMethod(reason)


def _twice(method: Method) -> str | None:
    """A part that is named twice."""
    for kind, names in (
        ("regularizer", method.regularizers),
        ("augmentation", method.augmentations),
        ("extra", method.extras),
    ):
        if twice := [name for name in names if names.count(name) > 1]:
            return f"the {kind} {twice[0]} twice: change its hyper-parameters instead"
    return None


def _counts(method: Method) -> str | None:
    """A structural count that is too small, or that the dynamics has no use for."""
    for name in (name for name in COUNTS if name != "unroll"):
        if getattr(method, name) < 1:
            return f"{name} = {getattr(method, name)}, needs at least 1"
    traits = registry.dynamics[method.dynamics].traits
    for name in ("d_steps", "g_steps"):
        if getattr(method, name) > 1 and traits.get("simultaneous"):
            return f"{name} = {getattr(method, name)}: {method.dynamics} steps both players once"
    if bool(traits.get("unrolls")) != (method.unroll > 0):
        return (
            f"unroll = {method.unroll} with the dynamics {method.dynamics}: unroll is the number "
            f"of inner steps of the dynamics unrolled, at least 1 there"
        )
    return None


def _players(method: Method) -> str | None:
    """A normalizer that is not for its player."""
    for player, name in (("d", method.normalizer), ("g", method.g_normalizer)):
        if player not in registry.normalizer[name].traits.get("players", "d"):
            return f"{name} is not for the {'discriminator' if player == 'd' else 'generator'}"
    return None


def _coupling(method: Method) -> str | None:
    """A penalty on the gradient of one sample, in a discriminator whose samples see each other."""
    if not registry.normalizer[method.normalizer].traits.get("couples"):
        return None
    for name in _named(method, "per_sample"):
        return (
            f"{name} with {method.normalizer} in the discriminator: the penalty is on the "
            f"gradient of one sample, and {method.normalizer} lets the samples of a batch "
            f"change each other's (use layer_norm or spectral_norm)"
        )
    return None


def _several_in_a_pack(method: Method) -> str | None:
    """A part that asks for single samples where D judges packs."""
    per_sample = [*_named(method, "samples_g"), *(n for n in method.extras if n == "top_k")]
    if method.pack > 1 and per_sample:
        return f"{per_sample[0]} with pack = {method.pack}: D judges packs, not samples"
    if method.pack > 1 and method.unroll:
        return f"unrolled with pack = {method.pack}: not tried by anybody, and not here"
    return None


def _pairs(method: Method) -> str | None:
    """A choice of single logits where the loss compares them."""
    if "top_k" in method.extras and registry.loss[method.loss].traits.get("pairs"):
        return f"top_k with {method.loss}: its logits are compared with others, not ranked alone"
    return None


def _gradient_unrolled(method: Method) -> str | None:
    """Inner steps of D through a normalizer that differentiates D."""
    if method.unroll and registry.normalizer[method.normalizer].traits.get("gradient"):
        return f"unrolled with {method.normalizer}: not tried by anybody, and not here"
    return None


def _lazy(method: Method) -> str | None:
    """Lazy penalties without penalties, or with one that counts steps."""
    if method.lazy > 1 and not method.regularizers:
        return f"lazy = {method.lazy} would have no effect: it is for penalties, and there are none"
    if method.lazy > 1 and _named(method, "memory"):
        return f"lazy = {method.lazy} with {_named(method, 'memory')[0]}, which counts every step"
    return None


def _rescaling(method: Method) -> str | None:
    """Rescaling for lazy penalties where there are none, or an optimizer that has no betas."""
    for name in method.extras:
        if not registry.extra[name].traits.get("rescales"):
            continue
        if method.lazy == 1 or not method.regularizers:
            return (
                f"{name} without lazy penalties (lazy = {method.lazy}): there is nothing to rescale"
            )
        if "beta1" not in registry.optimizer[method.optimizer].defaults:
            return f"{name} with {method.optimizer}: it is made for Adam"
    return None


def _measures(method: Method) -> str | None:
    """An optimizer that keeps weights of its own, where something else moves the players' too."""
    name = method.optimizer
    if not registry.optimizer[name].traits.get("measures"):
        return None
    if registry.dynamics[method.dynamics].traits.get("returns"):
        return f"{name} with {method.dynamics}: both put weights elsewhere, and one would not know"
    if method.normalizer == "weight_clipping":
        return f"{name} with weight_clipping: what is measured would not be clipped"
    return None


def _augments(method: Method) -> str | None:
    """An extra that decides how often to augment, where nothing is augmented or another decides."""
    deciding = [n for n in method.extras if registry.extra[n].traits.get("augments")]
    if deciding and not method.augmentations:
        return f"{deciding[0]} without augmentations: it would have nothing to apply"
    if len(deciding) > 1:
        return f"{deciding[0]} with {deciding[1]}: one of them decides how often to augment"
    return None


def _pools(method: Method) -> str | None:
    """A pool of samples beside a part that must know which latents or generator made each."""
    pools = [n for n in method.extras if registry.extra[n].traits.get("pools")]
    if not pools:
        return None
    if method.generators > 1:
        return f"{pools[0]} with generators = {method.generators}: it forgets who made a sample"
    for name in _named(method, "samples_g"):
        if "d" in registry.regularizer[name].traits.get("players", "d"):
            return f"{pools[0]} with {name}: it forgets the latents that a sample was made of"
    return None


def _draws(method: Method) -> str | None:
    """Two extras that decide which real samples are drawn, and one noise vector where a penalty
    compares the samples of several."""
    deciding = [n for n in method.extras if registry.extra[n].traits.get("draws")]
    if len(deciding) > 1:
        return f"{deciding[0]} with {deciding[1]}: one of them decides which real samples are drawn"
    for name in [n for n in method.extras if registry.extra[n].traits.get("noise")]:
        for penalty in _named(method, "samples_g"):
            return f"{penalty} with {name}: it compares the samples of several z, and there is one"
    return None


def _norms(method: Method) -> str | None:
    """An extra that normalizes D beside a normalizer that has a layer in the same place."""
    extras = [n for n in method.extras if registry.extra[n].traits.get("norms")]
    beside = [method.normalizer] if _has_layer(method.normalizer) else []
    if len(extras + beside) > 1 and extras:
        both = (extras + beside)[:2]
        return f"{both[0]} with {both[1]} in the discriminator: both stand behind each hidden layer"
    return None


def _has_layer(normalizer: str) -> bool:
    made = registry.normalizer[normalizer].fn()
    return bool(getattr(made, "layer", None)) and not made.late


def _direction(method: Method) -> str | None:
    """One half of SAN without the other."""
    terms = _named(method, "direction")
    fixed = registry.normalizer[method.normalizer].traits.get("direction")
    if terms and not fixed:
        return f"{terms[0]} with {method.normalizer}: the loss moves the direction too (use san)"
    if fixed and not terms:
        return f"{method.normalizer} without san_direction: nothing would turn D's last layer"
    return None


def _one_generator(method: Method) -> str | None:
    """A penalty that tells generators apart where there is one."""
    for name in _named(method, "generators"):
        if method.generators == 1:
            return f"{name} with generators = 1: it tells generators apart, so it needs two"
    return None


def _ensemble(method: Method) -> str | None:
    """A part that several generators, or the networks of several domains, do not go with."""
    coupled = [n for n in method.extras if registry.extra[n].traits.get("coupled")]
    several = [f"generators = {method.generators}"] if method.generators > 1 else []
    if not coupled and not several:
        return None
    what = (coupled + several)[0]
    if coupled and several:
        return f"{coupled[0]} with {several[0]}: one or the other"
    if method.pack > 1 or method.unroll:
        return f"{what} with pack or unroll: not tried by anybody, and not here"
    if method.network:
        return f"{what} with the networks {method.network}: it is made of the task's"
    if registry.normalizer[method.normalizer].traits.get("gradient"):
        return f"{what} with {method.normalizer}: it normalizes a single logit"
    if method.g_normalizer in ("equalized_lr", "virtual_batch_norm"):
        return f"{what} with {method.g_normalizer} in the generator: it is made for one network"
    for name in (*_named(method, "samples_g"), *_named(method, "features")):
        return f"{what} with {name}: it is made for one generator and one discriminator"
    return None


_RULES: tuple[Callable[[Method], str | None], ...] = (
    _twice,
    _counts,
    _players,
    _coupling,
    _several_in_a_pack,
    _pairs,
    _gradient_unrolled,
    _lazy,
    _rescaling,
    _measures,
    _augments,
    _pools,
    _draws,
    _norms,
    _direction,
    _one_generator,
    _ensemble,
)


def _named(method: Method, trait: str) -> list[str]:
    """The regularizers of a method that have a trait."""
    return [n for n in method.regularizers if registry.regularizer[n].traits.get(trait)]


def _coupling_extras(method: Method) -> list[str]:
    """The extras of a method through which the samples of a batch see each other."""
    return [n for n in method.extras if registry.extra[n].traits.get("couples")]
