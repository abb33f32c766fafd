"""python -m bench.replay results/x ID [--verify]: train one stored trial again.

With the plugins, the networks and the data that it was trained with. Nothing is stored. With
--verify the curves and signals must equal the stored ones bit for bit.

Exit codes: 0 trained (and equal), 2 there is no such trial, or a file of it is gone, 3 it failed,
or is not equal.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.console import duration, first_line, parser, run
from bench.gan.environment import ONEDNN, prepare_process
from bench.store import Store, StoreError, commands
from bench.store.listing import shown
from bench.trial import Result, Trial, digest
from bench.vocabulary import errors

if TYPE_CHECKING:
    from bench.runner import Setup


class NoTrial(LookupError):
    """The error for an id that does not begin exactly one stored trial; the message says which."""


def main(argv: Sequence[str] | None = None) -> int:
    """The command line. Returns the exit code."""
    options = _parser().parse_args(argv)
    prepare_process()  # before anything loads numpy
    if reason := commands.absent(options.results):
        return _refuse(reason)
    store = Store(options.results)
    try:
        store.tell()
        stored = store.read(_find(store, _plain(options.id)))
    except (StoreError, NoTrial) as error:
        return _refuse(error)
    return _again(store, stored, options)


def _again(store: Store, stored: Result, options: argparse.Namespace) -> int:
    from bench.analysis.frame.rows import compared  # loads numpy
    from bench.grid import Lost
    from bench.runner import Unsupported, check

    try:
        if untried := check():
            errors.say(untried)
        again = trained_again(store, stored)
    except (Unsupported, StoreError) as error:
        return _refuse(error)
    except Lost as lost:
        return _refuse(f"{store.path}: trial {stored.trial.id}: {lost}")
    print(f"{_name(stored.trial)}: {again.status} in {duration(again.seconds)}")
    _show_error(again, options.traceback)
    if again.status.failed:
        _show_stored(store, stored)
    if not options.verify:
        _show(again)
        return 3 if again.status.failed else 0
    found = compared(stored, again)
    print("\n".join(found) or "equal bit for bit to what is stored")
    if found and stored.trial.method.external:
        print("trained again it gives other numbers: seed everything that it draws with run.seed")
    return 3 if found else 0


def trained_again(store: Store, stored: Result) -> Result:
    """Train a stored trial once more, in a child, with the plugins, the networks and the data that
    it was trained with. Nothing is stored.

    Raises Unsupported where nothing can be trained, Lost for a file that is gone, StoreError.
    """
    from bench.grid import Plugin, kept_files
    from bench.runner import Setup

    files = kept_files(store, stored.trial)
    trial, plugins = files.moved(stored.trial), files.plugins(stored.trial)
    own = [Plugin(*code, program=_program(stored.trial, *code)) for code in plugins]
    portable = ONEDNN in (stored.provenance.get("flags") or {})
    return _train(trial, Setup(tuple(own), portable=portable))


def _program(trial: Trial, path: Path, source: bytes) -> bool:
    """True for a file of a trial's trainer that registers nothing: it is not loaded here."""
    own = {trial.plugins[name] for name in trial.method.files}
    return digest(source) in own and b"bench.registry" not in source


def _parser() -> argparse.ArgumentParser:
    made = parser("replay", __doc__)
    made.add_argument("results", type=Path, help="a results folder: results/x")
    text = "a trial's id, the beginning of one, or the name of a file of it"
    made.add_argument("id", help=text)
    made.add_argument("--verify", action="store_true", help="compare with what is stored")
    made.add_argument("--traceback", action="store_true", help="all of it, where the trial crashes")
    return made


def _refuse(reason: object) -> int:
    errors.say(reason)
    return 2


def _plain(written: str) -> str:
    """The id in what is written for a trial: its file, as results/x/trials/ID.json, or its id with
    capital letters or points after it."""
    name = re.split(r"[/\\]", written.strip().rstrip("/\\"))[-1]
    return re.sub(r"(\.(json|npz|log)|\.+|…)$", "", name).casefold()


def _find(store: Store, beginning: str) -> str:
    """The id that begins so. Raises NoTrial when it is not exactly one."""
    ids = store.ids()
    found = sorted(id for id in ids if id.startswith(beginning))
    if len(found) == 1:
        return found[0]
    if not ids:
        raise NoTrial(
            f"{store.path}: no trial has finished yet: {commands.again(store.path)} goes on"
        )
    if not found:
        text = f"no trial {shown(beginning)}; one of {len(ids)} is {min(ids)}"
        raise NoTrial(f"{store.path}: {text} (give the id, or the beginning of it)")
    raise NoTrial(f"{store.path}: {beginning} begins {len(found)} ids: {', '.join(found[:5])}")


def _train(trial: Trial, setup: Setup) -> Result:
    """Train in a child, as a sweep does."""
    import bench.runner.slot as slot
    from bench.runner.messages import Finished

    kept: list[Finished] = []

    class Desk:
        def keep(self, finished: Finished) -> None:
            kept.append(finished)

        def show(self, trial: Trial, *progress: object) -> None:
            pass

        def abandoned(self) -> bool:
            return False

    slot.prepare(keep=False)  # what a kept step computes is compared with a new one
    slot.work([trial], setup, Desk())
    return kept[0].result


def _show_error(result: Result, traceback: bool) -> None:
    """Print the error, where there is one: what it is and where it was raised, or all of it."""
    error = result.error or {}
    if traceback and error.get("traceback"):
        print(error["traceback"].rstrip())
    elif error:
        print("\n".join(_told(error)))


def _show(result: Result) -> None:
    """Print the last value of every metric."""
    for name, values in result.curves.items():
        print(f"{name:20} {values[-1]}" if values else name)


def _told(error: Mapping[str, Any]) -> Iterator[str]:
    """An error in a few lines: its kind with the line of its message that says most, and the last
    place of the traceback that is not in a library."""
    step = f" (at step {error['step']})" if "step" in error else ""
    yield f"{error.get('type')}: {first_line(str(error.get('message', '')))}{step}"
    places = re.findall(r'File "(.+?)", line (\d+), in (\S+)', str(error.get("traceback", "")))
    own = [place for place in places if not re.search(r"site-packages|<frozen|<string>", place[0])]
    if own or places:
        file, number, function = (own or places)[-1]
        yield f"  raised at {file}:{number}, in {function} (--traceback shows all of it)"


def _show_stored(store: Store, stored: Result) -> None:
    """Print how the trial ended when it was stored, and where its log is."""
    log = store.path / "logs" / f"{stored.trial.id}.log"
    where = f", log in {log}" if log.is_file() else ""
    print(f"  stored: {stored.status}{where}")


def _name(trial: Trial) -> str:
    numbers = ", ".join(f"{name}={value:g}" for name, value in trial.hparams.items())
    return f"{trial.id} ({trial.label}{', ' if numbers else ''}{numbers})"


if __name__ == "__main__":
    run(main)
