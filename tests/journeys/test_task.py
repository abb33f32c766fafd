"""A task of one's own, as CONTRIBUTING shows it: one short file, through the real commands."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent

POINTS = '''\
import numpy as np

from bench.gan.tasks import Distribution, points
from bench.metrics import Mixture
from bench.ranges import Positive
from bench.registry import task


@task(steps=3000, hparams={"lr_g": 1e-3, "lr_d": 1e-3}, shape=(2,),
      network="mlp", batch=256, latent=16, units=128)
def corner(*, sigma: Positive = 0.1) -> Distribution:
    """Three Gaussians of width `sigma` at the corners of a right-angled triangle."""
    centres = np.array([[-1.0, -1.0], [2.0, -1.0], [-1.0, 1.0]])
    return points.mixture(Mixture.standardized(centres, sigma))
'''
IMAGES = '''\
from sklearn.datasets import load_digits

from bench.gan.data import Images
from bench.gan.tasks import Distribution, images
from bench.registry import task


@task(steps=3000, hparams={"lr_g": 2e-4, "lr_d": 2e-4}, shape=(8, 8, 1), labels=True,
      network="dcgan", batch=64, latent=32, width=0.5)
def ink8() -> Distribution:
    """Handwritten digits 8 x 8, dark on light, in [-1, 1]."""
    digits = load_digits()
    pixels = 1 - digits.images[..., None] / 8
    return images.data_set(Images(pixels.astype("float32"), digits.target))
'''
TOML = """\
[sweep]
tasks = ["{task}"]
methods = ["ns", "r1"]
seeds = [0]
plugins = ["{file}"]
"""
JOURNEYS = {
    "my_points.py": (POINTS, "corner", 12, {"batch": 16, "units": 8}),
    "my_images.py": (IMAGES, "ink8", 15, {"batch": 16, "width": 0.05}),
}


def run(*command: str, **more):
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    command = (sys.executable, "-m", *map(str, command))
    done = subprocess.run(command, capture_output=True, text=True, env=env, **more)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.timeout(900)
@pytest.mark.parametrize("file", JOURNEYS)
def test_a_task_of_one_s_own_is_one_short_file(file, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    text, name, most, tiny = JOURNEYS[file]
    lines = [line for line in text.splitlines() if line]
    assert len(lines) <= most
    assert max(map(len, lines)) <= 100
    (tmp_path / file).write_text(text)
    (tmp_path / "own.toml").write_text(TOML.format(task=name, file=file))
    options = [f"task.{name}.{option}={value}" for option, value in tiny.items()]
    options += ["sweep.steps=20", "sweep.evaluations=2"]
    changes = [part for option in options for part in ("-S", option)]
    run("bench.sweep", "own.toml", *changes, cwd=tmp_path)
    run("bench.report", "results/own", "-o", "report", cwd=tmp_path)
    assert f"task {name}: keeps the contract" in run("bench.catalogue", "--check", tmp_path / file)
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


def test_contributing_shows_what_runs_here():
    shown = (ROOT / "CONTRIBUTING.md").read_text()
    for name, text in re.findall(r"<!-- example: (\S+) -->\n```\w+\n(.*?)```", shown, re.DOTALL):
        if name in JOURNEYS:
            assert text == JOURNEYS[name][0]
