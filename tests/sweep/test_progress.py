"""The lines of a running sweep: on terminals of any width, in a pipe, and without colours."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import pytest
from rich.console import Console

from bench import console
from bench.runner import Notice, Now
from bench.runner.phases import At, Phase
from bench.store import Store, running
from bench.sweep.frames import State, frame, heartbeat
from bench.sweep.outcomes import Outcomes, Verdicts
from bench.sweep.plan import Plan
from bench.sweep.progress import DETAILED, Progress
from bench.trial import Method, Result, Status, Trial
from tests.analysis import synthetic
from tests.sweep.screen import Screen
from tests.sweep.simulated import Pool, Truth, events


def asked(n: int = 8) -> tuple[Trial, ...]:
    return tuple(Trial("ring8", Method("ns"), seed, 4000) for seed in range(n))


def plan(folder, trials=None, jobs: int = 2) -> Plan:
    trials = asked() if trials is None else trials
    return Plan(None, Store(folder).create(), trials, {}, trials, jobs)


def now(step: int = 1200, label: str = "ring8 ns seed 0", phase=Phase.TRAINING, slot="1") -> Now:
    return Now(slot, "abc", label, 5000, 1e9, At(phase, step), 0)


def lines(progress_of, truth, trials=None, jobs: int = 2, folder=None, **more) -> str:
    """The output of a sweep in a pipe."""
    out, pool = io.StringIO(), Pool(jobs, truth)
    own = plan(folder, trials, jobs)
    target = Console(file=out, width=200, soft_wrap=True, highlight=False, markup=False)
    with Progress(own, target, clock=pool.clock, drawn=False, **more) as progress:
        for _, notice, slots in events(own.todo, pool):
            progress.end(notice) if notice else progress.at(slots)
    return out.getvalue()


def test_steps_have_commas_and_phases_are_words():
    state = State(9, slots=[now(), now(phase=Phase.COMPILING), now(phase=Phase.MEASURING)])
    text = "\n".join(frame(state, 100, 24))
    assert "step 1,200 of 5,000" in text
    assert "compiling" in text
    assert "measuring at the end" in text
    assert "time left not known yet" in text


@pytest.mark.parametrize("width", [20, 30, 40, 59, 60, 61, 79, 80, 81, 100, 200])
def test_no_line_is_longer_than_the_terminal_and_the_times_stay(width):
    outcomes = Outcomes({f"method_{i}": {"converged": i + 1, "crashed": i % 7} for i in range(60)})
    slots = [now(step=10**i, label="a_long_name " * 9, slot=f"{i}") for i in range(5)]
    state = State(12_000, 1_234, 456_789.0, 98_765.0, slots=slots, outcomes=outcomes)
    shown = frame(state, width, 24)
    assert max(map(len, shown)) <= width
    assert len(shown) <= 24
    assert "27 h 30 min" in shown[0]
    assert "1,234/12,000" in shown[0] or width < 30
    assert ("elapsed" in shown[0]) is (width >= 59)
    assert ("━" in shown[0]) is (width >= 100)


def test_many_slots_leave_room():
    state = State(99, slots=[now(slot=f"{i}") for i in range(64)])
    shown = frame(state, 80, 24)
    assert len(shown) == 24
    assert shown[-1] == "  and 42 more at work"


def test_methods_with_failures_come_first_and_the_rest_is_counted():
    outcomes = Outcomes({"good": {"converged": 3}, "fair": {"stalled": 1, "converged": 2}})
    outcomes.add("bad", "crashed")
    outcomes.add("fair", "timeout")
    assert outcomes.lines(99, 1) == [
        "fair: 1 timeout, 2 converged, 1 stalled; bad: 1 crashed; good: 3 converged"
    ]
    many = {f"m{i:02}": {"converged": 2, "stalled": 1} for i in range(60)}
    text = " ".join(Outcomes(many | {"last": {"crashed": 4}}).lines(60, 3))
    assert text.startswith("last: 4 crashed; m00: 2 converged, 1 stalled;")
    shown = text.count(" converged, 1 stalled;")
    rest = 60 - shown
    assert text.endswith(f"{rest} other methods: {2 * rest} converged, {rest} stalled")
    assert outcomes.record()["bad"] == {"crashed": 1}


def test_a_pipe_gets_a_line_for_each_trial_and_one_a_minute(tmp_path):
    """Eight trials of 80 s in two slots."""
    text = lines(Progress, lambda t: Truth(4.0, 80.0), folder=tmp_path, quiet=False)
    assert "\x1b" not in text
    trials = [line for line in text.splitlines() if line.startswith("[")]
    assert re.fullmatch(r"\[1/8\] ring8 ns seed \d: completed in 84.5 s", trials[0])
    assert [line.partition("]")[0] for line in trials] == [f"[{i}/8" for i in range(1, 9)]
    beats = [line for line in text.splitlines() if "elapsed" in line]
    assert len(beats) == 5
    assert re.fullmatch(
        r"0/8 trials, 1 min 0 s elapsed, about 4 min 30 s left; "
        r"ring8 ns seed 0 step 2,480 of 4,000, ring8 ns seed 2 step 2,480 of 4,000",
        beats[0],
    )
    assert text.splitlines()[-1].startswith("8/8 trials in 5 min")


def test_quiet_is_quiet(tmp_path):
    assert lines(Progress, lambda t: Truth(4.0, 80.0), folder=tmp_path, quiet=True) == ""


def test_a_failure_has_its_error_its_id_and_its_log(tmp_path):
    """In one line of a pipe; the tenth failure is the last that says where to look."""

    def truth(trial):
        return Truth(1.0, 9.0, status=Status.CRASHED, share=0.0)

    store, trials = Store(tmp_path).create(), asked(DETAILED + 3)
    store.write_log(trials[0].id, b"printed")
    text = lines(Progress, truth, trials, folder=tmp_path, quiet=False)
    first, second = (re.search(rf".*seed {i}:.*", text)[0] for i in (0, 1))
    error = "crashed in 1.0 s; RuntimeError: a bug in a user's own part"
    assert first.endswith(f"{error}; trial {trials[0].id}; log: {tmp_path}/logs/{trials[0].id}.log")
    assert second.endswith(f"log: {tmp_path}/trials/{trials[1].id}.json")
    assert text.count("; log: ") == DETAILED
    assert text.count("a bug in a user's own part") == len(trials)


def test_a_terminal_shows_a_failure_in_lines_of_their_own(tmp_path):
    screen, own = Screen(60, 24), plan(tmp_path)
    target = Console(file=screen, force_terminal=True, width=60, highlight=False, markup=False)
    error = "ValueError: " + "a long story " * 12
    with Progress(own, target, False, drawn=True, clock=lambda: 0.0) as progress:
        progress.at([now(label=own.todo[0].label)])
        progress.end(Notice(own.todo[0].id, Status.CRASHED, 1.5, error))
        progress.at([])
        assert screen.shown.startswith("[1/8] ring8 ns seed 0: crashed in 1.5 s\n  ValueError: a")
        assert f"trial {own.todo[0].id}" in screen.shown
        assert screen.shown.splitlines()[-1] == "ended: ns: 1 crashed"
        assert screen.wrapped == 0
    assert screen.shown.splitlines()[-1] == "1/8 trials in 0 s"


def test_a_terminal_of_ascii_gets_ascii(tmp_path):
    out = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    target = Console(file=out, force_terminal=True, width=100)
    with Progress(plan(tmp_path), target, False, drawn=True, clock=lambda: 0.0) as progress:
        progress.at([now(label="ring8 " + "x" * 90)])
    out.seek(0)
    assert "######" in out.read()


@pytest.mark.parametrize(
    ("term", "terminal", "drawn"),
    [("xterm", True, True), ("dumb", True, False), ("xterm", False, False)],
)
def test_lines_are_drawn_anew_on_terminals_alone(monkeypatch, term, terminal, drawn):
    monkeypatch.setenv("TERM", term)
    monkeypatch.setattr("sys.stdout.isatty", lambda: terminal, raising=False)
    assert console.live() is drawn


@pytest.mark.parametrize("plain", [False, True])
def test_no_color(tmp_path, monkeypatch, plain):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    if plain:
        monkeypatch.setenv("NO_COLOR", "1")
    out, own = io.StringIO(), plan(tmp_path)
    target = Console(file=out, force_terminal=True, width=100)
    with Progress(own, target, False, drawn=True, clock=lambda: 0.0) as progress:
        progress.end(Notice(own.todo[0].id, Status.CRASHED, 1.5, "ValueError: no"))
    assert bool(re.search("\x1b\\[[0-9;]*31m", out.getvalue())) is not plain


def test_the_sweep_is_recorded_for_another_terminal(tmp_path):
    own, time = plan(tmp_path), [0.0]
    with Progress(own, Console(file=io.StringIO()), True, clock=lambda: time[0]) as progress:
        progress.end(Notice(own.todo[3].id, Status.DIVERGED, 1.5))
        progress.at([])
        assert running.read_sweep(tmp_path) is None  # not at each tick
        time[0] = 3.0
        progress.at([])
    record = running.read_sweep(tmp_path)
    assert (record["todo"], record["done"], record["elapsed"]) == (8, 1, 3.0)
    assert record["ended"] == {"ns": {"diverged": 1}}
    assert running.read(tmp_path) == []


def test_the_left_time_counts_down_between_computations():
    state = State(8, 3, 61.0, 185.0)
    assert heartbeat(state) == "3/8 trials, 1 min 1 s elapsed, about 3 min left"
    assert heartbeat(replace(state, done=8)) == "8/8 trials, 1 min 1 s elapsed"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "about 5 s"),
        (62, "about 1 min"),
        (100, "about 1 min 40 s"),
        (200, "about 3 min 30 s"),
        (3000, "about 50 min"),
        (3650, "about 1 h 1 min"),
        (10_000, "about 2 h 50 min"),
        (7190, "about 2 h"),
    ],
)
def test_a_time_that_is_not_known_to_the_second(seconds, text):
    assert console.about(seconds) == text


def test_a_verdict_is_told_where_it_is_cheap(tmp_path):
    store, bare = Store(tmp_path).create(), Result(asked()[0], Status.COMPLETED)
    collapsed = synthetic.result("collapsed")
    for result in (bare, collapsed):
        store.write(result)
    judge = Verdicts(store)
    assert judge(Notice(collapsed.trial.id, Status.COMPLETED, 1.0)) == "collapsed"
    assert judge(Notice(bare.trial.id, Status.COMPLETED, 1.0)) is None  # nothing was measured
    assert judge(Notice("none", Status.COMPLETED, 1.0)) is None
    assert judge(Notice(collapsed.trial.id, Status.CRASHED, 1.0)) is None
    judge.START = judge.SHARE = 0.0
    assert judge(Notice(collapsed.trial.id, Status.COMPLETED, 1.0)) is None  # it would take long
