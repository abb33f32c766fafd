"""The time left that a sweep tells, on a clock that is set and trials whose durations are known."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

import pytest

from bench.runner.phases import Spent
from bench.sweep.price.live import Estimate
from bench.sweep.price.rates import Rates
from bench.sweep.price.stored import Known, add
from bench.sweep.price.typical import SHARED, structure, work
from bench.trial import Method, Status, Trial
from tests.sweep.simulated import Pool, Truth, events, noisy

CHEAP = Method("cheap")  # 2 gradients a step
DEAR = Method("dear", regularizers=("wgan_gp",), d_steps=5)  # 13.5
METHODS = [CHEAP, Method("plain", loss="hinge"), Method("fast", loss="wasserstein"), DEAR]


def trials(tasks: Sequence[str], methods: Sequence[Method], seeds: int) -> list[Trial]:
    """Seed by seed, as a sweep has them."""
    return [
        Trial(task, method, seed, 4000, {"lr_g": 1e-3})
        for seed, task, method in itertools.product(range(seeds), tasks, methods)
    ]


def seven_times(trial: Trial) -> Truth:
    """Steps by their gradients: those of "dear" take 6.75 times as long, and its compiler 2.5
    times. A hundred measurements take 3 s."""
    dear = trial.method == DEAR
    return Truth(7.5 if dear else 3.0, (42.0 if dear else 42.0 / 6.75) + 3.0)


def watched(
    asked: Sequence[Trial],
    truth: Callable[[Trial], Truth],
    jobs: int = 2,
    older: Rates | None = None,
    importing: float = 6.0,
) -> tuple[float, float, list[tuple[float, float]]]:
    """Seconds to the first step and to the end, and (seconds, the end as it was told) from the
    first word on."""
    pool = Pool(jobs, truth, importing)
    estimate, first, told = Estimate(asked, jobs, older, pool.clock), 0.0, []
    for seconds, notice, now in events(asked, pool):
        if notice:
            estimate.end(notice)
            continue
        estimate.see(now)
        first = first or (seconds if any(slot.at.step for slot in now) else 0.0)
        if (left := estimate.left()) is not None:
            told.append((seconds, seconds + left))
    return first, pool.time, told


def diverging(trial: Trial) -> Truth:
    """A method of three diverges after a tenth of its steps."""
    if trial.method.name == "fast":
        return Truth(3.0, 6.0, status=Status.DIVERGED, share=0.1)
    return seven_times(trial)


def failing(trial: Trial) -> Truth:
    """A method fails at once."""
    if trial.method.name == "plain":
        return Truth(1.0, 6.0, status=Status.CRASHED, share=0.0)
    return seven_times(trial)


def other_tasks(trial: Trial) -> Truth:
    """The second task is half as dear as its table says, and this machine half as fast."""
    own = seven_times(trial)
    return Truth(2 * own.start, own.train * (1 if trial.task == "digits8" else 2))


def slow_compiler(trial: Trial) -> Truth:
    """Nine tenths of a trial are its compiler's."""
    own = seven_times(trial)
    return Truth(3 * own.start, own.train / 9)


def thirty_times(trial: Trial) -> Truth:
    """A measurement comes every three seconds at best."""
    own = seven_times(trial)
    return Truth(2 * own.start, 30 * own.train)


SCENES = {
    "seven times": (["ring8"], METHODS, 5, seven_times, 2),
    "noisy": (["ring8"], METHODS, 5, noisy(seven_times, 0.2), 2),
    "diverging": (["ring8"], METHODS, 5, diverging, 2),
    "failing": (["ring8"], METHODS, 5, failing, 2),
    "other tasks": (["ring8", "digits8"], METHODS, 5, other_tasks, 2),
    "one slot": (["ring8"], METHODS, 3, seven_times, 1),
    "many slots": (["ring8", "digits8"], METHODS, 8, noisy(seven_times, 0.2), 8),
    "mostly compiling": (["ring8"], METHODS, 4, slow_compiler, 2),
    "long trials": (["ring8"], METHODS, 2, thirty_times, 2),
    "tiny trials": (["ring8"], [CHEAP], 200, lambda trial: Truth(3.0, 0.05, 0.01, 0.01), 2),
}


