"""`python -m bench.catalogue --check` runs the trainers of a file and says what they lack."""

from __future__ import annotations

import pytest

from tests import commands
from tests.trainers.sweeps import SOUND

LACKING = """
import numpy as np

def silent(run):
    for real in run.batches(8):
        run.log(loss_g=1.0)

def unseeded(run):
    run.sampler(lambda n: np.random.default_rng().normal(size=(n, 2)))
    for real in run.batches(8):
        run.log(loss_g=1.0)

def shared(run):
    moved = np.random.random()
    run.sampler(lambda n: np.full((n, 2), moved))
    for real in run.batches(8):
        run.log(loss_d=1.0)

def bright(run):
    run.sampler(lambda n: np.linspace(0, 1, n * 64).reshape(n, 8, 8, 1))
    for real in run.batches(8):
        run.log(loss_d=1.0)

def late(run, lr=1):
    pass

def helper(x):
    raise RuntimeError("nobody runs this")
"""


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    file = tmp_path_factory.mktemp("checked") / "own.py"
    file.write_text(SOUND + LACKING)
    done = commands.inside("catalogue", "--check", file)
    assert done.returncode == 1
    return done.stdout


WORDS = {
    "sound": "keeps the contract",
    "silent": "gives no samples: call run.sampler(lambda n: ...) before the first batch",
    "unseeded": "gives other numbers when it is run again: seed what it draws with run.seed",
    "shared": "draws from global generators",
    "bright": "pixels are in [-1, 1], not in [0, 1]",
    "late": "own.py:31: make lr keyword-only, late(run, *, lr=...)",
}


@pytest.mark.parametrize("name", WORDS)
def test_what_a_trainer_lacks_is_said(said, name):
    part = said.partition(f"trainer {name}: ")[2].partition("\ntrainer ")[0]
    found = part or said.partition(f"trainer {name}:\n")[2].partition("\ntrainer ")[0]
    assert WORDS[name] in found
    assert len(found.strip().splitlines()) == 1


def test_other_functions_are_no_trainers(said):
    assert "helper" not in said
