"""The price of a plan: to the second by hand, from stored trials, and from a short training."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from bench.runner.phases import Spent
from bench.store import Store
from bench.store.provenance import cpu
from bench.sweep import main
from bench.sweep.price import probe, schedule, stored
from bench.sweep.price.forecast import Forecast
from bench.sweep.price.glance import ends, glance
from bench.sweep.price.schedule import Task
from bench.sweep.price.stored import Known, known
from bench.sweep.price.typical import GAP, IMPORT, structure, work
from bench.trial import Method, Result, Status, Trial
from tests.sweep.simulated import Pool, Truth, events

PLAIN, DEAR = Method("plain"), Method("dear", regularizers=("wgan_gp",), d_steps=5)
HERE = {"cpu": cpu()}


@pytest.fixture(autouse=True)
def alone(monkeypatch, tmp_path):
    """No published results beside those of the test."""
    monkeypatch.setattr(stored, "PUBLISHED", tmp_path / "nothing")


def trial(task: str = "ring8", method: Method = PLAIN, seed: int = 0, **more) -> Trial:
    return Trial(task, method, seed, 1000, {"lr_g": 1e-3}, **more)


def result(own: Trial, seconds: float, spent: Spent | None = None, **more) -> Result:
    facts = {"phases": vars(spent)} if spent else {}
    told = {"status": Status.COMPLETED, "provenance": HERE, "facts": facts} | more
    return Result(own, seconds=seconds, **told)


def folder(path: Path, *results: Result) -> Store:
    store = Store(path).create()
    for each in results:
        store.write(each)
    return store


SPENT = Spent(start=7.0, train=20.0, end=1.0, fresh=True)
WARM = Spent(start=0.5, train=20.0, end=1.0, fresh=False)


def test_the_price_to_the_second(tmp_path):
    """Three trials of one structure in one slot: an import, one compiler, and thrice what a warm
    trial takes. Two and one in a child, since a batch is at most half of what is left."""
    old = folder(
        tmp_path / "x", result(trial(seed=8), 28, SPENT), result(trial(seed=9), 21.5, WARM)
    )
    todo = [trial(seed=seed) for seed in range(3)]
    found = known([trial(seed=8), trial(seed=9), *todo], todo, old)
    price = Forecast(todo, 1, found)
    each = 0.5 + 20 + 1 + GAP
    assert price.seconds == pytest.approx(IMPORT + 2 * (7 - 0.5) + 3 * each, rel=0.02)
    assert price.slot_seconds(todo) == pytest.approx(2 * (7 - 0.5) + 3 * each, rel=0.02)
    assert price.range == pytest.approx((price.seconds / 1.25, price.seconds * 1.25))
    assert price.words == f"1 min 24 s (1 min 7 s to 1 min 45 s, by 2 trials of {tmp_path}/x)"


def test_two_slots_share_the_work_but_not_a_trial(tmp_path):
    tasks = [Task(structure(trial()), 5.0, 10.0)] * 3
    assert schedule.end([0.0], tasks) == 2 * 5 + 3 * 10  # two, then one
    assert schedule.end([0.0, 0.0], tasks) == 2 * (5 + 10)  # one and two, each in a child
    assert schedule.end([0.0, 40.0], []) == 40
    other = [Task(structure(trial(method=DEAR)), 1.0, 70.0)] * 4
    # two of four; a child ends after two minutes; so each is a child of its own but one
    assert schedule.end([0.0], other) == 3 * 1 + 4 * 70


@pytest.mark.parametrize("jobs", [1, 2, 3])
def test_the_schedule_is_that_of_the_runner(jobs):
    """The runner's own queue, on slots that follow a script, ends when the schedule says."""
    asked = [
        trial(task, method, seed)
        for seed in range(6)
        for task in ("ring8", "digits8")
        for method in (PLAIN, DEAR)
    ]

    def truth(own: Trial) -> Truth:
        slow = 40.0 if own.method == DEAR else 9.0
        return Truth(5.0, slow * (2 if own.task == "digits8" else 1), end=0.5, warm=0.5)

    pool = Pool(jobs, truth, importing=4.0, gap=0.1)
    for _ in events(asked, pool):
        pass
    tasks = [Task(structure(t), 4.5, 1.1 + truth(t).train) for t in asked]
    assert schedule.end([4.0] * jobs, tasks) == pytest.approx(pool.time, rel=0.08)


