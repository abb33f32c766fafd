"""A slot as a running sweep sees it: when it was first heard of, and what it is at."""

from __future__ import annotations

from bench.runner import Now
from bench.runner.phases import IDLE, Phase
from bench.sweep.price.rates import Rates
from bench.sweep.price.typical import IMPORT, Structure, Work


class View:
    """The last word of a slot, and when it came. Times are those of the runner's clock."""

    def __init__(self, told: Now, now: float) -> None:
        self.now = told
        self._heard = self._changed = now
        self._since = told.since
        self._fresh = told.at.phase is not Phase.STARTING

    def hear(self, told: Now, now: float) -> None:
        """Take note of a word that may be the last one again."""
        if told == self.now:
            return
        if told.id != self.now.id or told.at.phase is not self.now.at.phase:
            self._changed = now
        if told.at.phase in (Phase.COMPILING, Phase.STARTING):
            self._fresh = told.at.phase is Phase.COMPILING
        if self.now.at.phase is Phase.IMPORTING:
            self._since = told.since
        self.now, self._heard = told, now

    @property
    def trained(self) -> float:
        """Seconds of training, beyond the first measurement, that its trial tells of."""
        at = self.now.at
        return at.seconds - at.first_seconds if at.pace else 0.0

    def used(self, now: float) -> float:
        """Seconds since its batch began."""
        at, ended = self.now.at, sum(notice.seconds for notice in self.now.ended)
        if at.phase in IDLE:
            return 0.0
        return ended + (at.seconds + now - self._heard if at.step else now - self._changed)

    @property
    def span(self) -> float:
        """Seconds from the beginning of its first trial to that of the one it is at, or to the end
        of its last batch."""
        return self.now.since - self._since

    def tell(self, rates: Rates, kind: Structure, due: Work) -> None:
        """Add what its trial tells of the speed; `due` are the trial's typical seconds."""
        at = self.now.at
        if (pace := at.pace) is None:
            return
        rates.add(kind, "train", pace * at.step, due.train, at.step / self.now.steps)
        start = at.first_seconds - pace * at.first_step
        part = "start" if self._fresh else "warm"
        rates.add(kind, part, max(0.0, start), getattr(due, part))

    def rest(self, parts: Work, now: float) -> float:
        """Seconds that its trial still takes, whose parts take `parts`."""
        at, since = self.now.at, now - self._changed
        start = parts.start if self._fresh else parts.warm
        if at.phase is Phase.IMPORTING:
            return max(1.0, IMPORT - since) + parts.start + parts.train + parts.end
        if not at.step:
            return max(0.0, start - since) + parts.train + parts.end
        train = parts.train * (1 - at.step / self.now.steps)
        if at.phase is Phase.MEASURING:
            return max(0.0, parts.end - since)
        return max(0.0, train - (now - self._heard)) + parts.end
