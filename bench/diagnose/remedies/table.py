"""Reads the remedies of `remedies.toml`: what can be tried, as lines to paste."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple


class Remedy(NamedTuple):
    """Something to try."""

    title: str
    """The remedy in a line."""
    method: str
    """The method of experiments/diagnose.toml that is the baseline with it."""
    cost: str
    """The cost of a step in words."""
    torch: str
    """Lines of PyTorch."""
    keras: str
    """Lines of Keras."""


@functools.cache
def known() -> Mapping[str, Remedy]:
    """The remedies by name."""
    text = Path(__file__).with_name("remedies.toml").read_text(encoding="utf-8")
    return {name: _remedy(own) for name, own in tomllib.loads(text).items()}


def _remedy(own: Mapping[str, str]) -> Remedy:
    torch, keras = (own[name].strip() + "\n" for name in ("torch", "keras"))
    return Remedy(own["title"], own["method"], own["cost"], torch, keras)
