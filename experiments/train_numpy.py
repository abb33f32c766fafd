"""A GAN by hand in NumPy: two small MLPs, their gradients, Adam. The non-saturating loss."""

from itertools import pairwise

import numpy as np

BETA1, BETA2, EPS = 0.5, 0.999, 1e-7


class MLP:
    """Dense layers with leaky ReLU (0.2) between them, Glorot uniform weights, and Adam."""

    def __init__(self, rng, *sizes):
        self.weights = []
        for a, b in pairwise(sizes):
            limit = np.sqrt(6 / (a + b))
            self.weights += [rng.uniform(-limit, limit, (a, b)), np.zeros(b)]
        self.weights = [w.astype(np.float32) for w in self.weights]
        self.m = [np.zeros_like(w) for w in self.weights]
        self.v = [np.zeros_like(w) for w in self.weights]
        self.t = 0

    def __call__(self, x):
        """Outputs [n, b], and what `back` needs: the input of each layer."""
        inputs, last = [], len(self.weights) - 2
        for i in range(0, len(self.weights), 2):
            inputs.append(x)
            x = x @ self.weights[i] + self.weights[i + 1]
            if i < last:
                x = np.where(x > 0, x, np.float32(0.2) * x)
        return x, inputs

    def back(self, inputs, slope):
        """Gradients of the weights, and of the input, where the loss has this slope [n, b]."""
        found = []
        for i in reversed(range(0, len(self.weights), 2)):
            x = inputs[i // 2]
            found += [slope.sum(0), x.T @ slope]
            slope = slope @ self.weights[i].T
            if i:  # the input is a leaky ReLU's output, which has its sign
                slope = np.where(x > 0, slope, np.float32(0.2) * slope)
        return found[::-1], slope

    def step(self, gradients, lr):
        """Move the weights by Adam."""
        self.t += 1
        rate = lr * np.sqrt(1 - BETA2**self.t) / (1 - BETA1**self.t)
        for w, m, v, g in zip(self.weights, self.m, self.v, gradients, strict=True):
            m += (1 - BETA1) * (g - m)
            v += (1 - BETA2) * (g * g - v)
            w -= np.float32(rate) * m / (np.sqrt(v) + EPS)


def sigmoid(x):
    """1 / (1 + exp(-x))."""
    return 1 / (1 + np.exp(-np.clip(x, -60, 60)))


def softplus(x):
    """log(1 + exp(x))."""
    return np.logaddexp(0, x)


def train(run, *, lr=1e-3):
    """Train G and D alternately, each with the learning rate lr."""
    rng, fixed = np.random.default_rng(run.seed), np.random.default_rng(0)
    g, d = MLP(rng, run.latent, 128, 128, run.size), MLP(rng, run.size, 128, 128, 1)

    def latents(rng, n):
        return rng.standard_normal((n, run.latent), dtype=np.float32)

    z = latents(fixed, run.samples)  # the same for every measurement
    run.sampler(lambda n: g(z[:n])[0].reshape(n, *run.shape))
    for real in run.batches():
        real = real.reshape(len(real), -1)
        n = len(real)
        # the discriminator: softplus(-d(real)) + softplus(d(fake))
        fake, _ = g(latents(rng, n))
        on_real, seen_real = d(real)
        on_fake, seen_fake = d(fake)
        loss_d = softplus(-on_real).mean() + softplus(on_fake).mean()
        first, _ = d.back(seen_real, -sigmoid(-on_real) / n)
        second, _ = d.back(seen_fake, sigmoid(on_fake) / n)
        d.step([a + b for a, b in zip(first, second, strict=True)], lr)
        # the generator: softplus(-d(fake))
        fake, seen = g(latents(rng, n))
        on_fake, seen_fake = d(fake)
        loss_g = softplus(-on_fake).mean()
        _, slope = d.back(seen_fake, -sigmoid(-on_fake) / n)
        gradients, _ = g.back(seen, slope)
        g.step(gradients, lr)
        run.log(loss_g=loss_g, loss_d=loss_d, real_logits=on_real, fake_logits=on_fake)
