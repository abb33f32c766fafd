"""One thread, as in every trial, and before TensorFlow is imported anywhere. A process that a test
starts, wherever it works, imports the package that the test has imported. A plugin that one test
has read is unknown to the next. The longest files are run first. What one file has compiled, those
after it, the other workers and later runs find (see `bench.gan.compilation`). Garbage is looked for
among what tests have made, not among all that was imported and collected before them: that took a
third of the time of collecting, and a tenth of the tests'."""

import gc
import os
import signal

import pytest

from bench.gan.environment import prepare_process

prepare_process()
gc.disable()  # what is imported and collected now stays

from bench import registry  # noqa: E402 - NumPy looks once at what is set above
from bench.analysis import declared  # noqa: E402
from bench.gan import compilation, load_parts  # noqa: E402
from tests import commands, order  # noqa: E402
from tests.order import (  # noqa: E402, F401 - hooks of pytest
    pytest_addoption,
    pytest_collection_modifyitems,
    pytest_runtest_makereport,
)

YOUNG = (20_000, 20, 20)
"""Of the collector's three generations. A step that is traced makes a million objects, and keeps
most of them until it is garbage as a whole."""

load_parts()
os.environ.update(commands.environment())
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as of a suite in a shell's background
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_configure(config):
    order.pytest_configure(config)
    if hasattr(config, "workerinput") or not getattr(config.option, "numprocesses", None):
        config.kept_steps = compilation.keep()  # workers would inherit the folder of their parent


def pytest_collection_finish():
    gc.freeze()
    gc.set_threshold(*YOUNG)
    gc.enable()


@pytest.fixture(scope="module", autouse=True)
def _kept_steps(request):
    kept = getattr(request.config, "kept_steps", None)
    if kept:
        kept.fetch()
    yield
    if kept:
        kept.share()


@pytest.fixture(autouse=True)
def _own_parts(monkeypatch):
    for known in registry.KINDS.values():
        monkeypatch.setattr(known, "_parts", dict(known._parts))
    yield
    declared.SECTIONS.clear()  # the package itself declares none
    for known, made in ((declared.TABLES, "make"), (declared.FIGURES, "draw")):
        for name, part in list(known.items()):
            if getattr(part, made).__module__.startswith("bench_plugin_"):
                del known[name]
