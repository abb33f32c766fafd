"""The look of a method: the same in all figures, and that of no other.

The first seven colours are those of Okabe and Ito (2008), the eighth is wine of Tol (2021): readers
with each kind of colour-blindness can tell all eight apart. Where there are more methods, the
eight best of a figure stand out and the others are grey.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

COLOURS = (
    *("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"),
    "#882255",
)
"""The colours, each of which readers can tell from the others."""
EIGHT = len(COLOURS)
"""Most methods that stand out in one panel, each by a colour of its own."""
FEW = 6
"""Most methods of which each has a band in one panel: those of more would hide each other."""
YARDSTICK = "#767676"
"""The colour of yardsticks: what a task allows without a game."""
GREY = "#b5b5b5"
"""The colour of the methods that do not stand out."""

_DASHES: tuple[Any, ...] = ("-", (0, (5, 1.5)), (0, (1.5, 1)), (0, (5, 1, 1, 1)))
_MARKERS = ("o", "s", "D", "^", "v", "P", "p", "h", "<", ">", "*", "d", "H", "8")


class Look(NamedTuple):
    """The look of a method, the same in every figure."""

    colour: str
    """The colour as a hexadecimal code: "#0072B2"."""
    dash: Any
    """The line style, as matplotlib takes it: "-" or (offset, (on, off, ...))."""
    marker: str = "o"
    """The marker of its points, as matplotlib takes it."""
    yardstick: bool = False
    """True for a grey line that shows what a task allows, and is no method that is compared."""


class Crowd(NamedTuple):
    """The methods of a panel: those that stand out, and the others."""

    leaders: list[str]
    """The methods in colour: all of up to eight, else the eight best."""
    rest: list[str]
    """The methods in grey."""


def looks(
    methods: Sequence[str],
    orders: Iterable[Sequence[str]] = (),
    yardsticks: Collection[str] = (),
) -> dict[str, Look]:
    """A look for each method. Give the same list for every figure.

    Up to eight methods have a colour each, by their place in the list. Of more, those that lead in
    one of the `orders` (one for each task, the best first) have colours that differ from each
    other's wherever eight colours suffice. Methods of one colour differ in dash and marker.
    `yardsticks`, which are no methods that are compared, are grey.
    """
    given, methods = methods, [method for method in methods if method not in yardsticks]
    found = {
        method: _look(YARDSTICK, place + 1)._replace(yardstick=True)
        for place, method in enumerate(method for method in given if method in yardsticks)
    }
    used = dict.fromkeys(COLOURS, 0)

    def give(method: str, colours: Iterable[str]) -> None:
        colour = min(colours, key=lambda colour: used[colour])
        found[method] = _look(colour, used[colour])
        used[colour] += 1

    for order in [list(order)[:EIGHT] for order in orders] if len(methods) > EIGHT else []:
        for method in order:
            if method not in found:
                taken = {found[other].colour for other in order if other in found}
                give(method, [c for c in COLOURS if c not in taken] or COLOURS)
    for method in methods:
        if method not in found:
            give(method, COLOURS)
    return {method: found[method] for method in given}


def _look(colour: str, place: int) -> Look:
    """The look of the method that is at this place among those of its colour."""
    many = place - len(_DASHES)
    dash = _DASHES[place] if many < 0 else (0, (6 + 2 * many, 1, 1, 1))
    return Look(colour, dash, _MARKERS[place % len(_MARKERS)])


def crowd(
    present: Iterable[str],
    look: Mapping[str, Look],
    order: Sequence[str] | None = None,
    most: int = EIGHT,
) -> Crowd:
    """The methods `present` in a panel, without yardsticks: up to `most` stand out. `order`:
    methods, the best first; None: the order of `look`."""
    here = {method for method in present if not (method in look and look[method].yardstick)}
    ordered = [m for m in dict.fromkeys([*(order or ()), *look]) if m in here]
    return Crowd(ordered[:most], ordered[most:])
