"""The end of a queue of trials on several slots, as `bench.runner` hands them out."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from bench.runner.queue import MOST
from bench.runner.slot import SLICE
from bench.sweep.price.typical import Structure


class Task(NamedTuple):
    """A trial that waits."""

    kind: Structure
    """Its structure."""
    fresh: float
    """Seconds that a fresh process takes for it beyond a warm one."""
    seconds: float
    """Seconds that a process takes for it that has its step."""


def end(slots: Sequence[float], waiting: Iterable[Task]) -> float:
    """Seconds until the last slot is idle. `slots` are the seconds until each is free; `waiting` is
    the queue in the order of the sweep.

    A slot takes trials of one structure, as `bench.runner.queue.Batches` gives them; its process
    compiles for the first of them, and it hands the rest back after SLICE seconds.
    """
    queues: dict[Structure, deque[tuple[int, Task]]] = {}
    count = 0
    for place, task in enumerate(waiting):
        queues.setdefault(task.kind, deque()).append((place, task))
        count += 1
    free = list(slots)
    heapq.heapify(free)
    while queues:
        begin = heapq.heappop(free)
        kind = min(queues, key=lambda kind: queues[kind][0][0])
        queue, share = queues[kind], -(-count // (2 * len(slots)))
        now = begin + queue[0][1].fresh
        for _ in range(min(MOST, share, len(queue))):
            now += queue.popleft()[1].seconds
            count -= 1
            if now - begin > SLICE:
                break
        if not queue:
            del queues[kind]
        heapq.heappush(free, now)
    return max(free)