def test_another_method_of_the_task_tells_less(tmp_path):
    """ "dear" has 13.5 gradients to two; what the ring's "plain" took says it to a factor 1.6."""
    old = folder(tmp_path / "x", result(trial(), 28, SPENT))
    todo = [trial(method=DEAR, seed=seed) for seed in range(2)]
    price = Forecast(todo, 1, known([trial(), *todo], todo, old))
    ratio = work(todo[0]).train / work(trial()).train
    assert 2 < ratio < 6.75
    assert price.seconds == pytest.approx(IMPORT + 2 * 20 * ratio, rel=0.3)
    assert price.range[1] / price.seconds == pytest.approx(1.6)


def test_without_a_result_of_a_task_nothing_tells(tmp_path):
    old = folder(tmp_path / "x", result(trial(), 28, SPENT))
    todo = [trial(seed=1), trial("digits8", seed=1)]
    price = Forecast(todo, 2, known([trial(), *todo], todo, old))
    assert (price.seconds, price.range) == (None, None)
    assert "no trial of digits8 was trained on this machine (--probe tells)" in price.words
    assert price.slot_seconds(todo[:1]) > 20
    assert price.slot_seconds(todo[1:]) is None


def test_results_beside_this_sweep_tell_where_its_own_do_not(tmp_path):
    folder(tmp_path / "other", result(trial(seed=5), 28, SPENT))
    own, todo = folder(tmp_path / "mine"), [trial(seed=1)]
    assert known(todo, todo, own).sources == {str(tmp_path / "other"): 1}
    own.write(result(trial(seed=2), 28, SPENT))
    assert known([trial(seed=2), *todo], todo, own).sources == {str(tmp_path / "mine"): 1}
    assert known(todo, [], own).sources == {}  # nothing to train: nothing is read


@pytest.mark.parametrize(
    "other",
    [
        {"provenance": {"cpu": "another one"}},
        {"provenance": {}},
        {"status": Status.DIVERGED},
        {"status": Status.CRASHED},
    ],
    ids=str,
)
def test_another_machine_and_trials_that_did_not_complete_tell_nothing(tmp_path, other):
    old = folder(tmp_path / "x", result(trial(seed=5), 28, SPENT, **other))
    assert not known([trial(seed=5), trial()], [trial()], old).sources


def test_a_trial_without_phases_tells_its_seconds(tmp_path):
    old = folder(tmp_path / "x", *(result(trial(seed=seed), 30.0) for seed in range(3)))
    todo = [trial(seed=seed) for seed in (7, 8, 9)]
    price = Forecast(todo, 1, known([*(trial(seed=s) for s in range(3)), *todo], todo, old))
    assert price.seconds == pytest.approx(IMPORT + 3 * 30, rel=0.25)


def test_packed_results_and_foreign_files_are_looked_at(tmp_path):
    from bench.store import archive

    own = result(trial(), 28, SPENT, error=None)
    store = folder(tmp_path / "x", own)
    archive.write(store.path, [store.raw(own.trial.id)])
    for path in (store.path / "trials").iterdir():
        path.unlink()
    found = glance(store, own.trial.id)
    assert (found.trial, found.seconds, found.cpu) == (own.trial, 28, HERE["cpu"])
    assert found.phases == vars(SPENT)
    assert [(end.method, end.status) for end in ends(store)] == [("plain", "completed")]
    (store.path / "trials" / "abc.json").write_text("{}")
    (store.path / "trials" / "def.json").write_bytes(b"\xff" * 9000)
    assert glance(store, "abc") is None
    assert glance(store, "def") is None


def test_ids_and_methods_of_any_name_are_read(tmp_path):
    odd = trial(method=Method('a "quoted" \\ method'))
    store = folder(tmp_path / "x", result(odd, 3.0))
    (end,) = ends(store)
    assert end.method == 'a "quoted" \\ method'


TOML = """
[sweep]
tasks = ["ring8"]
methods = ["ns", "r1"]
seeds = "0..1"
steps = 100
"""


