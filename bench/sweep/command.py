"""python -m bench.sweep experiments/x.toml: train what the store does not have yet.

Running the same command again trains what is missing, and nothing else. So does `python -m
bench.sweep results/x`, which needs no TOML: it goes on with the sweep as it is stored there, with
the -S, the plugins and the networks that it was trained with.

Exit codes: 0 every trial has an outcome (divergence is one), 1 internal error or full disk, 2 usage
or configuration, 3 some trials failed or are missing, 4 stopped by --budget, --max-failures or
--fail-fast, 130 interrupted, 143 terminated.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from bench.console import parser, seconds, size, whole
from bench.store import commands
from bench.vocabulary import errors

_REUSE = "take over the trials that another sweep has trained: results/other"
_PROBE = "with -n: train for 20 seconds to tell how long the sweep takes; stores nothing"
_PORTABLE = (
    "compute convolutions as well with AVX2 at most, for the same bits on every such processor; "
    "up to half slower"
)
_NO_CACHE = "compile every method anew, not from what this machine has compiled before"
_VERBOSE = "with -n: layers, parameters and cost of the networks as well"
_PATIENCE = "with --scheduler: how long to wait for it and for workers (10m)"


def main(argv: Sequence[str] | None = None) -> int:
    """The command line. Returns the exit code."""
    options = _parser().parse_args(argv)
    if reason := commands.no_sweep(options.toml):
        errors.say(reason)
        return 2
    from bench.sweep.execution import carry_out  # loads numpy, which --help has no time for

    return carry_out(options)


def _parser() -> argparse.ArgumentParser:
    made = parser("sweep", __doc__)
    add = made.add_argument
    text = "the experiment, such as experiments/quickstart.toml; or a results folder: go on with it"
    add("toml", type=Path, help=text)
    add("-n", "--dry-run", action="store_true", help="show the plan and its price, train nothing")
    add("--json", action="store_true", help="with -n: the plan as JSON")
    add("--probe", action="store_true", help=_PROBE)
    add("-j", "--jobs", type=whole, help="trials at a time (default: what cores and memory allow)")
    add("-S", "--set", action="append", default=[], metavar="KEY=VALUE", help="change the TOML")
    add("--only", metavar="KEY=VALUE,...", help="only these trials: method=r1,seed=0..4")
    add("--retry", metavar="STATUS,...", help="train these again: crashed,timeout")
    add("--fresh", action="store_true", help="move old results aside and begin anew")
    add("--reuse", action="append", default=[], type=Path, metavar="FOLDER", help=_REUSE)
    add("--results", type=Path, help="folder of results (results, or the given one)")
    add("--trial-timeout", type=seconds, metavar="TIME", help="stop a trial after 90s, 10m, 2h")
    add("--budget", type=seconds, metavar="TIME", help="stop the sweep after 90s, 10m, 2h")
    add("--memory", type=size, metavar="SIZE", help="of one trial: 500M, 4G (default: its share)")
    add("--max-failures", type=whole, metavar="N", help="stop the sweep when N trials failed")
    add("--fail-fast", action="store_const", const=1, dest="max_failures", help="the same with 1")
    add("--scheduler", metavar="ADDRESS", help="train on a Dask cluster: tcp://host:8786")
    add("--patience", type=seconds, metavar="TIME", help=_PATIENCE)
    add("--tensorboard", action="store_true", help="write curves for TensorBoard while training")
    add("--no-cache", action="store_false", dest="cache", help=_NO_CACHE)
    add("--portable", action="store_true", help=_PORTABLE)
    add("-v", "--verbose", action="store_true", help=_VERBOSE)
    add("-q", "--quiet", action="store_true", help="no progress, only the closing table")
    return made
