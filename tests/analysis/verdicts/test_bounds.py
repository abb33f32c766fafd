"""The ranking while a bound of the criterion moves from trivial samplers to real data."""

import dataclasses

import numpy as np
import pytest
from matplotlib.figure import Figure

import bench
from bench.analysis import plots
from bench.analysis.report.contents import collect
from bench.analysis.report.figures import pictures
from bench.analysis.verdicts import edges, numbers
from bench.analysis.verdicts import thresholds as at
from tests.analysis.synthetic import BANDS, FACTS, KINDS, result, write

KNOWN = {**FACTS, "bands": BANDS}


def judged_again(made, metric, bound):
    """The rate that a new judgement of each result gives, with the bound moved."""
    sign, _ = FACTS["criterion"][metric]
    moved = {**FACTS, "criterion": {**FACTS["criterion"], metric: [sign, bound]}}
    held = [
        numbers.success(dataclasses.replace(one, facts=moved))[-20:].mean() >= at.MOST
        for one in made
        if one.status == "completed"
    ]
    return sum(held) / len(made)


@pytest.fixture(scope="module")
def made():
    kinds = [*KINDS, "nonfinite", "crashed"]
    seeds = {kind: range(10 * i, 10 * i + 3) for i, kind in enumerate(kinds)}
    found = [result(kind, seed=seed, facts=KNOWN) for kind in kinds for seed in seeds[kind]]
    for seed, modes in ((201, 6.0), (202, 7.0)):  # good but for their modes
        one = result("converged", seed=seed, facts=KNOWN)
        found.append(dataclasses.replace(one, curves={**one.curves, "modes": [modes] * 100}))
    return found


@pytest.mark.parametrize("metric", BANDS)
def test_a_moved_bound_gives_the_rate_of_a_new_judgement(made, metric, tmp_path):
    trials = bench.load(write(tmp_path, made))
    band = next(b for b in edges.bands(trials) if b.metric == metric)
    values = {v for one in made for v in one.curves.get(metric, ()) if v is not None}
    tried = np.array(
        [band.bound, band.trivial, band.real, *sorted(values)[:: len(values) // 25 or 1]]
    )
    expected = [judged_again(made, metric, float(bound)) for bound in tried]
    assert edges.rate(trials, band, tried).tolist() == pytest.approx(expected)
    assert len({*expected}) > 2


@pytest.mark.parametrize("sign", [">=", ">", "<=", "<"])
@pytest.mark.parametrize("length", [4, 20, 23, 100])
def test_every_comparison_and_length(sign, length, tmp_path):
    """Without any other bound, on a curve with equal and with missing values."""
    rng = np.random.default_rng(length)
    facts = {"criterion": {"q": [sign, 3.0]}, "bands": {"q": {"trivial": 9.0, "real": 0.0}}}
    made = []
    for seed in range(12):
        one = result("stalled", seed=seed, facts=facts, evaluations=length)
        q = [None if v > 8 else float(v) for v in rng.integers(0, 10, length)]
        made.append(dataclasses.replace(one, curves={**one.curves, "q": q}))
    trials = bench.load(write(tmp_path, made))
    (band,) = edges.bands(trials)
    for bound in (0.0, 2.0, 2.5, 3.0, 6.0, 9.0):
        moved = {"criterion": {"q": [sign, bound]}}
        tail = -max(1, -(-length // 5))
        held = [
            numbers.success(dataclasses.replace(one, facts=moved))[tail:].mean() >= at.MOST
            for one in made
        ]
        assert edges.rate(trials, band, np.array([bound])) == pytest.approx(np.mean(held))


def test_the_bounds_ends_are_trivial_and_real(made, tmp_path):
    trials = bench.load(write(tmp_path, made))
    for metric, known in BANDS.items():
        ax = Figure().subplots()
        plots.draw_bound(ax, trials, metric, plots.looks(["ns"]))
        low, high = ax.get_xlim()
        towards = 1 if known["real"] > known["trivial"] else -1
        assert towards * (high - low) > 0
        assert towards * low < towards * known["trivial"] < towards * known["real"]
        assert towards * known["real"] < towards * high
        names = (
            {known["by"], "real", "in force"}
            if metric != "modes"
            else {known["by"], "in force, real"}
        )
        assert {text.get_text() for text in ax.texts} == names
        (curve,) = [line for line in ax.lines if len(line.get_xdata()) > 100]
        rates = curve.get_ydata()
        assert (np.diff(rates) <= 1e-12).all()  # a harder bound is met by fewer


def test_the_report_has_the_figure_where_the_results_know_the_bands(tmp_path):
    kinds = {"r1": "converged", "ns": "mode_drop"}
    for facts, there in ((KNOWN, True), (FACTS, False), ({**FACTS, "bands": {}}, False)):
        made = [
            result(kind, method=m, seed=s, facts=facts) for m, kind in kinds.items() for s in (0, 1)
        ]
        found = collect([write(tmp_path / str(id(facts)), made)])
        names = [p.name for p in pictures(found, "ring8")]
        assert ("ring8_bands" in names) is there


def test_what_is_not_known_is_not_drawn(made, tmp_path):
    nothing = {"criterion": FACTS["criterion"], "bands": {"modes": {"trivial": None, "real": 8}}}
    trials = bench.load(write(tmp_path, [result("converged", facts=nothing)]))
    assert list(edges.bands(trials)) == []
    ax = Figure().subplots()
    plots.draw_bound(ax, trials, "modes", plots.looks(["ns"]))
    assert [text.get_text() for text in ax.texts] == ["not known"]
