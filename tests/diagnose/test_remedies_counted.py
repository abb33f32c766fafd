"""Which remedy helped after which failure: the counts, and what is said of them."""

from __future__ import annotations

import csv
import math

import numpy as np
import pandas as pd
import pytest

import bench
from bench.analysis.statistics import of_clusters
from bench.diagnose.finding import Finding
from bench.diagnose.remedies import known
from bench.diagnose.remedies.counts import counting, table
from bench.diagnose.remedies.counts.changes import CHANGES
from bench.diagnose.remedies.counts.table import ALL, ANY, ENDINGS, Count
from bench.gan import load_parts

load_parts()

CELL = ("hinge", "none", 1, 0.5, 1e-3)


def trial(outcome, seed, *, task="ring8", **changed):
    factors = dict(zip(("loss", "stabilizer", "d_steps", "beta1", "rate"), CELL, strict=True))
    named = {f"factor.{name}": level for name, level in (factors | changed).items()}
    return {"task": task, "seed": seed, "outcome": outcome, **named}


TRIALS = [
    # collapsed at seeds 0, 1, 2, converged at 3; with R1 only seed 1 converges, seed 2 is missing
    *(trial("collapsed", seed) for seed in (0, 1, 2)),
    trial("converged", 3),
    *(trial(o, s, stabilizer="r1") for s, o in enumerate(("stalled", "converged"))),
    trial("converged", 3, stabilizer="r1"),
    # at a third of the rate seed 0 has failed in another way; its partner by R1 crashed
    trial("degraded", 0, rate=3e-4),
    trial("crashed", 0, rate=3e-4, stabilizer="r1"),
    # on another task all is well with beta1 = 0, and the second seed is improving
    *(trial("stalled", seed, task="digits8") for seed in (0, 1)),
    *(trial(o, s, task="digits8", beta1=0.0) for s, o in enumerate(("converged", "improving"))),
    # two changes at once are no partner
    trial("converged", 2, stabilizer="r1", beta1=0.0),
]


def counted(trials=TRIALS):
    own = counting.counts(pd.DataFrame(trials))
    return {(one.task, one.ended, one.remedy): one for one in own}


def test_what_is_counted():
    found = counted()
    own = found["ring8", "collapsed", "r1"]
    assert (own.pairs, own.converged, own.seeds) == (2, 1, 2)  # seed 2 has no partner
    assert own.again == 2
    assert own.luck == pytest.approx(1 / 3)  # of three other seeds one
    interval = of_clusters(np.array([0.0, 1]), np.array([1.0, 1]))
    assert (own.low, own.high) == interval
    slower = found["ring8", "collapsed", "slower"]
    assert (slower.pairs, slower.converged) == (1, 0)
    faster = found["ring8", "degraded", "faster"]
    assert (faster.pairs, faster.converged, faster.again) == (1, 0, 0)  # alone in its cell
    assert math.isnan(faster.luck)
    betas = found["digits8", "stalled", "betas"]
    assert (betas.pairs, betas.converged, betas.luck) == (2, 1, 0)  # improving is not there yet
    assert found[ALL, ANY, "r1"][3:5] == (2, 1)
    assert ("ring8", "degraded", "r1") not in found  # the partner crashed
    assert {remedy for _, _, remedy in found} == {"r1", "slower", "faster", "betas"}
    assert ("ring8", "stalled", "betas") not in found


def test_seeds_are_clusters():
    """Three cells of each of two seeds: one seed always mended, the other never."""
    losses = ("hinge", "non_saturating", "wasserstein")
    trials = [
        one
        for seed in (0, 1)
        for loss in losses
        for one in (
            trial("collapsed", seed, loss=loss),
            trial("converged" if seed else "stalled", seed, loss=loss, stabilizer="r1"),
        )
    ]
    own = counted(trials)["ring8", "collapsed", "r1"]
    assert (own.pairs, own.converged, own.seeds) == (6, 3, 2)
    assert (own.low, own.high) == of_clusters(np.array([0.0, 3]), np.array([3.0, 3]))
    assert own.high - own.low == 1


