"""What the manual shows for notebooks runs as it stands, and draws what it says."""

import json
import re
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.ticker import FixedFormatter

import bench
from bench.analysis import plots
from bench.analysis.tables import ranking
from bench.registry import UnknownName
from bench.store import Store
from bench.trial import Method, Result, Status, Trial
from tests.analysis.synthetic import BANDS, FACTS, result, ring, write
from tests.documents import MANUAL

BLOCK = re.search(r"<!-- notebook -->\n```python\n(.*?)```", MANUAL, re.DOTALL)[1]
ROWS = dict(re.findall(r"\| ([^|]+) \| `(plots\.draw_\w+\(.*?\))` \|", MANUAL))
STORED = Path(__file__).with_name("notebook.json")
OF_OTHERS = {"draw_portrait", "draw_spectrum", "draw_course", "draw_race"}
OF_OTHERS |= {"draw_effects", "draw_interaction"}
"""Those of games, races and factorials, which it has not: see `tests/analysis/plots`."""
METHODS = ("ns", "r1", "r3gan", "sngan", "dragan")


def quickstart(folder):
    """Results as those of the quickstart: two tasks, five methods, five seeds, one setting."""
    facts = {**FACTS, "bands": BANDS, "real": "ring8"}
    made = [
        result(
            "converged" if (seed + place) % 3 else "stalled",
            method=method,
            seed=seed,
            task=task,
            hparams={"lr_g": 1e-3, "lr_d": 1e-3} | ({"r1.gamma": 0.1} if method == "r1" else {}),
            facts=facts,
        )
        for task in ("digits8", "ring8")
        for place, method in enumerate(METHODS)
        for seed in range(5)
    ]
    return write(folder / "results" / "quickstart", made)


@pytest.fixture(scope="module")
def known(tmp_path_factory):
    """The names that the manual's block defines, where its results lie."""
    import os

    import matplotlib.pyplot as plt

    here, folder = os.getcwd(), tmp_path_factory.mktemp("notebook")
    quickstart(folder)
    with mpl.rc_context({"backend": "agg"}):
        try:
            os.chdir(folder)
            exec(BLOCK, names := {})
            yield names
        finally:
            plt.close("all")
            os.chdir(here)


def structure(ax):
    """A picture in numbers and words that do not depend on fonts."""
    return {
        "labels": [ax.get_xlabel(), ax.get_ylabel()],
        "scales": [ax.get_xscale(), ax.get_yscale()],
        "x": [round(x, 3) for x in ax.get_xlim()],
        "lines": sorted(len(np.ravel(line.get_xdata())) for line in ax.lines),
        "patches": len(ax.patches),
        "collections": len(ax.collections),
        "images": [list(image.get_array().shape) for image in ax.images],
        "texts": sorted(text.get_text() for text in ax.texts),
        "names": [text.get_text() for text in ax.get_yticklabels()]
        if isinstance(ax.yaxis.get_major_formatter(), FixedFormatter)
        else [],
    }


def test_there_is_a_row_for_each_function():
    named = {re.match(r"plots\.(\w+)", call)[1] for call in ROWS.values()}
    assert named | OF_OTHERS == {name for name in plots.__all__ if name.startswith("draw_")}
    assert not named & OF_OTHERS


@pytest.mark.parametrize("row", ROWS)
def test_each_row_draws_what_it_drew(row, known):
    ax = Figure().subplots()
    exec(ROWS[row], {**known, "ax": ax})
    stored = json.loads(STORED.read_text()) if STORED.exists() else {}
    found = json.loads(json.dumps(structure(ax)))
    assert found == stored.get(row), f"{row}: look at it, then store {json.dumps(found)}"


def test_curves_are_of_the_task_that_is_given(tmp_path):
    made = [
        Result(
            Trial(task, Method("r1"), 0, 1000, {}),
            Status.COMPLETED,
            {"step": [500, 1000], "q": [level, level]},
            facts=FACTS,
        )
        for task, level in (("digits8", 0.9), ("ring8", 0.2))
    ]
    folder = write(tmp_path / "x", made)
    long, look = bench.curves(folder), plots.looks(["r1"])["r1"]
    for task, level in (("digits8", 0.9), ("ring8", 0.2)):
        trials = bench.load(folder).query(f"task == '{task}'")
        ax = Figure().subplots()
        plots.draw_curves(ax, long, trials, "q", "r1", look)
        assert {tuple(line.get_ydata()) for line in ax.lines} == {(level, level)}


