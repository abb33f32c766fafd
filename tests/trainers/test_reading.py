"""A [[method]] with a trainer or a command is read from its text, and refused in words."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from bench import grid
from bench.gan.methods import cost
from bench.sweep.price.forecast import forecast
from bench.sweep.price.rates import Rates
from bench.sweep.price.stored import Known, add
from bench.sweep.price.typical import structure, work
from bench.trial import Method, Trial
from tests.trainers.sweeps import table, write

TRAINER = """
import a_package_that_nobody_has
from helpers.nets import net
from bench.ranges import Positive

RATE = 3e-4

def train(run, *, lr: Positive = RATE, layers: int = 2, device="cpu", beta1=-0.5):
    pass
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "gan.py").write_text(TRAINER)
    (tmp_path / "helpers").mkdir()
    (tmp_path / "helpers" / "nets.py").write_text("from .deep import x\n")
    (tmp_path / "helpers" / "deep.py").write_text("x = 1\n")
    (tmp_path / "train.sh").write_text("exit 0\n")
    return tmp_path


def load(folder, how, *overrides):
    return grid.load(write(folder, table("mine", how)), overrides)


def test_its_numbers_are_hyper_parameters_and_its_imports_count(folder):
    sweep = load(folder, 'trainer = "gan.py:train"\ngrid.train.lr = [1e-3, "x3"]')
    one, other = sweep.trials
    assert one.hparams == {"train.lr": 1e-3, "train.layers": 2.0, "train.beta1": -0.5}
    assert other.hparams["train.lr"] == pytest.approx(9e-4)
    assert one.method.files == ("gan.py", "helpers/deep.py", "helpers/nets.py")
    assert set(one.plugins) == set(one.method.files)
    assert one.method.parts() == []
    assert Trial.from_record(one.record()).id == one.id
    assert len(sweep.plugins) == 3
    assert all(plugin.program for plugin in sweep.plugins)


def test_another_text_of_anything_beside_is_another_trial(folder):
    how = 'trainer = "gan.py:train"'
    before = load(folder, how).trials[0].id
    assert load(folder, how).trials[0].id == before
    (folder / "helpers" / "deep.py").write_text("x = 2\n")
    assert load(folder, how).trials[0].id != before


def test_it_is_told_the_options_of_its_task_so_that_one_setting_is_compared(folder):
    methods = 'trainer = "gan.py:train"\n[[method]]\nname = "ns"'
    trials = load(folder, methods + "\n[task.ring8]\nbatch = [32, 64]\nunits = 7").trials
    assert {t.method.external for t in trials} == {True, False}
    options = [(t.options["batch"], t.options["units"]) for t in trials if t.method.external]
    assert options == [(32, 7), (64, 7)]
    assert len({(t.options["batch"], t.options["units"]) for t in trials}) == 2


def test_a_command_owns_what_it_names(folder):
    how = 'files = ["train.sh"]\ncommand = ["sh", "train.sh", "{train.lr}", "{seed}", "{{x}}"]'
    (trial,) = load(folder, f"{how}\ngrid.train.lr = 0.5\ngrid.train.depth = 3").trials
    assert trial.hparams == {"train.depth": 3.0, "train.lr": 0.5}
    assert trial.method.command[2:] == ("{train.lr}", "{seed}", "{{x}}")


def test_a_method_of_parts_keeps_its_record():
    assert not {"trainer", "command", "files"} & Method("ns").record().keys()
    assert cost.gradients(Method("x", trainer="gan.py:train")) != 0  # NaN: not known


FAULTS = {
    'trainer = "gan.py:fit"': "no function fit (there is: train)",
    'trainer = "no.py:train"': 'no file "no.py" there',
    'trainer = "gan"': 'unknown trainer "gan"',
    'trainer = "gan.py"': 'must be "file.py:function"',
    'trainer = "gan.py:train"\nloss = "hinge"': "has no loss: it trains as it likes",
    'trainer = "gan.py:train"\ncommand = ["sh"]': "leave one of them out",
    'trainer = "gan.py:train"\ngrid.train.lrr = 1': 'did you mean "train.lr"?',
    'trainer = "gan.py:train"\ngrid.train.lr = -1': "outside (0, inf)",
    'trainer = "gan.py:train"\ngrid.train.layers = 1.5': "not a whole number",
    'trainer = "bad.py:late"': "bad.py:2: make lr keyword-only, late(run, *, lr=...)",
    'trainer = "bad.py:lacks"': "hyper-parameter lr needs a default",
    'trainer = "bad.py:made"': "the default of lr is not known before it runs",
    'trainer = "bad.py:nothing"': "write def nothing(run, *, ...)",
    'trainer = "bad.py:later"': "leave async out",
    'trainer = "broken.py:train"': "broken.py:1: '(' was never closed",
    'command = ["sh", "x"]': "a command without files",
    'files = ["train.sh"]\ncommand = ["sh", "{trian.lr}"]': "unknown {trian.lr} in the command",
    'files = ["train.sh"]\ncommand = ["sh", "{train.lr}"]': "{train.lr} has no number",
    'files = ["../x.sh"]\ncommand = ["sh"]': "does not lie in the folder",
    'files = ["y.sh"]\ncommand = ["sh"]': 'no file "y.sh" there',
}


@pytest.mark.parametrize("how", FAULTS)
def test_what_is_wrong_is_said_with_its_line(folder, how):
    (folder / "bad.py").write_text(
        "\ndef late(run, lr=1):\n  pass\ndef lacks(run, *, lr):\n  pass\ndef nothing():\n  pass\n"
        "def made(run, *, lr=max(1, 2)):\n  pass\nasync def later(run):\n  pass\n"
    )
    (folder / "broken.py").write_text("def train(run:\n")
    with pytest.raises(grid.GridError) as error:
        load(folder, how)
    assert "own.toml:" in str(error.value)
    assert FAULTS[how] in str(error.value)


def test_a_budget_in_gradients_and_a_game_are_refused(folder):
    how = 'trainer = "gan.py:train"'
    toml = write(folder, table("mine", how))
    toml.write_text(toml.read_text().replace("steps = 20", "gradients = 20"))
    with pytest.raises(grid.GridError, match="give steps in place of gradients"):
        grid.load(toml)
    toml.write_text(toml.read_text().replace("gradients", "steps").replace("ring8", "dirac"))
    with pytest.raises(grid.GridError, match="nothing to train"):
        grid.load(toml)


def test_importing_the_module_loads_numpy_alone():
    heavy = ("tensorflow", "pandas", "scipy", "matplotlib", "bench.gan", "bench.trial")
    code = f"import sys, bench.trainer; sys.exit(str([m for m in {heavy} if m in sys.modules]))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stderr.strip() == "[]"


def test_the_time_of_a_trainer_is_told_by_trials_of_its_own_only(folder):
    trial = load(folder, 'trainer = "gan.py:train"').trials[0]
    plain = replace(trial, method=Method("ns"))
    rates = Rates()
    add(rates, structure(plain), work(plain), 9.0, None)
    assert forecast([plain], 1, Known(rates)).seconds is not None
    assert "no trial of mine was trained" in forecast([trial], 1, Known(rates)).words
    add(rates, structure(trial), work(trial), 9.0, None)
    assert forecast([trial], 1, Known(rates)).seconds is not None
