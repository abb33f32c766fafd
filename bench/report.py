"""python -m bench.report results/x [-o report/x]: a page, tables and figures from results.

Works on a finished sweep and on one that is still running. `--compare A B` prints what the results
say about two methods, and writes nothing.

Exit codes: 0 written or printed, whatever the verdict; 2 there is nothing to report on or nowhere
to write it.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bench.analysis import declared, frame
from bench.analysis.report import FORMATS
from bench.console import count, parser, run
from bench.gan import load_parts
from bench.gan.methods import cost
from bench.registry import BadPart, suggest
from bench.store import Store, StoreError, commands
from bench.store.files import read
from bench.store.kept import beside
from bench.vocabulary import errors

if TYPE_CHECKING:
    from bench.analysis.tables.findings import Findings


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line -> exit code."""
    arguments = _parser().parse_args(argv)
    with beside.used(arguments.cache):
        return _run(arguments)


def _run(arguments: argparse.Namespace) -> int:
    for reason in filter(None, map(commands.absent, arguments.results)):
        return _refuse(reason)
    arguments.results = _once(arguments.results)
    try:
        _load(arguments.plugins)
        _say_stored(arguments.results, arguments.plugins)
    except BadPart as error:
        return _refuse(str(error))
    except OSError as error:
        return _refuse(f"cannot read {error.filename}: {error.strerror}")
    if arguments.compare:
        return _compare(arguments.results, arguments.compare, arguments.all)
    out = arguments.output or Path("report") / "+".join(
        folder.resolve().name for folder in arguments.results
    )
    if reason := commands.inside(out):
        return _refuse(reason)
    try:
        with line() as tell:
            files = _write(arguments.results, out, tell, arguments.all, arguments.formats)
    except (StoreError, BadPart) as error:
        return _refuse(str(error))
    except OSError as error:
        return _refuse(f"cannot write the report to {out}: {error.strerror}")
    _say_written(files, arguments.verbose)
    return 0 if files else 2


def _once(folders: Sequence[Path]) -> list[Path]:
    """The folders in their order, without another name of one that came before."""
    found: dict[Path, Path] = {}
    for folder in folders:
        found.setdefault(folder.resolve(), folder)
    return list(found.values())


def _say_written(files: Sequence[Path], verbose: bool) -> None:
    """Print the page's path and the number of the other files, or with `verbose` their paths."""
    if not files:
        return
    page, *others = files
    for file in others if verbose else ():
        print(file)
    beside = "" if verbose else "; -v lists them"
    print(
        f"{page}" + (f" ({count(len(others), 'other file')} beside it{beside})" if others else "")
    )


@contextmanager
def line() -> Iterator[Callable[[str], None]]:
    """A function that shows how far the report is, in one line on a terminal that is erased at the
    end. Where standard error is no terminal it shows nothing."""
    if not sys.stderr.isatty() or os.environ.get("TERM", "dumb") == "dumb":
        yield lambda text: None
        return
    width = shutil.get_terminal_size().columns - 1

    def tell(text: str) -> None:
        print(f"\r\x1b[K{text[:width]}", end="", file=sys.stderr, flush=True)

    try:
        yield tell
    finally:
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def _load(files: Sequence[Path]) -> None:
    """Run installed plugins and those files, so that what they declare is in the report. The files
    that a results folder keeps are not run: who reads results need not trust whoever made them.
    Raises BadPart in words, with file and line."""
    from bench.grid import GridError, Plugin, load_plugins

    declared.load("bench.analysis.report")  # before a plugin's, which may not take their names
    try:
        load_plugins([Plugin.of(file) for file in files])
    except GridError as error:
        raise BadPart(str(error)) from error
    except OSError as error:
        raise BadPart(f"cannot read the plugin {error.filename}: {error.strerror}") from error


def _say_stored(results: Sequence[Path], files: Sequence[Path]) -> None:
    """Print how to show what the plugins that results folders keep declare for a report. Those that
    were given already are left out. Raises OSError."""
    given = {read(file) for file in files}
    for folder in results:
        for digest, (name, source) in Store(folder).plugins().items():
            if source not in given and declared.used_in(source):
                given.add(source)
                file = folder / "plugins" / f"{digest}-{name}"
                told = "declares tables, figures or sections that are not shown"
                more = f"add --plugins {commands.word(file)}"
                print(f"bench.report: {file} {told}: {more}", file=sys.stderr)


