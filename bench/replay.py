"""python -m bench.replay results/x ID [--verify]: train one stored trial again.

Nothing is stored. With --verify the curves and signals must equal the stored ones bit for bit.

Exit codes: 0 trained (and equal), 2 there is no such trial, 3 it failed, or is not equal.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from bench.console import duration, parser, run
from bench.store import Store, StoreError
from bench.store.differences import differences
from bench.trial import Result, Trial


def main(argv: Sequence[str] | None = None) -> int:
    """The command line. Returns the exit code."""
    options = _parser().parse_args(argv)
    store = Store(options.results)
    try:
        store.tell()
        stored = store.read(_find(store, options.id))
    except (StoreError, LookupError) as error:
        print(error, file=sys.stderr)
        return 2
    again = _train(stored.trial, store)
    print(f"{_name(stored.trial)}: {again.status} in {duration(again.seconds)}")
    if options.verify:
        found = differences(stored, again)
        print("\n".join(found) or "equal bit for bit to what is stored")
        return 3 if found else 0
    _show(again)
    return 3 if again.status.failed else 0


def _parser() -> argparse.ArgumentParser:
    made = parser("replay", __doc__)
    made.add_argument("results", type=Path, help="a results folder: results/x")
    made.add_argument("id", help="a trial's id, or the beginning of one")
    made.add_argument("--verify", action="store_true", help="compare with what is stored")
    return made


def _find(store: Store, beginning: str) -> str:
    """The id that begins so. Raises LookupError when it is not exactly one."""
    found = sorted(id for id in store.ids() if id.startswith(beginning))
    if len(found) == 1:
        return found[0]
    if not found:
        raise LookupError(f"{store.path}: no trial {beginning}")
    raise LookupError(f"{store.path}: {beginning} begins {len(found)} ids: {', '.join(found[:5])}")


def _train(trial: Trial, store: Store) -> Result:
    """Train in a child, as a sweep does."""
    import bench.runner.slot as slot
    from bench.grid import Plugin
    from bench.runner.messages import Finished, Setup

    kept: list[Finished] = []

    class Desk:
        def keep(self, finished: Finished) -> None:
            kept.append(finished)

        def show(self, trial: Trial, step: int) -> None:
            pass

        def abandoned(self) -> bool:
            return False

    known = store.plugins()
    plugins = tuple(Plugin(*known[d]) for d in trial.plugins.values() if d in known)
    slot.prepare()
    slot.work([trial], Setup(plugins), Desk())
    return kept[0].result


def _show(result: Result) -> None:
    """The last value of every metric, or the error."""
    if result.error:
        print("\n".join(f"{name}: {text}" for name, text in result.error.items()))
    for name, values in result.curves.items():
        print(f"{name:20} {values[-1]}" if values else name)


def _name(trial: Trial) -> str:
    numbers = ", ".join(f"{name}={value:g}" for name, value in trial.hparams.items())
    return f"{trial.id} ({trial.label}, {numbers})"


if __name__ == "__main__":
    run(main)