@pytest.mark.parametrize("scene", SCENES)
def test_an_early_estimate_that_stays(scene):
    """It comes within ten seconds of the first step, and from then on is right to a third, and
    within a third of what it first was."""
    tasks, methods, seeds, truth, jobs = SCENES[scene]
    first, end, told = watched(trials(tasks, methods, seeds), truth, jobs)
    (begin, said), ends = told[0], [e for _, e in told]
    assert begin - first <= 10
    assert 3 / 4 < min(ends) / said <= max(ends) / said < 4 / 3
    assert 3 / 4 < min(ends) / end <= max(ends) / end < 4 / 3


def measured(asked: Sequence[Trial], truth: Callable[[Trial], Truth]) -> Known:
    """The speed that a finished sweep of these trials tells."""
    known = Known()
    for trial in asked:
        own = truth(trial)
        spent = Spent(own.start, own.train, own.end, fresh=True)
        seconds = own.start + own.train + own.end
        add(known.rates, structure(trial), work(trial), seconds, spent)
    return known


def odd(trial: Trial) -> Truth:
    """Durations that no table knows: "plain" takes ten times as long as "fast"."""
    return Truth(4.0, {"cheap": 9.0, "plain": 40.0, "fast": 4.0, "dear": 12.0}[trial.method.name])


def test_older_results_tell_it_from_the_start():
    """Where each structure was measured, the first word comes at once, and is right to a tenth."""
    asked = trials(["ring8"], METHODS, 5)
    _, end, told = watched(asked, odd, older=measured(asked[:4], odd).rates)
    assert told[0][0] < 1
    assert all(0.9 < e / end < 1.1 for _, e in told)


def test_a_machine_that_is_busy_now_is_noticed():
    """Older results say half of what it takes: from the first trial on the estimate is right."""
    asked = trials(["ring8"], METHODS, 5)
    older = measured(asked[:4], odd).rates

    def slow(trial: Trial) -> Truth:
        return Truth(2 * odd(trial).start, 2 * odd(trial).train, 2 * odd(trial).end)

    _, end, told = watched(asked, slow, older=older)
    assert 0.4 < told[0][1] / end < 0.6
    assert all(0.8 < e / end < 1.25 for seconds, e in told if seconds > 40)


def test_a_trial_without_a_step_of_g_is_cheaper():
    """13.5 gradients are five steps of D, with 2.5 each, and one of G, with one; so two steps of G
    make 14.5, and their share of the time left follows."""
    twice = Method("dear", regularizers=("wgan_gp",), d_steps=5, g_steps=2)
    once, two = (work(Trial("ring8", m, 0, 10**6, evaluations=1)).train for m in (DEAR, twice))
    assert two / once == pytest.approx((14.5 + SHARED) / (13.5 + SHARED), rel=1e-3)
    plain, five = Method("plain"), Method("five", d_steps=5)
    one, many = (work(Trial("ring8", m, 0, 10**6, evaluations=1)).train for m in (plain, five))
    assert many / one == pytest.approx((6 + SHARED) / (2 + SHARED), rel=1e-3)


def test_what_a_method_costs_on_one_task_tells_of_another():
    """ "plain" takes three times what its gradients say on the ring; so it will on the digits,
    where "cheap" alone was measured."""
    rates = Rates()
    for task, method, factor in (("ring8", 0, 1.0), ("ring8", 1, 3.0), ("digits8", 0, 2.0)):
        trial = trials([task], METHODS[method : method + 1], 1)[0]
        for part in ("train", "end"):
            due = getattr(work(trial), part)
            rates.add(structure(trial), part, 50 * factor * due, 50 * due)
    (unseen,) = trials(["digits8"], METHODS[1:2], 1)
    # beside the mean of the ring, sqrt(3), it takes sqrt(3) more; half of that is believed
    assert rates.ratio(structure(unseen), "train") == pytest.approx(2 * 3**0.25, rel=0.05)
    assert rates.tasks() == {"ring8", "digits8"}
    assert not rates.knows(structure(unseen))
