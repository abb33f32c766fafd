"""Sweeps of trainers that are trained here: their programs are processes, the rest is this one."""

from __future__ import annotations

from pathlib import Path

from bench.store import Store
from bench.trial import Result
from tests import here

TOML = """[sweep]
tasks = ["ring8"]
seeds = "0..0"
steps = {steps}
evaluations = 4
"""

SOUND = """
def sound(run, *, lr=1e-3, layers=2):
    import numpy as np
    rng = np.random.default_rng(run.seed)
    run.sampler(lambda n: rng.normal(size=(n, 2)))
    for real in run.batches(64):
        run.log(loss_g=real.std() + lr, loss_d=1.0 + run.done, real_logits=real, fake_logits=real)
"""


def write(folder: Path, methods: str, steps: int = 20) -> Path:
    """A TOML with these [[method]] tables."""
    toml = folder / "own.toml"
    toml.write_text(TOML.format(steps=steps) + methods)
    return toml


def table(name: str, how: str) -> str:
    """A [[method]] table."""
    return f'[[method]]\nname = "{name}"\n{how}\n'


def trained(toml: Path, *options: object) -> dict[str, Result]:
    """Method -> its result, of a sweep of one seed."""
    done = here.sweep(toml, *options)
    assert "Traceback" not in done.stderr, done.stderr
    store = Store(toml.parent / "results" / toml.stem)
    return {result.trial.method.name: result for result in store}
