"""References that are about some of the trials: by hyper-parameters and by options of the task."""

from __future__ import annotations

import pytest

from bench import grid
from tests.grid.bad.methods import reference

AXES = '[task.ring]\nsigma = [0.1, 0.2]\nshape = ["circle", "square"]\n[grid]\nlr_g = [1, 2]\n'


def about(*lines):
    """A sweep over two options and a number, with a reference at the values of some `lines`."""
    return AXES + reference() + "".join(f"at.{line}\n" for line in lines)


@pytest.mark.parametrize(
    "at",
    [
        (),
        ("sigma = 0.2",),
        ("sigma = 0.1", 'shape = "square"', "lr_g = 2"),
        ("centred = false",),
        ("r1.gamma = 5",),
    ],
)
def test_it_may_name_options_and_numbers_that_some_trial_has(load, at):
    assert len(load(about(*at)).trials) > 8


@pytest.mark.parametrize(
    ("at", "reason"),
    [
        (("sigma = 0.3",), "no trial of this reference has sigma = 0.3"),
        (("sigma = 0.1", "lr_g = 3"), "no trial of this reference has lr_g = 3"),
        (('shape = "line"',), 'no trial of this reference has shape = "line"'),
        (("shape = 1",), "no trial of this reference has shape = 1"),
        (("centred = true",), "no trial of this reference has centred = true"),
        (("sgma = 0.1",), 'unknown hyper-parameter or option "sgma" (did you mean "sigma"?)'),
    ],
)
def test_one_that_no_trial_answers_is_refused_with_its_line(message, at, reason):
    text = about(*at)
    assert message(text) == f"grid.toml:{text.count(chr(10))}: {reason}"


def test_values_that_no_trial_has_together_are_refused(message):
    text = about("sigma = 0.1", 'shape = "square"') + '[[exclude]]\nshape = "square"\n'
    text += "sigma = 0.1\n"
    line = text[: text.index("at.shape")].count("\n") + 1
    assert message(text) == f'grid.toml:{line}: no trial of this reference has shape = "square"'


REAL = """\
[sweep]
tasks = ["{task}"]
methods = ["ns"]
seeds = [0]
steps = 10
evaluations = 2
{more}
[[reference]]
task = "{task}"
method = "ns"
metric = "{metric}"
value = 1
source = "somewhere"
{at}
"""


def written(tmp_path, task="ring8", metric="success", more="", at=""):
    file = tmp_path / "real.toml"
    file.write_text(REAL.format(task=task, metric=metric, more=more, at=at))
    return file


@pytest.mark.parametrize("order", ['"mlp", "residual"', '"residual", "mlp"'])
@pytest.mark.parametrize("name", ["mlp", "residual"])
def test_a_network_may_be_the_usual_one(tmp_path, order, name):
    """Its name is left out of a trial's record, whichever place it has on the axis."""
    axis, at = f"[task.ring8]\nnetwork = [{order}]", f'at.network = "{name}"'
    assert len(grid.load(written(tmp_path, more=axis, at=at)).trials) == 2
    dropped = axis + f'\n[[exclude]]\nnetwork = "{name}"'
    (kept,) = grid.load(written(tmp_path, more=dropped)).trials
    assert kept.options.get("network", "mlp") != name
    (only,) = grid.select(grid.load(written(tmp_path, more=axis)).trials, f"network={name}")
    assert only.options.get("network", "mlp") == name


@pytest.mark.parametrize(
    ("task", "metric", "reason"),
    [
        ("dirac", "modes", "dirac is a game: nothing is generated, so it has no modes"),
        ("ring8", "radius", "ring8 is no game, so it has no radius"),
        ("digits8", "mode_spread", "mode_spread is measured on points, and digits8 has none"),
        ("grid25", "confidence", "confidence is measured on images, and grid25 has none"),
    ],
)
def test_a_metric_that_its_task_never_measures_is_refused(tmp_path, task, metric, reason):
    with pytest.raises(grid.GridError, match=f"real.toml:11: {reason}"):
        grid.load(written(tmp_path, task, metric))


@pytest.mark.parametrize(("task", "metric"), [("dirac", "contraction"), ("digits8", "confidence")])
def test_a_metric_of_its_task_is_taken(tmp_path, task, metric):
    assert grid.load(written(tmp_path, task, metric)).trials
