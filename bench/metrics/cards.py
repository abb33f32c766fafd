"""Cards: direction, label, unit, range and definition of each measured quantity.

A metric's card is made from its decorator and its docstring, so that a new metric is one function:

    @metric(better="lower", label="share of samples far outside the data", floor=0.0, ceiling=1.0)
    def outside(real, fake, instrument): ...

Tables, the rank of a failed trial, axes of figures, the definitions on the page, the catalogue and
`python -m bench.metrics` read the card. `bench.metrics.quantities` finds one by its name.
"""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from bench.registry import BadPart, Part


@dataclass(frozen=True)
class Card:
    """The card of one measured quantity: its direction, range, label and definition."""

    name: str
    """The name that its function, its curve and its column have in common."""
    label: str = ""
    """A few words for the axis of a figure. Two blanks separate them from an explanation."""
    better: str = ""
    """Its better direction: "lower", "higher", or "" for neither (a ratio that is best near 1)."""
    unit: str = ""
    """The unit of its values; "" for none."""
    floor: float | None = None
    """Its least value; None where there is none."""
    ceiling: float | None = None
    """Its largest value; None where there is none."""
    blind: str = ""
    """The faults that it does not see, worded to stand behind "Blind"."""
    about: str = ""
    """Its definition, a sentence or two."""
    on: str = ""
    """The tasks that have it: "game" for games, "samples" for generators, "" for both."""

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
    def title(self) -> str:
        """The label, direction and range: "precision (higher is better, 0 to 1)"."""
        return f"{self.short} ({self.sense})" if self.sense else self.short

    @property
    def definition(self) -> str:
        """The title, definition and blindness, in sentences: what the page says."""
        blind = f"Blind {self.blind}." if self.blind else ""
        return " ".join(part for part in (f"{self.title}.", self.about, blind) if part)

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
    if known.get("floor", -math.inf) > known.get("ceiling", math.inf):
        raise BadPart(f"{part.name}: its floor {known['floor']} is above its ceiling")
    return Card(part.name, about=about, **{name: known[name] for name in names if name in known})


_BLIND = re.compile(r"\bBlind (.+?)\.(?=\s+[A-Z`]|\s*$)")


def _flat(text: str) -> str:
    return " ".join(text.split())
