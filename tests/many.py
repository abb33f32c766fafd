"""Makes a results folder of many trials: python -m tests.many FOLDER [-n 5050] [--methods 18].

The trials are made up, or copies of those of another results folder (`--of results/quickstart`)
under other methods, settings and seeds. Every status and every verdict occurs, failed trials have
errors, and some trials have samples. The same arguments give the same files.
"""

from __future__ import annotations

import argparse
import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from bench.store import Store
from bench.store.encoding import encode
from bench.trial import Method, Result, Status, Trial
from tests.analysis import synthetic

TASKS = ("ring8", "grid25", "spiral")
METHODS = (
    *("ns", "ls", "wgan", "wgan_gp", "hinge", "r1", "r2", "r1_r2", "sngan", "dragan"),
    *("relativistic", "optimistic", "extragradient", "consensus", "unrolled", "lookahead"),
    *("pacgan", "ema"),
)
RATES = (1e-4, 3e-4, 1e-3, 3e-3, 1e-2)
SEEDS = 10
EVALUATIONS = 40
PATIENT = {"oscillating": 100}
"""Evaluations of the kinds that are not seen in fewer."""
ERRORS = {
    Status.CRASHED: {"type": "ValueError", "message": "shapes (8, 2) and (3, 8) </script> differ"},
    Status.TIMEOUT: {"type": "timeout", "message": "stopped after 600 s"},
    Status.OUT_OF_MEMORY: {"type": "out_of_memory", "message": "more than 2.0 GB"},
}
TOML = """# Which method works where the baseline fails?
#
# Made-up trials: curves of known kinds, at learning rates at which the kinds differ.

[sweep]
tasks = {tasks}
seeds = {seeds}

{methods}
[analysis]
baseline = "{baseline}"
"""


def make(
    folder: Path,
    trials: int = 5050,
    methods: int = 18,
    tasks: int = 3,
    of: Path | None = None,
    sampled: int = 150,
) -> Path:
    """A results folder of so many trials; `sampled`: the number of trials with samples."""
    store = Store(folder).create()
    names, places = names_of(methods), tasks_of(tasks)
    seeds = math.ceil(trials / (len(names) * len(places) * len(RATES)))
    seeds = min(seeds, SEEDS)
    known = _templates(of)
    every = itertools.islice(_places(names, places, seeds), trials)
    for i, (asked, kind) in enumerate(every):
        result = _result(asked, kind, known)
        (folder / "trials" / f"{asked.id}.json").write_bytes(encode(result))
        if i % max(1, trials // max(1, sampled)) == 0:
            store.write_samples(asked.id, _samples(i))
    for place in places:
        store.write_real(place, {"real": synthetic.ring(np.random.default_rng(7), 500)})
    tables = "\n".join(f'[[method]]\nname = "{name}"' for name in names)
    store.write_text(
        "sweep.toml",
        TOML.format(
            tasks=str(places).replace("'", '"'), seeds=seeds, methods=tables, baseline=names[0]
        ),
    )
    return folder


def names_of(count: int) -> list[str]:
    """So many names of methods."""
    return [*METHODS, *(f"method_{i:02d}" for i in range(len(METHODS), count))][:count]


def tasks_of(count: int) -> list[str]:
    """So many names of tasks."""
    return [*TASKS, *(f"task_{i:02d}" for i in range(len(TASKS), count))][:count]


def _places(
    methods: Sequence[str], tasks: Sequence[str], seeds: int
) -> Iterator[tuple[Trial, str]]:
    """Trials with the kind of curves that each has, without end: a further round has a further
    value of another hyper-parameter."""
    for more in itertools.count():
        for task, rate, method, seed in itertools.product(tasks, RATES, methods, range(seeds)):
            numbers = {"lr_g": rate, "lr_d": rate, "beta_1": round(0.1 * more, 1)}
            trial = Trial(task, Method(method), seed, 5000, numbers, {"sigma": 0.1, "batch": 256})
            yield trial, _kind(trial, methods.index(method) / len(methods))


def _kind(trial: Trial, strength: float) -> str:
    """A kind of curves: the stronger the method, and the nearer its learning rate to 0.001, the
    more often "converged"."""
    rng = np.random.default_rng([trial.seed, *trial.id.encode()])
    off = abs(math.log10(trial.hparams["lr_g"]) + 3)
    if rng.random() < 0.15 + 0.75 * strength - 0.25 * off:
        return "converged"
    others = [kind for kind in synthetic.KINDS if kind != "converged"]
    return str(rng.choice([*others, "nonfinite", *map(str, ERRORS)]))


def _templates(of: Path | None) -> Mapping[str, Any]:
    """Kind -> results, of which copies are made: made up, or those of a results folder."""
    if of is not None:
        return {"": list(Store(of))}
    kinds = [*synthetic.KINDS, "nonfinite"]
    return {
        kind: [
            synthetic.result(kind, seed=s, evaluations=PATIENT.get(kind, EVALUATIONS))
            for s in range(4)
        ]
        for kind in kinds
    }


def _result(asked: Trial, kind: str, known: Mapping[str, Sequence[Result]]) -> Result:
    if kind in ERRORS:
        status = Status(kind)
        facts = {**synthetic.FACTS, "bands": synthetic.BANDS, "real": asked.task}
        return Result(asked, status, facts=facts, error=dict(ERRORS[status]), seconds=3.0)
    some = known.get(kind, known.get("", ()))
    copy = some[int(asked.id[:6], 16) % len(some)]
    facts = {**copy.facts, "real": asked.task} | ({} if "" in known else {"bands": synthetic.BANDS})
    return replace(copy, trial=asked, facts=facts)


def _samples(seed: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    steps = np.arange(1, 11) * 500
    moving = np.stack([synthetic.ring(rng, 100, 1 + seed % 8) for _ in steps])
    return {"fake": synthetic.ring(rng, 200, 1 + seed % 8), "step": np.asarray(5000)} | {
        "snapshots": moving.astype(np.float16),
        "steps": steps,
    }


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.many", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("-n", "--trials", type=int, default=5050)
    parser.add_argument("--methods", type=int, default=18)
    parser.add_argument("--tasks", type=int, default=3)
    parser.add_argument("--samples", type=int, default=150)
    parser.add_argument("--of", type=Path)
    given = parser.parse_args()
    print(make(given.folder, given.trials, given.methods, given.tasks, given.of, given.samples))


if __name__ == "__main__":
    main()
