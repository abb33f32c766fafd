"""A results folder as tables."""

import dataclasses
import inspect
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import bench
from bench.analysis import frame
from bench.analysis.frame import reading
from bench.analysis.verdicts.numbers import Numbers
from bench.store import StoreError
from bench.trial import Status
from bench.vocabulary.names import COLUMNS
from tests.analysis.synthetic import BANDS, FACTS, result, write


@pytest.fixture
def mixed(tmp_path):
    kinds = {"r1": ["converged"] * 3, "ns": ["mode_drop", "nonfinite", "crashed"]}
    results = [result(k, method=m, seed=i) for m, ks in kinds.items() for i, k in enumerate(ks)]
    return write(tmp_path / "mixed", results)


def test_every_trial_has_a_row_whatever_became_of_it(mixed):
    table = bench.load(mixed)
    assert table[["method", "seed", "status", "verdict", "outcome"]].to_numpy().tolist() == [
        ["ns", 0, "completed", "mode_drop", "mode_drop"],
        ["ns", 1, "diverged", "diverged", "diverged"],
        ["ns", 2, "crashed", "none", "crashed"],
        *(["r1", seed, "completed", "converged", "converged"] for seed in range(3)),
    ]


def test_a_row_holds_the_last_value_of_each_metric_and_the_numbers_of_the_trial(mixed):
    table = frame.load(str(mixed)).set_index(["method", "seed"])
    made = result("converged", method="r1", seed=2)
    row = table.loc[("r1", 2)]
    assert row["id"] == made.trial.id
    assert row["q"] == pytest.approx(made.curves["q"][-1], rel=1e-8)
    assert row["mode_tv"] == pytest.approx(made.curves["mode_tv"][-1], rel=1e-8)
    assert (row["lr_g"], row["steps"], row["seconds"]) == (1e-3, 5000, 14.0)
    assert row["q_tail"] == pytest.approx(np.median(made.curves["q"][80:]))
    assert row["converged_at"] == 650
    assert (row["modes_expected"], row["proxy"], row["real"]) == (8, "RFF-FD", "ring8")
    assert row["criterion"] == "modes >= 8 and high_quality >= 0.6 and mode_kl <= 0.05"


def test_the_losses_have_their_variances(mixed):
    row = frame.load(mixed).iloc[-1]
    made = result("converged", method="r1", seed=2)
    late = np.array(made.signals["loss_d"][100:])
    start = made.signals["loss_d"][0]
    assert row["loss_d_var_raw"] == pytest.approx(np.var(late, ddof=1))
    assert row["loss_d_var"] == pytest.approx(0.05**2, rel=0.5)
    assert row["loss_g_var"] == pytest.approx(0.1**2, rel=0.5)
    scaled = math.sqrt(row["loss_d_var"]) / (abs(1.386 - start) + 0.1)
    assert row["loss_d_sd_scaled"] == pytest.approx(scaled)
    assert math.isnan(row["loss_g_sd_scaled"])


def test_errors_are_one_line(mixed):
    errors = frame.load(mixed)["error"]
    assert errors[1] == "nonfinite: loss_d at step 1520"
    assert errors[2] == "ValueError: bad shape"
    assert errors[3:].isna().all()


def test_a_diverged_trial_never_converged_even_if_it_once_held(tmp_path):
    once = dataclasses.replace(result("converged"), status=Status.DIVERGED)
    assert frame.load(write(tmp_path, [once]))["converged_at"].isna().all()


def test_curves_are_long_and_keep_what_could_not_be_measured(mixed):
    long = bench.curves(mixed)
    assert list(long) == ["id", "task", "method", "seed", "step", "metric", "value"]
    own = long[(long["method"] == "r1") & (long["seed"] == 1) & (long["metric"] == "mode_tv")]
    made = result("converged", method="r1", seed=1)
    assert own["step"].tolist() == made.curves["step"]
    assert own["value"].tolist()[1:] == pytest.approx(made.curves["mode_tv"][1:], rel=1e-8)
    assert math.isnan(own["value"].iloc[0])
    assert set(own["id"]) == {made.trial.id}
    broken = long[(long["method"] == "ns") & (long["seed"] == 1)]
    assert len(broken) == 30 * 10
    assert not ((long["method"] == "ns") & (long["seed"] == 2)).any()


