"""Terminals that cannot show every character; files are UTF-8 whatever the terminal is."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[2] / "bench"

PLAIN = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


@pytest.mark.parametrize(
    "more", [{}, {"PYTHONIOENCODING": "cp1252"}, {"PYTHONIOENCODING": "cp437"}]
)
def test_a_character_that_the_terminal_lacks_is_replaced(more):
    command = [sys.executable, "-m", "bench.catalogue", "extras", "ema"]
    done = subprocess.run(command, capture_output=True, env=os.environ | PLAIN | more)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.startswith(b"extra ema\n    average <- decay")
    assert b"Yaz?c? et al. 2019" in done.stdout


def test_a_name_that_is_no_text_is_printed(tmp_path):
    name = os.fsencode(tmp_path) + b"/caf\xe9\nx"
    done = subprocess.run([sys.executable, "-m", "bench.status", name], capture_output=True)
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr
    assert b"caf?" in done.stderr


TEXT = {"open", "read_text", "write_text", "fdopen"}
BINARY = {"rb", "wb", "ab"}


def without_encoding(source: str) -> list[int]:
    """The lines of calls that open a text file and do not say its encoding."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        function, words = node.func, {keyword.arg for keyword in node.keywords}
        name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        of = getattr(function, "value", None)
        other = isinstance(of, ast.Name) and of.id in ("os", "Image", "packed") and name == "open"
        modes = {a.value for a in node.args if isinstance(a, ast.Constant)}
        store = getattr(of, "attr", getattr(of, "id", "")) in ("store", "into")
        own = store and name == "write_text"  # that of a `Store`, which has no other encoding
        if name in TEXT and not (other or own or "encoding" in words or modes & BINARY):
            found.append(node.lineno)
    return found


def test_every_text_file_is_opened_with_an_encoding():
    files = {file: file.read_text(encoding="utf-8") for file in sorted(BENCH.rglob("*.py"))}
    found = {str(f.relative_to(BENCH)): without_encoding(source) for f, source in files.items()}
    assert {name: lines for name, lines in found.items() if lines} == {}
    assert without_encoding("open(x)\nPath(x).read_text()\nopen(x, 'rb')") == [1, 2]
