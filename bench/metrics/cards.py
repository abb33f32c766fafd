"""Cards: what is known of each measured quantity, whatever reads it.

A metric's card is made from its decorator and its docstring, so that a new metric is one function:

    @metric(better="lower", label="share of samples far outside the data", floor=0.0, ceiling=1.0)
    def outside(real, fake, instrument): ...

Tables, the rank of a failed trial, axes of figures, the definitions on the page, the catalogue and
`python -m bench.metrics` read the card. The quantities that no function of a sample gives, such as
losses, have their cards in `OTHERS`.
"""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from bench.registry import Part, metric


@dataclass(frozen=True)
class Card:
    """What is known of one measured quantity.

    name      its name: of the function, of the curve, of the column
    label     a few words for the axis of a figure; what follows two blanks there explains them
    better    "lower", "higher", or "" where neither is (a ratio that is best near 1)
    unit      the unit of its values; "" without one
    floor     its least value; None where there is none
    ceiling   its largest value; None where there is none
    blind     the faults that it does not see
    about     its definition, a sentence or two
    on        "game" where only games have it, "samples" where only generators have it, else ""
    """

    name: str
    label: str = ""
    better: str = ""
    unit: str = ""
    floor: float | None = None
    ceiling: float | None = None
    blind: str = ""
    about: str = ""
    on: str = ""

    @property
    def lower_is_better(self) -> bool:
        """True where a smaller value is the better one."""
        return self.better == "lower"

    @property
    def worst(self) -> float | None:
        """The value of a failed trial where trials are ranked; None where neither direction is
        better, so that a failure has no value."""
        if self.better == "lower":
            return math.inf if self.ceiling is None else self.ceiling
        if self.better == "higher":
            return -math.inf if self.floor is None else self.floor
        return None

    @property
    def short(self) -> str:
        """The label without what explains it; the name where there is no label."""
        return (self.label or self.name).partition("  (")[0]

    @property
    def axis(self) -> str:
        """The label of an axis."""
        label = self.label or self.name
        return f"{label}  ({self.unit})" if self.unit else label

    @property
    def sense(self) -> str:
        """The direction and the range, in words: "higher is better, 0 to 1"."""
        if self.floor is not None and self.ceiling is not None:
            limits = f"{self.floor:g} to {self.ceiling:g}"
        elif self.floor is not None:
            limits = f"at least {self.floor:g}"
        else:
            limits = "" if self.ceiling is None else f"at most {self.ceiling:g}"
        direction = f"{self.better} is better" if self.better else ""
        return ", ".join(part for part in (direction, limits, self.unit) if part)

    @property
    def definition(self) -> str:
        """Label, direction, definition and blindness: what the page and the catalogue say."""
        head = f"{self.short} ({self.sense})." if self.sense else f"{self.short}."
        blind = f"Blind {self.blind}." if self.blind else ""
        return " ".join(part for part in (head, self.about, blind) if part)

    def record(self) -> dict[str, Any]:
        """The card as plain data, to be stored with a result; `read` makes a card of it again."""
        known = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in known.items() if value not in ("", None)}


def read(name: str, known: Mapping[str, Any]) -> Card:
    """The card that a result has stored; fields that this version does not know are left out."""
    names = {field.name for field in fields(Card)}
    return Card(**{"name": name} | {key: value for key, value in known.items() if key in names})


def of(part: Part) -> Card:
    """The card of a metric, from what its decorator was told and from its docstring.

    The first paragraph is the definition. The sentence that begins with "Blind" says what it is
    blind to, unless the decorator does.
    """
    text = inspect.getdoc(part.fn) or ""
    first = _flat(text.partition("\n\n")[0])
    found = _BLIND.search(_flat(text))
    known = {"blind": found.group(1) if found else "", **part.traits}
    names = ("label", "better", "unit", "floor", "ceiling", "blind")
    about = _BLIND.sub("", first).strip()
    return Card(part.name, about=about, **{name: known[name] for name in names if name in known})


_NONE: Mapping[str, Card] = {}
_BLIND = re.compile(r"\bBlind (.+?)\.(?=\s+[A-Z`]|\s*$)")


def _flat(text: str) -> str:
    return " ".join(text.split())


def _ours(part: Part) -> bool:
    return part.fn.__module__.partition(".")[0] == "bench"


def built_in(name: str) -> bool:
    """True for a quantity of this package: any reader has its card."""
    return name in OTHERS or (name in metric and _ours(metric[name]))


def card(name: str, more: Mapping[str, Card] = _NONE) -> Card:
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
    own = [metric[name] for name in names if name in metric and not _ours(metric[name])]
    return {part.name: of(part).record() for part in own}


AVERAGE = "ema_"
"""What the curves of the generator's average begin with."""

GAME = "log10 of the distance to the equilibrium,\nover that at the start"
"""What q is on a game."""

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
        "0.5 where it cannot tell, above 0.99 for long where it overpowers the generator.",
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
