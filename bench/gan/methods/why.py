"""The reason why each method of the catalogue works, and the picture of it: `why.toml`."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

PICTURES = {
    "dirac": "the phase portrait of `dirac`: experiments/theory.toml, or plots.draw_portrait",
    "bilinear": "the phase portrait of `bilinear`: experiments/theory.toml, or plots.draw_portrait",
    "ridge": "the phase portraits of `ridge_1`, `ridge_2`, `ridge_3`: plots.draw_portrait",
    "spectrum": "the eigenvalues beside the unit circle: plots.draw_spectrum on `bilinear`",
    "modes": "the curve `modes` on ring8, and the gallery beside it",
    "gallery": "the gallery of samples, and the animation of them along training",
    "losses": "the curves of both losses",
    "judge": "the curve `d_accuracy`, the share of samples that the discriminator tells",
    "overfit": "the curve `d_overfit`, logits of training samples over those of held-out ones",
    "gradients": "the signals `gradient_g` and `gradient_d`",
}
"""Picture -> where it is found. Curves are plots.draw_curves, and figures of a report."""


class Why(NamedTuple):
    """The reason why a method works."""

    text: str
    """Two sentences."""
    picture: str
    """The picture that shows it, one of `PICTURES`."""


@functools.cache
def reasons() -> Mapping[str, Why]:
    """Method -> the reason why it works, of every method of the catalogue."""
    text = Path(__file__).with_name("why.toml").read_text(encoding="utf-8")
    return {
        name: Why(" ".join(own["why"].split()), own["picture"])
        for name, own in tomllib.loads(text).items()
    }
