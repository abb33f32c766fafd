"""Commands that are printed: a shell reads back what was meant, also of names that are odd."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from bench.store import commands

NAMES = [
    *("results/x", "my results/x y", "it's", '"quoted"', "$HOME", "`id`", "a;b", "a&b", "a|b"),
    *("*", "?", "[x]", "~", "#x", "!x", "a\\b", "a\nb", "ü", "--fresh", "-n/x", "{a,b}", "a=b"),
]


@pytest.mark.parametrize("name", NAMES)
def test_a_shell_reads_back_the_path(name):
    read = Path(name) if name[0] != "-" else f"./{name}"
    assert shlex.split(commands.again(Path(name))) == ["python", "-m", "bench.sweep", str(read)]
    words = shlex.split(commands.replay(Path(name), "0af3"))
    assert words[2:] == ["bench.replay", str(read), "0af3"]
    words = shlex.split(commands.report([Path("y"), Path(name)], Path(name)))
    assert words[2:] == ["bench.report", "y", str(read), "-o", str(read)]


def test_plain_paths_are_written_plainly():
    assert commands.report([Path("results/x")]) == "python -m bench.report results/x"
    assert commands.line("sweep", "--only", "seed=0..4") == (
        "python -m bench.sweep --only seed=0..4"
    )
