"""What report/README.md says of the factorial is what its trials and tables say."""

from __future__ import annotations

import csv
import itertools
import re

import pandas as pd
import pytest

import bench
from tests.documents import FOUND, README, ROOT, section

NAMES = {
    "none": "none", "r1": "R1", "wgan_gp": "WGAN-GP's penalty",
    "spectral_norm": "spectral normalization", "gradient_normalization": "gradient normalization",
}  # fmt: skip
THREE = ["r1", "wgan_gp", "spectral_norm"]


def table(name):
    with (ROOT / "report/stabilizers/tables" / f"{name}.csv").open(newline="") as file:
        return [row for row in csv.DictReader(file) if row["task"] == "ring8"]


@pytest.fixture(scope="module")
def trials():
    """The trials of whole seeds on the ring, without the control; `ok` is 1 for a success."""
    found = bench.published("stabilizers", root=ROOT)
    counts = found[found["method"] != "article_loss"].groupby(["task", "seed"]).size()
    whole = counts[counts == 180].reset_index().groupby("task").size()
    assert dict(whole) == {"ring8": 10, "digits8": 2}
    own = found[(found["task"] == "ring8") & (found["method"] != "article_loss")]
    return own.assign(ok=own["outcome"].eq("converged").astype(float))


@pytest.fixture(scope="module")
def text():
    return section(FOUND, "Stabilizers")


@pytest.fixture(scope="module")
def asked():
    return section(FOUND, "What a reviewer would ask")


def percent(value):
    return f"{100 * value:.0f}"


def share(trials, *names):
    """Level or levels of factors -> the share of the trials that converged."""
    return trials.groupby([f"factor.{name}" for name in names])["ok"].mean()


def test_the_table_of_effects(trials, text):
    rows = {(row["factor"], row["level"]): row for row in table("effects")}
    levels = {
        "rate": {"3e-4": "0.0003", "1e-3": "0.001", "3e-3": "0.003"},
        "steps of D": {"one": "1", "five": "5"},
        "stabilizer": {name: level for level, name in NAMES.items()},
        "beta1": {"0": "0", "0.5": "0.5"},
        "loss": {
            "non-saturating": "non_saturating",
            "hinge": "hinge",
            "Wasserstein": "wasserstein",
        },
    }
    shares = []
    for factor, own in levels.items():
        name = {"steps of D": "d_steps"}.get(factor, factor)
        found = [rows[name, level] for level in own.values()]
        ends = ", ".join(
            f"{said}: {percent(float(row['success']))}"
            for said, row in zip(own, found, strict=True)
        )
        early = ", ".join(percent(float(row["reached by 20 %"])) for row in found)
        p = {float(row["p_holm success"]) for row in found}
        assert f"| {factor} | {ends} | {early} | {p.pop():.2g} |" in text
        assert not p
        shares.append(float(found[0]["share"]))
        for level, row in zip(own.values(), found, strict=True):
            column = trials[f"factor.{name}"]
            here = column.astype(str) == level if name in ("loss", "stabilizer") else None
            here = column == float(level) if here is None else here
            assert trials["ok"][here].mean() == pytest.approx(float(row["success"]))
    steps, rate, stabilizer, beta1, loss = (round(100 * shares[i]) for i in (1, 0, 2, 3, 4))
    assert (
        f"the rate has {rate} %, the steps of D {steps}, the stabilizer {stabilizer}, "
        f"beta1 {beta1}, the loss {loss}." in text
    )
    assert f"(p = {float(rows['loss', 'hinge']['p_holm reached by 20 %']):.0f})" in text
    assert 15 * float(rows["loss", "hinge"]["smallest p"]) == pytest.approx(0.029, abs=5e-4)


def test_stabilizers_and_momentum(trials, text):
    rows = {row["level"]: row for row in table("effects") if row["factor"] == "stabilizer"}
    for level, words in (("r1", "R1 adds"), *((one, NAMES[one]) for one in THREE[1:])):
        got = [100 * float(rows[level][f"Δ success{end}"]) for end in ("", " low", " high")]
        points = "15 points to none" if level == "r1" else "15"
        assert round(got[0]) == 15
        assert f"{words} {points} ({got[1]:.0f} to {got[2]:.0f})" in text
    lost = [
        100 * float(rows["gradient_normalization"][f"Δ success{k}"]) for k in ("", " low", " high")
    ]
    assert f"takes {-lost[0]:.0f} away ({-lost[2]:.0f} to {-lost[1]:.0f})" in text
    bounded = trials[trials["factor.stabilizer"] == "gradient_normalization"]
    assert share(bounded, "loss")[["hinge", "wasserstein"]].max() == 0
    findings = section(README, "Three findings")
    counts = trials.groupby(["factor.stabilizer", "factor.beta1"])["ok"].sum().astype(int)
    assert f"converged in {counts['spectral_norm', 0]} of 180 trials with beta1 = 0 and in " in text
    for one in NAMES:
        pair = rf"{counts[one, 0]} (of 180 trials with beta1 = 0 )?and (in )?{counts[one, 0.5]}\b"
        assert one == "gradient_normalization" or re.search(pair, text)
        assert one not in ("spectral_norm", "r1", "none") or re.search(pair, findings)
    joint = {row["factors"]: float(row["p_holm"]) for row in table("interactions")[:10]}
    assert f"(stabilizer x beta1: p = {joint['stabilizer x beta1']:.2g})" in text
    both = share(trials, "stabilizer", "d_steps")
    steps = {n: both.xs(n, level="factor.d_steps") for n in (1, 5)}
    assert (steps[1] - steps[5]).min() > 0
    relative = (steps[5] / steps[1]).idxmax()
    assert relative == "spectral_norm"
    assert f"least ({percent(steps[1][relative])} and {percent(steps[5][relative])} %)" in text
    cells = share(trials, "stabilizer", "loss", "d_steps", "beta1", "rate")
    assert (
        f"{(cells == 1).sum()} of the 180 converged on all ten seeds and {(cells == 0).sum()}"
        in text
    )
    assert {*cells[cells == 1].index.get_level_values(0)} == {*NAMES}
    assert "took 30 points off" in findings
    assert round(100 * (share(trials, "d_steps")[1] - share(trials, "d_steps")[5])) == 30


