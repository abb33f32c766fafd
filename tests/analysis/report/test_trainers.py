"""Trials of trainers of a user's own on the page: without gradients, some without samples."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bench.analysis.report import words
from bench.analysis.report.contents import collect
from bench.analysis.report.figures.over_tasks import blocks
from bench.gan.methods import cost
from bench.trial import Method
from tests.analysis.synthetic import result, write


def own(name, seed, samples):
    made = result("converged", method=name, seed=seed)
    trial = replace(made.trial, method=Method(name, "", (), "", "", "", trainer="x.py:train"))
    facts = {**made.facts, "gradients": None}
    curves = made.curves
    if not samples:
        facts["missing"] = {"q": "the trainer gave no samples"}
        curves = {"step": curves["step"]}
    return replace(made, trial=trial, facts=facts, curves=curves)


@pytest.fixture(scope="module")
def findings(tmp_path_factory):
    results = [
        result("converged", method=name, seed=seed) for name in ("ns", "r1") for seed in range(3)
    ]
    results += [own("mine", seed, True) for seed in range(3)]
    results += [own("dumb", seed, False) for seed in range(3)]
    folder = write(tmp_path_factory.mktemp("own") / "x", results)
    return collect([folder], cost.known, lambda text: None)


def test_a_method_without_q_has_no_rank_and_hinders_nobody(findings):
    scores, _ = blocks(findings.trials)
    assert sorted(map(str, scores)) == ["mine", "ns", "r1"]
    assert len(scores) == 3


def test_the_limits_say_what_is_not_known_of_them(findings):
    said = [line for line in words.limits(findings) if "`mine`" in line or "`dumb`" in line]
    assert said == [
        "`dumb`, `mine`: trained by a program of its own, whose gradients are not known. Its cost "
        "is in seconds of the processor, of all that it has started.",
        "`dumb`: no samples were given, so that verdicts rest on the losses alone.",
    ]


def test_a_page_names_files_by_their_digest_and_not_by_their_place():
    from types import SimpleNamespace

    from bench.analysis.report import words

    files = {"train.py": {"path": "/home/me/train.py", "near": "../train.py", "digest": "ab12"}}
    sweep = SimpleNamespace(provenance={"files": files, "python": "3.11"}, folder="x", declared="")
    ((_, known),) = words.provenance(SimpleNamespace(sweeps=[sweep]))
    shown = dict(known)
    assert shown["files.train.py.digest"] == "ab12"
    assert shown["python"] == "3.11"
    assert not [value for value in shown.values() if "train.py" in str(value)]
