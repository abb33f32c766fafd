"""What the README shows for notebooks draws something, on the reader's own axes."""

import re
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

import bench
from bench.analysis import plots
from bench.analysis.tables import ranking
from tests.analysis.synthetic import BANDS, FACTS, result, ring, write

README = (Path(__file__).parent.parent.parent.parent / "README.md").read_text()
CALLS = re.findall(r"\| `(plots\.draw_\w+\(.*?\))` \|", README)


@pytest.fixture(scope="module")
def known(tmp_path_factory):
    """The names that the README's lines use."""
    made = [
        result(
            "converged" if lr == 0.001 else "stalled",
            method=m,
            seed=s,
            hparams=numbers,
            facts={**FACTS, "bands": BANDS},
        )
        for m in ("r1", "ns")
        for lr in (0.001, 0.01)
        for s in range(3)
        if (numbers := {"lr_g": lr, "r1.gamma": 0.1})
    ]
    folder = write(tmp_path_factory.mktemp("notebook") / "x", made)
    trials = bench.load(folder)
    rng = np.random.default_rng(0)
    return {
        "bench": bench, "plots": plots, "ranking": ranking, "trials": trials, "folder": folder,
        "trials_of_a_method": trials[trials["method"] == "r1"],
        "look": plots.looks(["r1", "ns"]), "real": ring(rng, 100), "fake": ring(rng, 100),
    }  # fmt: skip


@pytest.mark.parametrize("call", CALLS)
def test_each_line_draws(call, known):
    ax = Figure().subplots()
    before = len(ax.get_children())
    eval(call.replace('"results/quickstart"', "folder"), {**known, "ax": ax})
    assert len(ax.get_children()) > before


def test_there_is_a_line_for_each_function():
    named = {re.match(r"plots\.(\w+)", call)[1] for call in CALLS}
    others = {"draw_quality", "draw_ranks"}  # beside draw_rates, and over several tasks
    assert named | others == {name for name in plots.__all__ if name.startswith("draw_")}
