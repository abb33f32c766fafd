"""Imitation of an expert who acts: generative adversarial imitation learning (GAIL)."""

from __future__ import annotations

import functools

import numpy as np

from bench.gan import keys
from bench.gan.networks import Layers, Sizes, dense
from bench.gan.networks.pieces import rollouts
from bench.gan.tasks import criteria
from bench.gan.tasks.applied.control import System
from bench.gan.tasks.cases import Case
from bench.gan.tasks.points import TOY
from bench.gan.tasks.task import Array, Pair, Task
from bench.metrics import Instrument, Sample, endless
from bench.metrics.criterion.trivial import Trivial
from bench.ranges import Count, Width
from bench.registry import task
from bench.trial import digest

SYSTEM = System(
    a=np.array(
        [
            [0.9, 0.2, 0.0, 0.0],
            [-0.2, 0.9, 0.1, 0.0],
            [0.0, 0.0, 0.85, 0.25],
            [0.05, 0.0, -0.25, 0.85],
        ]
    ),
    b=np.array([[0.0, 0.0], [0.5, 0.0], [0.0, 0.1], [0.1, 0.5]]),
)
"""Two coupled swings that are damped by themselves, each with a motor; ours."""

STATES, ACTIONS = SYSTEM.b.shape
LENGTH = 20
"""Steps of a rollout."""
MEASURED = 2000
"""Pairs that are measured: of 100 rollouts."""
REFERENCE = 20_000


@task(
    steps=3000,
    hparams=TOY | {"ema.decay": 0.99},
    data="points",
    bounds={},
    rollouts=True,
    sized={"units": ("units",)},
    also=("GAIL", "imitation learning", "AMP", "inverse reinforcement learning", "LQR"),
)
def imitate(*, trajectories: Count = 50, batch: Count = 320, units: Width = 64) -> Task:
    """A policy that shall act as an expert does in a linear system, seen in `trajectories` of 20
    steps; D sees pairs of state and action, four numbers and two.

    The generator is the policy in a rollout of 20 steps, through which gradients flow (no policy
    gradient is needed); each sample is one step of it. The expert is the best linear-quadratic
    regulator, so that the cost of a policy above the least possible one is known exactly: `regret`.
    The expert's pairs lie on a plane, which D can always tell from the policy's: its scores are
    pinned. Two hidden layers of `units` each. Ho & Ermon 2016.
    """
    policy = Sizes((ACTIONS,), STATES, units)

    def networks(layers: Layers) -> Pair:
        inner = dense.mlp((STATES,), policy.shape, units=units, layers=layers.for_g)
        acting = rollouts.Rollout(
            inner,
            a=SYSTEM.a,
            b=SYSTEM.b,
            start=SYSTEM.start,
            disturbance=np.eye(STATES),
            scale=SYSTEM.scale,
            length=LENGTH,
        )
        shape = (STATES + ACTIONS,)
        d = dense.mlp(shape, (1,), units=units, slope=0.2, layers=layers)
        return rollouts.acting(acting, STATES), d

    pairs, held = (_expert(index, trajectories).astype(np.float32) for index in (0, 1))

    def real(key: Array, n: int) -> Array:
        return pairs[keys.generator(key).integers(len(pairs), size=n)]

    return Task(
        shape=(STATES + ACTIONS,),
        real=real,
        networks=networks,
        instrument=_instrument,
        criterion=lambda instrument: criteria.of_case("imitate", 0.0, _case, "imitate"),
        latent=STATES,
        batch=batch,
        network="policy",
        held=held,
        case=_case,
        whole=lambda: (pairs, None),
    )


def _expert(index: int, trajectories: int) -> Array:
    """Pairs [20 trajectories, 6] of the expert, in the units of the networks."""
    return _rolled(np.random.default_rng((16, index)), trajectories * LENGTH)


def _rolled(rng: np.random.Generator, n: int, gain: float = 1.0) -> Array:
    """n pairs of the expert's policy times `gain`, in the units of the networks."""
    noise = rng.normal(size=(n, STATES))
    return SYSTEM.rollouts(noise, LENGTH, gain * SYSTEM.gain) / SYSTEM.scale


@functools.cache
def _instrument() -> Instrument:
    def see(points: Array) -> Sample:
        flat = points.astype(np.float64)
        return Sample(points, flat, marks={"excess": SYSTEM.excess(flat * SYSTEM.scale)})

    def draw(index: int, n: int) -> Array:
        return _rolled(np.random.default_rng((17, index)), n)

    about = digest(np.concatenate([SYSTEM.a, SYSTEM.b], 1).tobytes())
    return endless(see, draw, reference=REFERENCE, n=MEASURED, proxy="XY-FD", digest=about)


def _case() -> Case:
    def strangers(rng: np.random.Generator, n: int) -> Array:
        states, actions = _rolled(rng, n), _rolled(rng, n)
        return np.concatenate([states[:, :STATES], actions[:, STATES:]], 1)

    samplers = {"no action": 0.0, "half of the gain": 0.5, "twice the gain": 2.0}
    trivial = [
        Trivial(name, "regret", functools.partial(_rolled, gain=gain))
        for name, gain in samplers.items()
    ]
    trivial.append(Trivial("actions of other states", "regret", strangers))
    # right actions, in the wrong states: a policy that brakes too hard, or one that never moves
    trivial += [
        Trivial("states of half the size", "fd", lambda rng, n: _rolled(rng, n) / 2),
        Trivial("at rest", "fd", lambda rng, n: np.zeros((n, STATES + ACTIONS))),
    ]
    return Case(_instrument(), _rolled, tuple(trivial))
