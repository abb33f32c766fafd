"""A user's own training loop in NumPy: a GAN on eight Gaussians that is well, or is not.

Networks, their gradients and Adam are those of `experiments/train_numpy.py`; log and samples are
written by `bench.trainer.Run`, as by any loop. `form` says what became of a training by its samples
alone: it reads no log.
"""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import numpy as np

from bench.analysis import verdicts
from bench.gan import keys, tasks
from bench.metrics import measure
from bench.metrics.criterion.bounds import criterion
from bench.trainer import Run
from bench.trial import Method, Result, Status, Trial

ROOT = Path(__file__).parents[2]

LOOKS, UNITS, LATENT, BATCH = 100, 64, 8, 64


class Setting(NamedTuple):
    """What differs between the forms of a training."""

    loss: str = "non-saturating"
    """The loss: "non-saturating", "minimax" (that of G saturates) or "wasserstein"."""
    lr_g: float = 1e-3
    lr_d: float = 1e-3
    adam: bool = True
    """False for plain gradient descent."""
    place: bool = False
    """True for a game of four numbers: G knows the ring and learns its place, D is linear."""
    gamma: float = 0.0
    """R1 of the linear D: gamma / 2 * |slope|^2."""
    point: bool = False
    """True for a G that knows only the place: all of its samples are one point."""
    steps: int = 2000


WELL = Setting(lr_g=3e-3, lr_d=3e-3, steps=3000)
DAMPED = Setting("wasserstein", 0.025, 0.025, adam=False, place=True, gamma=1.0)
WON = Setting("minimax", 0.05, 0.05)
SILENT = DAMPED._replace(point=True)
SWINGING = DAMPED._replace(gamma=0.0)


