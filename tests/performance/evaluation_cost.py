"""What share of a trial's time is spent on measuring? Printed, never asserted; the aim is 10 %.

    python tests/performance/evaluation_cost.py [task ...]

On the quick tasks, with the non-saturating loss and 100 evaluations: a tenth of a trial is trained
in one go, with 5 evaluations and with 25, of which a fifth look closer, as 20 of 100 do. The slope
is what an evaluation costs, with the stops of the compiled loop and the curves of discriminator and
motion; what is left is paid once a trial. Metrics of the end are timed apart. The three take turns;
medians of seven rounds, in seconds of the processor, as others may use the machine; compiling and
calibrating are not counted. Then the parts of one evaluation. One thread.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace

from bench.gan.environment import prepare_process

prepare_process()

from bench import registry  # noqa: E402
from bench.gan import load_parts  # noqa: E402
from bench.gan.tasks import build  # noqa: E402
from bench.gan.training import motion, train  # noqa: E402
from bench.gan.training.critic import Critic  # noqa: E402
from bench.gan.training.record import Record, looks_at  # noqa: E402
from bench.gan.training.step import compiled  # noqa: E402
from bench.metrics import values  # noqa: E402
from bench.trial import Method, Trial  # noqa: E402

QUICK = ("ring8", "grid25", "digits8")
SHARE, ROUNDS, EVALUATIONS = 10, 7, 100
FEW, MANY = 5, 25


def seconds(work: Callable[[], object]) -> float:
    begin = time.process_time()
    work()
    return time.process_time() - begin


def median(work: Callable[[], object], rounds: int) -> float:
    return statistics.median(seconds(work) for _ in range(rounds))


def trial(name: str) -> Trial:
    part, method = registry.task[name], Method("ns")
    adam = {f"adam.{k}": v for k, v in registry.optimizer["adam"].defaults.items()}
    loss = {f"{method.loss}.{k}": v for k, v in registry.loss[method.loss].defaults.items()}
    rates = {name: part.traits["hparams"][name] for name in ("lr_g", "lr_d")}
    steps = part.traits["steps"] // SHARE
    return Trial(name, method, 0, steps, adam | loss | rates, {}, EVALUATIONS // SHARE)


def report(name: str) -> None:
    t = trial(name)
    task = build(name, ())
    step, instrument, hparams = compiled(task, t.method), train._instrument(task), dict(t.hparams)

    def record(evaluations: int) -> Record:
        kept = Record(task, instrument, evaluations)
        kept.looks = {place for place in looks_at(EVALUATIONS) if place < evaluations}
        return kept

    def plain() -> None:
        step.run(step.init(0, hparams), 0, hparams, 0, t.steps)[1]

    def measured(evaluations: int) -> None:
        some = replace(t, evaluations=evaluations)
        train._train(some, step, record(evaluations), lambda done, values: None)

    works = (plain, lambda: measured(FEW), lambda: measured(MANY))
    for work in works:
        work()
    rounds = [[seconds(work) for work in works] for _ in range(ROUNDS)]
    alone, few, many = (statistics.median(column) for column in zip(*rounds, strict=True))
    whole, each = alone * SHARE, (many - few) / (MANY - FEW)
    once = few - alone - FEW * each
    state = step.init(0, hparams)
    z = train._fixed_latent(task, instrument.n)
    points = step.generate(state, z).numpy()
    filled = record(1)
    filled.evaluate(1, {"": points}, {})
    filled.finish()
    end = median(filled.finish, 3)
    measuring = EVALUATIONS * each + once + end
    print(f"{name}: training {whole:.1f} s, {EVALUATIONS} evaluations of {1e3 * each:.1f} ms,")
    print(f"    {once + end:.2f} s once: {measuring / (whole + measuring):.1%} of the trial")
    critic, sample = (
        Critic(step, hparams, instrument.real.points, task.held),
        instrument.sample(points),
    )
    pieces = {
        "generate": lambda: step.generate(state, z).numpy(),
        "look (features, modes)": lambda: instrument.sample(points),
        "metrics": lambda: values(instrument, replace(sample)),
        "discriminator": lambda: critic(state, points),
        "weights": lambda: [motion.point(state) for _ in range(5)],
    }
    for part, work in pieces.items():
        print(f"    {part:24}{1e3 * median(work, 31):6.2f} ms")


if __name__ == "__main__":
    load_parts()
    for task_name in sys.argv[1:] or QUICK:
        report(task_name)
