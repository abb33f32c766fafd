"""The lines of a running sweep on a terminal of some width: no line is longer, and times come
first where room is short."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field as field_

from bench.console import about, duration
from bench.runner import Now
from bench.store.running import doing
from bench.sweep.outcomes import Outcomes

WIDE = 80
"""Columns from which on there is room for bars."""

BAR = 24
"""Columns of a bar."""

MOST = 4
"""Lines for the ends of trials."""


@dataclass
class State:
    """The numbers of a running sweep."""

    total: int
    """Number of trials to train."""
    done: int = 0
    """Number of those that have ended."""
    elapsed: float = 0.0
    """Seconds since the sweep began."""
    left: float | None = None
    """Seconds until it is done; None: it is too early to say."""
    label: int = 0
    """Characters of the longest label of a trial; 0: of those that are trained now."""
    slots: Sequence[Now] = ()
    """The trials that are trained now."""
    outcomes: Outcomes = field_(default_factory=Outcomes)
    """The ends of trials so far."""


def frame(state: State, width: int, height: int) -> list[str]:
    """The lines to show, none longer than `width` and at most `height` of them."""
    ends = state.outcomes.lines(width - len("ended: "), min(MOST, max(1, height // 4)))
    ends = [f"{'ended: ' if i == 0 else '       '}{line}" for i, line in enumerate(ends)]
    room = max(1, height - 1 - len(ends))
    return [_head(state, width), *_slots(state, width, room), *ends][:height]


def heartbeat(state: State) -> str:
    """The state in one line, for a pipe or a file."""
    slots = [f"{now.label} {doing(vars(now.at), now.steps)}" for now in state.slots]
    more = f" and {len(slots) - 4} more" if len(slots) > 4 else ""
    return _times(state)[0] + (f"; {', '.join(slots[:4])}{more}" if slots else "")


def _times(state: State) -> list[str]:
    """Trials and times, from the longest text to the shortest."""
    done, elapsed = f"{state.done:,}/{state.total:,}", duration(state.elapsed)
    if state.done >= state.total:
        return [f"{done} trials, {elapsed} elapsed", f"{done}, {elapsed}", done]
    if state.left is None:
        left = ("time left not known yet", "unknown left", "? left")
    else:
        said = about(state.left)
        left = (f"{said} left", f"{said} left", f"{said.removeprefix('about ')} left")
    return [
        f"{done} trials, {elapsed} elapsed, {left[0]}",
        f"{done}, {elapsed} elapsed, {left[1]}",
        f"{done}, {left[2]}",
        left[2],
    ]


def _head(state: State, width: int) -> str:
    texts = _times(state)
    if width >= WIDE and len(texts[0]) + BAR + 2 <= width:
        left = state.left or 0.0
        share = 0.0 if state.left is None else state.elapsed / max(1e-9, state.elapsed + left)
        return f"{_bar(share)}  {texts[0]}"
    return next((text for text in texts if len(text) <= width), texts[-1][:width])


def _slots(state: State, width: int, room: int) -> list[str]:
    slots = state.slots
    if not slots:
        return []
    shown = slots if len(slots) <= room else slots[: max(0, room - 1)]
    said = [doing(vars(now.at), now.steps) for now in shown]
    widest = max(map(len, said), default=0)
    bar = BAR + 2 if width >= WIDE else 0
    longest = state.label or max(len(now.label) for now in slots)
    label = max(8, min(longest, width - widest - bar - 4))
    lines = []
    for now, text in zip(shown, said, strict=True):
        name = now.label if len(now.label) <= label else f"{now.label[: label - 1]}…"
        front = f"{_bar(now.at.step / now.steps)}  " if bar else "  "
        lines.append(f"{front}{name:{label}}  {text}"[:width])
    if len(shown) < len(slots):
        lines.append(f"  and {len(slots) - len(shown)} more at work"[:width])
    return lines


def _bar(share: float) -> str:
    full = round(BAR * min(1.0, max(0.0, share)))
    return "━" * full + "╌" * (BAR - full)
