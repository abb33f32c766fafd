"""The display of a running sweep: a few lines that are drawn anew on a terminal; elsewhere a line
for each trial, and one a minute with the time left."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import TYPE_CHECKING

from bench.console import COLOURS, duration, live
from bench.runner import Notice, Now
from bench.runner.phases import Phase
from bench.store import running
from bench.sweep.frames import State, frame, heartbeat
from bench.sweep.outcomes import FAILED, Verdicts
from bench.sweep.plan import Plan
from bench.sweep.price.glance import told
from bench.sweep.price.live import Clock, Estimate
from bench.trial import Trial

if TYPE_CHECKING:
    from rich.console import Console

HEARTBEAT = 60.0
"""Seconds between two lines with the time left, where lines cannot be drawn anew."""

TOLD = 2.0
"""Seconds between two writings of the sweep's record, for `python -m bench.status`."""

DETAILED = 10
"""Failures that are shown with id and log; those after them in one line each."""


class Progress:
    """Shows and records how far a sweep is.

    `verdict` says how a trial ended: the word for it, and None where a status is all there is.
    """

    def __init__(
        self,
        plan: Plan,
        console: Console,
        quiet: bool,
        drawn: bool | None = None,
        clock: Clock = time.monotonic,
        verdict: Callable[[Notice], str | None] | None = None,
    ) -> None:
        self.plan, self.console, self.quiet, self.clock = plan, console, quiet, clock
        self.trials = {trial.id: trial for trial in plan.todo}
        self.ended, self._gone = Counter[str](), set[str]()
        self.state = State(len(plan.todo))
        self.state.label = max((len(trial.label) for trial in plan.todo), default=0)
        self.estimate = Estimate(plan.todo, plan.jobs, plan.known.rates, clock)
        self._verdict = verdict or Verdicts(plan.store)
        self._drawn = (live() if drawn is None else drawn) and not quiet
        self._begin = self._told = self._beat = clock()
        self._display = _Display(console) if self._drawn else None

    def __enter__(self) -> Progress:
        self._show()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        if self._display:
            self._display.close()
        if not self.quiet:
            done = f"{self.state.done:,}/{self.state.total:,} trials"
            self.console.print(f"{done} in {duration(self.clock() - self._begin)}")

    def end(self, notice: Notice) -> None:
        """Show a finished trial."""
        trial, verdict = self.trials[notice.id], self._verdict(notice)
        self.ended[notice.status] += 1
        self._gone.add(notice.id)
        self.state.done += 1
        self.state.outcomes.add(trial.method.name, verdict or notice.status.value)
        self.estimate.end(notice)
        if notice.error or not (self._drawn or self.quiet):
            lines = self._lines(trial, notice, verdict)
            text = "\n  ".join(lines) if self._drawn else "; ".join(lines)
            style = COLOURS[notice.status] if notice.error else None
            self.console.print(text, style=style, soft_wrap=not self._drawn)

    def at(self, slots: Sequence[Now], jobs: int | None = None) -> None:
        """Show what the slots are at; there are `jobs` of them now."""
        self.estimate.jobs = jobs or self.estimate.jobs
        self.estimate.see(slots)
        waits = (Phase.WAITING,)
        self.state.slots = [
            now for now in slots if now.id not in self._gone and now.at.phase not in waits
        ]
        self._show()

    def _show(self) -> None:
        now = self.clock()
        self.state.elapsed, self.state.left = now - self._begin, self.estimate.left()
        if now - self._told >= TOLD:
            self._told = now
            running.write_sweep(self.plan.store.path, self._record())
        if self._display:
            self._display.draw(self.state)
        elif not self.quiet and now - self._beat >= HEARTBEAT:
            self._beat = now
            self.console.print(heartbeat(self.state))

    def _lines(self, trial: Trial, notice: Notice, verdict: str | None) -> list[str]:
        """A finished trial in a line; of a failure also its error, its id and its log."""
        done = f"{self.state.done:,}/{self.state.total:,}"
        line = f"[{done}] {trial.label}: {notice.status} in {notice.seconds:.1f} s"
        if not notice.error:
            return [f"{line}, {verdict}" if verdict else line]
        lines = [line, notice.error]
        if sum(n for status, n in self.ended.items() if status in FAILED) <= DETAILED:
            lines += [f"trial {trial.id}", f"log: {told(self.plan.store, trial.id)}"]
        return lines

    def _record(self) -> dict[str, object]:
        """The sweep's record, as plain data."""
        return {
            "time": time.time(),
            "todo": self.state.total,
            "done": self.state.done,
            "elapsed": self.state.elapsed,
            "left": self.state.left,
            "ended": self.state.outcomes.record(),
        }


class _Display:
    """Lines at the bottom of a terminal, drawn anew in their place."""

    def __init__(self, console: Console) -> None:
        from rich.live import Live

        self.console = console
        self._live = Live(
            console=console, auto_refresh=False, transient=True, vertical_overflow="crop"
        )
        self._live.start()

    def draw(self, state: State) -> None:
        """Show the state; a column stays free, as some terminals go on to the next line there."""
        from rich.text import Text

        lines = "\n".join(frame(state, self.console.width - 1, self.console.height - 1))
        if not self.console.encoding.startswith("utf"):
            lines = lines.translate(_PLAIN)
        self._live.update(Text(lines, no_wrap=True, overflow="crop"), refresh=True)

    def close(self) -> None:
        """Take the lines away."""
        self._live.stop()


_PLAIN = str.maketrans({"━": "#", "╌": "-", "…": "~"})
