"""The real parts refuse, when a sweep is read, what no training could use."""

from __future__ import annotations

import warnings

import pytest

from bench import gan, grid, registry
from bench.gan.methods import CATALOGUE

gan.load_parts()

HEAD = """\
[sweep]
tasks = ["ring8"]
methods = ["ns"]
seeds = [0]
steps = 30
evaluations = 6
"""  # what follows it begins at line 7
AVERAGE = "is outside [0, 1): an average with 1 never moves, one with more explodes"


@pytest.fixture
def read(tmp_path):
    gan.load_parts()

    def read(text, *overrides):
        file = tmp_path / "numbers.toml"
        file.write_text(text)
        return grid.load(file, overrides)

    return read


@pytest.fixture
def said(tmp_path, read):
    def said(text, *overrides):
        with pytest.raises(grid.GridError) as caught:
            read(text, *overrides)
        return str(caught.value).replace(f"{tmp_path}/", "")

    return said


def of_a_method(number, value, extra=None):
    extras = f'extras = ["{extra}"]' if extra else "# no extras"
    text = f'[[method]]\nname = "tried"\nbase = "r1"\n{extras}\ngrid.{number} = {value}\n'
    return HEAD + text  # the number is in line 11


@pytest.mark.parametrize(
    ("number", "value", "extra", "expected"),
    [
        ("adam.beta1", "1.0", None, f"adam.beta1 = 1 {AVERAGE}"),
        ("adam.beta2", "9.99", None, f"adam.beta2 = 9.99 {AVERAGE}"),
        ("adam.beta2", "[0.9, 0.99999999999]", None, "adam.beta2 = 0.99999999999 is 1 in the"),
        ("r1.gamma", "-1.0", None, "r1.gamma = -1 is outside [0, inf): below 0 it rewards"),
        ("lr_g", "0", None, "lr_g = 0 is outside (0, inf): a player with a learning rate of 0"),
        ("lr_g", "1e300", None, "lr_g = 1e+300 is beyond what training can hold"),
        ("lr_d", "1e-46", None, "lr_d = 1e-46 is 0 in the precision of training (float32)"),
        ("adam.eps", "-1.0", None, "adam.eps = -1 is outside (0, inf)"),
        ("adam.eps", "0.0", None, "adam.eps = 0 is outside (0, inf)"),
        ("ema.decay", "1.5", "ema", f"ema.decay = 1.5 {AVERAGE}"),
        ("dropout.rate", "1.5", "dropout", "dropout.rate = 1.5 is outside [0, 1)"),
        ("top_k.gamma", "0", "top_k", "top_k.gamma = 0 is outside (0, 1]"),
        ("gradient_clipping.norm", "0", "gradient_clipping", "gradient_clipping.norm = 0 is"),
        ("r1.gamma", '["x1", "x-1"]', None, None),
        ("r1.gamma", "true", None, None),
        ("r1.gamma", '["1"]', None, None),
        ("r1.gamma", "nan", None, None),
        ("r1.gamma", "1" + "0" * 400, None, None),
    ],
)
def test_a_number_of_a_method(said, number, value, extra, expected):
    message = said(of_a_method(number, value, extra))
    assert message.startswith("numbers.toml:11: ")
    if expected:
        assert message.startswith(f'numbers.toml:11: method "tried": {expected}')


