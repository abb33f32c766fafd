"""A process that a test starts imports the checkout, wherever it works."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import bench
from tests import commands

TESTS = Path(__file__).parent
WHERE = "import bench; print(bench.__file__)"


@pytest.mark.parametrize("env", [None, commands.environment()], ids=["inherited", "made"])
def test_a_process_imports_the_checkout(tmp_path, env):
    """Also where another package of this name lies in the folder that it is started in."""
    assert Path(bench.__file__).parent == commands.ROOT / "bench"
    python = [sys.executable, "-P", "-c", WHERE]  # -P: not the folder itself, as for an installed
    done = subprocess.run(python, cwd=tmp_path, env=env, capture_output=True, text=True)
    assert done.stdout.strip() == bench.__file__


def test_what_comes_before_stays(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "/mine:/other")
    paths = commands.environment(tmp_path)["PYTHONPATH"].split(":")
    assert paths == [str(commands.ROOT), str(tmp_path), "/mine", "/other"]


def own_environments(source: str) -> list[int]:
    """The lines that give a process an environment that is made of nothing that is there."""
    keywords = [k for node in ast.walk(ast.parse(source)) for k in getattr(node, "keywords", ())]
    given = [k.value for k in keywords if k.arg == "env"]
    return [
        value.lineno
        for value in given
        if isinstance(value, ast.Dict) and not any(key is None for key in value.keys)
    ]


def test_no_test_makes_an_environment_from_nothing():
    found = {str(f): own_environments(f.read_text()) for f in sorted(TESTS.rglob("*.py"))}
    assert {file: lines for file, lines in found.items() if lines} == {}


def test_such_an_environment_is_found():
    assert own_environments("run(x, env={'A': 'b'})\nrun(x, env={**old, 'A': 'b'})") == [1]
