"""What README, the manual and CONTRIBUTING show is run, so that it stays true."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from bench import grid, metrics, registry
from bench.gan.methods import CATALOGUE, cost
from bench.gan.tasks import build
from bench.gan.training.step import Step
from bench.metrics import Mixture, quantities
from bench.trial import affordable
from tests import commands
from tests.commands import LIGHT
from tests.documents import CONTRIBUTING, MANUAL, README, ROOT, examples
from tests.journeys.reporting import chapter_of, report


def written(folder: Path, document: str) -> Path:
    """A folder with all examples of a document."""
    for name, text in examples(document).items():
        (folder / name).write_text(text)
    return folder


def told(toml: Path, *words: str) -> str:
    """What a plan says, warnings and all."""
    done = commands.inside("sweep", toml, "-n", "--results", toml.parent / "results", *words)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def test_the_readme_s_question_has_twelve_lines_and_no_warning(tmp_path):
    toml = written(tmp_path, README) / "grid.toml"
    assert len(toml.read_text().splitlines()) <= 12
    sweep = grid.load(toml)
    assert len(sweep.trials) == 10 * 2 * 3 * 3
    assert all(t.hparams["lr_d"] == t.hparams["lr_g"] for t in sweep.trials)
    plan = told(toml)
    assert "180 trials" in plan
    assert "warning" not in plan.lower()


def test_the_readme_s_penalty_is_the_worked_example():
    (shown,) = re.findall(r"^  ```python\n(.*?)^  ```", README, re.DOTALL | re.MULTILINE)
    body = examples(CONTRIBUTING)["small_logits.py"]
    assert all(line.removeprefix("  ") in body for line in shown.splitlines())


def test_the_manual_s_question_is_planned(tmp_path):
    sweep = grid.load(written(tmp_path, MANUAL) / "question.toml")
    assert len(sweep.trials) == 10 * (3 + 9 + 9)
    assert all(t.hparams["lr_d"] == t.hparams["lr_g"] for t in sweep.trials)


@pytest.mark.parametrize("document", ["README.md", "experiments/README.md", "CONTRIBUTING.md"])
def test_every_example_is_legal(document, tmp_path):
    folder = written(tmp_path, (ROOT / document).read_text(encoding="utf-8"))
    tomls = list(folder.glob("*.toml"))
    assert tomls
    for toml in tomls:
        assert re.match(r"# .*\?\n", toml.read_text()), toml.name
        assert grid.load(toml).trials


def test_the_manual_s_equal_conditions_are_what_is_planned(tmp_path):
    text = examples(MANUAL)["equal.toml"]
    sweep = grid.load(written(tmp_path, MANUAL) / "equal.toml")
    steps = {t.method.name: t.steps for t in sweep.trials if t.task == "ring8"}
    shown = re.search(r"# (\d+), (\d+) and (\d+) steps on ring8", text)
    assert shown
    assert [int(n) for n in shown.groups()] == [steps[m] for m in ("ns", "r1", "wgan_gp")]
    dear = cost.gradients(CATALOGUE["wgan_gp"].method) / cost.gradients(CATALOGUE["ns"].method)
    assert f"At equal steps `wgan_gp` takes {dear:.2g} times the gradients of `ns`" in MANUAL
    in_grid = re.search(r"(\d+) of ns and (\d+) of r1 \(([\d.]+) a step\)", grid.sweep.__doc__)
    assert in_grid
    costs = [cost.gradients(CATALOGUE[m].method) for m in ("ns", "r1")]
    assert [int(n) for n in in_grid.groups()[:2]] == [affordable(c, 10_000) for c in costs]
    assert float(in_grid[3]) == pytest.approx(costs[1])


def test_the_manual_s_error_message_is_what_is_printed(tmp_path):
    toml = written(tmp_path, MANUAL) / "question.toml"
    toml.write_text(toml.read_text().replace("r1.gamma", "r1.gama"))
    with pytest.raises(grid.GridError) as error:
        grid.load(toml)
    (shown,) = re.findall(r"`(question.toml:\d+: unknown [^`]*)`", MANUAL)
    assert str(error.value).endswith(shown)


@pytest.mark.parametrize("name", sorted(p.name for p in (ROOT / "experiments").glob("*.toml")))
def test_every_experiment_is_legal_and_opens_with_its_question(name, monkeypatch):
    monkeypatch.setattr(grid.checks.measurable, "check", lambda *given: ())  # takes a minute
    file = ROOT / "experiments" / name
    assert re.match(r"# .*\?", file.read_text())
    try:
        assert grid.load(file).trials
    except grid.GridError as error:
        if 'pip install "gan-stability-bench[' not in str(error):
            raise
        pytest.skip(f"an extra is not installed: {error}")


def test_the_worked_example_trains(tmp_path):
    sweep = grid.load(written(tmp_path, CONTRIBUTING) / "drift.toml")
    assert len(sweep.trials) == 5 * (1 + 2)
    trial = sweep.trials[-1]
    assert trial.hparams["small_logits.weight"] == 0.1
    task = build("ring8", (("batch", 8), ("latent", 2), ("units", 4)))
    step = Step(task, trial.method)
    hparams = dict(trial.hparams)
    _, signals = step.run(step.init(0, hparams), 0, hparams, 0, 2)
    assert np.isfinite(signals).all()


def test_the_manual_s_networks_train(tmp_path):
    sweep = grid.load(written(tmp_path, MANUAL) / "own.toml")
    assert len(sweep.trials) == 2 * 5
    grid.load_plugins(sweep.plugins)
    trial = sweep.trials[-1]
    step = Step(
        build("digits8", tuple(sorted((trial.options | {"batch": 8}).items()))), trial.method
    )
    hparams = dict(trial.hparams)
    _, signals = step.run(step.init(0, hparams), 0, hparams, 0, 2)
    assert np.isfinite(signals).all()


def test_ci_runs_the_readme_s_test_command():
    script = (ROOT / ".ci" / "run").read_text()
    assert "<!-- tests -->" in script
    after = README.partition("<!-- tests -->\n```sh\n")[2]
    command = after.partition("\n```")[0]
    assert "\n" not in command
    assert "pytest" in command


def test_the_metric_of_contributing_measures(tmp_path, monkeypatch):
    monkeypatch.setattr(registry.metric, "_parts", dict(registry.metric._parts))
    source = examples(CONTRIBUTING)["right_half.py"].encode()
    grid.load_plugins([grid.Plugin(tmp_path / "right_half.py", source)])
    ring = Mixture.standardized(metrics.ring(), sigma=0.1).instrument(n=400)
    points = np.zeros((400, 2), np.float32)
    points[:100, 0] = 1
    assert metrics.measure(ring, points)["right_half"] == 0.25
    assert quantities.card("right_half").blind == "to everything else"


def test_table_figure_and_section_of_contributing_are_on_the_page(tmp_path):
    done = report(tmp_path, examples(CONTRIBUTING)["clocks.py"], *LIGHT)
    assert done.code == 0, done.errors
    assert "There are **10** trials." in chapter_of(done.text, "Clocks")
    assert "### Slowest" in chapter_of(done.text, "Clocks")
    assert "*Seconds of each trial on ring8, by method.*" in chapter_of(
        done.text, "Cost against quality"
    )
