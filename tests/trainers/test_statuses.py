"""Whatever a trainer does becomes the status of its trial, in words."""

from __future__ import annotations

import pytest

from tests.documents import MANUAL, examples
from tests.trainers.sweeps import SOUND, table, trained, write

FUNCTIONS = (
    SOUND
    + """
import os, shutil, sys

def draw(run):
    import numpy as np
    run.sampler(lambda n: np.zeros((n, 2)))

def raises(run):
    draw(run)
    for step, real in enumerate(run.batches(8)):
        if step == 7:
            raise RuntimeError("my own bug")

def leaves(run):
    draw(run)
    for step, real in enumerate(run.batches(8)):
        if step == 12:
            sys.exit(3)

def quits(run):
    draw(run)
    for step, real in enumerate(run.batches(8)):
        if step == 7:
            os._exit(0)

def returns(run):
    draw(run)
    for step, real in enumerate(run.batches(8)):
        run.log(loss_g=1.0)
        if step == 6:
            return

def explodes(run):
    draw(run)
    for step, real in enumerate(run.batches(8)):
        run.log(loss_g=1.0, loss_d=float("nan") if step == 12 else 1.0)

def far(run):
    import numpy as np
    run.sampler(lambda n: np.full((n, 2), np.inf if run.done == 10 else 0.0))
    for real in run.batches(8):
        pass

def tall(run):
    import numpy as np
    run.sampler(lambda n: np.zeros((n, 5)))
    for real in run.batches(8):
        pass

def removes(run):
    draw(run)
    for step, real in enumerate(run.batches(8)):
        if step == 12:
            shutil.rmtree(run.folder)

def dies(run):
    draw(run)
    for step, real in enumerate(run.batches(8)):
        if step == 7:
            print("the last words")
            sys.stdout.flush()
            os.kill(os.getpid(), 11)

def fills(run):
    raise MemoryError("no room")

def speaks(run):
    for _ in range(200):
        print("x" * 10**5)
    sound(run)

def silent(run):
    for real in run.batches(8):
        run.log(loss_g=1.0, loss_d=2.0)

def vectors(run):
    draw(run)
    for real in run.batches(8):
        run.log(loss_g=real)
"""
)
NAMES = [line[4:].partition("(")[0] for line in FUNCTIONS.splitlines() if line.startswith("def ")]


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp("statuses")
    (folder / "bad.py").write_text(FUNCTIONS)
    tables = [table(n, f'trainer = "bad.py:{n}"') for n in NAMES if n != "draw"]
    (folder / "my_gan.py").write_text(examples(MANUAL)["my_gan.py"])
    tables.append(table("example", 'trainer = "my_gan.py:train"'))
    return trained(write(folder, "".join(tables)))


WORDS = {
    "raises": ("RuntimeError", "my own bug"),
    "leaves": ("exit", "ended with code 3 after 10 of 20 steps"),
    "quits": ("returned", "it ended after 5 of 20 steps"),
    "returns": ("returned", "it ended after 7 of 20 steps"),
    "tall": ("ValueError", "shape (1000, 5), needed (1000, 2)"),
    "removes": ("folder", "it deleted its folder"),
    "dies": ("exit", "was killed by SIGSEGV after 5 of 20 steps: the last words"),
    "vectors": ("ValueError", "loss_g has the shape (8, 2), needed is one number"),
}


@pytest.mark.parametrize("name", WORDS)
def test_a_failure_is_a_crash_in_words(results, name):
    kind, text = WORDS[name]
    error = results[name].error
    assert results[name].status == "crashed"
    assert error["type"] == kind
    assert text in error["message"]


def test_a_traceback_names_the_users_file_and_no_folder_of_ours(results):
    trace = results["raises"].error["traceback"]
    assert 'File "bad.py", line' in trace
    assert 'raise RuntimeError("my own bug")' in trace


def test_numbers_that_are_not_finite_are_divergence_with_their_step(results):
    loss, samples = results["explodes"], results["far"]
    assert loss.status == samples.status == "diverged"
    assert (loss.error["step"], loss.error["what"]) == (13, "loss_d")
    assert (samples.error["step"], samples.error["what"]) == (10, "samples")
    assert list(loss.curves["step"]) == [5, 10]
    assert list(loss.signals["step"])[-1] == 12
    assert list(samples.curves["step"]) == [5]


def test_want_of_memory_is_told_from_a_bug(results):
    assert results["fills"].status == "out_of_memory"


def test_much_output_does_no_harm(results):
    assert results["speaks"].status == "completed"
    assert results["speaks"].curves == results["sound"].curves


def test_without_a_sampler_only_the_signals_are_there(results):
    silent = results["silent"]
    assert silent.status == "completed"
    assert silent.signals["loss_d"] == [2.0] * 8
    assert set(silent.curves) == {"step"}
    assert "no samples" in silent.facts["missing"]["q"]


def test_the_example_of_the_documentation_trains(results):
    example = results["example"]
    assert example.status == "completed"
    assert list(example.curves["step"]) == [5, 10, 15, 20]
    assert "q" in example.curves
