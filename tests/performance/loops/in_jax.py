"""The ring in JAX: one compiled `fori_loop` with everything inside, as its documentation advises.

One thread needs XLA_FLAGS, see `turns.FLAGS`.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jax.nn import softplus

from tests.performance.loops import BETA1, BETA2, EPS, LATENT, LR, SIGMA


def ring8(units: float, batch: float) -> tuple[Callable[[int], None], str]:
    """A non-saturating GAN on the ring with Adam."""
    size, hidden, key = int(batch), int(units), jax.random.key(0)
    angles = 2 * jnp.pi * jnp.arange(8) / 8
    centres = jnp.stack([jnp.cos(angles), jnp.sin(angles)], 1)

    def step(i, players):
        g, d = players
        t = (i + 1).astype(jnp.float32)
        which, noise, first, second = jax.random.split(jax.random.fold_in(key, i), 4)
        x = centres[jax.random.randint(which, (size,), 0, 8)]
        x += SIGMA * jax.random.normal(noise, (size, 2))
        fake = _forward(g[0], jax.random.normal(first, (size, LATENT)), 0.0)

        def loss_d(w):
            return jnp.mean(softplus(-_forward(w, x, 0.2)) + softplus(_forward(w, fake, 0.2)))

        d = _adam(d, jax.grad(loss_d)(d[0]), t)
        z = jax.random.normal(second, (size, LATENT))

        def loss_g(w):
            return jnp.mean(softplus(-_forward(d[0], _forward(w, z, 0.0), 0.2)))

        return _adam(g, jax.grad(loss_g)(g[0]), t), d

    @jax.jit
    def loop(start, stop, players):
        return jax.lax.fori_loop(start, stop, step, players)

    rng = np.random.default_rng(0)
    weights = _net(rng, LATENT, hidden, hidden, 2), _net(rng, 2, hidden, hidden, 1)
    players = tuple((w, [0 * t for t in w], [0 * t for t in w]) for w in weights)
    done = 0

    def run(steps: int) -> None:
        nonlocal done, players
        players = jax.block_until_ready(loop(done, done + steps, players))
        done += steps

    return run, f"JAX {jax.__version__}"


def _net(rng, *sizes):
    def dense(n, m):
        return [jnp.array(rng.normal(0, np.sqrt(2 / n), (n, m)), jnp.float32), jnp.zeros(m)]

    return [t for n, m in itertools.pairwise(sizes) for t in dense(n, m)]


def _forward(w, x, slope):
    for i in range(0, len(w) - 2, 2):
        x = jax.nn.leaky_relu(x @ w[i] + w[i + 1], slope)
    return x @ w[-2] + w[-1]


def _adam(player, g, t):
    w, m, s = player
    m = [BETA1 * a + (1 - BETA1) * b for a, b in zip(m, g, strict=True)]
    s = [BETA2 * a + (1 - BETA2) * b * b for a, b in zip(s, g, strict=True)]
    c1, c2 = 1 - BETA1**t, 1 - BETA2**t
    w = [a - LR * (b / c1) / (jnp.sqrt(c / c2) + EPS) for a, b, c in zip(w, m, s, strict=True)]
    return w, m, s
