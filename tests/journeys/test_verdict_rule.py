"""A verdict rule is one entry in one file: it is put into a copy of the package, and the page of
the real command line names it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from tests.analysis.report import reading
from tests.analysis.synthetic import result, write
from tests.commands import LIGHT, command

BENCH = Path(__file__).parent.parent.parent / "bench"

RULE = """    (9, Verdict.STALLED, "idle from the start", lambda n: n.q_best > 0.8),
"""
NEXT = '    (0, Verdict.NONE, "not measurable"'


def test_a_verdict_rule_is_one_entry_of_one_file(tmp_path):
    copy = tmp_path / "bench"
    shutil.copytree(BENCH, copy, ignore=shutil.ignore_patterns("__pycache__"))
    rules = copy / "analysis" / "verdicts" / "rules.py"
    text = rules.read_text(encoding="utf-8")
    assert text.count(NEXT) == 1
    rules.write_text(text.replace(NEXT, RULE + NEXT), encoding="utf-8")
    idle, other = result("stalled", seed=3), result("mode_drop", method="r1", seed=4)
    results = write(tmp_path / "made", [idle, other])

    page = report(results, tmp_path)

    assert rule(page, idle.trial.id) == "idle from the start"
    assert rule(page, other.trial.id) == "modes missing"


def report(results: Path, folder: Path) -> str:
    """The page that `python -m bench.report` writes with the copy of the package in `folder`."""
    words = command("report", results, "-o", folder / "page", *LIGHT)
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return (folder / "page" / "index.html").read_text(encoding="utf-8")


def rule(page: str, id: str) -> str:
    """The rule of a trial, in the page's table of trials."""
    (found,) = (trial["rule"] for trial in reading.trials(page) if trial["id"] == id)
    return str(found)