def test_only_the_named_series_are_kept(mixed):
    data = frame.read(mixed, curves=["q", "nonsense"], signals=["loss_g"])
    assert set(data.curves["metric"]) == {"q"}
    assert set(data.signals["metric"]) == {"loss_g"}
    assert len(data.signals) == 4 * 200 + 60
    assert data.hparams == ("lr_d", "lr_g") or data.hparams == ("lr_g", "lr_d")
    assert len(frame.read(mixed).curves) == 0


def test_a_label_tells_what_differs_and_nothing_else(tmp_path):
    narrow, wide = {"width": 0.25, "batch": 64}, {"width": 1.0, "batch": 64}
    made = [result("converged", task="dcgan28", options=o) for o in (narrow, wide)]
    made.append(result("converged", options={"sigma": 0.1, "batch": 256}))
    assert frame.load(write(tmp_path, made))["task"].tolist() == [
        "dcgan28 (width=0.25)",
        "dcgan28 (width=1.0)",
        "ring8",
    ]


def test_data_files_are_told_apart_by_name_or_by_content(tmp_path):
    files = [("/a/faces.npz", "aaaaaaaaaaaa"), ("/b/shoes.npz", "bbbbbbbbbbbb")]
    made = [result("stalled", task="images", options={"path": p, "data": d}) for p, d in files]
    labels = frame.load(write(tmp_path / "1", made))["task"].tolist()
    assert labels == ["images (path=faces.npz)", "images (path=shoes.npz)"]
    files = [("/a/x.npz", "aaaaaaaaaaaa"), ("/b/x.npz", "bbbbbbbbbbbb")]
    made = [result("stalled", task="images", options={"path": p, "data": d}) for p, d in files]
    labels = frame.load(write(tmp_path / "2", made))["task"].tolist()
    assert labels == ["images (data=aaaaaaaa)", "images (data=bbbbbbbb)"]


def test_feature_networks_are_told_apart_by_name_and_content(tmp_path):
    networks = [("/a/dino.keras", "1111111122"), ("/b/dino.keras", "2222222233")]
    options = [{}, *({"features": f, "features_digest": d} for f, d in networks)]
    made = [result("stalled", task="digits8", options={"batch": 64} | o) for o in options]
    labels = frame.load(write(tmp_path, made))["task"].tolist()
    assert labels == [
        "digits8",
        "digits8 (features=dino.keras 11111111)",
        "digits8 (features=dino.keras 22222222)",
    ]


def test_two_methods_of_one_name_are_two_methods(tmp_path):
    one = result("converged", method="mine")
    edited = dataclasses.replace(one.trial.method, regularizers=("r1", "r2"))
    two = dataclasses.replace(one, trial=dataclasses.replace(one.trial, method=edited))
    table = frame.load(write(tmp_path, [one, two]))
    assert table["method"].tolist() == ["mine (regularizers=none)", "mine (regularizers=r1+r2)"]


def test_several_folders_are_read_as_one_and_a_trial_once(tmp_path):
    a = write(tmp_path / "a", [result("converged", seed=0), result("converged", seed=1)])
    b = write(tmp_path / "b", [result("crashed", seed=1), result("stalled", seed=2)])
    table = frame.load([a, b])
    assert table["outcome"].tolist() == ["converged", "converged", "stalled"]
    assert [path[-1] for path in table["sweep"]] == ["a", "a", "b"]


