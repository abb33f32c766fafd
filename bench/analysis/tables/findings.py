"""The one argument of every table, figure and section of a report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import pandas as pd

from bench.analysis.frame import Data
from bench.analysis.frame.sweeps import Reference, Sweep
from bench.analysis.tables import outcomes
from bench.analysis.tables.answers import Answer
from bench.analysis.tables.effects import Estimated, estimated
from bench.analysis.tables.races import Raced, raced
from bench.analysis.tables.ranking import Evaluated
from bench.registry import UnknownName, suggest


class NoTable(UnknownName, KeyError):
    """A table that is not in the findings; the message names the nearest that is."""

    def __str__(self) -> str:
        """The message, which a KeyError would put in quotes."""
        return str(self.args[0])


class Tables(dict[str, pd.DataFrame]):
    """Tables of numbers by name. `findings.tables["rankng"]` raises NoTable, which names the
    nearest; `get` and `in` are those of any dictionary."""

    def __missing__(self, name: str) -> pd.DataFrame:
        raise NoTable(
            f'no table "{name}" in these findings{suggest(name, self)}: a table is missing where '
            "it has no rows, or is made later; `findings.tables.get` gives None then"
        )


@dataclass(frozen=True)
class Findings:
    """The results of one or more sweeps, as read, and the tables made of them."""

    sweeps: tuple[Sweep, ...]
    """The words of each results folder about itself."""
    data: Data
    """The frame of trials, their curves, and the names of what was searched and measured."""
    evaluated: Evaluated
    """The trials on which methods are compared, and their settings (see `ranking.evaluate`)."""
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    """Tables of numbers by name: to a table's function, those that were declared before it."""
    answers: Sequence[Answer] = ()
    """The ranking in sentences, one per task."""

    @property
    def trials(self) -> pd.DataFrame:
        """One row per trial (the columns are those of `bench.load`)."""
        return self.data.trials

    @property
    def compared(self) -> pd.DataFrame:
        """The trials on which methods are ranked and compared: at the chosen settings."""
        return self.evaluated.trials

    @property
    def hparams(self) -> tuple[str, ...]:
        """The columns of `trials` that are hyper-parameters."""
        return self.data.hparams

    @property
    def tasks(self) -> list[str]:
        """The tasks in the order of the trials."""
        return list(self._in_order["task"])

    @property
    def methods(self) -> list[str]:
        """The methods in the order of the sweeps' files, then those that are in no file."""
        return list(self._in_order["method"])

    @property
    def success(self) -> str:
        """The outcome that counts as a success."""
        return self._by_name[0].success

    @property
    def baseline(self) -> str | None:
        """The method that the others are compared with; None where none was declared."""
        return next((sweep.baseline for sweep in self._by_name if sweep.baseline), None)

    @property
    def _by_name(self) -> list[Sweep]:
        """The sweeps in an order that the command line does not decide."""
        return sorted(self.sweeps, key=lambda sweep: sweep.folder.resolve())

    @property
    def budgets(self) -> list[float]:
        """The shares of the budget by which the sweeps also count who has reached the criterion."""
        return sorted({share for sweep in self.sweeps for share in sweep.budgets})

    @property
    def references(self) -> list[Reference]:
        """The published numbers and controls that the sweeps declare."""
        return [reference for sweep in self.sweeps for reference in sweep.references]

    @cached_property
    def raced(self) -> dict[str, list[Raced]]:
        """The tasks whose numbers of seeds a race has decided, each with its races."""
        return raced(self.sweeps, self.trials)

    @cached_property
    def effects(self) -> list[Estimated]:
        """The effects of the factors that the sweeps declare; none where they declare none."""
        return estimated(self.trials, self.success, self.budgets, list(self.raced))

    @property
    def title(self) -> str:
        """The names of the sweeps."""
        return " + ".join(sweep.name for sweep in self.sweeps)

    @property
    def settings(self) -> list[str]:
        """The hyper-parameters in which trials of one task and method differ."""
        return list(self._varying)

    @cached_property
    def _in_order(self) -> dict[str, list[str]]:
        return {name: self.trials[name].unique().tolist() for name in outcomes.CELL}

    @cached_property
    def _varying(self) -> list[str]:
        return outcomes.varying(self.trials, self.hparams)

    def only(self, task: str) -> Findings:
        """The same with the curves of one task alone (of none for ""): less to send elsewhere."""
        curves, signals = (
            long[long["task"] == task] for long in (self.data.curves, self.data.signals)
        )
        return replace(self, data=replace(self.data, curves=curves, signals=signals))
