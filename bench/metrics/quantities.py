"""The measured quantities: how each is called in a table or a figure, and which way is better."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Quantity:
    """`label` is for a figure's axis; `worst` is what a trial that failed gets where ranks are
    used (None: neither direction is better, so that a failure has no value)."""

    label: str
    worst: float | None = None

    @property
    def lower_is_better(self) -> bool:
        """The worst there is is infinitely large, or the whole."""
        return self.worst is not None and self.worst > 0


QUANTITIES: Mapping[str, Quantity] = {
    "q": Quantity("distance q  (0: real data, 1: one broad Gaussian)", math.inf),
    "q_tail": Quantity("distance q at the end  (0: real data, 1: one broad Gaussian)", math.inf),
    "modes": Quantity("modes covered", 0.0),
    "modes_1": Quantity("modes with at least one good sample", 0.0),
    "high_quality": Quantity("share of good samples", 0.0),
    "mode_spread": Quantity("spread inside of modes  (1: as real)", 0.0),
    "mode_kl": Quantity("KL divergence of the mode shares  (nats)", math.inf),
    "mode_max": Quantity("largest share of one mode", 1.0),
    "mode_tv": Quantity("change of the mode shares  (total variation)"),
    "fd": Quantity("Fréchet distance of the proxy's features", math.inf),
    "pairwise_ratio": Quantity("mean distance of two samples, generated / real"),
    "outside": Quantity("share of samples far outside the data", 1.0),
    "confidence": Quantity("mean confidence of the classifier", 0.0),
    "vendi": Quantity("effective number of samples, generated / real", 0.0),
    "mmd": Quantity("maximum mean discrepancy", math.inf),
    "energy": Quantity("energy distance", math.inf),
    "sliced_w2": Quantity("sliced Wasserstein distance", math.inf),
    "w2": Quantity("Wasserstein distance", math.inf),
    "precision": Quantity("precision", 0.0),
    "recall": Quantity("recall", 0.0),
    "density": Quantity("density", 0.0),
    "coverage": Quantity("coverage", 0.0),
    "authentic": Quantity("share of samples that are no copies  (AuthPct)", 0.0),
    "nn_ratio": Quantity("distance to the training data, generated / real"),
    "c_t": Quantity("copying, C_T  (below 0: nearer to the training data than real data are)"),
    "radius": Quantity("distance to the equilibrium", math.inf),
    "contraction": Quantity("factor on that distance of one step", math.inf),
    "agreement": Quantity("share of pairs of one class", 0.0),
    "loss_d": Quantity("discriminator loss"),
    "loss_g": Quantity("generator loss"),
    "loss_d_var": Quantity("variance of the discriminator loss"),
    "loss_g_var": Quantity("variance of the generator loss"),
}


GAME = "log10 of the distance to the equilibrium,\nover that at the start"
"""What q is on a game."""


def quantity(name: str) -> Quantity:
    """The quantity of that name; one that is not listed is called by its name."""
    return QUANTITIES.get(name, Quantity(name))