def test_a_plan_without_a_price_says_so(tmp_path, capsys):
    (tmp_path / "x.toml").write_text(TOML)
    options = [str(tmp_path / "x.toml"), "-n", "--results", str(tmp_path / "results")]
    assert main([*options, "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert (record["seconds"], record["range"], record["price_from"]) == (None, None, {})
    assert [share["seconds"] for share in record["shares"]] == [None, None]
    assert main(options) == 0
    out = capsys.readouterr().out
    assert "4 trials to train, " in out
    assert "nothing tells how long" in out
    assert main([str(tmp_path / "x.toml"), "--probe"]) == 2
    assert "give -n as well" in capsys.readouterr().err


def test_an_option_that_does_nothing_is_refused_or_said(tmp_path, capsys):
    toml = str(tmp_path / "x.toml")
    (tmp_path / "x.toml").write_text(
        '# Q\n[sweep]\ntasks = ["ring8"]\nmethods = ["ns"]\nseeds = [0]\n'
    )
    address = ["--scheduler", "tcp://10.0.0.1:8786"]
    out = ["--results", str(tmp_path)]
    assert main([toml, "-n", "--probe", *address, *out]) == 2
    assert "--probe trains on this machine, not with --scheduler" in capsys.readouterr().err
    assert main([toml, "-n", *address, *out]) == 0
    assert "tcp://10.0.0.1:8786 is not asked by a plan" in capsys.readouterr().err
    assert main([toml, "--patience", "5s", *out]) == 2
    assert "--patience is for --scheduler" in capsys.readouterr().err


def test_a_probe_looks_at_what_takes_longest_and_at_each_task():
    """A structure in turn from each task, those with most work first, and each cut to seconds."""
    asked = [trial("ring8", DEAR, seed) for seed in range(9)] + [trial("ring8")]
    asked += [trial("digits8", seed=seed) for seed in range(2)]
    short = probe.chosen(asked)
    names = [(own.task, own.method.name) for own in short]
    assert names == [("ring8", "dear"), ("digits8", "plain"), ("ring8", "plain")]
    for own in short:
        assert own.evaluations >= 2
        assert own.steps >= own.evaluations
        assert 0.2 < work(own).train < 4
    long = replace(trial(), steps=10**7, evaluations=10)
    assert work(probe.shortened(long)).train < 4
    tiny = replace(trial(), steps=1, evaluations=1)
    assert (probe.shortened(tiny).steps, probe.shortened(tiny).evaluations) == (2, 2)


def test_a_probe_in_a_simulation_tells_the_price(monkeypatch, tmp_path):
    """Steps of "dear" take 6.75 times as long, on a machine of a third of the table's speed. In 20
    seconds some structures are measured; the plan is right to a factor of 1.5, both ways."""

    def truth(own: Trial) -> Truth:
        due = work(own)
        return Truth(9.0 if own.method == DEAR else 4.0, 3.3 * due.train, 3 * due.end)

    pools = []

    def pool(jobs, store, setup):
        pools.append(Pool(jobs, truth, importing=5.0))
        return pools[-1]

    monkeypatch.setattr(probe, "LocalPool", pool)
    monkeypatch.setattr(probe, "clock", lambda: pools[-1].time if pools else 0.0)
    asked = [
        trial(task, method, seed)
        for seed in range(4)
        for task in ("ring8", "digits8")
        for method in (PLAIN, DEAR, Method("other", loss="hinge"))
    ]
    found = probe.probe(asked, 2, Known(), (), print)
    assert pools[0].time <= probe.SECONDS + 1
    assert sum(found.sources.values()) >= 2
    price = Forecast(asked, 2, found)
    real = Pool(2, truth, importing=5.0)
    for _ in events(asked, real):
        pass
    assert real.time / 1.5 < price.seconds < 1.5 * real.time
    assert price.range[0] < real.time < price.range[1]


def test_a_probe_says_what_crashes(monkeypatch):
    said = []
    pool = Pool(1, lambda own: Truth(1.0, 1.0, status=Status.CRASHED, share=0.0))
    monkeypatch.setattr(probe, "LocalPool", lambda jobs, store, setup: pool)
    monkeypatch.setattr(probe, "clock", lambda: pool.time)
    found = probe.probe([trial()], 1, Known(), (), said.append)
    assert said == ["probe: ring8 plain seed 0: crashed: RuntimeError: a bug in a user's own part"]
    assert found.sources[stored.PROBE] == 0
    assert "and a probe came to none" in Forecast([trial()], 1, found).words
