"""A task of one's own, as CONTRIBUTING shows it: one short file, through the real commands."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests import commands, forked

ROOT = Path(__file__).parent.parent.parent

SHOWN = dict(
    re.findall(
        r"<!-- example: (\S+) -->\n```\w+\n(.*?)```",
        (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"),
        re.DOTALL,
    )
)
TOML = """\
[sweep]
tasks = ["{task}"]
methods = ["ns", "r1"]
seeds = [0]
plugins = ["{file}"]
"""
JOURNEYS = {
    "my_points.py": ("corner", 12, {"batch": 16, "units": 8}),
    "my_images.py": ("ink8", 15, {"batch": 16, "width": 0.05}),
}


@pytest.mark.timeout(900)
@pytest.mark.parametrize("file", JOURNEYS)
def test_a_task_of_one_s_own_is_one_short_file(file, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    text, (name, most, tiny) = SHOWN[file], JOURNEYS[file]
    lines = [line for line in text.splitlines() if line]
    assert len(lines) <= most
    assert max(map(len, lines)) <= 100
    (tmp_path / file).write_text(text)
    (tmp_path / "own.toml").write_text(TOML.format(task=name, file=file))
    options = [f"task.{name}.{option}={value}" for option, value in tiny.items()]
    options += ["sweep.steps=20", "sweep.evaluations=2"]
    changes = [part for option in options for part in ("-S", option)]
    done = forked.run(commands.command("sweep", "own.toml", "-j", 1, *changes), tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    page = tmp_path / "report"
    done = commands.inside("report", tmp_path / "results/own", "-o", page, *commands.LIGHT)
    assert done.returncode == 0, done.stdout + done.stderr
    done = commands.inside("catalogue", "--check", tmp_path / file)
    assert f"task {name}: keeps the contract" in done.stdout, done.stderr
    page = (tmp_path / "report" / "report.md").read_text()
    assert name in page
    stored = [
        json.loads(f.read_text()) for f in (tmp_path / "results" / "own" / "trials").iterdir()
    ]
    assert {trial["status"] for trial in stored} == {"completed"}
    for trial in stored:
        assert trial["trial"]["options"].items() >= tiny.items()
        assert trial["facts"]["criterion"], trial["facts"].get("criterion_missing")
        assert None not in trial["curves"]["fd"]
