"""The measured quantities by name: metrics, and what no function of a sample gives, as losses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from bench.metrics.cards import Card, of
from bench.registry import Part, metric
from bench.vocabulary.search import also

also(
    "d_accuracy",
    ("scores pinned", "discriminator too strong", "discriminator wins", "D wins", "D too strong"),
)

AVERAGE = "ema_"
"""The beginning of the names of curves of the generator's average."""

GAME = "log10 of the distance to the equilibrium,\nover that at the start"
"""The label of q on a game."""

_Q = "(0: real data, 1: one broad Gaussian)"

_SIDES = {"d": "discriminator", "g": "generator"}

_CARDS = (
    Card(
        "q_tail",
        f"distance q at the end  {_Q}",
        "lower",
        about="Median of q over the last 20 % of the evaluations.",
        on="samples",
    ),
    Card(
        "mode_tv",
        "change of the mode shares  (total variation)",
        floor=0.0,
        ceiling=1.0,
        about="Half the L1 distance of the shares of the modes at two successive evaluations.",
        on="samples",
    ),
    Card(
        "mode_pc",
        "mode shares, first principal component",
        about="Scores of the direction in which the shares of the modes move most along training.",
        on="samples",
    ),
    Card(
        "radius",
        "distance to the equilibrium",
        "lower",
        floor=0.0,
        about="Euclidean distance of the players of a game to its equilibrium.",
        on="game",
    ),
    Card(
        "theta",
        "theta",
        about="The number of G, or x, in a game of two numbers.",
        on="game",
    ),
    Card(
        "psi",
        "psi",
        about="The number of D, or y, in a game of two numbers.",
        on="game",
    ),
    Card(
        "field_norm",
        "length of the vector field",
        floor=0.0,
        about="Euclidean length of both players' gradients: 0 at a stationary point.",
        on="game",
    ),
    Card(
        "local_minimax",
        "second-order conditions of a local minimax point",
        "higher",
        floor=0.0,
        ceiling=1.0,
        about="1 where f_yy < 0 and f_xx - f_xy^2 / f_yy > 0: to second order y cannot gain, and "
        "x cannot if y answers. A stationary point where it is 0 may attract and is no solution.",
        on="game",
    ),
    Card(
        "contraction",
        "factor on that distance of one step",
        "lower",
        floor=0.0,
        about="Factor by which a step shrinks the distance to the equilibrium of a game, over the "
        "late half of the run; on a linear game the spectral radius of a step.",
        on="game",
    ),
    *(Card(f"loss_{side}", f"{player} loss") for side, player in _SIDES.items()),
    *(
        Card(
            f"loss_{side}_var",
            f"variance of the {player} loss",
            floor=0.0,
            about="Variance of the loss (means over blocks of steps) over the last half of the "
            "run, about a Theil-Sen line; compare it between methods with the same loss only.",
        )
        for side, player in _SIDES.items()
    ),
    *(
        Card(
            f"loss_{side}_sd_scaled",
            f"scaled deviation of the {player} loss",
            floor=0.0,
            about="Square root of its variance, over the distance from the first loss to the loss "
            "at equilibrium (+ 0.1).",
        )
        for side, player in _SIDES.items()
    ),
    Card(
        "d_accuracy",
        "accuracy of the discriminator",
        floor=0.0,
        ceiling=1.0,
        about="Share of real and generated samples that the discriminator tells, half of a tie; "
        "0.5 where it cannot tell, above 0.99 for long where it overpowers the generator: its "
        "scores are pinned.",
        on="samples",
    ),
    Card(
        "d_auc",
        "area under the ROC curve of the discriminator",
        floor=0.0,
        ceiling=1.0,
        about="Probability that the logit of a real sample is above that of a generated one, ties "
        "half: the accuracy over all thresholds.",
        on="samples",
    ),
    Card(
        "d_calibration",
        "calibration error of the discriminator",
        floor=0.0,
        ceiling=1.0,
        about="Expected calibration error of its probability of real, in 15 bins of equal counts; "
        "only where the loss is a cross-entropy.",
        on="samples",
    ),
    Card(
        "d_overfit",
        "logits of training samples over those of held-out ones",
        about="Mean logit of real samples that were trained on, less that of held-out ones.",
        on="samples",
    ),
    Card(
        "d_moved",
        "share of the discriminator's steps taken",
        floor=0.0,
        ceiling=1.0,
        about="Share of the last hundred steps, about, in which the discriminator moved: a method "
        "may let it wait while its loss is low.",
    ),
    Card(
        "adaptive_p",
        "probability that adapts",
        floor=0.0,
        ceiling=1.0,
        about="The probability that a method changes along training: that a sample is augmented, "
        "or a feature normalized.",
    ),
    Card(
        "logit_median",
        "median of the absolute logits",
        floor=0.0,
        about="Median of the absolute logits of real and generated samples.",
        on="samples",
    ),
    Card(
        "logit_extreme",
        "largest absolute logits",
        floor=0.0,
        about="99.9 % quantile of the absolute logits; its growth is a sign of divergence.",
        on="samples",
    ),
    *(
        Card(
            f"update_ratio_{side}",
            f"size of a step of the {player}",
            floor=0.0,
            about="Length of the last step over that of the weights; 1e-4 to 1e-2 is usual.",
        )
        for side, player in _SIDES.items()
    ),
    Card(
        "turning_angle",
        "turning angle",
        unit="degrees",
        floor=-180.0,
        ceiling=180.0,
        about="Angle between the displacements of the last two windows of steps, both players "
        "together; signed where the players have two numbers in all.",
    ),
)

OTHERS: Mapping[str, Card] = {own.name: own for own in _CARDS}
"""Name -> card of each quantity that is no metric of a sample."""


def built_in(name: str) -> bool:
    """True for a quantity of this package: any reader has its card."""
    return name in OTHERS or (name in metric and ours(metric[name]))


def card(name: str, more: Mapping[str, Card] = MappingProxyType({})) -> Card:
    """The card of that name: of a metric, of another quantity, of `more` of a reader, or with
    `ema_` before it of what the generator's average gets. A quantity without one is called by its
    name."""
    if name in more and not built_in(name):
        return more[name]
    if name in metric:
        return of(metric[name])
    if name in OTHERS:
        return OTHERS[name]
    if name.startswith(AVERAGE) and (own := card(name.removeprefix(AVERAGE), more)).label:
        label = f"{own.short}, of the generator's average"
        return replace(own, name=name, label=label, blind="", about="")
    return Card(name)


def foreign(names: Iterable[str]) -> dict[str, dict[str, Any]]:
    """The cards of those of the named metrics that are of a plugin, as plain data to be stored with
    a result: who reads it has not loaded the plugin."""
    own = [metric[name] for name in names if name in metric and not ours(metric[name])]
    return {part.name: of(part).record() for part in own}


def ours(part: Part) -> bool:
    """True for a metric of this package, False for one of a plugin."""
    return part.fn.__module__.partition(".")[0] == "bench"
