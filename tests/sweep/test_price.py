"""The price of a plan and that of a short training, against what real sweeps then take."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.store import Store
from bench.sweep.price.typical import IMPORT
from tests.runner.sweeps import sweep, write

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def took(store: Store, ids: set[str]) -> float:
    """Seconds from the beginning of the first of these trials to the end of the last."""
    files = {id: store.path / "trials" / f"{id}.json" for id in ids}
    ends = {id: file.stat().st_mtime for id, file in files.items()}
    return max(ends.values()) - min(ends[id] - store.brief(id).seconds for id in ids)


LONG = ("-j", "2", "-S", "sweep.steps=1000", "-S", "sweep.evaluations=10")
"""Five blocks of draws, so that a pause comes five times, and not before the first step alone."""


def plan(toml: Path, *options: str) -> dict:
    code, out, err = sweep(toml, *LONG, "-n", "--json", *options, timeout=300)
    assert code == 0, err
    return json.loads(out)


def test_the_price_of_a_plan_and_of_a_probe(tmp_path):
    """Twelve trials of some seconds in two slots. The probe says first how long they take, and the
    results of four of them then; both are right to a factor of 1.5, both ways."""
    toml = write(tmp_path, 12, pause=0.7)
    probed = plan(toml, "--probe")
    assert probed["price_from"] == {"a probe": 1}
    assert not (tmp_path / "results").exists()
    assert sweep(toml, *LONG, "--only", "seed=0..3", timeout=300)[0] == 0
    store = Store(tmp_path / "results/small")
    before = store.ids()
    planned = plan(toml)
    assert planned["price_from"] == {"results/small": 4}
    assert sweep(toml, *LONG, timeout=600)[0] == 0
    real = took(store, store.ids() - before)
    print(
        f"planned {planned['seconds']:.0f} s, probed {probed['seconds']:.0f} s, took {real:.0f} s"
    )
    assert real / 1.5 < planned["seconds"] - IMPORT < 1.5 * real
    assert real / 1.5 < (probed["seconds"] - IMPORT) * 8 / 12 < 1.5 * real
