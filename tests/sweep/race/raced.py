"""Races without training: outcomes are made up from the method and the seed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from bench import grid
from bench.console import console
from bench.store import Store
from bench.sweep import plan as plans
from bench.sweep import record
from bench.sweep.plan import Plan
from bench.sweep.race.rounds import Race, run
from bench.trial import Status, Trial
from tests.analysis import synthetic

TOML = """
[sweep]
tasks = ["ring8"]
methods = ["ns", "r1", "sngan", "wgan_gp"]

[race]
baseline = "ns"
looks = [5, 10, 15, 20]
least = 0.3
"""

SEARCHED = """
[sweep]
tasks = ["ring8"]
methods = ["ns", "r1"]
seeds = "0..2"

[grid]
lr_g = [1e-3, 1e-4]

[race]
baseline = "ns"
looks = [5, 10]
"""
"""Methods with two settings, which seeds 0 to 2 choose among."""

Ends = Callable[[Trial], str]


class Killed(BaseException):
    """The end of a process in the middle of a round."""


def alternating(**successes: int) -> Ends:
    """A trial of a method ends as converged for so many of every ten seeds, spread evenly."""

    def end(trial: Trial) -> str:
        tenth = successes.get(trial.method.name, 0)
        before, after = (n * tenth // 10 for n in (trial.seed, trial.seed + 1))
        return "converged" if after > before else "stalled"

    return end


def load(folder: Path, text: str = TOML, changes: Iterable[str] = ()) -> grid.Sweep:
    """The sweep of a TOML, in a file of its own."""
    file = folder / "raced.toml"
    file.write_text(text, encoding="utf-8")
    return grid.load(file, changes)


class Machine:
    """Carries out a race and counts what was trained. `dies_after` trials it is killed."""

    def __init__(self, sweep: grid.Sweep, folder: Path, ends: Ends) -> None:
        self.sweep, self.ends = sweep, ends
        self.store = Store(folder / "results").create()
        self.trained: list[Trial] = []
        self.dies_after: int | None = None

    def race(self) -> tuple[Race, int]:
        """One run of the command."""
        race = Race(self.sweep, self.store)
        _, code = run(race, self._make, self._train, console())
        return race, code

    def _make(self, asked: grid.Sweep) -> Plan:
        return plans.make(asked, asked.trials, self.store, (), 1)

    def _train(self, plan: Plan) -> int:
        record.write(plan)
        for trial in plan.todo:
            if self.dies_after is not None and len(self.trained) >= self.dies_after:
                raise Killed
            self.store.write(finished(trial, self.ends(trial)))
            self.trained.append(trial)
        return 0


def finished(trial: Trial, kind: str) -> synthetic.Result:
    """The result of a trial that ends in this verdict, or with this status."""
    status = Status(kind) if kind in set(Status) else None
    made = synthetic.result("crashed" if status else kind, seed=trial.seed, status=status)
    return replace(made, trial=trial, status=status or made.status)
