"""Plugins: a user's own files, which register parts."""

from __future__ import annotations

import inspect
import signal

import pytest

from bench import grid, registry
from tests.grid.reading import SWEEP, only

TEXT = SWEEP + 'plugins = ["parts/mine.py"]\n'

GOOD = """\
from bench.registry import loss

@loss
def cubic(real, fake, *, margin=2):
    "A loss."
"""


def plugin(tmp_path, code):
    (tmp_path / "parts").mkdir(exist_ok=True)
    (tmp_path / "parts/mine.py").write_text(code)


def test_a_part_of_a_plugin(load, tmp_path):
    plugin(tmp_path, GOOD)
    text = TEXT + '[[method]]\nname = "x"\nloss = "cubic"\n[grid]\ncubic.margin = [3, 4]\n'
    for _ in range(2):  # a sweep may be read twice in one process
        sweep = load(text)
    assert [point["cubic.margin"] for point in only(sweep, "x")] == [3, 4]
    (mine,) = sweep.plugins
    assert (mine.path, mine.source) == (tmp_path / "parts/mine.py", GOOD.encode())
    grid.load_plugins(sweep.plugins)


def test_a_missing_file(message):
    assert message(TEXT) == 'grid.toml:5: plugin "parts/mine.py": no such file'


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("x = 1\ny = z\n", "2: NameError: name 'z' is not defined"),
        ("def f():\n    raise ValueError\n\nf()\n", "2: ValueError"),
        ("import json\n\njson.loads('')\n", "3: JSONDecodeError: Expecting value: "),
        ("x = 1\n\ny = (\n", "3: SyntaxError: '(' was never closed"),
        (
            "import sys\nsys.exit(3)\n",
            "2: SystemExit: 3: it ends the program; a plugin only regist",
        ),
        ("x = 1\n\nraise KeyboardInterrupt\n", "3: KeyboardInterrupt: it ends the program; a pl"),
        (GOOD.replace("=2", ""), "3: ValueError: cubic: hyper-parameter 'margin' needs a "),
        (GOOD.replace("cubic", "hinge"), "3: ValueError: loss 'hinge' is already defined in "),
    ],
)
def test_an_error_of_the_plugin_itself(message, tmp_path, code, expected):
    plugin(tmp_path, code)
    assert message(TEXT).startswith(f"parts/mine.py:{expected}")


def test_a_ctrl_c_while_a_plugin_is_loaded_ends_the_command(load, tmp_path):
    before = signal.getsignal(signal.SIGINT)
    plugin(tmp_path, "import signal\nsignal.raise_signal(signal.SIGINT)\n")
    with pytest.raises(KeyboardInterrupt):
        load(TEXT)
    assert signal.getsignal(signal.SIGINT) is before


def test_a_ctrl_c_that_is_ignored_stays_ignored(load, tmp_path):
    """As in the processes of a sweep, whose parent decides when they end."""
    plugin(tmp_path, "import signal\nsignal.raise_signal(signal.SIGINT)\n" + GOOD)
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        assert load(TEXT).trials
    finally:
        signal.signal(signal.SIGINT, before)


def test_an_edited_plugin_changes_the_trials_that_use_it(load, tmp_path):
    text = TEXT + '[[method]]\nname = "x"\nloss = "cubic"\n'
    before, after = {}, {}
    for ids, code in ((before, GOOD), (after, GOOD.replace("A loss", "Another loss"))):
        plugin(tmp_path, code)
        ids.update({trial.method.name: trial.id for trial in load(text).trials})
    assert before["x"] != after["x"]
    assert {name: before[name] for name in before if name != "x"} == {
        name: after[name] for name in after if name != "x"
    }


def test_a_metric_of_a_plugin_has_a_say_in_every_trial(load, tmp_path):
    plugin(tmp_path, GOOD)
    without = {trial.id for trial in load(TEXT).trials}
    metric = "\nfrom bench.registry import metric\n\n@metric\ndef m(real, fake): ...\n"
    plugin(tmp_path, GOOD + metric)
    assert not without & {trial.id for trial in load(TEXT).trials}


def test_a_plugin_runs_as_it_was_read(load, tmp_path):
    plugin(tmp_path, GOOD)
    sweep = load(TEXT)
    (tmp_path / "parts/mine.py").unlink()
    grid.load_plugins(sweep.plugins)
    (loss,) = [part for part in registry.loss if part.name == "cubic"]
    assert "margin=2" in inspect.getsource(loss.fn)


