"""A GAN by hand in NumPy: two small networks, their gradients, Adam. The non-saturating loss."""

import numpy as np

BETA1, BETA2, EPS = 0.5, 0.999, 1e-8


class MLP:
    """Two hidden layers with a leaky ReLU of some slope, and Adam. He and Glorot weights."""

    def __init__(self, rng, inputs, outputs, slope, units=128):
        scales = np.sqrt(2 / inputs), np.sqrt(2 / units), np.sqrt(2 / (units + outputs))
        self.kernels = [
            rng.normal(0, scale, shape).astype(np.float32)
            for scale, shape in zip(
                scales, ((inputs, units), (units, units), (units, outputs)), strict=True
            )
        ]
        self.biases = [np.zeros(w.shape[1], np.float32) for w in self.kernels]
        self.slope = np.float32(slope)
        self.moments = [(np.zeros_like(w), np.zeros_like(w)) for w in self.kernels + self.biases]
        self.steps = 0

    def __call__(self, x):
        """Outputs [n, b], and what `back` needs: the input of each layer."""
        inputs = []
        for kernel, bias in zip(self.kernels, self.biases, strict=True):
            inputs.append(x)
            x = x @ kernel + bias
            if len(inputs) < len(self.kernels):
                x = np.where(x > 0, x, self.slope * x)
        return x, inputs

    def back(self, inputs, slope):
        """Gradients of kernels and biases, and of the input, of a loss with this slope [n, b]."""
        kernels, biases = [], []
        for kernel, x in zip(self.kernels[::-1], inputs[::-1], strict=True):
            kernels.insert(0, x.T @ slope)
            biases.insert(0, slope.sum(0))
            slope = slope @ kernel.T
            if x is not inputs[0]:  # an output of a leaky ReLU has the sign of its input
                slope = slope * np.where(x > 0, np.float32(1), self.slope)
        return kernels + biases, slope

    def step(self, gradients, lr):
        """Move the weights by Adam."""
        self.steps += 1
        lr *= np.sqrt(1 - BETA2**self.steps) / (1 - BETA1**self.steps)
        for w, (m, v), g in zip(self.kernels + self.biases, self.moments, gradients, strict=True):
            m += (1 - BETA1) * (g - m)
            v += (1 - BETA2) * (g * g - v)
            w -= np.float32(lr) * m / (np.sqrt(v) + EPS)


def sigmoid(x):
    """1 / (1 + exp(-x))."""
    return 1 / (1 + np.exp(-np.clip(x, -60, 60)))


def softplus(x):
    """log(1 + exp(x))."""
    return np.logaddexp(0, x)


def train(run, *, lr=1e-3):
    """Train D and G in turn, each with the learning rate lr."""
    rng = np.random.default_rng(run.seed)
    g, d = MLP(rng, run.latent, run.size, slope=0), MLP(rng, run.size, 1, slope=0.2)

    def latents(n, rng=rng):
        return rng.standard_normal((n, run.latent), dtype=np.float32)

    z = latents(run.samples, np.random.default_rng(0))  # the same at every measurement
    run.sampler(lambda n: g(z[:n])[0].reshape(n, *run.shape))
    for real in run.batches():
        n = len(real)
        # the discriminator: softplus(-d(real)) + softplus(d(fake))
        fake, _ = g(latents(n))
        on_real, real_inputs = d(real.reshape(n, -1))
        on_fake, fake_inputs = d(fake)
        loss_d = softplus(-on_real).mean() + softplus(on_fake).mean()
        of_real, _ = d.back(real_inputs, -sigmoid(-on_real) / n)
        of_fake, _ = d.back(fake_inputs, sigmoid(on_fake) / n)
        d.step([a + b for a, b in zip(of_real, of_fake, strict=True)], lr)
        # the generator: softplus(-d(fake))
        fake, g_inputs = g(latents(n))
        logits, d_inputs = d(fake)
        _, slope = d.back(d_inputs, -sigmoid(-logits) / n)
        gradients, _ = g.back(g_inputs, slope)
        g.step(gradients, lr)
        run.log(loss_g=softplus(-logits).mean(), loss_d=loss_d)
        run.log(real_logits=on_real, fake_logits=on_fake)
