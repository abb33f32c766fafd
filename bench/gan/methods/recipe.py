"""Recipes: the entries of the catalogue, and how one is added."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from bench.trial import Method
from bench.vocabulary import search

Given = float | str | Mapping[str, float | str]
"""A number, a ratio such as "x4", or a schedule as a TOML has it (`bench.vocabulary.schedules`)."""


@dataclass(frozen=True)
class Recipe:
    """A named method, its own numbers, and where it comes from."""

    method: Method
    """The method under its name."""

    hparams: Mapping[str, Given] = field(default_factory=dict)
    """Numbers, or ratios that survive the scale of a task: "x4" of what the method would take
    otherwise, "x4 lr_g" of another number of the trial; or schedules."""

    source: str = ""
    """The paper that the method comes from."""

    sources: Mapping[str, str] = field(default_factory=dict)
    """The file or the table of each number, and of each structural count (d_steps ...) that is not
    1."""

    data: str = ""
    """The kind of data that the numbers are for ("points", "images"), where a paper has others for
    another kind; "" for all."""


class Numbers(NamedTuple):
    """Numbers and structural counts that come from one place."""

    source: str
    """The file or the table that they come from."""

    hparams: Mapping[str, Given]
    """Numbers or ratios, as in `Recipe.hparams`."""

    counts: Mapping[str, int]
    """Structural counts of the method: d_steps, pack, lazy ..."""


CATALOGUE: dict[str, Recipe] = {}
"""Name -> recipe, of every named method."""


def by(source: str, hparams: Mapping[str, Given] | None = None, **counts: int) -> Numbers:
    """Numbers, and the file or the table that they come from."""
    return Numbers(source, hparams or {}, counts)


def recipe(
    name: str,
    source: str,
    *numbers: Numbers,
    data: str = "",
    also: tuple[str, ...] = (),
    **parts: Any,
) -> None:
    """Add a method to the catalogue. `also` are other names that the field has for it; whoever
    looks for the name of one of its own parts is told it as well.

    Raises TypeError for a count among the parts that is given by numbers as well.
    """
    hparams: dict[str, Given] = {}
    counts: dict[str, Any] = {}
    sources: dict[str, str] = {}
    for group in numbers:
        hparams |= group.hparams
        counts |= group.counts
        sources |= dict.fromkeys([*group.hparams, *group.counts], group.source)
    method, usual = Method(name, **parts, **counts), Method(name).parts()
    CATALOGUE[name] = Recipe(method, hparams, source, sources, data)
    search.also(name, also)
    search.made_of(name, (part for kind, part in method.parts() if (kind, part) not in usual))


def moving(start: float | str, to: float | str, until: float) -> Mapping[str, float | str]:
    """A cosine from a first value to a last one at a share of the training; "x1" is the number that
    the method would take otherwise."""
    return {"schedule": "cosine", "from": start, "to": to, "until": until}


def adam(source: str, beta1: float, beta2: float) -> Numbers:
    """Adam's betas, and the file or the table that they come from."""
    return by(source, {"adam.beta1": beta1, "adam.beta2": beta2})


def rmsprop_of_tensorflow(whose: str) -> Numbers:
    """TensorFlow 1's RMSProp (decay 0.9, epsilon 1e-10 under the root, squares from 1) in the terms
    of ours. `whose` names the code that takes it with its defaults."""
    numbers = {"rmsprop.rho": 0.9, "rmsprop.eps": 1e-5, "rmsprop.start": 1.0}
    return by(f"tf.train.RMSPropOptimizer's defaults, which {whose} takes", numbers)
