"""A GAN in PyTorch as one writes it: the non-saturating loss, with R1 where gamma is above 0."""

import torch
from torch import nn
from torch.nn.functional import softplus


def mlp(inputs, outputs, slope, units=128):
    """Two hidden layers with a leaky ReLU. He and Glorot weights."""
    layers = [nn.Linear(inputs, units), nn.LeakyReLU(slope)]
    layers += [nn.Linear(units, units), nn.LeakyReLU(slope), nn.Linear(units, outputs)]
    for layer in layers[:-1:2]:
        nn.init.kaiming_normal_(layer.weight)
    nn.init.xavier_uniform_(layers[-1].weight)
    for layer in layers[::2]:
        nn.init.zeros_(layer.bias)
    return nn.Sequential(*layers)


def train(run, *, lr=1e-3, gamma=0.0):
    """Train D and G in turn, each with the learning rate lr."""
    torch.manual_seed(run.seed)
    g, d = mlp(run.latent, run.size, slope=0.0), mlp(run.size, 1, slope=0.2)
    g_adam, d_adam = (torch.optim.Adam(p.parameters(), lr, betas=(0.5, 0.999)) for p in (g, d))

    @torch.no_grad()
    def draw(n):
        return g(torch.randn(n, run.latent)).reshape(n, *run.shape)

    run.sampler(draw)
    for batch in run.batches():
        real = torch.from_numpy(batch).reshape(len(batch), -1).requires_grad_(gamma > 0)
        fake = g(torch.randn(len(batch), run.latent)).detach()
        on_real, on_fake = d(real), d(fake)
        loss_d = softplus(-on_real).mean() + softplus(on_fake).mean()
        penalty = 0.0
        if gamma > 0:
            (slope,) = torch.autograd.grad(on_real.sum(), real, create_graph=True)
            penalty = gamma / 2 * (slope**2).sum(1).mean()
        d_adam.zero_grad()
        (loss_d + penalty).backward()
        d_adam.step()

        loss_g = softplus(-d(g(torch.randn(len(batch), run.latent)))).mean()
        g_adam.zero_grad()
        loss_g.backward()
        g_adam.step()
        run.log(loss_g=loss_g, loss_d=loss_d, real_logits=on_real, fake_logits=on_fake)