def module(name: str) -> ModuleType:
    """A file of experiments/, which is no package."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "experiments" / f"{name}.py")
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def asked(folder: Path, seed: int, steps: int) -> Path:
    """The folder as a trainer finds it: what is asked for, and real samples of the ring."""
    marks = np.linspace(0, steps, LOOKS + 1).astype(int)[1:].tolist()
    given = {"seed": seed, "steps": steps, "evaluations": marks, "samples": 1000}
    given |= {"task": "ring8", "shape": [2], "batch": BATCH, "latent": LATENT}
    given |= {"labels": 0, "hparams": {}, "options": {}}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "run.json").write_text(json.dumps(given))
    real = tasks.build("ring8", ()).real(keys.key(seed, "real"), 20_000)
    np.save(folder / "real.npy", np.asarray(real, np.float32))
    return folder


def ring(z: np.ndarray) -> np.ndarray:
    """Latents [n, 8] -> points [n, 2] near the eight centres, each an eighth of the circle of the
    first two."""
    angle = np.pi / 4 * np.round(4 / np.pi * np.arctan2(z[:, 1], z[:, 0]))
    centres = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return (RADIUS * centres + WIDTH * z[:, 2:4]).astype(np.float32)


RADIUS, WIDTH = 2 / np.sqrt(2), 0.1 / np.sqrt(2)
"""Those of the task: a circle of radius 2 and Gaussians of width 0.1, divided by 1.414."""

START = np.array([1.0, 0.6], np.float32)
"""The first place."""


class Place:
    """A generator that learns where the ring is; with a size of 0 all of it is one point."""

    def __init__(self, size: float) -> None:
        self.kernels, self.biases, self.size = [], [START.copy()], np.float32(size)

    def __call__(self, z):
        return self.size * ring(z) + self.biases[0], None

    def back(self, inputs, slope):
        return [slope.sum(0)], None


class Linear:
    """A discriminator w x."""

    def __init__(self) -> None:
        self.kernels, self.biases = [np.zeros((2, 1), np.float32)], []

    def __call__(self, x):
        return x @ self.kernels[0], x

    def back(self, inputs, slope):
        return [inputs.T @ slope], slope @ self.kernels[0].T


def train(run: Run, own: Setting) -> None:
    """Train D and G in turn."""
    numpy = module("train_numpy")
    rng = np.random.default_rng(run.seed)
    g = Place(not own.point) if own.place else numpy.MLP(rng, run.latent, run.size, 0, UNITS)
    d = Linear() if own.place else numpy.MLP(rng, run.size, 1, 0.2, UNITS)

    def move(net, gradients, lr):
        if own.adam:
            return net.step(gradients, lr)
        for w, gradient in zip(net.kernels + net.biases, gradients, strict=True):
            w -= np.float32(lr) * gradient

    def latents(n, rng=rng):
        return rng.standard_normal((n, run.latent), dtype=np.float32)

    def told(logits, side):
        """The loss of logits that should have this sign, and its slope."""
        if own.loss == "wasserstein":
            return -side * logits, np.full_like(logits, -side)
        return numpy.softplus(-side * logits), -side * numpy.sigmoid(-side * logits)

    z = latents(run.samples, np.random.default_rng(0))  # the same at every measurement
    run.sampler(lambda n: g(z[:n])[0].reshape(n, *run.shape))
    for real in run.batches():
        n = len(real)
        on_real, real_inputs = d(real.reshape(n, -1))
        on_fake, fake_inputs = d(g(latents(n))[0])
        of_real, of_fake = told(on_real, 1), told(on_fake, -1)
        halves = d.back(real_inputs, of_real[1] / n)[0], d.back(fake_inputs, of_fake[1] / n)[0]
        penalty = own.gamma * d.kernels[0] if own.place else 0
        move(d, [a + b + penalty for a, b in zip(*halves, strict=True)], own.lr_d)

        fake, g_inputs = g(latents(n))
        logits, fake_inputs = d(fake)
        loss_g, slope = told(logits, 1)
        if own.loss == "minimax":
            loss_g, slope = (-part for part in told(logits, -1))
        _, slope = d.back(fake_inputs, slope / n)
        move(g, g.back(g_inputs, slope)[0], own.lr_g)
        run.log(loss_g=loss_g.mean(), loss_d=of_real[0].mean() + of_fake[0].mean())


def train_torch(run: Run, own: Setting) -> None:
    """The same in PyTorch, with the networks of `experiments/train_torch.py`."""
    import torch
    from torch.nn.functional import softplus

    torch.manual_seed(run.seed)
    mlp = module("train_torch").mlp
    if own.place:
        place = torch.nn.Parameter(torch.tensor(START))
        d, weights = torch.nn.Linear(run.size, 1, bias=False), [place]
        torch.nn.init.zeros_(d.weight)
    else:
        net = mlp(run.latent, run.size, 0.0, UNITS)
        d, weights = mlp(run.size, 1, 0.2, UNITS), list(net.parameters())

    def g(n):
        z = torch.randn(n, run.latent)
        if not own.place:
            return net(z)
        return (not own.point) * torch.from_numpy(ring(z.numpy())) + place

    def optimizer(parameters, lr):
        plain = torch.optim.SGD(parameters, lr)
        return torch.optim.Adam(parameters, lr, betas=(0.5, 0.999)) if own.adam else plain

    def told(logits, side):
        own_loss = -side * logits if own.loss == "wasserstein" else softplus(-side * logits)
        return own_loss.mean()

    moves = optimizer(weights, own.lr_g), optimizer(list(d.parameters()), own.lr_d)

    def move(which, loss):
        moves[which].zero_grad()
        loss.backward()
        moves[which].step()

    run.sampler(lambda n: g(n).detach().reshape(n, *run.shape))
    for batch in run.batches():
        real = torch.from_numpy(batch)
        loss_d = told(d(real), 1) + told(d(g(len(real)).detach()), -1)
        penalty = own.gamma / 2 * (d.weight**2).sum() if own.place else 0.0
        move(1, loss_d + penalty)
        logits = d(g(len(real)))
        loss_g = -told(logits, -1) if own.loss == "minimax" else told(logits, 1)
        move(0, loss_g)
        run.log(loss_g=loss_g, loss_d=loss_d)


LOOPS = {"numpy": train, "torch": train_torch}


def trained(folder: Path, own: Setting, loop: str = "numpy", seed: int = 0) -> Path:
    """The folder of a training: log.jsonl, samples-<step>.npy, real.npy."""
    run = Run(asked(folder, seed, own.steps))
    LOOPS[loop](run, own)
    run.close()
    return folder


def form(folder: Path) -> verdicts.Judgement:
    """What became of the samples, measured and judged as a sweep does it."""
    task = tasks.build("ring8", ())
    instrument = task.instrument()
    steps = sorted(json.loads((folder / "run.json").read_text())["evaluations"])
    rows = [measure(instrument, np.load(folder / f"samples-{step}.npy")) for step in steps]
    curves = {name: [row.get(name) for row in rows] for name in rows[0]} | {"step": steps}
    facts = {**instrument.record(), "criterion": criterion(task.bands(instrument))}
    trial = Trial("ring8", Method("own"), 0, steps[-1])
    return verdicts.judge(Result(trial, Status.COMPLETED, curves, facts=facts))
