"""Terminal recordings of the quickstart, at 100 and at 60 columns.

The display, its console and the queue are the real ones; the slots follow a script (`simulated`)
on a clock that is set, and a small terminal (`screen`) shows what a reader sees. The frames stand
in `tests/sweep/frames/`; after a change that is wanted, `python -m tests.sweep.test_frames` writes
them anew: read the difference. The slow test films a real quickstart through a pseudo-terminal.
"""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from rich.console import Console

from bench import grid
from bench.runner import Notice
from bench.store import Store
from bench.sweep import plan as plans
from bench.sweep.price.stored import Known
from bench.sweep.progress import Progress
from bench.sweep.summary import announce
from bench.trial import Status, Trial
from tests.sweep.screen import Screen
from tests.sweep.simulated import Pool, Truth, events

FRAMES = Path(__file__).parent / "frames"
QUICKSTART = Path(__file__).parents[2] / "experiments" / "quickstart.toml"
TIMES = (5, 20, 60)
WIDTHS = (100, 60)

SECONDS = {  # before the first step, and of all steps, as one machine took them
    "digits8": {
        "ns": (6.0, 8.6),
        "r1": (5.0, 8.0),
        "r3gan": (6.0, 8.2),
        "sngan": (11.0, 10.5),
        "article_loss": (5.0, 7.5),
        "vae": (8.0, 9.0),
        "moments": (8.0, 9.5),
    },
    "ring8": {
        "ns": (3.0, 5.2),
        "r1": (4.5, 5.3),
        "r3gan": (4.5, 5.4),
        "sngan": (10.0, 8.0),
        "dragan": (6.0, 6.0),
        "vae": (8.0, 8.5),
        "moments": (8.0, 9.0),
    },
}
VERDICTS = {"ns": "collapsed", "article_loss": "stalled", "r1": "improving"}


def truth(trial: Trial) -> Truth:
    """A trial's seconds; one of them crashes."""
    start, train = SECONDS[trial.task][trial.method.name]
    if (trial.task, trial.method.name, trial.seed) == ("digits8", "r1", 2):
        return Truth(start, train, status=Status.CRASHED, share=0.5)
    return Truth(start, train)


def record(width: int, folder: Path) -> Iterator[tuple[float, Screen]]:
    """(seconds, screen) of the quickstart, tick by tick, and once more at its end."""
    sweep, screen, pool = grid.load(QUICKSTART), Screen(width, 24), Pool(2, truth)
    plan = plans.make(sweep, sweep.trials, Store(folder).create(), (), 2)
    plan = replace(plan, known=Known(), store=Store(Path("results/quickstart")))
    methods = {trial.id: trial.method.name for trial in plan.trials}

    def verdict(notice: Notice) -> str | None:
        own = VERDICTS.get(methods[notice.id], "converged")
        return own if notice.status is Status.COMPLETED else None

    console = Console(  # as that of `bench.console`
        file=screen,
        force_terminal=True,
        width=width,
        height=24,
        highlight=False,
        markup=False,
        soft_wrap=True,
    )
    announce(plan, None, console)
    with Progress(plan, console, False, drawn=True, clock=pool.clock, verdict=verdict) as progress:
        for seconds, notice, now in events(sweep.trials, pool):
            if notice:
                progress.end(notice)
            else:
                progress.at(now)
            yield seconds, screen
    yield pool.time, screen


@dataclass
class Film:
    """A recording of the quickstart."""

    frames: dict[str, str]
    """Name of each committed frame -> what a reader sees."""
    heads: list[tuple[float, str]]
    """Seconds, and the line with the times."""
    text: str
    """All that is on the terminal at the end, and above it."""
    wrapped: int
    """Characters that went to the next line."""


def film(width: int, folder: Path) -> Film:
    found, heads, left = {}, [], list(TIMES)
    for seconds, screen in record(width, folder):
        shown = screen.shown
        heads += [(seconds, line) for line in shown.splitlines() if "elapsed" in line]
        if left and seconds >= left[0]:
            found[f"quickstart_{width}_{left.pop(0)}s.txt"] = shown
    found[f"quickstart_{width}_end.txt"] = screen.shown
    return Film(found, heads, screen.text, screen.wrapped)


