"""Whatever is wrong with a sweep is said in one line, with its place and the nearest known name."""

from __future__ import annotations

import pytest

from bench import grid, registry
from bench.gan.tasks import Task
from tests.grid.bad import SWEEP, axes, methods, sweep, sweeps

BAD = {
    f"{kind}: {name}": case
    for kind, cases in {
        "toml": sweeps.NO_TOML,
        "keys": sweeps.KEYS,
        "names": sweeps.NAMES,
        "numbers": sweeps.NUMBERS,
        "options": methods.OPTIONS,
        "methods": methods.METHODS,
        "axes": axes.AXES,
        "groups": axes.GROUPS,
        "ranges": axes.RANGES,
        "exclude": axes.EXCLUDE,
        "analysis": methods.ANALYSIS,
        "references": methods.REFERENCES,
    }.items()
    for name, case in cases.items()
}


@pytest.mark.parametrize(("text", "expected"), BAD.values(), ids=BAD.keys())
def test_one_message(message, text, expected):
    said = message(text)
    assert "\n" not in said
    assert said == expected


def test_the_unchanged_sweep_is_good(load):
    """Each bad file differs from this one in what is wrong."""
    assert len(load(SWEEP).trials) == len(load(sweep()).trials) == 4


def test_a_number_of_5000_digits(message):
    assert message(f"a = {'1' * 5000}\n").startswith("grid.toml: Exceeds the limit")


def test_a_missing_file_and_a_folder(tmp_path, parts):
    with pytest.raises(grid.GridError) as missing:
        grid.load(tmp_path / "none.toml")
    with pytest.raises(grid.GridError) as folder:
        grid.load(tmp_path)
    assert str(missing.value) == f"{tmp_path}/none.toml: No such file or directory"
    assert str(folder.value).startswith(f"{tmp_path}: a folder without results: name a TOML")


def test_a_task_that_recommends_no_steps(message, load):
    @registry.task
    def endless():
        return Task((2,), print, print, print, {}, 3, 4)

    said = message(sweep(tasks='["endless"]'))
    assert said == 'grid.toml:1: sweep.steps is missing: task "endless" recommends none'
    assert load(sweep(tasks='["endless"]', steps="5")).trials[0].steps == 5
    assert load(sweep(tasks='["endless"]', gradients="10")).trials[0].steps == 5


def test_the_command_line_cannot_give_both(message):
    said = message(sweep(steps="5"), "sweep.gradients=10")
    expected = 'task "ring" has steps and gradients: leave one of them out'
    assert said == f"-S sweep.gradients: {expected}"