@pytest.mark.parametrize(
    ("parts", "number", "value", "interval"),
    [
        ('dynamics = "lookahead"', "lookahead.period", 2.5, "whole number in [1, 1048576]"),
        ('dynamics = "lookahead"', "lookahead.share", 0, "(0, 1]"),
        ('dynamics = "consensus"', "consensus.gamma", -1, "[0, inf)"),
        ('dynamics = "unrolled"\nunroll = 2', "unrolled.rate", 0, "(0, inf)"),
        ('optimizer = "sgd"', "sgd.momentum", -1, "(-1, 1)"),
        ('optimizer = "rmsprop"', "rmsprop.rho", 1, "[0, 1)"),
        ('loss = "label_flipping"', "label_flipping.share", 1.01, "[0, 1]"),
        ('loss = "minimax"', "minimax.smoothing", 1, "[0, 1)"),
        ('augmentations = ["instance_noise"]', "instance_noise.until", 0, "(0, 1]"),
        ('normalizer = "weight_clipping"\nloss = "wasserstein"', "weight_clipping.bound", 0, "(0,"),
        ('regularizers = ["lecam"]', "lecam.start", 1, "[0, 1)"),
    ],
)
def test_every_kind_of_part(said, parts, number, value, interval):
    own = f'[[method]]\nname = "tried"\n{parts}\ngrid.{number} = {value}\n'
    line = 10 + parts.count("\n")
    message = said(HEAD + own)
    assert message.startswith(f'numbers.toml:{line}: method "tried": {number} = {value} is ')
    assert interval in message


def test_equal_targets_of_least_squares(said, read):
    own = '[[method]]\nname = "tried"\nbase = "ls"\ngrid.least_squares.a = [0, '
    assert said(HEAD + own + "1]\n") == (
        'numbers.toml:10: method "tried": least_squares: a = b = 1: D is taught the same of real '
        "and of fake samples"
    )
    assert len(read(HEAD + own + "-1]\n").trials) == 3


@pytest.mark.parametrize(
    ("task", "option", "value", "expected"),
    [
        ("ring8", "sigma", "0", "is outside (0, inf)"),
        ("ring8", "sigma", "1e-46", "is 0 in the precision of training (float32)"),
        ("ring8", "batch", "0", "is not a whole number in [1, 1048576]"),
        ("ring8", "batch", "1_000_000_000", "is not a whole number in [1, 1048576]"),
        ("ring8", "units", "[64, -64]", "is not a whole number in [1, 16384]"),
        ("dirac", "batch", "0", "is not a whole number in [1, 1048576]"),
        ("gauss1d_lq", "std", "-1.0", "is outside (0, inf)"),
        ("digits8_twins", "units", "3", "is not a whole number in [4, 16384]"),
        ("dcgan28", "width", "1e9", "is outside (0, 64]"),
    ],
)
def test_options_of_tasks(said, task, option, value, expected):
    message = said(HEAD.replace("ring8", task) + f"[task.{task}]\n{option} = {value}\n")
    assert message.startswith(f"numbers.toml:8: task.{task}.{option} = ")
    assert expected in message


def test_a_float_is_no_batch(said):
    assert "must be a whole number, not" in said(HEAD + "[task.ring8]\nbatch = 1e9\n")


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ("grid.lr_g=0", "-S grid.lr_g: lr_g = 0 is outside (0, inf)"),
        ("grid.adam.beta1=[0.5,1]", "-S grid.adam.beta1: adam.beta1 = 1 is outside [0, 1)"),
        ("task.ring8.sigma=-1", "-S task.ring8.sigma: task.ring8.sigma = -1 is outside (0, inf)"),
        ("sweep.steps=2147483648", "-S sweep.steps: sweep.steps = 2147483648 is more than"),
    ],
)
def test_on_the_command_line(said, override, expected):
    assert said(HEAD, override).startswith(expected)


@pytest.mark.parametrize(("low", "high", "end"), [("-0.5", "0.5", "low"), ("0", "1", "high")])
def test_both_ends_of_a_random_axis(said, low, high, end):
    text = f"[random]\nsamples = 3\nseed = 0\n[random.adam.beta1]\nlow = {low}\nhigh = {high}\n"
    line = {"low": 11, "high": 12}[end]
    message = said(HEAD + text)
    assert message.startswith(f"numbers.toml:{line}: adam.beta1.{end} = ")
    assert message.endswith(AVERAGE)


