"""A comparison of two methods in sentences, for the terminal."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from bench.analysis import statistics
from bench.analysis.tables.comparing import (
    DETERMINISTIC,
    RANKS,
    RATES,
    UNTESTED,
    adjusted,
    apart,
    decided,
    doubt,
    needed,
    shown,
)
from bench.analysis.tables.races import RACED, UNRACED


def sentences(table: pd.DataFrame) -> list[str]:
    """A table of one pair (a row per task) in words."""
    return [line for row in table.to_dict("records") for line in _words(row)]


def _words(row: dict[Any, Any]) -> list[str]:
    a, b = row["method"], row["other"]
    lines = [
        f"{row['task']}: {a} ({row['trials']} trials) against {b} ({row['trials of other']} trials)"
    ]
    if _single(row):
        lines += [
            "  effect        none: one trial of a method tells nothing of what others would do"
        ]
    elif not math.isnan(row["better"]):
        lines += [
            f"  effect        P({a} better) = {row['better']:.2f}{_between(row, 'better', '.2f')}, "
            f"{statistics.size(row['better'])}; Cliff's delta {2 * row['better'] - 1:+.2f}"
        ]
    lines += [f"  success       {_success(row)}"]
    if row["primary"] in (RATES, RANKS):
        lines += [f"  tests         {_tests(row)}; each by itself"]
    return [*lines, f"  decision      {_decision(row)}", f"  seeds needed  {_seeds(row)}"]


def _success(row: dict[Any, Any]) -> str:
    """The difference of the rates of success; of a race only the one that knows when it ended."""
    percent = {k: 100 * v for k, v in row.items() if str(k).startswith("rate difference")}
    if math.isnan(percent["rate difference"]):
        return f"not estimated: {doubt(row)}"
    by = " (median-unbiased, of the race)" if row["primary"] == RACED else ""
    between = _between(percent, "rate difference", "+.0f")
    return f"difference of rates {percent['rate difference']:+.0f} points{between}{by}"


def _between(row: dict[Any, Any], name: str, form: str) -> str:
    low, high = row[f"{name} low"], row[f"{name} high"]
    return "" if math.isnan(low) else f" ({low:{form}} to {high:{form}})"


def _single(row: dict[Any, Any]) -> bool:
    """True where one of the methods has a single trial, and chance is in it."""
    few = int(min(row["trials"], row["trials of other"]))
    return few == 1 and row["primary"] != DETERMINISTIC


def _tests(row: dict[Any, Any]) -> str:
    """The tests that there are, each with its p, and the reasons why there are no others."""
    found = [f"Boschloo p = {shown(row['p_rates'])}"]
    if math.isnan(row["better"]):
        return f"{found[0]}, none of the ranks of q: it was not measured of both"
    if math.isnan(row["p"]):
        found += [f"none of the ranks of q: so few trials reach {row['smallest_p']:.2g} at best"]
    else:
        found += [f"Mann-Whitney p = {shown(row['p'])} (least possible {shown(row['smallest_p'])})"]
    if not math.isnan(row["p_brunner_munzel"]):
        found += [f"Brunner-Munzel p = {shown(row['p_brunner_munzel'])}"]
    return ", ".join([*found, _paired_words(row)])


def _paired_words(row: dict[Any, Any]) -> str:
    """The seeds that pair them: not all, where one of the two lacks some."""
    if not row["pairs"]:
        return "not paired by seed (none in common, or several trials of one)"
    most = max(row["trials"], row["trials of other"])
    common = f"the {row['pairs']} seeds in common" if row["pairs"] < most else "seed"
    if math.isnan(row["p_paired"]):
        return f"none paired by {common}: so few pairs cannot reach 0.05"
    related = row["correlation"]
    told = "" if math.isnan(related) else f" (correlation {shown(related)})"
    return f"paired by {common} p = {shown(row['p_paired'])}{told}"


def _decision(row: dict[Any, Any]) -> str:
    by = {RATES: "by the rates of success", RANKS: "by the ranks of q"}.get(row["primary"])
    if not decided(row):
        return f"undecided{f' {by}' if by else ''}: {doubt(row)}"
    a, b = row["method"], row["other"]
    of_rates = row["primary"] == RATES or (by is None and row["rate difference"] != 0)
    effect = row["rate difference"] if of_rates else row["better"] - 0.5
    better, worse = (a, b) if effect > 0 else (b, a)
    if row["primary"] == RACED:
        return f"{better} is better than {worse} {adjusted(row)}"
    if by is None:
        return f"{better} is better than {worse}; deterministic: one run is all there is"
    ahead = row["better"] if better == a else 1 - row["better"]
    low = row["better low"] if better == a else 1 - row["better high"]
    much = statistics.meaningful(ahead, statistics.Interval(low, 1.0))
    by += ", and by much" if much else ""
    return f"{better} is better than {worse} {by}; {adjusted(row)}"


def _seeds(row: dict[Any, Any]) -> str:
    if row["primary"] == DETERMINISTIC:
        return "none: another seed would do the same"
    if row["seeds"] == 0:
        return "none: it is decided"
    if row["primary"] == UNTESTED:
        return "several, each at all of the settings"
    if row["primary"] == UNRACED:
        return "those of a race that compares them"
    if row["primary"] == RACED:
        return needed(row)
    if math.isnan(row["seeds"]) and apart(row):
        return "no number would do: the rates are equal, and by q alone nothing is decided here"
    if math.isnan(row["seeds"]):
        return "no number would do for an effect like this: there is none"
    return (
        f"{row['seeds']:.0f} per method would find an effect as large as the one seen "
        f"in {100 * statistics.POWER:.0f} % of the cases, at the level after correction"
    )
