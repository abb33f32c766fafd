"""Plugins that raise anything, print, leave, move or take long: a status or a line, never a
traceback."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from bench import grid, registry, sweep
from bench.grid import contained
from bench.registry import metric
from bench.store import Store
from bench.vocabulary import errors
from tests.runner import sweeps

TOML = """[sweep]
tasks = ["ring8"]
methods = ["ns"]
seeds = "0..1"
steps = 10
evaluations = 2
plugins = ["parts.py"]
"""

ODD = """class Odd(BaseException):
    def __str__(self):
        raise KeyboardInterrupt
"""


@pytest.fixture
def toml(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(registry.task, "_parts", dict(registry.task._parts))
    (tmp_path / "x.toml").write_text(TOML)

    def write(code):
        (tmp_path / "parts.py").write_text(code)
        return str(tmp_path / "x.toml")

    return write


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("raise KeyboardInterrupt", "1: KeyboardInterrupt: it ends the program"),
        ("raise GeneratorExit('x')", "1: GeneratorExit: x: it ends the program"),
        ("import os\nos._exit(0)", "2: SystemExit: 0: it ends the program"),
        (ODD + "raise Odd", "4: Odd: its text cannot be shown: __str__ raises KeyboardInterrupt"),
        ("raise MemoryError", "1: MemoryError"),
        (
            "raise ExceptionGroup('two', [ValueError(1)])",
            "1: ExceptionGroup: two (1 sub-exception)",
        ),
        ("def f():\n    f()\nf()", "2: RecursionError: maximum recursion depth"),
        ("raise ValueError('a\\nb\\n' * 500)", "1: ValueError: a b a b"),
        ("import sys\nsys.modules.pop(__name__)\n1 / 0", "3: ZeroDivisionError"),
    ],
)
def test_whatever_is_raised_is_an_error_with_its_line(toml, code, said, capsys):
    leave = os._exit
    assert sweep.main([toml(code), "-n"]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert f"parts.py:{said}" in err
    assert len(err) < 600
    assert os._exit is leave


def test_what_a_plugin_does_to_the_process_is_undone(toml, tmp_path, capsys):
    code = "import os, signal, sys\nprint('hello')\nos.chdir('/')\n"
    code += "for n in (2, 15):\n    signal.signal(n, signal.SIG_IGN)\n"
    before = [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)]
    assert sweep.main([toml(code), "-n", "--json"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["trials"] == 2
    assert err == "hello\n"
    assert os.getcwd() == str(tmp_path)
    assert [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)] == before


def test_no_noise_of_tensorflow_and_no_word_among_the_answer(toml, tmp_path):
    """What is written to the file descriptors is caught as well, where it is an answer's."""
    code = "import os, subprocess, sys\nos.write(1, b'raw')\n"
    code += "subprocess.run(['echo', 'from a shell'])\n"
    code += "print('mine', file=sys.stderr)\nos.write(2, b'ten lines of noise')\n"
    code += "sys.modules.setdefault('tensorflow', sys)\n"  # as if it were imported
    command = [sys.executable, "-m", "bench.sweep", toml(code), "-n", "--json"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "mine\n")
    assert json.loads(done.stdout)["trials"] == 2
    quiet = code.replace("tensorflow", "something_else")
    done = subprocess.run(
        [*command[:3], toml(quiet), "-n", "--json"], capture_output=True, text=True
    )
    assert "ten lines of noise" in done.stderr
    assert "from a shell" in done.stderr
    assert json.loads(done.stdout)["trials"] == 2


def test_a_slow_plugin_is_named(monkeypatch, capfd):
    monkeypatch.setattr(contained, "PATIENCE", 0.05)
    with contained.contained("slow.py"):
        time.sleep(0.3)
    with contained.contained("quick.py"):
        pass
    time.sleep(0.2)
    assert capfd.readouterr().err == "running slow.py ...\n"
    assert not [t for t in threading.enumerate() if isinstance(t, threading.Timer)]


def test_the_text_of_any_error():
    class Silent(Exception):
        def __str__(self):
            raise SystemExit

    assert errors.text(ValueError("why")) == "why"
    assert errors.text(Silent()) == "its text cannot be shown: __str__ raises SystemExit"


TASK = """
from bench.gan.tasks import points
from bench.metrics import Mixture, ring
from bench.registry import task


@task(steps=10, hparams={{"lr_g": 1e-3, "lr_d": 1e-3}}, shape=(2,), network="mlp", batch=8,
      latent=2, units=4)
def odd():
    print("made")
    {}
    return points.mixture(Mixture.standardized(ring(), 0.1))
"""


@pytest.mark.parametrize("what", ["KeyboardInterrupt", "SystemExit(0)", "GeneratorExit", "Odd()"])
def test_a_task_that_raises_anything_when_it_is_made(toml, tmp_path, what, capsys):
    file = toml(ODD + TASK.format(f"raise {what}"))
    (tmp_path / "x.toml").write_text(TOML.replace("ring8", "odd"))
    assert sweep.main([file, "-n"]) == 2
    out, err = capsys.readouterr()
    assert f'task "odd": {what.partition("(")[0]}' in err
    assert "Traceback" not in out + err
    assert "made" not in out


@pytest.fixture
def own_metric():
    before = dict(metric._parts)
    yield metric
    metric._parts.clear()
    metric._parts.update(before)


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, GeneratorExit, RecursionError])
def test_a_metric_that_raises_anything_costs_its_value_alone(error, own_metric):
    import numpy as np

    from bench.metrics.calibrate import finite
    from bench.metrics.measure import values
    from bench.metrics.sample import Sample

    @own_metric(better="lower", label="odd")
    def odd(real, fake, instrument):
        """Raises."""
        raise error("why")

    points = np.random.default_rng(0).normal(size=(64, 2))
    instrument = finite(lambda x: Sample(x, x), points, n=16, proxy="X", digest="0", space=False)
    found = values(instrument, points[:16])
    assert found["odd"] == (None, f"{error.__name__}: why")
    assert found["fd"].value is not None


HARM = {
    0: "run raise KeyboardInterrupt('mine')",
    1: "run raise SystemExit(0)",
    2: "run raise GeneratorExit",
    3: "leave",
}


def test_a_trial_that_raises_anything_is_a_stored_status(tmp_path):
    toml = sweeps.write(tmp_path, 5, harm=HARM)
    code, out, err = sweeps.sweep(toml, "-j", "1", timeout=250)
    assert (code, err) == (3, ""), out
    store = Store(tmp_path / "results/small")
    found = {r.trial.seed: r for r in store}
    assert {seed: str(one.status) for seed, one in found.items()} == {
        **dict.fromkeys(range(4), "crashed"),
        4: "completed",
    }
    types = {seed: one.error["type"] for seed, one in found.items() if one.error}
    assert types == {0: "KeyboardInterrupt", 1: "SystemExit", 2: "GeneratorExit", 3: "exit"}
    with contextlib.suppress(ProcessLookupError):
        assert sweeps.soon(lambda: not sweeps.marked(tmp_path), 10)
    assert grid.load(toml).plugins
