"""The effects of a factorial: its full designs, task by task, and tables of what did it."""

from bench.analysis.tables.effects.design import Design, design
from bench.analysis.tables.effects.estimates import (
    SUCCESS,
    TIME,
    Estimated,
    about,
    estimated,
    interactions,
    main,
    pairs,
    sentences,
    shown,
    strongest,
)

__all__ = [
    "SUCCESS",
    "TIME",
    "Design",
    "Estimated",
    "about",
    "design",
    "estimated",
    "interactions",
    "main",
    "pairs",
    "sentences",
    "shown",
    "strongest",
]