@pytest.fixture(scope="module", params=WIDTHS)
def filmed(request, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:  # no record of the sweep beside these tests
        patch.setattr("bench.store.running.write_sweep", lambda folder, record: None)
        return film(request.param, tmp_path_factory.mktemp("film"))


def test_the_quickstart_looks_as_committed(filmed):
    assert filmed.frames == {name: (FRAMES / name).read_text("utf-8") for name in filmed.frames}
    assert len(filmed.frames) == 4
    assert filmed.wrapped == 0


def test_the_times_are_always_there_and_right(filmed):
    """The end of the script is at 291 s: from ten seconds after the first step on, every frame
    says so to a third."""
    late = [(seconds, TIME.search(head)) for seconds, head in filmed.heads if 22 < seconds < 284]
    assert len(late) > 900
    for seconds, found in late:
        assert found
        assert 291 / 1.34 < seconds + 60 * int(found[2] or 0) + int(found[3] or 0) < 291 * 1.34
    assert [int(found[1]) for _, found in late] == sorted(int(found[1]) for _, found in late)


def test_a_crash_is_told_once_with_its_id_and_its_log(filmed):
    assert filmed.text.count("RuntimeError: a bug in a user's own part") == 1
    assert "trial 0c9f9c75040f397d" in filmed.text
    assert "54/54 trials in 4 min" in filmed.text


TIME = re.compile(r"(\d+)/54 trials, .* elapsed, about (?:(\d+) min)? ?(?:(\d+) s)? ?left")
"""The line with the times: trials that have ended, minutes and seconds that are left."""


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_the_end_of_a_real_quickstart_is_known_ten_seconds_after_its_first_step(tmp_path):
    """To a third, in all frames, on a machine that does nothing else."""
    screen, start, first, told = Screen(100, 24), time.monotonic(), 0.0, []
    for text in _filmed(100, tmp_path):
        screen.write(text)
        now = time.monotonic() - start
        first = first or (now if " step " in screen.shown else 0.0)
        found = TIME.search(screen.shown)
        if found and first and now > first + 10:
            told.append(now + 60 * int(found[2] or 0) + int(found[3] or 0))
    end = time.monotonic() - start
    shares = [time / end for time in told]
    print(f"ended after {end:.0f} s, told {min(shares):.2f} to {max(shares):.2f} of that")
    assert len(told) > 100
    assert 1 / 1.34 < min(shares) <= max(shares) < 1.34
    assert "next: python -m bench.report" in screen.text


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("width", WIDTHS)
def test_a_real_quickstart_in_a_terminal(width, tmp_path):
    """Films the first 70 seconds after the first step, and writes the frames to a folder that it
    names; nothing wraps, and the times are always there."""
    screen, begin, seen = Screen(width, 24), 0.0, 0
    for text in _filmed(width, tmp_path):
        screen.write(text)
        begin = begin or (time.monotonic() if " step " in screen.shown else 0.0)
        if begin and seen < len(TIMES) and time.monotonic() - begin > TIMES[seen]:
            (tmp_path / f"real_{width}_{TIMES[seen]}s.txt").write_text(screen.shown, "utf-8")
            print(f"{TIMES[seen]} s after the first step:\n{screen.shown}")
            assert "elapsed" in screen.shown
            assert seen == 0 or "left" in screen.shown
            seen += 1
        if seen == len(TIMES):
            break
    assert seen == len(TIMES)
    print(f"frames are in {tmp_path}")


def _filmed(width: int, folder: Path, *options: str) -> Iterator[str]:
    """What a real quickstart writes to a terminal."""
    import fcntl
    import pty
    import select
    import struct
    import termios

    pid, terminal = pty.fork()
    if pid == 0:
        os.environ |= {"TERM": "xterm", "COLUMNS": str(width), "LINES": "24"}
        command = ["-m", "bench.sweep", str(QUICKSTART), "--results", str(folder), *options]
        os.execv(sys.executable, [sys.executable, *command])
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
    try:
        while True:
            if select.select([terminal], [], [], 0.2)[0]:
                yield os.read(terminal, 65536).decode("utf-8", "replace")
            else:
                yield ""
    except OSError:  # the end of the program
        return
    finally:
        os.kill(pid, 15)
        os.close(terminal)
        os.waitpid(pid, 0)


def main() -> None:
    """Write the committed frames anew."""
    import tempfile

    from bench.store import running

    running.write_sweep = lambda folder, record: None
    for width in WIDTHS:
        with tempfile.TemporaryDirectory() as folder:
            for name, text in film(width, Path(folder)).frames.items():
                (FRAMES / name).write_text(text, "utf-8")


if __name__ == "__main__":
    main()
