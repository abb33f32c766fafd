"""Nothing that was measured is invisible."""

import dataclasses

import pytest

import bench.metrics  # noqa: F401  registers the metrics
from bench import registry, report
from bench.analysis.report import words
from bench.analysis.report.contents import collect
from bench.analysis.tables import outcomes
from bench.metrics import quantities
from tests.analysis.synthetic import result, write
from tests.commands import LIGHT

PLUGIN = ("roughness", "final_roughness")


def measured(kind, **more):
    """A result with every registered metric, and two of a plugin."""
    whole = result(kind, **more)
    if not whole.curves:
        return whole
    length, curves = len(whole.curves["step"]), dict(whole.curves)
    final = {"final_roughness": {"value": 2.0 + more["seed"], "reason": ""}}
    for place, part in enumerate(registry.metric):
        if part.traits.get("final"):
            final[part.name] = {"value": 0.1 * place, "reason": ""}
        else:
            curves.setdefault(part.name, [0.01 * place] * length)
    curves |= {"roughness": [3.0] * length, "accuracy": [0.75] * length, "ema_q": [0.5] * length}
    return dataclasses.replace(whole, curves=curves, facts={**whole.facts, "final": final})


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    kinds = ("converged", "stalled", "crashed")
    made = [
        measured(kind, method=m, seed=seed) for m in ("r1", "ns") for seed, kind in enumerate(kinds)
    ]
    return write(tmp_path_factory.mktemp("all") / "x", made)


def test_every_registered_metric_is_in_some_table(folder, tmp_path):
    found = collect([folder])
    shown = {
        column.removesuffix(" median")
        for name in ("final_metrics", "end_metrics", "other_metrics")
        for column in found.tables[name]
        if column.endswith(" median")
    }
    names = {part.name for part in registry.metric}
    assert len(names) > 20
    assert names | {*PLUGIN, "accuracy", "ema_q", "mode_tv"} <= shown
    assert report.main([str(folder), "-o", str(tmp_path), *LIGHT]) == 0
    for text in ((tmp_path / name).read_text() for name in ("report.md", "index.html")):
        plain = text.replace("_<wbr>", "_")
        for name in names | set(PLUGIN):
            assert name in plain, name


def test_every_registered_metric_has_a_label_and_its_direction():
    for part in registry.metric:
        own = quantities.card(part.name)
        assert own.label, part.name
        assert (own.worst is None) is (own.better == "")
        if own.worst is not None:
            assert own.lower_is_better is (own.worst > 0)


def test_a_failed_trial_counts_as_the_worst_where_that_is_known(folder):
    table = collect([folder]).tables["end_metrics"].set_index("method")
    assert table.loc["r1", "mmd high"] == float("inf")
    assert table.loc["r1", "precision low"] < table.loc["r1", "precision median"]
    assert table.loc["r1", "final_roughness median"] == 2.5  # of the two that have one


def test_each_is_defined(folder):
    told = dict(words.metrics(collect([folder])))
    assert {part.name for part in registry.metric} <= set(told)
    assert all(told.values())
    assert outcomes.FINAL[0] in told
