"""The networks of a plan in numbers, from a process of its own: a plan loads no TensorFlow."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from bench import gan
from bench.console import table
from bench.gan.contract import summary
from bench.gan.contract.summary import Size, Sizes
from bench.grid.checks import apart
from bench.grid.plugins import Plugin, load_plugins
from bench.sweep.price.typical import Structure, structure
from bench.trial import Trial

if TYPE_CHECKING:
    from rich.console import Console

MOST = 12
"""Most pairs of networks that are shown."""


def show(trials: Iterable[Trial], plugins: Sequence[Plugin], console: Console) -> None:
    """Print layers, parameters and cost of the networks of some trials, once for equal ones."""
    settings = {structure(trial): trial.setting for trial in trials}
    try:
        found = apart.call(f"{__name__}:answer", (tuple(plugins), list(settings)[:MOST]))
    except apart.Died as died:
        console.print(f"the networks cannot be built: {died}")
        return
    rows = table("networks", "", "layers", numbers=("parameters", "products"))
    for kind, both in zip(settings, found, strict=False):
        rows.add_row(settings[kind], kind.method.name, f"{_short(both.step)} products a step")
        for player, size in (("generator", both.g), ("discriminator", both.d)):
            rows.add_row("", player, _layers(size), f"{size.parameters:,}", _short(size.products))
    console.print(rows)
    if len(settings) > MOST:
        console.print(f"and {len(settings) - MOST} more pairs of networks")


def answer(question: tuple[Sequence[Plugin], Sequence[Structure]]) -> list[Sizes]:
    """The sizes of networks. It is called in a process of its own (see `apart.call`)."""
    plugins, kinds = question
    gan.load_parts()
    load_plugins(plugins)
    return [summary.sizes(kind.task, dict(kind.options), kind.method) for kind in kinds]


def _layers(size: Size) -> str:
    return ", ".join(size.layers)


def _short(number: float) -> str:
    """A large number in three digits."""
    for unit, name in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if number >= unit:
            return f"{number / unit:.3g} {name}"
    return f"{number:.0f}"