TASK = """\
from bench.gan.tasks import Task
from bench.registry import task

@task(steps=5, hparams={"lr_g": 1e-3, "r2.gamma": 3, %s: 1e-3})
def mine():
    "A task."
    return Task((2,), print, print, print, {}, 3, 4)
"""


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("lr_gg", '"lr_gg", which is no hyper-parameter (did you mean "lr_g"?)'),
        ("r1.gama", '"r1.gama", which is no hyper-parameter (did you mean "r1.gamma"?)'),
        ("zzz", '"zzz", which is no hyper-parameter (known are "lr_g", "lr_d" and "part.number")'),
    ],
)
def test_a_number_that_no_method_can_have_is_not_recommended(message, tmp_path, name, expected):
    plugin(tmp_path, TASK % f'"{name}"')
    said = message(TEXT.replace('["ring"]', '["mine"]'))
    assert said == f'parts/mine.py:4: task "mine": its trait hparams has {expected}'


RETURNED = {
    "print(1)": '5: task "mine": mine returns NoneType, needed is bench.gan.tasks.Task(...)',
    "return Distribution(print, print, {})": '5: task "mine": mine returns a Distribution, and its '
    "decorator has no shape of a sample: say @task(shape=(2,), network=..., batch=..., latent=...)",
    "return {}[batch]": '8: task "mine": KeyError: 8',
    "return Distribution(print, print, {'modes': ('=>', 3)})": '8: task "mine": the criterion of '
    "modes is ('=>', 3), needed is such as (\">=\", 8); the signs are >=, <=, >, <",
    "raise SystemExit": '8: task "mine": SystemExit',
}
OWN = """\
import numpy as np
from bench.gan.tasks import Distribution
from bench.registry import network, task

@task(steps=5)
def mine(*, batch: int = 8):
    "A task."
    %s
"""
SHAPED = """\
@task(steps=5, shape=(8, 8, 1), labels=True, network="mlp", batch=7, latent=2)
def mine():
"""


@pytest.mark.parametrize(("code", "expected"), RETURNED.items(), ids=RETURNED)
def test_a_task_that_cannot_be_made_is_said_before_anything_trains(
    message, tmp_path, code, expected
):
    plugin(tmp_path, OWN % code)
    assert message(TEXT.replace('["ring"]', '["mine"]')) == f"parts/mine.py:{expected}"


def test_an_error_about_a_value_names_the_line_of_the_task_too(message, tmp_path):
    plugin(tmp_path, OWN % "raise ValueError(f'{batch} is odd')")
    text = TEXT.replace('["ring"]', '["mine"]') + "[task.mine]\nbatch = 9\n"
    assert message(text) == 'grid.toml:6: task "mine": 9 is odd (parts/mine.py:8)'


def shaped(tmp_path, body, **changed):
    head = SHAPED
    for before, after in changed.values():
        head = head.replace(before, after)
    own = "\n@network\ndef mlp(sizes, layers): ...\n"
    own += "@network(images=True)\ndef dcgan(sizes, layers): ..."
    start, _, _ = OWN.partition("@task")
    plugin(tmp_path, f"{start}{head}    'A task.'\n    {body}\n{own}\n")
    return TEXT.replace('["ring"]', '["mine"]')


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("pass", "mine must return a Distribution, as its decorator has a shape; it returns Non"),
        (
            "return Distribution(print, print, {})",
            "mine: its decorator says labels=True, and its Distribution has no labelled: give",
        ),
        (
            "return Distribution(print, print, {}, labelled=print)",
            "mine: its decorator says labels=True, and its Distribution has no classes: give",
        ),
    ],
)
def test_a_distribution_is_what_its_decorator_says(message, tmp_path, body, expected):
    said = message(shaped(tmp_path, body))
    assert said.startswith(f'parts/mine.py:5: task "mine": {expected}')


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"a": ('"mlp"', '"mpl"')}, "its network 'mpl' is not known (did you mean \"mlp\"?)"),
        (
            {"a": ('"mlp"', '"dcgan"'), "b": ("(8, 8, 1)", "(2,)")},
            'its network "dcgan" is for images only: its samples are points (there is: mlp)',
        ),
    ],
)
def test_networks_of_a_decorator_that_its_task_cannot_have(message, tmp_path, changed, expected):
    said = message(shaped(tmp_path, "return Distribution(print, print, {})", **changed))
    assert said == f'parts/mine.py:5: task "mine": {expected}'


@pytest.mark.parametrize("shape", ["2", "None", "(2.5,)"])
def test_a_shape_that_is_none(message, tmp_path, shape):
    said = message(shaped(tmp_path, "pass", a=("(8, 8, 1)", shape)))
    assert said.startswith(f"parts/mine.py:5: mine: its trait shape = {shape} is not a tuple of ")
