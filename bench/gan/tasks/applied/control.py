"""A linear system with quadratic costs: its best policy, costs and covariances in closed form."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

Array = np.ndarray


@dataclass(frozen=True, eq=False)
class System:
    """x' = A x + B u + w, w ~ N(0, I); a step costs x^T x + u^T u.

    Anderson & Moore 1990, chapter 2: P solves the Riccati equation, u = -K x is best.
    """

    a: Array
    """A [n, n]; its spectral radius is below 1, so that no action is needed."""
    b: Array
    """B [n, m]."""

    @cached_property
    def p(self) -> Array:
        """P [n, n]: x^T P x is the cost from x on, less what disturbances will cost."""
        from scipy.linalg import solve_discrete_are

        n, m = self.b.shape
        found: Array = solve_discrete_are(self.a, self.b, np.eye(n), np.eye(m))
        return found

    @cached_property
    def weight(self) -> Array:
        """I + B^T P B [m, m]: the cost of an action that differs from the best one."""
        return np.eye(self.b.shape[1]) + self.b.T @ self.p @ self.b

    @cached_property
    def gain(self) -> Array:
        """K [m, n] of the best policy u = -K x."""
        found: Array = np.linalg.solve(self.weight, self.b.T @ self.p @ self.a)
        return found

    @property
    def optimum(self) -> float:
        """The mean cost of a step under the best policy, tr P."""
        return float(np.trace(self.p))

    @cached_property
    def covariance(self) -> Array:
        """The covariance [n, n] of the states that the best policy visits in the long run."""
        from scipy.linalg import solve_discrete_lyapunov

        found: Array = solve_discrete_lyapunov(self.a - self.b @ self.gain, np.eye(len(self.a)))
        return found

    @cached_property
    def start(self) -> Array:
        """A factor L [n, n] of that covariance: first states are L z, z ~ N(0, I)."""
        found: Array = np.linalg.cholesky(self.covariance)
        return found

    @cached_property
    def scale(self) -> Array:
        """The deviations [n + m] of states and actions under the best policy."""
        actions = self.gain @ self.covariance @ self.gain.T
        return np.sqrt(np.concatenate([np.diag(self.covariance), np.diag(actions)]))

    def excess(self, pairs: Array) -> Array:
        """The cost of the actions of pairs [N, n + m] above that of the best ones, as a share of
        the optimum: [N]. Its mean over a rollout is the rollout's own, with x^T P x at its end."""
        n = len(self.a)
        x, u = pairs[:, :n], pairs[:, n:]
        off = u + x @ self.gain.T
        found: Array = np.einsum("ni,ij,nj->n", off, self.weight, off) / self.optimum
        return found

    def rollouts(self, noise: Array, length: int, gain: Array | None = None) -> Array:
        """Pairs [N, n + m] of the policy u = -gain x (the best one's by default), as
        `bench.gan.networks.pieces.rollouts` orders them; noise [N, n]."""
        gain = self.gain if gain is None else gain
        rows, n = noise.shape
        padded = np.zeros((-(-rows // length) * length, n))
        padded[:rows] = noise
        each = padded.reshape(-1, length, n)
        x, pairs = each[:, 0] @ self.start.T, []
        for t in range(length):
            u = -x @ gain.T
            pairs.append(np.concatenate([x, u], 1))
            if t + 1 < length:
                x = x @ self.a.T + u @ self.b.T + each[:, t + 1]
        found: Array = np.stack(pairs, 1).reshape(len(padded), -1)[:rows]
        return found
