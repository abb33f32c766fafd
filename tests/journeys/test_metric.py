"""A metric of one's own is one decorated function: everything else is read off its card."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import bench
from bench.analysis.frame import measured
from bench.analysis.tables import outcomes
from bench.store import Store
from tests import commands, here

PLUGIN = '''
import numpy as np
from bench.registry import metric


@metric(better="lower", label="width of the samples  (0: a point)", unit="units", ceiling=77.0)
def width(real, fake, facts):
    """Root mean square distance of the samples from zero.

    Blind to where modes are, and to how many (0.5 of them too). A third sentence.
    """
    return float(np.sqrt((fake.points**2).mean()))


@metric(better="higher", label="share on the right", floor=-0.25, final=True)
def right(real, fake, instrument):
    """Share of the samples right of zero. Blind to everything else."""
    return float((fake.points[:, 0] > 0).mean())


@metric(label="mean of the first coordinate")
def mean(real, fake, instrument):
    """Mean of the first coordinate."""
    return float(fake.points[:, 0].mean())
'''

TOML = """
# Does a metric of our own show?
[sweep]
tasks = ["ring8"]
seeds = "0..0"
steps = 40
evaluations = 5
plugins = ["own.py"]

[task.ring8]
batch = 8
units = 4
latent = 4

[grid]
lr_g = [1e-3, 1e30]
lr_d = "lr_g"

[[exclude]]
method = "calm"
lr_g = 1e30
[[exclude]]
method = "wild"
lr_g = 1e-3

[[method]]
name = "calm"
loss = "non_saturating"
[[method]]
name = "wild"
loss = "non_saturating"

[[reference]]
task = "ring8"
method = "calm"
metric = "width"
value = 0.5
error = 9.0
source = "made up"
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A folder with a sweep of two trials, one of which diverges, and its report."""
    folder = tmp_path_factory.mktemp("metric")
    (folder / "own.py").write_text(PLUGIN)
    (folder / "tiny.toml").write_text(TOML)
    with here.graph_kernels():
        done = here.sweep(folder / "tiny.toml")
    assert done.returncode == 0, done.stderr
    done = commands.inside("report", folder / "results/tiny", "-o", folder / "page")
    assert done.returncode == 0, done.stderr
    return folder


def table(folder: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(folder / "page" / "tables" / f"{name}.csv").set_index("method")


def test_it_is_stored_with_its_card_and_those_of_bench_are_not(folder):
    stored = {r.trial.method.name: r for r in Store(folder / "results/tiny")}
    assert stored["wild"].status == "diverged"
    assert set(stored["calm"].facts["cards"]) == {"width", "right", "mean"}
    assert stored["calm"].facts["cards"]["width"]["ceiling"] == 77.0


def test_it_is_a_column_and_a_failed_trial_has_its_worst_value(folder):
    trials = bench.load(folder / "results/tiny").set_index("method", drop=False)
    assert 0 < trials.loc["calm", "width"] < 77
    filled = outcomes.with_failures(trials, ["width", "right", "mean"])
    assert (filled.loc["wild", "width"], filled.loc["wild", "right"]) == (77.0, -0.25)
    assert pd.isna(filled.loc["wild", "mean"])  # neither direction is better
    assert measured.card("width", trials).blind.endswith("(0.5 of them too)")


def test_it_is_in_the_tables_with_the_failure_ranked_last(folder):
    along, end = table(folder, "other_metrics"), table(folder, "end_metrics")
    assert along.loc["wild", "width median"] == 77.0 > along.loc["calm", "width median"]
    assert end.loc["wild", "right median"] == -0.25 < end.loc["calm", "right median"]
    assert pd.isna(along.loc["wild", "mean median"])


def test_it_is_on_the_page_with_its_label_its_definition_and_its_curve(folder):
    for name in ("report.md", "index.html"):
        text = (folder / "page" / name).read_text().replace("_<wbr>", "_")
        assert "width of the samples (lower is better, at most 77, units)." in text
        assert "Root mean square distance of the samples from zero." in text
        assert "Blind to where modes are, and to how many (0.5 of them too)." in text
        assert "share on the right (higher is better, at least -0.25)." in text
        assert "77" in text
        assert "Metrics of plugins along training on ring8: width, mean." in text
    drawn = list((folder / "page" / "figures").glob("*own_curves*.svg"))
    assert len(drawn) == 1
    assert "width of the samples" in drawn[0].read_text()


def test_a_reference_may_name_it(folder):
    (row,) = table(folder, "references").to_dict("records")
    assert (row["metric"], row["agrees"]) == ("width", "yes")
