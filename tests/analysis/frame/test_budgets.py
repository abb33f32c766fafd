"""Methods of unequal steps under one budget: on one task, and counted in gradients."""

from __future__ import annotations

import dataclasses
import itertools
import json
import math

import numpy as np
import pytest
from matplotlib.figure import Figure

import bench
from bench.analysis import plots
from bench.analysis.frame import budgets, sweeps
from bench.analysis.report import samples, words
from bench.analysis.report.contents import collect
from bench.analysis.tables import convergence
from bench.gan import load_parts
from bench.gan.methods import CATALOGUE, cost
from bench.store import Store
from bench.trial import Status, Trial, affordable
from tests.analysis.synthetic import result, write

load_parts()
NS, R1, GP = (CATALOGUE[name].method for name in ("ns", "r1", "wgan_gp"))


def trial(method, steps, gradients=0, seed=0, **changes):
    return Trial("ring8", method, seed, steps, gradients=gradients, **changes)


def of_gradients(method, gradients, seed=0, recorded=True, kind="converged", known=True):
    """A result as a sweep with this budget would store it; its curves reach to its own end."""
    each = cost.gradients(method)
    steps, made = affordable(each, gradients), result(kind, seed=seed)
    asked = dataclasses.replace(
        made.trial, method=method, steps=steps, gradients=gradients if recorded else 0
    )
    curves, signals = (
        {**c, "step": [round(s * steps / 5000) for s in c["step"]]} if c else c
        for c in (made.curves, made.signals)
    )
    facts = {**made.facts, **({"gradients": each} if known else {})}
    return dataclasses.replace(made, trial=asked, curves=curves, signals=signals, facts=facts)


def of_steps(method, steps, seed=0):
    made = result("converged", seed=seed)
    asked = dataclasses.replace(made.trial, method=method, steps=steps)
    facts = {**made.facts, "gradients": cost.gradients(method)}
    return dataclasses.replace(made, trial=asked, facts=facts)


def found(trials):
    return budgets.budgets(trials, [cost.gradients(t.method) for t in trials])


def test_a_budget_is_that_of_the_sweep_and_steps_have_none():
    assert found([trial(NS, 4000, 8000), trial(R1, 2962, 8000)]) == [8000, 8000]
    assert found([trial(NS, 4000), trial(R1, 4000)]) == [0, 0]


def test_a_trial_of_a_sweep_by_steps_joins_the_budget_that_buys_its_steps():
    asked = [trial(NS, 4000), trial(R1, 2962, 8000), trial(R1, 4000)]
    assert found(asked) == [8000, 8000, 0]
    assert found([trial(NS, 3999), trial(R1, 2962, 8000)]) == [0, 8000]


def test_a_trial_of_a_sweep_by_gradients_joins_the_steps_of_the_others():
    """The others are of a sweep by steps, which took that trial over."""
    asked = [trial(NS, 2962), trial(R1, 2962, 8000), trial(GP, 2962)]
    for order in itertools.permutations(asked):
        assert found(order) == [0, 0, 0]


def test_where_both_explain_as_much_the_sweep_that_asks_decides():
    """Once by 8000 gradients and once by 4000 steps, in one folder: ns is the same trial."""
    shared = [trial(NS, 4000, 8000)]
    asked = [*shared, trial(R1, 2962, 8000), trial(R1, 4000)]
    asked += [trial(GP, affordable(cost.gradients(GP), 8000), 8000), trial(GP, 4000)]
    costs = [cost.gradients(t.method) for t in asked]
    assert budgets.budgets(asked, costs) == [8000, 8000, 0, 8000, 0]
    assert budgets.budgets(asked, costs, steps_first=True) == [0, 8000, 0, 8000, 0]


def test_another_task_has_another_budget():
    wide = trial(NS, 4000, options={"sigma": 0.2})
    assert found([wide, trial(R1, 2962, 8000, options={"sigma": 0.1})]) == [0, 8000]


