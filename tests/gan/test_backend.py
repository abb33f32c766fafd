"""TensorFlow is imported without the packages that Keras only wraps, and nobody else notices."""

import importlib
import sys

import pytest

from bench.gan import backend, environment, program
from tests import commands

WRAPPED = ("matplotlib", "pandas", "sklearn")


@pytest.fixture
def fresh(monkeypatch):
    """A process in which neither Keras nor the three are imported, but for `matplotlib`."""
    for name in list(sys.modules):
        if name.partition(".")[0] in ("keras", "pandas", "sklearn"):
            monkeypatch.delitem(sys.modules, name)
    importlib.import_module("matplotlib")


def test_what_keras_wraps_is_not_found_while_it_is_imported(fresh):
    there = sys.modules["matplotlib"]
    with backend._unseen():
        assert sys.modules["matplotlib"] is there  # somebody uses it: taking it away would hurt
        for name in ("pandas", "sklearn"):
            with pytest.raises(ModuleNotFoundError):
                importlib.import_module(name)
    assert sys.modules["matplotlib"] is there
    assert not {"pandas", "sklearn"} & sys.modules.keys()


def test_they_are_found_again_where_the_import_fails(fresh):
    with pytest.raises(RuntimeError, match="no TensorFlow"), backend._unseen():
        raise RuntimeError("no TensorFlow")
    assert not {"pandas", "sklearn"} & sys.modules.keys()
    assert importlib.util.find_spec("pandas")


def test_nothing_is_hidden_behind_a_keras_that_is_there(fresh, monkeypatch):
    monkeypatch.setitem(sys.modules, "keras", sys)
    with backend._unseen():
        assert importlib.util.find_spec("pandas")
        assert "pandas" not in sys.modules


def test_the_three_work_in_a_process_that_has_loaded_tensorflow():
    """In a new process: `load` imports none of them, and each can be imported and used after it."""
    code = f"""
import sys
from bench.gan.environment import prepare_process
prepare_process()
from bench.gan import backend
assert backend.load("tensorflow").__name__ == "tensorflow"
early = [name for name in {WRAPPED!r} if name in sys.modules]
assert not early, early
import matplotlib.figure, pandas, sklearn.linear_model
assert pandas.DataFrame({{"a": [1, 2]}})["a"].sum() == 3
assert backend.tf.constant(3.0).numpy() == 3.0
"""
    done = commands.run([sys.executable, "-c", code])
    assert done.returncode == 0, done.stderr


def test_names_that_stood_in_the_backend_are_found_there():
    assert backend.one_thread is environment.prepare_process
    assert backend.settings is environment.settings
    assert backend.Program is program.Program
    assert backend.stored is program.stored
    with pytest.raises(AttributeError, match="two_threads"):
        _ = backend.two_threads