def test_costs_are_those_of_the_remedies_that_can_be_pasted():
    for name in ("r1", "spectral_norm", "betas"):
        cost = f"{counting.cost(CHANGES[name].after):.3g} gradients a step"
        assert known()[CHANGES[name].lines].cost.startswith(cost)
    assert counting.cost(CHANGES["n_dis"].after) == counting.cost(CHANGES["fewer_d"].before) == 6


def test_what_is_no_factorial():
    with pytest.raises(counting.NoFactorial, match=r"no column factor\.loss"):
        list(counting.counts(pd.DataFrame(TRIALS).drop(columns="factor.loss")))
    with pytest.raises(counting.NoFactorial, match="differ in none of the factors"):
        list(counting.counts(pd.DataFrame([*TRIALS, TRIALS[0]])))
    with pytest.raises(counting.NoFactorial, match="no trial that failed has a partner"):
        list(counting.counts(pd.DataFrame(TRIALS[:4])))


def test_the_program(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(bench, "load", lambda folder: pd.DataFrame(TRIALS))
    out = tmp_path / "counts.csv"
    assert counting.main([str(tmp_path), "-o", str(out)]) == 0
    assert f"{len(TRIALS)} trials: {len(counted())} counts" in capsys.readouterr().out
    with out.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(counted())
    monkeypatch.undo()
    assert counting.main([str(tmp_path / "nothing"), "-o", str(out)]) == 2
    assert capsys.readouterr().err


def count(remedy, converged, *, luck=(0.05, 0.02, 0.1), low=0.75, high=0.92, pairs=84, seeds=10):
    own = (pairs, converged, low, high, seeds, pairs)
    return Count("digits8", "collapsed", remedy, *own, *luck, 2, 2.7)._replace(task=ALL)


def test_what_is_said(monkeypatch):
    told = (
        count("wgan_gp", 40, low=0.08, high=0.6),
        count("betas", 5, pairs=9),
        count("spectral_norm", 60, low=0.6, high=0.8),
        count("r1", 71),
        count("r1", 71)._replace(task="digits8"),
    )
    monkeypatch.setattr(table, "read", lambda: told)
    assert table.told("collapsed")[0] == (
        "R1: of 84 trials of digits8 that had collapsed without a stabilizer, 71 converged with it "
        "(75 to 92 %, 10 seeds); without a change 5 % on other seeds (2 to 10 %); 2.7 gradients a "
        "step in place of 2"
    )
    ranked = [one.remedy for one in table.ranked("collapsed")]
    assert ranked == ["r1", "spectral_norm", "wgan_gp", "betas"]
    assert "no more than another seed" in table.told("collapsed")[2]
    assert len(table.told("collapsed")) == 3  # nine pairs are too few
    assert table.told("stalled")[0].startswith("not counted: at most 0 trials")
    finding = Finding("one place", "distance", "one place", sick=True)
    assert table.order([finding])[:2] == ["r1", "spectral_norm"]
    assert set(table.order([finding])) == set(known())
    assert table.order([]) == list(known())


def test_the_counts_that_are_committed():
    table.read.cache_clear()
    found = {(one.task, one.ended, one.remedy): one for one in table.read()}
    assert len(found) == len(table.read()) > 0
    assert table.FILE.stat().st_size <= 30_000
    for (task, ended, remedy), own in found.items():
        assert ended in (ANY, *ENDINGS)
        assert remedy in CHANGES
        assert 0 <= own.converged <= own.pairs
        assert own.again <= own.pairs
        assert 0 < own.seeds <= own.pairs
        assert own.low - 1e-3 <= own.converged / own.pairs <= own.high + 1e-3
        parts = [found.get((task, each, remedy)) for each in ENDINGS]
        if ended == ANY:
            assert own.pairs == sum(one.pairs for one in parts if one)
            assert own.converged == sum(one.converged for one in parts if one)
        if task == ALL:
            tasks = [found.get((each, ended, remedy)) for each in table.tasks()]
            assert own.pairs == sum(one.pairs for one in tasks if one)
    assert set(table.MEANT.values()) == {*ENDINGS, ANY} - {"mode_drop"}
    assert all(own.lines in known() for own in CHANGES.values() if own.lines)