def test_many_trials_are_read_by_several_processes_with_the_same_result(mixed, monkeypatch):
    alone = frame.read(mixed, curves=["q"])
    monkeypatch.setattr(reading, "MANY", 2)
    together = frame.read(mixed, curves=["q"])
    pd.testing.assert_frame_equal(alone.trials, together.trials)
    pd.testing.assert_frame_equal(alone.curves, together.curves)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("absent", "no such folder"),
        ("file", "not a folder"),
        ("bare", "no trials/"),
        ("new", "yet"),
    ],
)
def test_nothing_to_read_is_said_with_what_to_do(tmp_path, name, message):
    (tmp_path / "file").write_text("")
    (tmp_path / "bare").mkdir()
    (tmp_path / "new" / "trials").mkdir(parents=True)
    with pytest.raises(frame.NoResults, match=message) as error:
        frame.load(tmp_path / name)
    assert name in str(error.value)


def test_no_folder_at_all():
    with pytest.raises(frame.NoResults, match="named"):
        frame.load([])


def test_a_file_that_cannot_be_read_is_named(mixed):
    (mixed / "trials" / "0123456789abcdef.json").write_text('{"schema": 1, "id"')
    with pytest.raises(StoreError, match=r"0123456789abcdef\.json"):
        frame.load(mixed)


def test_a_folder_in_which_everything_crashed(tmp_path):
    table = frame.load(write(tmp_path, [result("crashed", seed=s) for s in range(3)]))
    assert table["outcome"].tolist() == ["crashed"] * 3
    assert table["q_tail"].isna().all()
    assert len(bench.curves(tmp_path)) == 0