@pytest.mark.parametrize(
    ("call", "wrong", "right"),
    [
        ('plots.draw_map(ax, r1, ["lr_g", "r1.gamma"], "convergd")', "convergd", "converged"),
        ('plots.draw_map(ax, r1, ["lr_g", "r1.gama"], "converged")', "r1.gama", "r1.gamma"),
        ('plots.draw_window(ax, trials, "lr_gg", list(look), "converged")', "lr_gg", "lr_g"),
        ('plots.draw_window(ax, trials, "lr_g", ["r1", "nss"], "converged")', "nss", "ns"),
        ('plots.draw_window(ax, trials, "lr_g", ["r1"], "converge")', "converge", "converged"),
        ('plots.draw_curves(ax, curves, trials, "qq", "r1", look["r1"])', "qq", "q"),
        ('plots.draw_curves(ax, curves, trials, "q", "sngn", look["r1"])', "sngn", "sngan"),
        ('plots.draw_bound(ax, trials, "mods", look)', "mods", "modes"),
        ('plots.draw_cost(ax, trials, "gradient_evaluation", look)', "gradient_evaluation",
         "gradient_evaluations"),
        ('plots.draw_outcomes(ax, trials, ["r1", "sngann"])', "sngann", "sngan"),
        ('plots.draw_ranks(ax, ["nss", "r1"], [1, 2], 3, look)', "nss", "ns"),
    ],
)  # fmt: skip
def test_a_misspelled_name_is_refused_with_the_nearest(call, wrong, right, known):
    with pytest.raises(UnknownName) as raised:
        exec(call, {**known, "ax": Figure().subplots()})
    assert f'"{wrong}"' in str(raised.value)
    assert f'did you mean "{right}"?' in str(raised.value)


@pytest.mark.parametrize("name", ["draw_cost", "draw_bound", "draw_rates", "draw_quality"])
def test_a_method_without_a_look_is_named(name, known):
    trials, look = known["trials"], {"r1": known["look"]["r1"]}
    table = ranking.ranking(ranking.evaluate(trials, []))
    call = {
        "draw_cost": lambda ax: plots.draw_cost(ax, trials, "seconds", look),
        "draw_bound": lambda ax: plots.draw_bound(ax, trials, "modes", look),
        "draw_rates": lambda ax: plots.draw_rates(ax, table, look),
        "draw_quality": lambda ax: plots.draw_quality(ax, table, look),
    }[name]
    with pytest.raises(UnknownName, match=r'no look of method "\w+"'):
        call(Figure().subplots())


def test_samples_are_the_stored_arrays(tmp_path):
    rng = np.random.default_rng(3)
    folder = write(tmp_path / "x", [result("crashed", seed=1)])
    made = result("converged", facts={**FACTS, "real": "other"})
    fake, real = ring(rng, 50), ring(rng, 70)
    snapshots = {"snapshots": np.stack([fake, -fake]), "steps": np.array([10, 5000])}
    store = Store(folder)
    store.write(made, {"fake": fake, "step": np.asarray(5000), **snapshots})
    store.write_real("other", {"real": real})
    found = bench.samples(folder, made.trial.id)
    assert {name: array.shape for name, array in found.items()} == {
        "fake": (50, 2), "step": (), "snapshots": (2, 50, 2), "steps": (2,), "real": (70, 2),
    }  # fmt: skip
    assert np.array_equal(found["fake"], fake)
    assert np.array_equal(found["real"], real)
    assert np.array_equal(bench.samples(folder, made.trial.id[:6])["fake"], fake)
    for id, words in (("nothere", "no trial"), ("", "no trial")):
        with pytest.raises(UnknownName, match=words):
            bench.samples(folder, id)