def moved(trials, metric, by):
    """Success of each trial were one bound moved by a share of its way to real samples; below 0, to
    the trivial sampler."""
    sign, bound, trivial, real = (
        trials[f"band.{metric}.{name}"].iloc[0] for name in ("sign", "bound", "trivial", "real")
    )
    new = bound + by * ((real - bound) if by > 0 else (bound - trivial))
    edge = trials[f"edge.{metric}"]
    return edge >= new if sign == ">=" else edge <= new


def test_another_criterion(trials, asked):
    metrics = [
        name[5:] for name in trials if name.startswith("edge.") and trials[name].notna().any()
    ]
    assert len(metrics) == 4
    leaders = {}
    for metric, by in itertools.product(metrics, (-0.2, 0.2)):
        found = moved(trials, metric, by).groupby(trials["factor.stabilizer"]).mean()
        assert list(found.sort_values().index[:2]) == ["gradient_normalization", "none"]
        assert found[THREE].min() - found["none"] >= 0.06
        leaders.setdefault(metric, set()).add(found.idxmax())
    assert [m for m, own in leaders.items() if own != {"r1"}] == ["high_quality"]
    assert moved(trials, "modes", 0.0).sum() == trials["ok"].sum()  # unmoved: the verdicts
    assert "In all eight cases" in asked
    assert "ahead by 6 points or more" in asked


def test_another_budget_and_other_factors(trials, asked):
    early = trials["converged_at"] * trials["gradients_per_step"] <= 0.2 * trials["gradients"]
    by = early.groupby(trials["factor.stabilizer"]).mean()
    assert by.idxmax() == "none"
    assert f"({percent(by['none'])} % of its trials)" in asked
    assert trials.loc[early, "factor.rate"].min() == 1e-3
    momentum, steps = share(trials, "stabilizer", "beta1"), share(trials, "stabilizer", "d_steps")
    r1 = momentum["r1", 0.5] - momentum["none", 0.5]
    sn = momentum["spectral_norm", 0] - momentum["spectral_norm", 0.5]
    gp = steps["wgan_gp", 1] - steps["wgan_gp", 5]
    assert f"adds {percent(r1)} points to none at beta1 = 0.5" in asked
    assert re.search(rf"adds\s+{percent(sn)} to spectral normalization", asked)
    assert f"adds {percent(gp)} to WGAN-GP's penalty" in asked
    assert {*trials.groupby("factor.stabilizer")["method"].nunique()} == {6}  # times 6 settings


def test_halves_of_the_seeds_and_controls(trials, asked):
    seeds = trials.pivot_table(index="seed", columns="factor.stabilizer", values="ok")
    halves = [seeds.loc[list(half)].mean() for half in itertools.combinations(seeds.index, 5)]
    assert f"In all {len(halves)} halves" in asked
    for own in halves:
        assert own["gradient_normalization"] < own["none"] < own[THREE].min()
    best = pd.Series([own.idxmax() for own in halves]).value_counts()
    order = ("r1", "spectral_norm", "wgan_gp")
    assert ", ".join(f"{NAMES[one]} in {best[one]}" for one in order) in asked
    agrees = {row["method"]: row["agrees"] for row in table("references")}
    assert agrees == {
        "article_loss": "yes", "ns_r1_1": "yes",
        "wasserstein_plain_1": "no", "wasserstein_plain_5": "no",
    }  # fmt: skip
    alone = trials[trials["method"].isin(["wasserstein_plain_1", "wasserstein_plain_5"])]
    surprises = section(FOUND, "Surprises")
    assert f"did in {alone['ok'].sum():.0f} of {len(alone)} trials" in surprises
    joint = {row["factors"]: float(row["p_holm"]) for row in table("interactions")[:10]}
    assert joint["loss x d_steps"] > 0.05  # "they hurt it as they do the others"
