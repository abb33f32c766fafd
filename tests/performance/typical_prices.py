"""Measures what a trial of each task costs: python tests/performance/typical_prices.py [TASK ...]

Prints the table of `bench/sweep/price/typical.py`: seconds of the processor, on one thread, of the
plain method `ns` with the usual options of the task. A few minutes. Only the ratios of the table
matter: a sweep measures its own machine.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from bench import gan, grid, registry
from bench.gan.environment import prepare_process

prepare_process()

from bench.runner.phases import Spent, Watch  # noqa: E402
from bench.trial import Trial  # noqa: E402

FEW, MANY = 4, 44
"""Evaluations of two trials, whose difference is the cost of an evaluation."""

TOML = """
[sweep]
tasks = ["{task}"]
methods = ["{method}"]
seeds = [0]
steps = {steps}
evaluations = {evaluations}

[task.{task}]
{options}
"""


def main() -> None:
    """Measure the tasks that are named, or all of them."""
    time.perf_counter = time.process_time
    gan.load_parts()
    for task in sys.argv[1:] or [task.name for task in registry.task]:
        name, _, rest = task.partition(",")  # ring8,method,units=64,batch=128
        method, *options = rest.split(",")
        print(line(name, method or "ns", "\n".join(options)), flush=True)


def line(task: str, method: str = "ns", options: str = "") -> str:
    """The entry of a task."""
    steps = 44 if task == "dcgan28" or "network" in options else 400
    few, many = (spent(trial(task, method, options, steps, n)) for n in (FEW, MANY))
    each = (many.train - few.train) / (MANY - FEW)
    step = (few.train - FEW * each) / steps
    return f'"{task}": Typical({few.start:.2g}, {step:.2g}, {each:.2g}, {many.end:.2g}),'


def trial(task: str, method: str, options: str, steps: int, evaluations: int) -> Trial:
    """A trial of so many steps and measurements."""
    with tempfile.TemporaryDirectory() as folder:
        toml = Path(folder) / "x.toml"
        toml.write_text(TOML.format(**locals()))
        return grid.load(toml).trials[0]


def spent(trial: Trial) -> Spent:
    """The seconds of a trial by phase."""
    from bench.gan.training.train import fit

    watch, begin = Watch(fresh=True), time.process_time()
    fit(trial, lambda step, values: watch.measured(step, trial.steps) and None)
    found = watch.spent(time.process_time() - begin)
    assert found
    return found


if __name__ == "__main__":
    main()