def test_whole_numbers_are_drawn_whole(read, said):
    own = '[[method]]\nname = "tried"\nbase = "lookahead"\n'
    text = HEAD + own + "[random]\nsamples = 20\nseed = 0\n[random.lookahead.period]\n"
    trials = read(text + "low = 2\nhigh = 9\n").trials
    periods = {t.hparams["lookahead.period"] for t in trials if t.method.name == "tried"}
    assert periods <= set(range(2, 10))
    assert len(periods) > 4
    assert said(HEAD + own + 'grid.lookahead.period = ["x1.5"]\n').endswith(
        'lookahead.period = 7.5 ("x1.5" of 5) is not a whole number in [1, 1048576]'
    )


def test_a_product_outside(said):
    text = HEAD.replace('"ns"', '"r1_ema"') + '[grid]\nema.decay = ["x1", "x100"]\n'
    assert said(text) == (
        'numbers.toml:8: method "r1_ema": ema.decay = 99.3 ("x100" of 0.993) ' + AVERAGE
    )


def test_what_a_task_of_a_plugin_recommends(said, tmp_path, monkeypatch):
    monkeypatch.setattr(registry.task, "_parts", dict(registry.task._parts))
    (tmp_path / "mine.py").write_text(
        "from bench.gan.tasks import Task\nfrom bench.registry import task\n\n\n"
        "@task(steps=9, hparams={'lr_g': 0.0})\n"
        "def recommends_nothing():\n    '''A task.'''\n"
        "    return Task((2,), print, print, print, {}, 3, 4)\n"
    )
    text = HEAD.replace("ring8", "recommends_nothing") + 'plugins = ["mine.py"]\n'
    assert said(text).startswith(
        'numbers.toml:3: method "ns": lr_g = 0, of the catalogue or the task, is outside (0, inf)'
    )


PLUGIN = """\
from bench.ranges import Fraction
from bench.registry import regularizer


@regularizer
def of_a_plugin(d, real, fake, key, {argument}):
    '''weight * d(real)^2. -> [B]. Ours, 2026.'''
    return weight * d(real) ** 2
"""


@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        (
            "weight=1.0",
            "mine.py:5: of_a_plugin: weight: make it keyword-only, (..., *, weight=...)",
        ),
        ("weight", "mine.py:5: of_a_plugin: weight: make it keyword-only, (..., *, weight=...)"),
        ("*, weight: Fraction = 1.0", "mine.py:5: of_a_plugin: its default weight = 1 is outside"),
        (
            "*, weight: 'Fractoin' = 0.5",
            "mine.py:5: of_a_plugin: the annotation Fractoin of weight cannot be",
        ),
        ("*, weight='high'", "mine.py:5: of_a_plugin: weight = 'high' is not a number"),
        ("*, weight: Fraction = 0.5", "numbers.toml:9: of_a_plugin.weight = 2 is outside [0, 1)"),
        ("*, weight=0.5", None),
    ],
)
def test_a_plugin(said, read, tmp_path, monkeypatch, argument, expected):
    monkeypatch.setattr(registry.regularizer, "_parts", dict(registry.regularizer._parts))
    (tmp_path / "mine.py").write_text(PLUGIN.format(argument=argument))
    text = HEAD + 'plugins = ["mine.py"]\n[grid]\nof_a_plugin.weight = 2\n'
    text += '[[method]]\nname = "x"\nregularizers = ["of_a_plugin"]\n'
    if expected is None:
        assert len(read(text).trials) == 2
    else:
        assert said(text).startswith(expected)


@pytest.mark.parametrize("task", [part.name for part in registry.task])
def test_every_recipe_is_inside_on_every_task(read, task):
    """The numbers in force, whoever says them."""
    legal = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in CATALOGUE:
            text = HEAD.replace("ring8", task).replace('"ns"', f'"{name}"')
            try:
                legal += len(read(text).trials)
            except grid.GridError as error:
                assert f'method "{name}" on {task}: ' in str(error)  # noqa: PT017 - a rule
    assert legal >= 5
