"""The games in PyTorch, eager: modules, fused Adam, and no derivative that nobody needs."""

from __future__ import annotations

import time
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from tests.performance.loops import BETA1, BETA2, EPS, IMAGES, LATENT, LR, LR_IMAGES, SIGMA

Run = Callable[[int], None]
Draw = Callable[[], Tensor]

torch.set_num_threads(1)
torch.set_num_interop_threads(1)


def ring8(units: float, batch: float) -> tuple[Run, str]:
    """A non-saturating GAN on the ring."""
    n, size, angles = int(units), int(batch), 2 * torch.pi * torch.arange(8) / 8
    centres = torch.stack([angles.cos(), angles.sin()], 1)

    def net(inputs: int, outputs: int, activation: Callable[[], nn.Module]) -> nn.Module:
        first = nn.Linear(inputs, n), activation(), nn.Linear(n, n), activation()
        return nn.Sequential(*first, nn.Linear(n, outputs))

    g, d = net(LATENT, 2, nn.ReLU), net(2, 1, lambda: nn.LeakyReLU(0.2))
    run = _run(
        *(g, d, LR),
        lambda: centres[torch.randint(8, (size,))] + SIGMA * torch.randn(size, 2),
        lambda: torch.randn(size, LATENT),
    )
    return run, f"PyTorch {torch.__version__}"


def dcgan28(width: float, batch: float) -> tuple[Run, str]:
    """The DCGAN on images in memory, in the memory format that is the faster one here."""
    size, data = int(batch), torch.rand(IMAGES, 1, 28, 28) * 2 - 1
    found = {}
    for layout in (torch.contiguous_format, torch.channels_last):
        g, d = (n.to(memory_format=layout) for n in (generator(width), discriminator(width)))
        found[layout] = _run(
            *(g, d, LR_IMAGES),
            lambda: data[torch.randint(IMAGES, (size,))],
            lambda: torch.randn(size, 100),
        )
    took = {layout: _least(run) for layout, run in found.items()}
    best = min(took, key=took.__getitem__)
    return found[best], f"PyTorch {torch.__version__}, {str(best).removeprefix('torch.')}"


def _least(run: Run) -> float:
    """The least seconds of four times two steps."""
    run(2)
    seconds = []
    for _ in range(4):
        begin = time.process_time()
        run(2)
        seconds.append(time.process_time() - begin)
    return min(seconds)


def generator(width: float) -> nn.Module:
    """`bench.gan.networks.dcgan.dcgan_generator` at 28 x 28, padded alike on all sides."""
    first, second, third = (max(1, round(n * width)) for n in (256, 128, 64))

    def up(n: int, m: int, stride: int) -> nn.Module:
        return nn.ConvTranspose2d(n, m, 5, stride, 2, stride - 1, bias=False)

    return nn.Sequential(
        *(nn.Linear(100, 49 * first, bias=False), nn.BatchNorm1d(49 * first), nn.LeakyReLU(0.3)),
        nn.Unflatten(1, (first, 7, 7)),
        *(up(first, second, 1), nn.BatchNorm2d(second), nn.LeakyReLU(0.3)),
        *(up(second, third, 2), nn.BatchNorm2d(third), nn.LeakyReLU(0.3)),
        *(up(third, 1, 2), nn.Tanh()),
    )


def discriminator(width: float) -> nn.Module:
    """`bench.gan.networks.dcgan.dcgan_discriminator` at 28 x 28, padded likewise."""
    first, second = (max(1, round(n * width)) for n in (64, 128))
    return nn.Sequential(
        *(nn.Conv2d(1, first, 5, 2, 2), nn.LeakyReLU(0.3), nn.Dropout(0.3)),
        *(nn.Conv2d(first, second, 5, 2, 2), nn.LeakyReLU(0.3), nn.Dropout(0.3)),
        *(nn.Flatten(), nn.Linear(49 * second, 1)),
    )


def _run(g: nn.Module, d: nn.Module, lr: float, real: Draw, latent: Draw) -> Run:
    players = [list(player.parameters()) for player in (g, d)]
    adam_g, adam_d = (
        torch.optim.Adam(weights, lr, (BETA1, BETA2), EPS, fused=True) for weights in players
    )

    def step() -> None:
        with torch.no_grad():
            fake = g(latent())
        loss = (softplus(-d(real())) + softplus(d(fake))).mean()
        adam_d.zero_grad()
        loss.backward()
        adam_d.step()
        loss = softplus(-d(g(latent()))).mean()
        adam_g.zero_grad()
        loss.backward(inputs=players[0])  # D's own derivatives are not taken
        adam_g.step()

    def run(steps: int) -> None:
        for _ in range(steps):
            step()

    return run
