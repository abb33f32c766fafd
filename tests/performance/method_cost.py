"""What does each method cost? Time per step relative to plain non-saturating, in one run.

    python tests/performance/method_cost.py [NAME ...]

Beside it stands what the count of gradients explains (`bench.gan.methods.cost.gradients`, over the
2 of ns). Networks of 128 units and batches of 256 on the ring (on digits where a method needs
images), compiled as trials are, one thread, CPU time. A method and ns take turns, and each ratio is
the median of five rounds. Nothing is asserted; `!` marks what costs more than 1.5 times its count.
"""

from __future__ import annotations

import statistics
import sys
import time

from bench.gan.environment import prepare_process

prepare_process()

from bench import registry  # noqa: E402
from bench.gan import load_parts  # noqa: E402
from bench.gan.methods import CATALOGUE, cost  # noqa: E402
from bench.gan.training.step import Step  # noqa: E402
from bench.trial import Method  # noqa: E402

STEPS, ROUNDS = 40, 5
_PLAIN: dict[str, object] = {}


def runner(method: Method, hparams: dict[str, float], name: str):
    """A function that trains STEPS steps of a method, compiled and warm."""
    step = Step(registry.task[name](units=128, batch=256), method)
    own = {"lr_g": 1e-3, "lr_d": 1e-3}
    for kind, part in method.parts():
        own |= {f"{part}.{k}": v for k, v in registry.KINDS[kind][part].defaults.items()}
    own |= hparams
    state = step.init(0, own)

    def run() -> float:
        start = time.process_time()
        step.run(state, 0, own, 0, STEPS)[1]
        return time.process_time() - start

    run()
    return run


def task_of(method: Method) -> str:
    facts = [registry.KINDS[kind][name].traits for kind, name in method.parts()]
    if any(f.get("coupled") for f in facts):
        return "digits8_twins"
    return "digits8" if any(f.get("images") or f.get("ordered") for f in facts) else "ring8"


def compare(name: str) -> None:
    """One line: time per step over that of ns, the count of gradients over that of ns."""
    recipe = CATALOGUE[name]
    task = task_of(recipe.method)
    if task not in _PLAIN:
        _PLAIN[task] = runner(CATALOGUE["ns"].method, {}, task)
    mine, plain = runner(recipe.method, dict(recipe.hparams), task), _PLAIN[task]
    ratio = statistics.median(mine() / plain() for _ in range(ROUNDS))
    explained = cost.gradients(recipe.method) / 2
    mark = "!" if ratio > 1.5 * explained else " "
    print(f"{name:28} {ratio:6.2f} of ns, {explained:5.2f} explained {mark}", flush=True)


if __name__ == "__main__":
    load_parts()
    for name in sys.argv[1:] or CATALOGUE:
        compare(name)
