"""Remedies as changes of one factor of a factorial sweep, the other factors as they were."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple


class Change(NamedTuple):
    """A change of one factor."""

    title: str
    """The remedy in some words that a sentence on it begins with."""
    factor: str
    """The factor of the sweep: the column `factor.<factor>`."""
    levels: Mapping[Any, Any]
    """Level of the factor in the trial that failed -> level in its partner."""
    lines: str = ""
    """The name of the remedy in `remedies.toml` whose lines make the change; "": there are none."""
    before: Mapping[str, Any] = {}
    """Settings of a method without the remedy, whose cost is counted; {}: the plain one."""
    after: Mapping[str, Any] = {}
    """Settings of that method with it."""


def _stabilizer(title: str, name: str, lines: str = "", **after: Any) -> Change:
    return Change(title, "stabilizer", {"none": name}, lines, {}, after)


CHANGES: Mapping[str, Change] = {
    "r1": _stabilizer("R1", "r1", "r1", regularizers=("r1",)),
    "wgan_gp": _stabilizer("the penalty of WGAN-GP", "wgan_gp", regularizers=("wgan_gp",)),
    "spectral_norm": _stabilizer(
        "spectral normalization", "spectral_norm", "spectral_norm", normalizer="spectral_norm"
    ),
    "gradient_normalization": _stabilizer(
        "gradient normalization", "gradient_normalization", normalizer="gradient_normalization"
    ),
    "betas": Change(
        "Adam without momentum (beta1 0 in place of 0.5)", "beta1", {0.5: 0.0}, "betas"
    ),
    "slower": Change("a third of both rates", "rate", {1e-3: 3e-4, 3e-3: 1e-3}),
    "faster": Change("three times both rates", "rate", {3e-4: 1e-3, 1e-3: 3e-3}),
    "n_dis": Change(
        "five steps of D in place of one", "d_steps", {1: 5}, "n_dis", {}, {"d_steps": 5}
    ),
    "fewer_d": Change("one step of D in place of five", "d_steps", {5: 1}, "", {"d_steps": 5}, {}),
    "non_saturating": Change(
        "the non-saturating loss in place of Wasserstein's",
        "loss",
        {"wasserstein": "non_saturating"},
        before={"loss": "wasserstein"},
    ),
    "hinge": Change(
        "the hinge loss in place of Wasserstein's",
        "loss",
        {"wasserstein": "hinge"},
        before={"loss": "wasserstein"},
        after={"loss": "hinge"},
    ),
}
"""The remedies that are counted, by name."""

FACTORS = ("loss", "stabilizer", "d_steps", "beta1", "rate")
"""The factors that a sweep needs for all of these: those of experiments/stabilizers.toml."""
