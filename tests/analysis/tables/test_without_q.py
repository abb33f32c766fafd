"""Reports where the distance q, or everything, could not be measured."""

import dataclasses
import re

import pytest

from bench import report
from bench.analysis.report.contents import collect
from tests.analysis.synthetic import FACTS, result, write
from tests.commands import LIGHT

REASON = "the data are Gaussian to this proxy"
TOML = "# Which works?\n[analysis]\nbaseline = 'ns'\n"


def no_q(kind, **more):
    """A trial whose proxy could not tell the data from a Gaussian: no q, no verdict that rests on
    it where the kind is "none"."""
    known = {**FACTS, "missing": {"q": REASON}}
    whole = result("stalled" if kind == "none" else kind, facts=known, **more)
    curves = dict(whole.curves)
    if curves:
        curves["q"] = [None] * len(curves["q"])
    if kind == "none":
        curves = {name: [None] * len(v) if name != "step" else v for name, v in curves.items()}
    return dataclasses.replace(whole, curves=curves)


def searched(lrs=(0.001, 0.01), seeds=4):
    ways = {"ns": "mode_drop", "r1": "converged", "gp": "converged"}
    return [
        no_q(
            "nonfinite" if lr > 0.005 and seed else kind,
            method=m, task=task, seed=seed, hparams={"lr_g": lr},
        )
        for task in ("ring8", "textures") for m, kind in ways.items()
        for lr in lrs for seed in range(seeds)
    ]  # fmt: skip


CASES = {
    "q is missing": [
        no_q(kind, method=m, seed=s)
        for m, kind in (("ns", "mode_drop"), ("r1", "converged"), ("gp", "converged"))
        for s in range(5)
    ],
    "q is missing in a search on two tasks": searched(),
    "q is missing on one task of two": [
        maker(kind, method=m, task=task, seed=s)
        for task, maker in (("textures", no_q), ("ring8", result))
        for m, kind in (("ns", "mode_drop"), ("r1", "converged"), ("gp", "stalled"))
        for s in range(5)
    ],
    "nothing is measurable": [no_q("none", method=m, seed=s) for m in ("ns", "r1") for s in (0, 1)],
    "all crashed": [result("crashed", method=m, seed=s) for m in ("ns", "r1") for s in range(3)],
    "all diverged at once": [
        dataclasses.replace(result("nonfinite", method=m, seed=s), curves={}, signals={})
        for m in ("ns", "ls", "r1")
        for s in range(3)
    ],
    "all crashed in a search": [
        result("crashed", method=m, seed=s, hparams={"lr_g": lr, "lr_d": lr})
        for m in ("ns", "r1") for s in range(3) for lr in (1e30, 1e31)
    ],
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_the_report_and_the_comparison_stand(case, tmp_path, capsys):
    folder = write(tmp_path / "x", CASES[case], TOML)
    assert report.main([str(folder), "-o", str(tmp_path / "out"), *LIGHT]) == 0
    text, page = ((tmp_path / "out" / name).read_text() for name in ("report.md", "index.html"))
    told = re.sub(r'<script>.*?</script>|base64,[^"]+|data-v="[^"]+"', "", page, flags=re.DOTALL)
    for said in (text, told):
        assert not re.search(r"\bnan\b|NaN", said)
    assert report.main([str(folder), "--compare", "ns", "r1"]) == 0
    printed = capsys.readouterr().out
    assert "  decision  " in printed
    assert "nan" not in printed


def test_all_failed_says_how_each_ended_and_what_to_do(tmp_path):
    folder = write(tmp_path / "x", CASES["all diverged at once"], TOML)
    found = collect([folder])
    (answer,) = found.answers
    assert answer.leads == "no method succeeded: 0 of 9 trials converged."
    assert found.tables["outcomes"]["diverged"].tolist() == [3, 3, 3]
    assert report.main([str(folder), "-o", str(tmp_path / "out"), *LIGHT]) == 0
    text = (tmp_path / "out" / "report.md").read_text()
    assert "9 of 9 trials failed (9 diverged)" in text
    assert "first error: nonfinite: loss_d at step 1520" in text


def test_without_q_methods_are_ranked_by_their_rate_alone(tmp_path):
    found = collect([write(tmp_path / "x", CASES["q is missing"], TOML)])
    ranked = found.tables["ranking"]
    assert ranked[["method", "rank"]].to_numpy().tolist() == [["gp", 1], ["r1", 1], ["ns", 3]]
    (answer,) = found.answers
    assert answer.leads.startswith("`gp` and `r1` lead: 5 of 5 trials converged")
    assert "`gp` is better than the baseline `ns` (Boschloo's" in answer.leads
    assert "`r1` (no difference seen)." in answer.unsure


def test_the_reason_stands_beside_the_task(tmp_path):
    folder = write(tmp_path / "x", CASES["q is missing on one task of two"], TOML)
    assert report.main([str(folder), "-o", str(tmp_path / "out"), *LIGHT]) == 0
    for name in ("report.md", "index.html"):
        text = re.sub("<[^>]+>|[*`]", "", (tmp_path / "out" / name).read_text())
        assert f"textures: q was not measured ({REASON}): methods are ranked by their rate" in text
        assert "ring8: q was not measured" not in text
        assert f"q of RFF-FD (features a41e0c96f3d7b258) not measured: {REASON}" in text
    found = collect([folder]).tables["ranking"].groupby("task")["q_tail median"]
    assert found.count().to_dict() == {"ring8": 3, "textures": 0}


def test_samples_without_q_are_in_the_order_of_their_seeds(tmp_path):
    from bench.analysis.report import samples

    trials = collect([write(tmp_path / "x", CASES["q is missing"], TOML)]).trials
    found = samples.three(trials[trials["method"] == "r1"])
    assert [item.note for item in found] == [f"seed {s}, converged" for s in (0, 2, 4)]
