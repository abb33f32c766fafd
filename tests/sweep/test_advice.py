"""Advice on a planned sweep: each sentence on both sides of its bound."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from bench.analysis import statistics
from bench.analysis.verdicts import judge, signals
from bench.analysis.verdicts import thresholds as at
from bench.analysis.verdicts.numbers import convergence
from bench.console import console
from bench.gan import load_parts
from bench.gan.methods import CATALOGUE, cost
from bench.grid import Sweep
from bench.store import Store
from bench.sweep import main, summary
from bench.sweep.advice import advice, improving
from bench.sweep.plan import Plan
from bench.trial import Trial, affordable
from tests.analysis.synthetic import result, write

load_parts()


def trials(
    methods=("ns", "hinge"),
    task="ring8",
    n=10,
    steps=5000,
    evaluations=100,
    gradients=0,
    options=(),
):
    """`methods` are names, or name -> learning rates."""
    rates = methods if isinstance(methods, dict) else dict.fromkeys(methods, (1e-3,))
    found = []
    for name, lrs in rates.items():
        method = CATALOGUE[name].method
        own = affordable(cost.gradients(method), gradients) if gradients else steps
        found += [
            Trial(task, method, seed, own, {"lr_g": lr}, dict(options), evaluations, {}, gradients)
            for seed in range(n)
            for lr in lrs
        ]
    return found


def kind(name, *args, baseline="ns", **changes):
    return advice(trials(*args, **changes), baseline).get(name)


def test_a_sound_sweep_gets_no_advice():
    assert advice(trials(), "ns") == {}
    assert advice(trials(("ns", "r1", "wgan_gp"), gradients=50_000), None) == {}
    assert advice([], None) == {}


def test_unequal_numbers_of_settings():
    lrs = (1e-4, 3e-4, 1e-3, 3e-3, 1e-2)
    assert kind("settings", {"ns": lrs, "r1": lrs}) is None
    assert kind("settings", {"ns": lrs[:2], "r1": lrs[:3]}) == (
        "ring8: r1 has 3 settings, ns 2: the best of 3 looks better than the best of 2"
    )
    assert kind("settings", {"ns": lrs[:1], "r1": lrs[:3]}).startswith("ring8: r1 has 3 settings, ")


def test_settings_are_counted_on_each_task():
    """Two widths are two tasks, and no settings of a method."""
    narrow, wide = (trials(options={"sigma": s}.items()) for s in (0.1, 0.2))
    assert "settings" not in advice(narrow + wide, None)
    more = trials({"ns": (1e-3, 1e-2), "hinge": (1e-3,)}, options={"sigma": 0.2}.items())
    found = advice(narrow + more, None)["settings"]
    assert found.startswith("ring8 (sigma=0.2): ns has 2 settings, hinge 1: ")
    both = advice(more + trials({"ns": (1, 2, 3), "hinge": (1,)}, "grid25", steps=15_000), None)
    assert both["settings"].startswith("grid25: ns has 3 settings, hinge 1: ")
    assert both["settings"].endswith(" (likewise ring8)")


def test_evaluations_too_few_for_a_cycle():
    least = 2 * signals.OSCILLATION_POINTS - 1
    assert len(signals.late(range(least))) == signals.OSCILLATION_POINTS
    assert kind("evaluations", evaluations=least) is None
    assert kind("evaluations", evaluations=least - 1) == (
        "ring8: with 98 evaluations a trial no `oscillating` by a cycle (99 needed)"
    )


def test_evaluations_too_few_for_the_other_verdicts():
    assert "`improving` (7 needed)" in kind("evaluations", evaluations=6)
    assert "`improving`" not in kind("evaluations", evaluations=7)
    assert "time to convergence (4 needed)" in kind("evaluations", evaluations=at.HOLD - 1)
    assert "time to convergence" not in kind("evaluations", evaluations=at.HOLD)


def test_what_is_called_impossible_is_and_what_is_not_is_not():
    """Against the verdicts themselves, on curves that could not be clearer."""
    verdicts = {
        (k, n): judge(result(k, evaluations=n)).verdict
        for k, n in (("improving", 6), ("improving", 7), ("oscillating", 98), ("oscillating", 99))
    }
    assert verdicts["improving", 6] != "improving"
    assert verdicts["improving", 7] == "improving"
    assert verdicts["oscillating", 98] != "oscillating"
    assert verdicts["oscillating", 99] == "oscillating"
    for n, found in ((3, False), (4, True)):
        made = result("converged", evaluations=n)
        held = {name: [values[-1]] * n for name, values in made.curves.items() if name != "step"}
        made.curves.update(held)  # the criterion holds everywhere
        assert np.isfinite(convergence(made).first) == found


def test_the_bounds_follow_the_thresholds(monkeypatch):
    monkeypatch.setattr(signals, "OSCILLATION_POINTS", 30)
    monkeypatch.setattr(at, "HOLD", 6)
    assert kind("evaluations", evaluations=59) is None
    assert "cycle (59 needed)" in kind("evaluations", evaluations=58)
    assert "time to convergence (6 needed)" in kind("evaluations", evaluations=5)


def test_a_game_has_no_cycles_but_a_contraction():
    assert kind("evaluations", task="dirac", steps=500, evaluations=10) is None
    found = kind("evaluations", task="dirac", steps=500, evaluations=9)
    assert found == "dirac: with 9 evaluations a trial no contraction (10 needed)"


def test_a_budget_in_which_the_baseline_cannot_finish():
    assert kind("budget", steps=5000) is None
    assert kind("budget", steps=4999) == (
        "ring8: ns gets 4999 of the 5000 steps that the task recommends: "
        "what has not converged by then may only be slow"
    )
    assert kind("budget", gradients=10_000) is None
    assert "ns gets 4999 of the 5000 steps" in kind("budget", gradients=9999)


def test_the_baseline_decides_and_without_one_the_cheapest_method():
    both = ("ns", "r1")
    assert kind("budget", both, gradients=10_000) is None  # r1 gets 3703
    assert "r1 gets 3703 of" in kind("budget", both, gradients=10_000, baseline="r1")
    assert kind("budget", both, gradients=10_000, baseline=None) is None
    assert "ns gets 4500 of" in kind("budget", both, gradients=9000, baseline=None)
    assert "ns gets 4500 of" in kind("budget", both, gradients=9000, baseline="elsewhere")


def test_equal_steps_are_unequal_gradients():
    assert kind("gradients", ("ns", "hinge", "ls")) is None
    assert kind("gradients", ("ns", "r1")) == (
        "ring8: at equal steps r1 takes 2.7 / 2 = 1.4 times the gradients of ns; "
        "`gradients = N` in place of `steps` gives each the same"
    )
    assert kind("gradients", ("ns", "r1"), gradients=20_000) is None
    assert kind("gradients", ("ns", "consensus"), task="dirac", steps=500) is None


@pytest.mark.parametrize(("lazy", "said"), [(3, True), (4, False)])
def test_costs_that_the_count_cannot_tell_apart_are_equal(lazy, said):
    """1 + 1 + 0.7 / lazy: 2.23 and 2.18 against the 2 of ns."""
    method = replace(CATALOGUE["r1"].method, lazy=lazy)
    rare = [replace(t, method=method) for t in trials(("r1",))]
    assert ("gradients" in advice(trials(("ns",)) + rare, None)) == said


def test_seeds_that_can_show_nothing():
    fewest = statistics.fewest_seeds()
    assert kind("seeds", n=fewest) is None
    assert kind("seeds", n=fewest - 1) == (
        f"ring8: with 3 seeds a method no difference in q can reach p < 0.05 ({fewest} needed)"
    )
    assert "with 2 seeds a method no difference can" in kind("seeds", n=2)
    assert kind("seeds", ("ns",), n=1) is None  # nothing is compared
    assert kind("seeds", n=1, task="dirac", steps=500) is None  # nothing is drawn


def test_the_method_with_the_fewest_seeds_decides():
    found = advice(trials(("ns",)) + trials(("hinge",), n=3), None)
    assert found["seeds"].startswith("ring8: with 3 seeds")


def test_many_tasks_take_one_line():
    tasks = ("ring8", "digits8", "spiral", "grid25")
    several = [t for task in tasks for t in trials(task=task, steps=100)]
    found = advice(several, "ns")["budget"]
    assert found.startswith("spiral: ns gets 100 of the 15000")
    assert found.endswith(" (likewise ring8, digits8 and 1 more)")


def frame(**outcomes):
    rows = [("ring8", m, o) for m, ended in outcomes.items() for o in ended]
    return pd.DataFrame(rows, columns=["task", "method", "outcome"])


def test_most_of_the_baseline_still_improved():
    half = frame(ns=["improving", "stalled"], r1=["improving"] * 2)
    assert improving(half, "ns") is None
    more = frame(ns=["improving"] * 2 + ["stalled"], r1=["converged"] * 7)
    assert improving(more, "ns") == (
        "ring8: 2 of 3 trials of ns still improved when the budget ended: "
        "too early to say where they end"
    )
    assert improving(more, None) is None
    assert improving(half, None).startswith("ring8: 3 of 4 trials still improved")
    assert improving(half, "elsewhere") is None


@pytest.mark.parametrize(
    ("kinds", "said"), [(("improving",) * 2, True), (("improving", "stalled"), False)]
)
def test_a_sweep_closes_with_it(tmp_path, capsys, kinds, said):
    made = [result(ended, seed=seed) for seed, ended in enumerate(kinds)]
    asked = tuple(r.trial for r in made)
    sweep = Sweep("hasty", tmp_path, "", asked, {"baseline": "ns"})
    store = Store(write(tmp_path / "results", made))
    summary.close(Plan(sweep, store, asked, {}, (), 1), console())
    warned = [x for x in capsys.readouterr().out.splitlines() if x.startswith("warning")]
    assert bool(warned) == said
    assert all("2 of 2 trials of ns still improved" in line for line in warned)


TOML = """\
[sweep]
tasks = ["ring8"]
methods = ["ns", "r1"]
seeds = "0..2"
steps = 100
evaluations = 3
[grid]
r1.gamma = [1, 2]
[analysis]
baseline = "ns"
"""


@pytest.fixture
def toml(tmp_path):
    (tmp_path / "hasty.toml").write_text(TOML)
    return [str(tmp_path / "hasty.toml"), "--results", str(tmp_path / "results"), "-n"]


def test_the_plan_warns_in_a_line_for_each_kind(toml, capsys):
    assert main(toml) == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if "warning" in line]
    starts = ("r1 has 2", "with 3 eval", "ns gets 100", "at equal steps r1", "with 3 seeds")
    assert len(lines) == len(starts)
    for line, start in zip(lines, starts, strict=True):
        assert line.startswith(f"warning: ring8: {start}")
        assert len(line) < 180


def test_the_plan_as_json_has_them_by_kind(toml, capsys):
    assert main([*toml, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["warnings"]
    assert list(found) == ["settings", "evaluations", "budget", "gradients", "seeds"]


def test_choosing_a_part_to_train_now_is_no_other_sweep(toml, capsys):
    assert main([*toml, "--only", "method=ns,seed=0", "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["trials"] == 1
    assert record["warnings"]["seeds"].startswith("ring8: with 3 seeds")


def test_a_sweep_by_gradients_is_planned_with_the_steps_of_each(toml, capsys):
    overrides = [
        "-S",
        "sweep.gradients=10_000",
        "-S",
        "grid.r1.gamma=[1]",
        "-S",
        "sweep.seeds=0..3",
    ]
    text = TOML.replace("steps = 100\n", "").replace("evaluations = 3\n", "")
    with open(toml[0], "w") as file:
        file.write(text)
    assert main([*toml, *overrides, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["warnings"] == {}
