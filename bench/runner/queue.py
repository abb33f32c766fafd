"""The queue of trials: hands out batches of one structure, in the order of the sweep."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence

from bench.trial import Trial

MOST = 64
"""Most trials in a batch."""


class Batches:
    """The trials that are still to be trained.

    A sweep is seed-major. Training strictly in that order would trace each method's step anew for
    each seed; training method after method would leave a sweep that is stopped early without its
    last methods. The compromise: a batch begins with the first trial that is left and takes along
    later ones of its structure, at most MOST, and at most so many that the rest still feeds all
    slots; and a slot hands back what it does not get done in `bench.runner.slot.SLICE` seconds.
    """

    def __init__(self, trials: Iterable[Trial]) -> None:
        trials = tuple(trials)
        self._place = {trial.id: i for i, trial in enumerate(trials)}
        self._waiting: dict[str, deque[Trial]] = {}
        self.put(trials)

    def __len__(self) -> int:
        return sum(map(len, self._waiting.values()))

    def put(self, trials: Sequence[Trial]) -> None:
        """Add trials of this sweep, or give back what was taken; each goes to its place."""
        for trial in trials:
            self._waiting.setdefault(trial.structure, deque()).append(trial)
        for structure in {trial.structure for trial in trials}:
            waiting = self._waiting[structure]
            self._waiting[structure] = deque(sorted(waiting, key=lambda t: self._place[t.id]))

    def take(self, slots: int) -> tuple[Trial, ...]:
        """The next batch, where `slots` slots share the work. There must be a trial left."""
        waiting = min(filter(None, self._waiting.values()), key=lambda w: self._place[w[0].id])
        share = -(-len(self) // (2 * slots))
        return tuple(waiting.popleft() for _ in range(min(MOST, share, len(waiting))))