def test_a_trial_that_two_budgets_buy_stands_with_the_other_methods_of_its_sweep():
    """8000 and 8001 gradients are 4000 steps of ns both, and 2962 and 2963 of r1."""
    asked = [trial(NS, 4000, 8000), *(trial(R1, 2963, 8001, seed) for seed in range(2))]
    for order in itertools.permutations(asked):
        assert found(order) == [8001] * 3
    both = [trial(NS, 4000, 8000), trial(R1, 2962, 8000), trial(R1, 2963, 8001)]
    for order in itertools.permutations(both):
        assert found(order) == [t.gradients for t in order]


def test_a_cost_that_is_not_known_or_has_changed_leaves_the_trial_its_own_budget():
    asked = [trial(NS, 4000, 8000), trial(R1, 2000, 8000), trial(R1, 2962)]
    assert budgets.budgets(asked, [math.nan, 2.7, math.nan]) == [8000, 8000, 0]


@pytest.mark.parametrize(
    ("toml", "overrides", "said"),
    [
        ("[sweep]\nsteps = 5\n", [], False),
        ("[sweep]\n", [], False),
        ("[sweep]\ngradients = 5\n", [], True),
        ("[sweep]\ngradients = {ring8 = 5}\n", [], True),
        ("[sweep]\n", ["grid.lr_g=1", "sweep.gradients=5"], True),
        ("", [], None),
        ("no [ toml", [], None),
    ],
)
def test_a_folder_says_in_what_its_budget_is(tmp_path, toml, overrides, said):
    (tmp_path / "sweep.toml").write_text(toml)
    (tmp_path / "provenance.json").write_text(json.dumps({"overrides": overrides}))
    assert sweeps.asks_gradients(tmp_path) is said


def test_the_sweep_that_was_run_last_in_a_folder_names_its_tasks(tmp_path):
    made = [of_gradients(NS, 8000), of_gradients(R1, 8000), of_steps(R1, 4000)]
    methods = {}
    for key in ("gradients = 8000", "steps = 4000"):
        folder = write(tmp_path / key[0], made, f"[sweep]\n{key}\n")
        table = bench.load(folder)
        shared = table.loc[table["method"] == "ns", "task"].item()
        methods[shared] = sorted(table.loc[table["task"] == shared, "method"])
    assert methods == {
        "ring8 (gradients=8000)": ["ns", "r1"],
        "ring8 (steps=4000)": ["ns", "r1"],
    }


@pytest.fixture
def one(tmp_path):
    """Ten trials of two methods under one budget: two seeds of ns from a sweep by steps, one of
    wgan_gp crashed."""
    made = [of_gradients(NS, 8000, seed, recorded=seed > 1) for seed in range(5)]
    made += [of_gradients(GP, 8000, seed) for seed in range(4)]
    made.append(of_gradients(GP, 8000, 4, kind="crashed", known=False))
    return write(tmp_path / "one", made)


def test_one_budget_is_one_task_without_a_word(one):
    table = bench.load(one)
    assert set(table["task"]) == {"ring8"}
    assert set(table["gradients"]) == {8000}
    assert set(table["steps"]) == {4000, affordable(cost.gradients(GP), 8000)}
    assert table["gradients_per_step"].notna().all()  # of the crashed one as of its method


def test_several_budgets_are_told_apart_in_any_order(tmp_path):
    a = write(tmp_path / "a", [of_steps(m, 4000) for m in (NS, R1)])
    b = write(tmp_path / "b", [of_gradients(m, 8000) for m in (NS, R1)])
    c = write(tmp_path / "c", [of_gradients(m, 40_000) for m in (NS, R1)])
    assert set(bench.load([b])["task"]) == {"ring8"}
    assert sorted(set(bench.load([b, c])["task"])) == [
        "ring8 (gradients=40000)",
        "ring8 (gradients=8000)",
    ]
    expected = {
        ("ring8 (gradients=8000)", "ns"),  # of both: once, and where it is compared by gradients
        ("ring8 (gradients=8000)", "r1"),
        ("ring8 (steps=4000)", "r1"),
    }
    for order in ([a, b], [b, a]):
        table = bench.load(order)
        assert set(zip(table["task"], table["method"], strict=True)) == expected
        assert len(table) == 3


