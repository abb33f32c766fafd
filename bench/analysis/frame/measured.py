"""The cards of what was measured: those of `bench.metrics`, and those that results have stored.

A plugin's metric is known only where the plugin is loaded. Each result that has such a metric
stores its card, and a frame carries the cards of its results (in `DataFrame.attrs`), so that
whatever is made of the frame knows direction, label and worst value.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import pandas as pd

from bench.metrics import cards, quantities
from bench.metrics.cards import Card

_KEY = "cards"


class Merged(NamedTuple):
    """The stored cards of several results, made one."""

    cards: dict[str, Card]
    """Name of a quantity -> its card."""
    disputed: tuple[str, ...]
    """The names for which results have stored different cards."""


def merge(stored: Iterable[Mapping[str, Any]]) -> Merged:
    """One card of each name, from what each result has stored.

    Where results disagree, the card that most of them have is taken; of equals, the one whose JSON
    text comes first. So the order of the folders decides nothing. A metric that has become one of
    `bench.metrics` since has the card that it has there.
    """
    counts: dict[str, Counter[str]] = {}
    for known in stored:
        for name, card in known.items():
            counts.setdefault(name, Counter())[json.dumps(card, sort_keys=True)] += 1
    found, disputed = {}, []
    for name, texts in sorted(counts.items()):
        if quantities.built_in(name):
            continue
        chosen = min(texts, key=lambda text: (-texts[text], text))
        found[name] = cards.read(name, json.loads(chosen))
        disputed += [name] if len(texts) > 1 else []
    return Merged(found, tuple(disputed))


class _Cards(dict[str, Card]):
    """Cards that nobody changes: a frame copies what it carries for each of its parts."""

    def __deepcopy__(self, memo: Any) -> _Cards:
        return self


def attach(trials: pd.DataFrame, own: Mapping[str, Card]) -> pd.DataFrame:
    """The same frame, which now carries the cards."""
    if own:
        trials.attrs[_KEY] = _Cards(own)
    return trials


def carried(trials: pd.DataFrame) -> Mapping[str, Card]:
    """The stored cards that a frame of trials carries."""
    found: Mapping[str, Card] = trials.attrs.get(_KEY, {})
    return found


def card(name: str, trials: pd.DataFrame) -> Card:
    """The card of a metric of these trials: that of their results, else that of `bench.metrics`."""
    return quantities.card(name, carried(trials))
