"""The section of a report about the effects of a factorial that a sweep declares."""

from __future__ import annotations

import csv
import itertools
from dataclasses import replace

import pytest

from bench import report
from bench.trial import Method
from tests.analysis.synthetic import result, write

SWEEP = """
[sweep]
tasks = ["ring8"]
seeds = "0..3"
steps = 5000
evaluations = 30

[task.ring8]
batch = 256

[grid]
lr_g = [1e-3, 3e-3]
lr_d = "lr_g"
"""
METHODS = {
    ("non_saturating", ""): "a", ("non_saturating", "r1"): "b",
    ("hinge", ""): "c", ("hinge", "r1"): "d",
}  # fmt: skip
FACTORS = """
[analysis]
budgets = [0.5]
[analysis.factors]
loss = "loss"
stabilizer = ["regularizers", "normalizer"]
rate = "lr_g"
"""


def made():
    """R1 holds at each rate, the plain loss at the lower one; the loss does nothing."""
    for (loss, penalty), rate, seed in itertools.product(METHODS, (1e-3, 3e-3), range(4)):
        kind = "converged" if penalty or rate == 1e-3 else "collapsed"
        own = result(kind, seed=seed, hparams={"lr_g": rate, "lr_d": rate})
        method = Method(METHODS[loss, penalty], loss, (penalty,) if penalty else ())
        yield replace(own, trial=replace(own.trial, method=method))


def methods():
    for (loss, penalty), name in METHODS.items():
        own = f'regularizers = ["{penalty}"]\n' if penalty else ""
        yield f'[[method]]\nname = "{name}"\nloss = "{loss}"\n{own}'


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("factorial") / "x"
    return write(place, list(made()), SWEEP + "\n".join(methods()) + FACTORS)


def test_the_page_says_what_did_it(folder, tmp_path):
    assert report.main([str(folder), "-o", str(tmp_path), "--formats", "csv,png", "--all"]) == 0
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert "Effects of the factors" in page
    assert "2 loss x 2 stabilizer x 2 rate = 8 cells, 4 seeds each" in page
    with (tmp_path / "tables" / "effects.csv").open(newline="") as file:
        rows = {(r["factor"], r["level"]): r for r in csv.DictReader(file)}
    rates = {key: float(row["success"]) for key, row in rows.items()}
    assert rates == {
        ("loss", "non_saturating"): 0.75, ("loss", "hinge"): 0.75,
        ("stabilizer", "none"): 0.5, ("stabilizer", "r1"): 1.0,
        ("rate", "0.001"): 1.0, ("rate", "0.003"): 0.5,
    }  # fmt: skip
    with (tmp_path / "tables" / "interactions.csv").open(newline="") as file:
        joint = {(r["outcome"], r["factors"]): r for r in csv.DictReader(file)}
    assert float(joint["success", "stabilizer x rate"]["share"]) == pytest.approx(1 / 3)
    assert list((tmp_path / "figures").glob("*effects*.png"))
    text = (tmp_path / "report.md").read_text(encoding="utf-8")
    answer = text.partition("## Answer")[2].partition("##")[0]
    assert answer.split()[1:5] == ["**ring8**:", "no", "factor", "has"]  # first, by four seeds


def test_a_sweep_without_factors_has_no_such_section(folder, tmp_path):
    text = (folder / "sweep.toml").read_text().replace(FACTORS, "")
    other = write(tmp_path / "y", list(made()), text)
    assert report.main([str(other), "-o", str(tmp_path / "r"), "--formats", "csv", "--all"]) == 0
    assert "Effects of the factors" not in (tmp_path / "r" / "index.html").read_text(
        encoding="utf-8"
    )
    assert not (tmp_path / "r" / "tables" / "effects.csv").exists()
