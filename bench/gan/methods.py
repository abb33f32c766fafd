"""The catalogue: one line per named method, and what cannot be combined.

`hparams` are a method's own numbers where they differ from its parts' defaults; learning rates
and penalty strengths that fit a data set come from the task (see `bench.gan.tasks`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bench import registry
from bench.trial import Method


@dataclass(frozen=True)
class Recipe:
    """A named method, its own numbers, and where it comes from."""

    method: Method
    hparams: Mapping[str, float]
    source: str


CATALOGUE: dict[str, Recipe] = {}


class IllegalMethod(ValueError):
    """A combination of parts that cannot work; the message says why."""


def recipe(
    name: str, source: str, hparams: Mapping[str, float] | None = None, **parts: Any
) -> None:
    """Add a method to the catalogue."""
    CATALOGUE[name] = Recipe(Method(name, **parts), hparams or {}, source)


def check(method: Method) -> None:
    """Refuse what cannot work. Raises IllegalMethod with the reason, UnknownName for a part."""
    for kind, name in method.parts():
        registry.KINDS[kind][name]
    if len(set(method.regularizers)) < len(method.regularizers):
        raise IllegalMethod("the same regularizer twice: raise its strength instead")
    if method.d_steps < 1:
        raise IllegalMethod(f"d_steps = {method.d_steps}, needs at least 1")
    if method.d_steps > 1 and registry.dynamics[method.dynamics].facts.get("simultaneous"):
        raise IllegalMethod(
            f"d_steps = {method.d_steps}: {method.dynamics} steps both players once"
        )
    _check_coupling(method)


def _check_coupling(method: Method) -> None:
    if not registry.normalizer[method.normalizer].facts.get("couples"):
        return
    for name in method.regularizers:
        if registry.regularizer[name].facts.get("per_sample"):
            raise IllegalMethod(
                f"{name} with {method.normalizer} in the discriminator: the penalty is on the "
                f"gradient of one sample, and {method.normalizer} lets the samples of a batch "
                f"change each other's (use layer_norm or spectral_norm)"
            )


recipe("minimax", "Goodfellow et al. 2014, Generative adversarial nets", loss="minimax")
recipe("ns", "Goodfellow et al. 2014, Generative adversarial nets, section 3")
recipe("ls", "Mao et al. 2017, Least squares GANs", loss="least_squares")
recipe("hinge", "Lim & Ye 2017, Geometric GAN", loss="hinge")
recipe(
    "wgan",
    "Arjovsky et al. 2017, Wasserstein GAN",
    loss="wasserstein",
    normalizer="weight_clipping",
    optimizer="rmsprop",
    d_steps=5,
)
recipe(
    "wgan_gp",
    "Gulrajani et al. 2017, Improved training of Wasserstein GANs",
    {"adam.beta1": 0.5, "adam.beta2": 0.9},
    loss="wasserstein",
    regularizers=("wgan_gp",),
    d_steps=5,
)
recipe(
    "dragan", "Kodali et al. 2017, On convergence and stability of GANs", regularizers=("dragan",)
)
recipe(
    "r1",
    "Mescheder et al. 2018, Which training methods for GANs do actually converge?",
    regularizers=("r1",),
)
recipe(
    "sngan",
    "Miyato et al. 2018, Spectral normalization for GANs",
    {"adam.beta1": 0.0, "adam.beta2": 0.9},
    loss="hinge",
    normalizer="spectral_norm",
)
recipe(
    "r3gan",
    "Huang et al. 2024, The GAN is dead; long live the GAN! A modern baseline GAN",
    {"adam.beta1": 0.0, "adam.beta2": 0.99},
    loss="relativistic",
    regularizers=("r1", "r2"),
)
recipe("article_loss", "Negative control: the generator trained against zeros", loss="article")
