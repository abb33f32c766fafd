"""The games by the trainer of this package, which measures what it measures in every sweep."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from bench.gan.environment import all_instructions, prepare_process

prepare_process()

import numpy as np  # noqa: E402

from bench import gan, registry  # noqa: E402
from bench.gan.tasks import Task  # noqa: E402
from bench.gan.training.step import Step  # noqa: E402
from bench.trial import File, Method  # noqa: E402
from tests.performance import loops  # noqa: E402

Run = Callable[[int], None]


def ring8(units: float, batch: float) -> tuple[Run, str]:
    """Eight Gaussians, two hidden layers of so many units each."""
    gan.load_parts()
    options = {"latent": loops.LATENT, "sigma": loops.SIGMA}
    task = registry.task["ring8"](units=int(units), batch=int(batch), **options)
    return _run(task, loops.LR), "ours"


def dcgan28(width: float, batch: float) -> tuple[Run, str]:
    """The DCGAN of the task, on images in memory, with the instructions that it has in a sweep."""
    all_instructions()
    gan.load_parts()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "images.npz"
        np.savez(path, x_train=np.random.default_rng(0).uniform(-1, 1, (loops.IMAGES, 28, 28)))
        task = registry.task["dcgan28"](width=width, batch=int(batch), path=File(str(path)))
    return _run(task, loops.LR_IMAGES), "ours"


def _run(task: Task, lr: float) -> Run:
    step = Step(task, Method("ns"))
    adam = {"adam.beta1": loops.BETA1, "adam.beta2": loops.BETA2, "adam.eps": loops.EPS}
    hparams = {"lr_g": lr, "lr_d": lr, **adam}
    state, done = step.init(0, hparams), 0

    def run(steps: int) -> None:
        nonlocal state, done
        state, signals = step.run(state, 0, hparams, done, done + steps)
        assert len(signals) == steps
        done += steps

    return run