def _write(
    results: Sequence[Path],
    out: Path,
    tell: Callable[[str], None],
    every: bool,
    endings: Collection[str],
) -> list[Path]:
    """The report, or where folders hold nothing yet a page that says so; no files where there is
    no such folder. Raises StoreError, OSError, and BadDeclaration (a BadPart)."""
    from bench.analysis.report import write

    try:
        return write.write(_collect(results, every, tell), out, tell, endings)
    except frame.NoResults as error:
        _refuse(str(error))
        exist = all(map(os.path.isdir, results))
        return write.write_empty(str(error), out) if exist else []


def _collect(
    results: Sequence[Path],
    every: bool = False,
    tell: Callable[[str], None] | None = None,
) -> Findings:
    """The contents of a report, with the costs of the methods. Raises NoResults and StoreError."""
    from bench.analysis.report.contents import collect
    from bench.grid.asked import asked_for

    load_parts()
    everything = frame.everything if every else asked_for
    found = collect(results, cost.known, tell or (lambda text: None), everything)
    for fault in (fault for sweep in found.sweeps for fault in sweep.faults):
        errors.say(f"bench.report: {fault}")
    for unsure in found.data.unsure.values():
        errors.say(f"bench.report: {unsure}")
    for left in found.data.left:
        print(f"{left.words}: --all takes them in", file=sys.stderr)
    return found


def _compare(results: Sequence[Path], names: Sequence[str], every: bool) -> int:
    """Print effect, interval, tests, verdict and seeds needed of two methods on each task that
    both were run on: the rows of the report's own table of pairs."""
    import pandas as pd

    from bench.analysis.report import sentences
    from bench.analysis.tables import comparing

    method, other = names
    if method == other:
        return _refuse(f"--compare takes two different methods, not {method} twice")

    try:
        found = _collect(results, every)
    except (frame.NoResults, StoreError, BadPart) as error:
        return _refuse(str(error))
    for name in (method, other):
        if name not in found.methods:
            return _refuse(f'no method "{name}" in these results{suggest(name, found.methods)}')
    pairs = found.tables.get("pairwise", pd.DataFrame())
    table = comparing.pair(pairs, method, other)
    if table.empty:
        return _refuse(f"{method} and {other} have no task in common")
    print("\n".join(sentences.sentences(table)))
    return 0


def _parser() -> argparse.ArgumentParser:
    made = parser("report", __doc__)
    made.add_argument("results", nargs="+", type=Path, help="a results folder: results/x")
    made.add_argument(
        "-o", "--output", type=Path, metavar="FOLDER", help="where to write (report/<sweep>)"
    )
    made.add_argument(
        "--compare", nargs=2, metavar=("A", "B"), help="only print how two methods compare"
    )
    made.add_argument(
        "-v", "--verbose", action="store_true", help="list all files that were written"
    )
    made.add_argument(
        "--all", action="store_true", help="with trials that sweep.toml does not ask for any more"
    )
    made.add_argument("--no-cache", action="store_false", dest="cache", help=_NO_CACHE)
    made.add_argument(
        "--formats",
        type=_formats,
        default=FORMATS,
        metavar="LIST",
        help=f"of tables and figures (all: {','.join(FORMATS)}; there is always csv and png)",
    )
    made.add_argument(
        "--plugins",
        nargs="+",
        action="extend",
        type=Path,
        default=[],
        metavar="FILE",
        help="Python files that declare tables, figures or sections (bench.analysis.declared)",
    )
    return made


_NO_CACHE = "read every trial anew; else what was read of many is kept in the folder's .cache/"


def _formats(text: str) -> tuple[str, ...]:
    """A list such as "csv,png" -> the formats. Raises ArgumentTypeError for one that is none."""
    given = tuple(word.strip().lower().lstrip(".") for word in text.split(",") if word.strip())
    for word in given or (text,):
        if word not in FORMATS:
            known = f"no format {word!r} (there is: {', '.join(FORMATS)})"
            raise argparse.ArgumentTypeError(known)
    return given


def _refuse(message: str) -> int:
    errors.say(f"bench.report: {message}")
    return 2


if __name__ == "__main__":
    run(main)
