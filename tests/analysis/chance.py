"""Results at random: statuses, metrics, methods, tasks and seeds that are missing in any way."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np

from bench.trial import Result, Status
from tests.analysis.synthetic import BANDS, FACTS, KINDS, result

FAILED = (Status.DIVERGED, Status.CRASHED, Status.TIMEOUT, Status.OUT_OF_MEMORY)
GAME = {"kind": "game", "criterion": {"radius": ["<=", 0.1]}, "deterministic": True}
TOML = '# Which works?\n[analysis]\nbaseline = "ns"\n'
EVALUATIONS = 20


def results(seed: int) -> list[Result]:
    """The trials of a made-up sweep, any part of which may have failed or not been measured."""
    rng = np.random.default_rng(seed)
    tasks = ["ring8", "digits8", "dirac"][: rng.integers(1, 4)]
    methods = ["ns", "r1", "gp", "article_loss"][: rng.integers(1, 5)]
    seeds = int(rng.choice([1, 2, 3, 5, 8]))
    rates = [1e-4, 1e-3, 1e-2][: rng.integers(1, 4)]
    worst, least = rng.choice([0, 0.3, 1]), rng.choice([0, 0.3, 1])
    made = []
    for task, method in itertools.product(tasks, methods):
        fate = rng.choice(FAILED) if rng.random() < worst else None
        lost = lose(rng) if rng.random() < least else None
        likely = rng.dirichlet(np.full(len(KINDS), 0.4))
        for number, rate in itertools.product(range(seeds), rates):
            if rng.random() < 0.1:
                continue
            kind = str(rng.choice(KINDS, p=likely))
            facts = (
                GAME if task == "dirac" else dict(FACTS) | ({"bands": BANDS} if seed % 2 else {})
            )
            one = result(
                kind, method=method, task=task, seed=number, facts=facts,
                hparams={"lr_g": rate, "lr_d": rate}, evaluations=EVALUATIONS,
            )  # fmt: skip
            if task == "dirac":
                radius = np.exp(-np.linspace(0, 5, EVALUATIONS) * likely[0]).tolist()
                one = dataclasses.replace(
                    one, curves={"step": one.curves["step"], "radius": radius}
                )
            for away in (lost, lose(rng) if rng.random() < 0.2 else None):
                one = without(one, away) if away else one
            ended = fate or (rng.choice(FAILED) if rng.random() < 0.15 else None)
            made.append(broken(one, Status(str(ended)), int(rng.integers(10))) if ended else one)
    return made or [result("stalled", evaluations=EVALUATIONS)]


def lose(rng: np.random.Generator) -> dict[str, Any]:
    """A way in which something was not measured."""
    metrics = ("q", "fd", "modes", "high_quality", "mode_kl", "pairwise_ratio", "outside", "radius")
    ways: list[dict[str, Any]] = [
        {"none": metrics},
        {"none": ("q", "fd"), "reason": "the data are Gaussian to this proxy"},
        {"gone": tuple(rng.choice(metrics, 3, replace=False))},
        {"none": tuple(rng.choice(metrics, 3, replace=False))},
        {"curves": True},
        {"signals": True},
        {"facts": True},
    ]
    return ways[rng.integers(len(ways))]


def without(one: Result, away: dict[str, Any]) -> Result:
    """A result without what was not measured."""
    curves = {name: v for name, v in one.curves.items() if name not in away.get("gone", ())}
    for name in set(curves) & set(away.get("none", ())):
        curves[name] = [None] * len(curves[name])
    facts = dict(one.facts)
    if "reason" in away:
        facts["missing"] = {"q": away["reason"]}
    if "facts" in away:
        facts = {name: facts[name] for name in ("kind", "deterministic") if name in facts}
    return dataclasses.replace(
        one,
        curves={} if "curves" in away else curves,
        signals={} if "signals" in away else one.signals,
        facts=facts,
    )


def broken(one: Result, status: Status, done: int) -> Result:
    """A result that broke off after `done` evaluations, with as many blocks of signals."""
    curves, signals = (
        {name: values[:done] for name, values in series.items()} if done else {}
        for series in (one.curves, one.signals)
    )
    error: dict[str, Any] = {"type": "ValueError", "message": "bad shape", "traceback": "Trace ..."}
    if status is Status.DIVERGED:
        error = {"type": "nonfinite", "step": 30, "what": "loss_d"}
    return dataclasses.replace(one, status=status, curves=curves, signals=signals, error=error)


def rates(found: Any) -> Iterator[tuple[str, str, Any]]:
    """(table, column, values) of all columns that are probabilities or shares."""
    names = ("rate", "low", "high", "exact low", "exact high", "better", "better low")
    names += ("better high", "p", "p_rates", "p_holm", "p_paired", "p_brunner_munzel", "p_dunnett")
    names += ("smallest_p", "p_logrank", "works", "works low", "works high", "random rate")
    names += ("rescued", "rescued low", "rescued high")
    for table, frame in found.tables.items():
        for column in frame.columns.intersection(names) if table != "best_of_k" else ():
            yield table, column, frame[column].to_numpy(dtype=float)
