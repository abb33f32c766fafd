"""The display of a running sweep: bars on a terminal, a line per trial elsewhere."""

from __future__ import annotations

from collections import Counter
from types import TracebackType
from typing import TYPE_CHECKING

from bench.console import COLOURS, live
from bench.runner import Notice, Now
from bench.sweep.plan import Plan, price

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import TaskID


class Progress:
    """A bar for all trials, with the time left and their statuses so far; below, a line per
    slot."""

    def __init__(self, plan: Plan, console: Console, quiet: bool) -> None:
        from rich import progress

        self.trials = {trial.id: trial for trial in plan.todo}
        self.ended, self.gone = Counter[str](), set[str]()
        self.lines = not (quiet or live())
        self.bars = progress.Progress(
            progress.SpinnerColumn(),
            progress.TextColumn("{task.description}"),
            progress.BarColumn(),
            progress.TextColumn("{task.fields[done]}"),
            progress.TimeElapsedColumn(),
            progress.TextColumn("elapsed,"),
            progress.TimeRemainingColumn(elapsed_when_finished=False),
            progress.TextColumn("left"),
            console=console,
            disable=quiet or not live(),
            speed_estimate_period=600,
        )
        self.all = self.bars.add_task(
            "importing TensorFlow", total=sum(map(price, plan.todo)), done=self.done
        )
        self.slots: dict[str, tuple[str, TaskID]] = {}

    @property
    def done(self) -> str:
        """Finished of all trials: "3/20"."""
        return f"{self.ended.total()}/{len(self.trials)}"

    def __enter__(self) -> Progress:
        self.bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.at([])
        self.bars.stop()

    def end(self, notice: Notice) -> None:
        """Show a finished trial."""
        trial = self.trials[notice.id]
        self.ended[notice.status] += 1
        self.gone.add(notice.id)
        text = ", ".join(f"{n} {status}" for status, n in self.ended.items())
        self.bars.update(self.all, advance=price(trial), description=text, done=self.done)
        if notice.error or self.lines:
            line = f"[{self.done}] {trial.label}: {notice.status} in {notice.seconds:.1f} s"
            more = f" ({notice.error})" if notice.error else ""
            style = COLOURS[notice.status] if notice.error else None
            self.bars.console.print(line + more, style=style)

    def at(self, slots: list[Now]) -> None:
        """Show the trials that the slots train now."""
        current = {now.slot: now for now in slots if now.id not in self.gone}
        for slot, (id, task) in list(self.slots.items()):
            if slot not in current or current[slot].id != id:
                self.bars.remove_task(task)
                del self.slots[slot]
        for slot, now in current.items():
            if slot not in self.slots:
                task = self.bars.add_task(f"  {now.label}", total=now.steps, done="")
                self.slots[slot] = now.id, task
            done = f"{now.step}/{now.steps} steps"
            self.bars.update(self.slots[slot][1], completed=now.step, done=done)