def test_time_to_convergence_is_counted_in_gradients(one):
    table = bench.load(one)
    at = table.set_index(["method", "seed"])["converged_at"]
    times = convergence.times(own := table[table["method"] == "wgan_gp"])
    each = cost.gradients(GP)
    converged = [at["wgan_gp", seed] * each for seed in range(4)]
    assert times.steps[times.reached] == pytest.approx(converged)
    assert times.steps[~times.reached].tolist() == [8000]  # the budget, not 1168 steps
    row = convergence.table(table).set_index("method").loc["wgan_gp"]
    assert row["unit"] == "gradients"
    assert row["time median"] == pytest.approx(np.median([*converged, 8000]), rel=0.05)
    assert row["ert"] == pytest.approx((sum(converged) + 8000) / 4)
    assert row["par10"] == pytest.approx((sum(converged) + 80_000) / 5)
    ax = Figure().subplots()
    plots.draw_survival(ax, own, plots.looks(["wgan_gp"])["wgan_gp"])
    assert ax.get_xlabel() == "gradients"
    assert ax.lines[0].get_xdata()[-1] == 8000


def test_equal_curves_of_unequal_steps_are_drawn_one_over_the_other(one):
    """Both reach the criterion at the same share of their budget."""
    table, long = bench.load(one), bench.curves(one)
    figure = plots.curves(long, table, ["q"], plots.looks(["ns", "wgan_gp"]))
    (ax,) = figure.axes
    assert ax.get_xlabel() == "gradients"
    assert ax.get_xlim()[1] == pytest.approx(1.02 * 8000)
    ends = [line.get_xdata()[-1] for line in ax.lines if len(line.get_xdata()) > 2]
    assert len(ends) >= 2
    assert all(7990 < end <= 8000 for end in ends)


def test_steps_stay_steps(tmp_path):
    table = bench.load(write(tmp_path, [of_steps(m, 5000) for m in (NS, GP)]))
    assert convergence.table(table)["unit"].tolist() == ["steps", "steps"]
    assert set(convergence.times(table).steps) == {650}
    assert budgets.axis(table) == "training step"
    assert words.task(table).startswith("**ring8**: 5000 steps, 1 seed; ")


def test_what_was_run_is_said_in_gradients(one, tmp_path):
    said = words.task(bench.load(one))
    fewer = affordable(cost.gradients(GP), 8000)
    assert said.startswith(f"**ring8**: 8000 gradients ({fewer} to 4000 steps), 5 seeds; ")
    only = bench.load(write(tmp_path / "ns", [of_gradients(NS, 8000)]))
    assert words.task(only).startswith("**ring8**: 8000 gradients (4000 steps), 1 seed; ")


def test_a_page_of_two_budgets_is_whole(one, tmp_path):
    other = write(
        tmp_path / "other", [of_gradients(m, 40_000, s) for m in (NS, GP) for s in (0, 1)]
    )
    contents = collect([one, other])
    assert contents.tasks == ["ring8 (gradients=40000)", "ring8 (gradients=8000)"]
    assert set(contents.tables["convergence"]["unit"]) == {"gradients"}


def test_snapshots_of_unequal_steps_stand_side_by_side(one):
    table, store = bench.load(one), Store(one)
    for row in table.itertuples():
        points = np.zeros((3, 5, 2))
        steps = np.array([0, row.steps // 2, row.steps])
        if row.status == Status.COMPLETED:
            store.write_samples(row.id, {"fake": points[-1], "snapshots": points, "steps": steps})
    for method in ("ns", "wgan_gp"):
        moving = samples.motion(table[table["method"] == method])
        assert moving.unit == "gradient"
        assert moving.steps == pytest.approx([0, 4000, 8000], abs=14)
