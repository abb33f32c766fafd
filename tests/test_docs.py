"""What README and CONTRIBUTING show is run, so that it stays true."""

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
from tests.commands import LIGHT
from tests.journeys.reporting import chapter_of, report

ROOT = Path(__file__).parent.parent
README, CONTRIBUTING = ((ROOT / f"{n}.md").read_text() for n in ("README", "CONTRIBUTING"))


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def test_the_readme_s_experiment_is_legal(tmp_path):
    (tmp_path / "grid.toml").write_text(blocks(README, "toml")[0])
    sweep = grid.load(tmp_path / "grid.toml")
    assert len(sweep.trials) == 10 * (3 + 9 + 9)
    assert all(t.hparams["lr_d"] == t.hparams["lr_g"] for t in sweep.trials)


def test_the_readme_s_equal_conditions_are_what_is_planned(tmp_path):
    found = re.search(r"<!-- example: equal.toml -->\n```toml\n(.*?)```", README, re.DOTALL)
    assert found
    (tmp_path / "equal.toml").write_text(found[1])
    sweep = grid.load(tmp_path / "equal.toml")
    steps = {t.method.name: t.steps for t in sweep.trials if t.task == "ring8"}
    told = re.search(r"# (\d+), (\d+) and (\d+) steps on ring8", found[1])
    assert told
    assert [int(n) for n in told.groups()] == [steps[m] for m in ("ns", "r1", "wgan_gp")]
    dear = cost.gradients(CATALOGUE["wgan_gp"].method) / cost.gradients(CATALOGUE["ns"].method)
    assert f"At equal steps `wgan_gp` takes {dear:.2g} times the gradients of `ns`" in README
    in_grid = re.search(r"(\d+) of ns and (\d+) of r1 \(([\d.]+) a step\)", grid.sweep.__doc__)
    assert in_grid
    costs = [cost.gradients(CATALOGUE[m].method) for m in ("ns", "r1")]
    assert [int(n) for n in in_grid.groups()[:2]] == [affordable(c, 10_000) for c in costs]
    assert float(in_grid[3]) == pytest.approx(costs[1])


def test_the_readme_s_error_message_is_what_is_printed(tmp_path):
    text = blocks(README, "toml")[0].replace("r1.gamma", "r1.gama")
    (tmp_path / "grid.toml").write_text(text)
    with pytest.raises(grid.GridError) as error:
        grid.load(tmp_path / "grid.toml")
    shown = re.search(r"`(grid.toml:\d+: unknown [^`]*)`", README)
    assert shown
    assert str(error.value).endswith(re.sub(r":\d+:", ":", shown[1]).partition(":")[2])


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
    for name, text in re.findall(
        r"<!-- example: (\S+) -->\n```\w+\n(.*?)```", CONTRIBUTING, re.DOTALL
    ):
        (tmp_path / name).write_text(text)
    sweep = grid.load(tmp_path / "drift.toml")
    assert len(sweep.trials) == 5 * (1 + 2)
    trial = sweep.trials[-1]
    assert trial.hparams["small_logits.weight"] == 0.1
    task = build("ring8", (("batch", 8), ("latent", 2), ("units", 4)))
    step = Step(task, trial.method)
    hparams = dict(trial.hparams)
    _, signals = step.run(step.init(0, hparams), 0, hparams, 0, 2)
    assert np.isfinite(signals).all()


def test_the_readme_s_networks_train(tmp_path):
    for name, text in re.findall(r"<!-- example: (\S+) -->\n```\w+\n(.*?)```", README, re.DOTALL):
        (tmp_path / name).write_text(text)
    sweep = grid.load(tmp_path / "own.toml")
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


def example(name: str) -> str:
    found = re.search(rf"<!-- example: {name} -->\n```\w+\n(.*?)```", CONTRIBUTING, re.DOTALL)
    assert found
    return found[1]


def test_the_metric_of_contributing_measures(tmp_path, monkeypatch):
    monkeypatch.setattr(registry.metric, "_parts", dict(registry.metric._parts))
    source = example("right_half.py").encode()
    grid.load_plugins([grid.Plugin(tmp_path / "right_half.py", source)])
    ring = Mixture.standardized(metrics.ring(), sigma=0.1).instrument(n=400)
    points = np.zeros((400, 2), np.float32)
    points[:100, 0] = 1
    assert metrics.measure(ring, points)["right_half"] == 0.25
    assert quantities.card("right_half").blind == "to everything else"


def test_table_figure_and_section_of_contributing_are_on_the_page(tmp_path):
    done = report(tmp_path, example("clocks.py"), *LIGHT)
    assert done.code == 0, done.errors
    assert "There are **10** trials." in chapter_of(done.text, "Clocks")
    assert "### Slowest" in chapter_of(done.text, "Clocks")
    assert "*Seconds of each trial on ring8, by method.*" in chapter_of(
        done.text, "Cost against quality"
    )
