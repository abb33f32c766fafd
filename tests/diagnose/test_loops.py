"""A loop of one's own, trained here in its forms: what it is by its samples, and what is said of
its log. Where losses cannot tell, that is what must be said."""

from __future__ import annotations

import importlib.util
import json
import math

import pytest

from bench import diagnose
from bench.analysis.verdicts import UNSTABLE, Verdict
from bench.analysis.verdicts import thresholds as at
from tests.diagnose import loops

LOOPS = {
    "numpy": (),
    "torch": (
        pytest.mark.skipif(
            importlib.util.find_spec("torch") is None, reason="PyTorch is not installed"
        ),
    ),
}


@pytest.fixture(params=[pytest.param(name, marks=marks) for name, marks in LOOPS.items()])
def trained(request, tmp_path):
    """Trains a setting in each of the loops -> the folder, and what became of the samples."""

    def train(own):
        folder = loops.trained(tmp_path / "run", own, request.param)
        return folder, loops.form(folder)

    return train


in_numpy = pytest.mark.parametrize("trained", ["numpy"], indirect=True)
"""For a form that depends on random numbers, which PyTorch draws otherwise."""


def said(folder, capsys, *options):
    """The exit code of the command, and rules -> (sick, the role) of what it found in the log."""
    code = diagnose.main([str(folder / "log.jsonl"), *options, "--json"])
    found = json.loads(capsys.readouterr().out)
    seen = [(f["rule"], f["role"], f["sick"]) for one in found for f in one["findings"]]
    return code, seen, found


def sick(seen):
    return {(rule, role) for rule, role, ill in seen if ill}


@in_numpy
def test_a_loop_that_is_well(trained, capsys):
    folder, own = trained(loops.WELL)
    assert own.verdict not in UNSTABLE
    assert own.numbers.modes >= 6  # of eight, and still getting better
    code, seen, found = said(folder, capsys)
    assert (code, sick(seen)) == (0, set())
    assert "lost modes, copies of the data, bad samples" in found[0]["unseen"]


def test_a_game_that_comes_to_rest(trained, capsys):
    folder, own = trained(loops.DAMPED)
    assert own.verdict is Verdict.CONVERGED
    assert said(folder, capsys)[:1] == (0,)


def test_a_discriminator_that_wins(trained, capsys):
    """The samples became one place, far from the data, and the losses show it."""
    folder, own = trained(loops.WON)
    assert own.numbers.modes == 0
    assert own.numbers.collapsed >= at.MOST
    code, seen, _ = said(folder, capsys)
    assert code == 3
    assert ("the discriminator wins", "loss_d") in sick(seen)


def test_a_collapse_that_losses_do_not_show(trained, capsys):
    """A linear D sees no more than the mean of samples: the game comes to rest with all of them in
    one point, and its losses are as calm as those of the one that reaches the ring."""
    folder, own = trained(loops.SILENT)
    assert own.verdict is Verdict.COLLAPSED
    code, seen, found = said(folder, capsys)
    assert (code, sick(seen)) == (0, set())
    assert "losses no failure was seen" in found[0]["unseen"]  # and most of those lacked modes
    samples = str(folder / "samples-*.npy")
    code, seen, _ = said(folder, capsys, "--samples", samples, "--real", str(folder / "real.npy"))
    assert code == 3
    assert any(role == "samples" and ill for _, role, ill in seen)


def test_a_game_that_circles(trained, capsys):
    """The same game as the one that comes to rest, without its penalty: by theory two players who
    take turns circle, each with the period 2 pi / lr. A loss is a product of theirs: half of it."""
    folder, own = trained(loops.SWINGING)
    assert (own.verdict, own.rule) == (Verdict.OSCILLATING, "cycle")
    code, seen, found = said(folder, capsys)
    assert code == 3
    assert {("swinging", "loss_g"), ("swinging", "loss_d")} <= sick(seen)
    periods = [f["numbers"]["period"] for f in found[0]["findings"] if f["rule"] == "swinging"]
    assert periods == pytest.approx([math.pi / loops.SWINGING.lr_g] * 2, rel=0.06)
