"""python -m bench.report results/x [-o report/x]: tables, figures and a text from results.

Works on a finished sweep and on one that is still running. Exit codes: 0 written, 2 there is
nothing to report on or nowhere to write it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from bench import __version__
from bench.store import StoreError


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line -> exit code."""
    arguments = _parser().parse_args(argv)
    out = arguments.output or Path("report") / "+".join(
        folder.resolve().name for folder in arguments.results
    )
    from bench.analysis import contents, document, frame

    try:
        files = document.write(contents.collect(arguments.results), out)
    except (frame.NoResults, StoreError) as error:
        return _refuse(str(error))
    except OSError as error:
        return _refuse(f"cannot write the report to {out}: {error.strerror}")
    for file in files:
        print(file)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench.report",
        description="Write tables, figures and a text from the results of one or more sweeps.",
    )
    parser.add_argument("results", nargs="+", type=Path, help="a results folder: results/x")
    parser.add_argument(
        "-o", "--output", type=Path, metavar="FOLDER", help="where to write (report/<sweep>)"
    )
    parser.add_argument("--version", action="version", version=__version__)
    return parser


def _refuse(message: str) -> int:
    print(f"bench.report: {message}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
