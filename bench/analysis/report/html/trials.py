"""The single trials: seed by seed, and as the table that every number leads to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import pandas as pd

from bench.analysis.plots.endings import OUTCOME_COLOURS
from bench.analysis.report import formats
from bench.analysis.report.contents import Contents
from bench.analysis.report.html.elements import cell_address
from bench.analysis.tables import outcomes
from bench.trial import Status

_MOST = 800
"""More trials than this are not shown seed by seed: the figure of outcomes says more."""

LETTERS: Mapping[str, str] = {
    **{name: name[0].upper() for name in outcomes.OUTCOMES},
    "degraded": "G",
    "collapsed": "L",
    "diverged": "D",
    Status.CRASHED: "X",
    Status.OUT_OF_MEMORY: "Y",
    Status.COMPLETED: "?",
}


def seed_by_seed(contents: Contents) -> str:
    """A table per task: a row per method and setting, a column per seed, a letter per outcome that
    leads to its trial."""
    if len(contents.trials) > _MOST:
        return f"<p>{len(contents.trials)} trials are too many to show seed by seed.</p>"
    groups = contents.trials.groupby("task", sort=False)
    grids = [_grid(str(task), own, contents.settings) for task, own in groups]
    return _legend(contents.trials) + "".join(grids)


def _legend(trials: pd.DataFrame) -> str:
    present = [name for name in outcomes.OUTCOMES if (trials["outcome"] == name).any()]
    keys = (f'<span class="o o-{name}">{LETTERS[name]}</span> {name}' for name in present)
    return f'<p class="legend">{" &ensp; ".join(keys)}</p>'


def _grid(task: str, trials: pd.DataFrame, settings: Sequence[str]) -> str:
    seeds = sorted(trials["seed"].unique())
    head = "".join(f'<th scope="col">{seed}</th>' for seed in seeds)
    rows = []
    for key, own in trials.groupby(["method", *settings], sort=False, dropna=False):
        name = " ".join([str(key[0]), *(_setting(settings, key[1:]))])
        found = own.drop_duplicates("seed").set_index("seed")
        cells = "".join(
            f"<td>{_letter(found.loc[seed]) if seed in found.index else ''}</td>" for seed in seeds
        )
        rows.append(f'<tr><th scope="row">{escape(name)}</th>{cells}</tr>')
    return (
        f'<div class="wide"><table class="grid"><caption>{escape(task)}, by seed</caption>'
        f'<thead><tr><th scope="col">seed</th>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _setting(names: Sequence[str], values: Sequence[Any]) -> list[str]:
    return [
        f"{name}={value:g}" for name, value in zip(names, values, strict=True) if value == value
    ]


def _letter(trial: pd.Series) -> str:
    title = f"{trial['outcome']}: q {formats.number(trial['q_tail'])}"
    return (
        f'<a class="o o-{trial["outcome"]}" href="#t-{trial["id"]}" title="{escape(title)}">'
        f"{LETTERS[trial['outcome']]}</a>"
    )


def trial_table(contents: Contents) -> str:
    """One row per trial, with what identifies it to `--only`; the first trial of a task and method
    carries the address that the numbers about them lead to."""
    settings, sweeps = contents.settings, {str(s.folder): s.name for s in contents.sweeps}
    seen: set[str] = set()
    rows = []
    several = len(sweeps) > 1
    for trial in contents.trials.to_dict("records"):
        address = cell_address(trial["task"], trial["method"])
        anchor = "" if address in seen else f'<a id="{address}"></a>'
        seen.add(address)
        sweep = f"<td>{escape(sweeps[trial['sweep']])}</td>" if several else ""
        rows.append(_row(trial, anchor, sweep, selection(trial, settings), address))
    names = ("task", "method", "seed", "outcome", "rule or error", "q", "steps", "seconds")
    heads = ["id", *(["sweep"] if several else []), *names, "--only"]
    numeric = {"seed", "q", "steps", "seconds"}
    kinds = [' class="n"' if name in numeric else "" for name in heads]
    head = "".join(
        f'<th scope="col"{kind}><button type="button">{name}</button></th>'
        for kind, name in zip(kinds, heads, strict=True)
    )
    return (
        '<div class="wide"><table id="table-trials" class="sortable"><thead><tr>'
        f"{head}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def _row(trial: dict[Any, Any], anchor: str, sweep: str, only: str, address: str) -> str:
    why = trial["error"] if isinstance(trial["error"], str) else trial["rule"]
    return (
        f'<tr id="t-{trial["id"]}" data-c="{address}"><td>{anchor}{trial["id"]}</td>{sweep}'
        f"<td>{escape(trial['task'])}</td><td>{escape(trial['method'])}</td>"
        f'<td class="n">{trial["seed"]}</td><td>{trial["outcome"]}</td><td>{escape(str(why))}</td>'
        f'<td class="n">{formats.number(trial["q_tail"])}</td>'
        f'<td class="n">{trial["steps_done"]:.0f}</td>'
        f'<td class="n">{formats.number(trial["seconds"])}</td><td>{escape(only)}</td></tr>'
    )


def selection(trial: Mapping[Any, Any], settings: Sequence[str]) -> str:
    """What `bench.sweep --only` takes to find this trial: its task with those options that its
    label tells, its method, seed, and hyper-parameters that vary."""
    task, _, options = str(trial["task"]).partition(" (")
    known = [o for o in options.rstrip(")").split(", ") if o and o.split("=")[0] not in _NOT_KEYS]
    method = str(trial["method"]).partition(" (")[0]
    values = [f"{n}={trial[n]!r}" for n in settings if trial[n] == trial[n]]
    parts = [f"task={task}", *known, f"method={method}", f"seed={trial['seed']}", *values]
    return ",".join(parts)


_NOT_KEYS = ("steps", "gradients", "path")


def colours() -> str:
    """The outcomes' colours as CSS."""
    return "".join(f".o-{name}{{--o:{colour}}}" for name, colour in OUTCOME_COLOURS.items())
