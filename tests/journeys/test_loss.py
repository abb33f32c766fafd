"""A loss of one's own: one file, a question in TOML, and the real commands."""

from __future__ import annotations

import csv
import sys
from pathlib import Path

from tests import commands, forked

ROOT = Path(__file__).parent.parent.parent

LOSS = '''
from bench.gan.backend import tf
from bench.registry import loss


@loss(equilibrium=1.0)
def leaky_squares(real, fake, *, slope=0.1):
    """L_G = (d_f - 1)^2 - s d_f, L_D = ((d_r - 1)^2 + (d_f + 1)^2) / 2. [B] -> [B], [B]. Ours."""
    squares = ((real - 1) ** 2 + (fake + 1) ** 2) / 2
    return tf.square(fake - 1) - slope * fake, squares
'''

SWEEP = """
# Do leaky squares learn the ring?
[sweep]
tasks = ["ring8"]
methods = ["ns"]
seeds = [3]
steps = 20
evaluations = 4
plugins = ["leaky.py"]

[task.ring8]
batch = 8
units = 4

[grid]
leaky_squares.slope = [0.0, 0.25]

[[method]]
name = "leaky"
loss = "leaky_squares"
"""


def run(folder: Path, *arguments: str) -> str:
    """What a command prints. Its errors fail the test."""
    environment = commands.environment(NO_COLOR="1")
    done = commands.run([sys.executable, "-m", *arguments], folder, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_loss_is_one_file(tmp_path):
    (tmp_path / "leaky.py").write_text(LOSS)
    (tmp_path / "leaky.toml").write_text(SWEEP)
    checked = commands.inside("catalogue", "--check", tmp_path / "leaky.py")
    assert checked.stdout == "loss leaky_squares: keeps the contract\n", checked.stderr
    words = commands.command("sweep", "leaky.toml", "-j", "1", "-q")
    closing = forked.run(words, tmp_path, NO_COLOR="1")
    assert closing.returncode == 0, closing.stdout + closing.stderr
    assert "leaky" in closing.stdout
    run(tmp_path, "bench.report", "results/leaky", *commands.LIGHT)
    folder = tmp_path / "report" / "leaky"
    assert "leaky" in (folder / "report.md").read_text()
    with (folder / "tables" / "trials.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    own = [float(row["leaky_squares.slope"]) for row in rows if row["method.name"] == "leaky"]
    assert sorted(own) == [0.0, 0.25]
    assert [row["method.name"] for row in rows].count("ns") == 1