def test_the_analysis_never_imports_tensorflow(mixed):
    code = (
        "import sys, bench.analysis\n"
        "light = {'numpy', 'pandas', 'matplotlib'} & set(sys.modules)\n"
        "from bench.analysis.report import contents, write\n"
        "heavy = [m for m in sys.modules if m.split('.')[0] in ('tensorflow', 'keras')\n"
        "         or m.startswith('bench.gan')]\n"
        "print(light or '', heavy or '')\n"
        "import bench.report\n"
        "assert len(bench.load(sys.argv[1])) == 6\n"
        "bench.report.main([sys.argv[1], '--compare', 'r1', 'ns'])\n"
        "print([m for m in sys.modules if m.split('.')[0] in ('tensorflow', 'keras')])"
    )
    command = [sys.executable, "-c", code, str(mixed)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    first, *words, last = done.stdout.splitlines()
    assert (first.split(), last) == ([], "[]")
    assert any("  decision  " in line for line in words)


def test_a_row_has_the_rule_and_every_number_it_looked_at(tmp_path):
    whole = result("oscillating")
    final = {"mmd": {"value": 0.25, "reason": ""}, "w2": {"value": None, "reason": "too few"}}
    known = {"final": final, "mode_kl_floor": 0.0035, "high_quality_most": 0.98889}
    signals = {**whole.signals, "loss_d_spikes": [0.0, 0.02] * 100, "gradient_g": [2.0] * 200}
    signals["gradient_d"] = [8.0] * 200
    made = dataclasses.replace(whole, facts={**whole.facts, **known}, signals=signals)
    row = bench.load(write(tmp_path / "s", [made])).iloc[0]
    assert (row["verdict"], row["rule"], row["rule_number"]) == ("oscillating", "cycle", 4)
    assert row["rule.swing"] > 0.3
    assert row["rule.cycle_period"] == pytest.approx(10, abs=1)
    assert np.isnan(row["rule.shares_cycle_r"])
    assert row["mmd"] == 0.25
    assert np.isnan(row["w2"])
    assert row["mode_kl_excess"] == pytest.approx(row["mode_kl"] - 0.0035)
    assert row["high_quality_scaled"] == pytest.approx(row["high_quality"] / 0.98889)
    assert row["best_final_gap"] == pytest.approx(row["q_tail"] - row["q_best"])
    assert row["spike_rate"] == pytest.approx(0.01)
    assert (row["gradient_ratio"], row["gradient_vanished"]) == (0.25, 0)
    assert row["loss_gap_d"] == pytest.approx(1.2 - 1.386, abs=0.03)
    assert (np.isnan(row["lost_at"]), row["relapses"]) == (True, 0)


def with_method(seed=0, facts=(), **parts):
    made = result("converged", seed=seed)
    method = dataclasses.replace(made.trial.method, **parts)
    trial = dataclasses.replace(made.trial, method=method)
    return dataclasses.replace(made, trial=trial, facts={**made.facts, **dict(facts)})


def test_gradient_evaluations_are_what_the_result_says_or_its_method_costs(tmp_path):
    made = [
        with_method(),
        with_method(1, dynamics="extragradient"),
        with_method(2, regularizers=("r1",), d_steps=5),
        with_method(3, regularizers=("mine",), facts={"gradients": 7.5}),
        with_method(4, regularizers=("mine",)),
        with_method(5, regularizers=("theirs",)),
    ]
    table = bench.load(write(tmp_path, made)).sort_values("seed")
    expected = [2.0, 4.0, 5 * 1.7 + 1, 7.5, 7.5, math.nan]
    assert table["gradients_per_step"].to_numpy() == pytest.approx(expected, nan_ok=True)
    assert table["gradient_evaluations"].to_numpy() / 5000 == pytest.approx(expected, nan_ok=True)


def documented():
    """The columns that the docstring of `load` names, in its table."""
    doc = inspect.getdoc(frame.load)
    return [line.split("|")[1].strip(" `") for line in doc.splitlines() if line.startswith("| `")]


def families(data):
    """Names of columns that depend on what was trained -> what the docstring calls them."""
    known = dict.fromkeys(data.hparams, "<part>.<hparam>")
    known |= dict.fromkeys([*data.along, *data.final], "<metric>")
    rules = [n.removeprefix("rule.") for n in data.trials if n.startswith("rule.")]
    fields = {field.name for field in dataclasses.fields(Numbers)}
    own = {n for n in rules if n in fields or n.rpartition("_")[0] in fields}
    known |= {f"rule.{name}": "rule.<number>" for name in own}
    for name in data.trials:
        kind, *rest = name.split(".")
        if kind in ("option", "factor"):
            known[name] = f"{kind}.<{kind}>"
        elif kind == "edge":
            known[name] = "edge.<metric>"
        elif kind == "band":
            known[name] = f"band.<metric>.{rest[-1]}"
    return known


def test_the_docstring_of_load_names_the_columns_that_there_are(tmp_path):
    banded = result("converged", facts={**FACTS, "bands": BANDS})
    others = [result("nonfinite", seed=1), result("crashed", seed=2)]
    theory = Path(__file__).parent.parent.parent.parent / "results" / "theory"
    found = set()
    factors = '[sweep]\n[analysis.factors]\nrate = "lr_g"\n'
    own = write(tmp_path / "a", [banded, *others], factors)
    for data in (frame.read(own), frame.read(theory)):
        names = families(data)
        found |= {names.get(name, name) for name in data.trials}
    assert found == set(documented())
    assert len(documented()) == len(found)


def test_the_names_that_no_metric_may_have_are_those_of_columns(mixed):
    made = bench.load(mixed)
    known = {*registry_metric_names(), *(n for n in made if "." in n or n in ("lr_g", "lr_d"))}
    rest = {str(n) for n in made} - known - set(COLUMNS)
    assert {n for n in rest if not n.startswith(MEASURED)} == set()
    assert not set(COLUMNS) & set(registry_metric_names())


MEASURED = ("ema_", "d_", "logit_", "update_", "mode_tv", "radius", "turning")
"""Beginnings of quantities that no metric gives: they have cards."""


def registry_metric_names():
    from bench import gan, registry

    gan.load_parts()
    return [part.name for part in registry.metric]
