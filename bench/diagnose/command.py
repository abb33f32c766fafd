"""python -m bench.diagnose runs/exp3/metrics.csv: what can its log say of a GAN's training?

A log is a file or a folder: Keras' CSVLogger, Lightning's metrics.csv, StyleGAN's stats.jsonl,
CTGAN's table of losses, W&B's exported charts, TensorBoard's events, JSON lines, text such as
"[100/5000] Loss_D: 0.31 Loss_G: 4.2", results of our own. Columns are found by their names; --g and
--d name those of another name. What was taken for what is printed, and what was passed over.

Then comes what the rules of the verdicts see in it: values that are not finite, swings, a player
that wins, a loss that is flat or jumps late. Losses do not show lost modes, copies of the data or
bad samples: nothing found does not mean that all is well. Nothing in a log is executed. Beside each
finding stands how often it was right, counted on trials of ours whose samples were measured, and
after a failure what helped in such trials, counted on pairs that differ in one remedy.

--samples FILE ... are samples of the training, a .npy or .npz for each step in order: did they
become one place? With --real FILE, an array of real samples, they are measured as a sweep measures
them. -o page.html writes a page with a picture of each series and lines to paste, --pictures FOLDER
the pictures alone.

Exit codes: 0 no failure was found; 2 there is no log; 3 a failure was found.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bench.console import count, parser
from bench.diagnose.places import absent
from bench.diagnose.remedies import counts
from bench.vocabulary import errors

if TYPE_CHECKING:
    from bench.diagnose.looking import Look

MOST_NAMES = 8
"""Names of columns that are printed in a line at most."""

BEST = 3
"""Remedies that are printed with their counts after a failure; a page has all of them."""


def main(argv: Sequence[str] | None = None) -> int:
    """The command line. Returns the exit code."""
    options = _parser().parse_args(argv)
    reasons = [absent(path) for path in options.logs]
    if not options.logs and not options.samples:
        errors.say("nothing to look at: name a log, or --samples FILE ...")
        return 2
    if all(reasons) and not options.samples:
        for reason in reasons:
            errors.say(reason)
        return 2
    from bench.diagnose.log import LogError  # loads numpy
    from bench.diagnose.looking import look, look_at_samples

    given = {"loss_g": options.g, "loss_d": options.d}
    asked = {role: name for role, name in given.items() if name is not None}
    looks: list[Look] = []
    faults = 0
    for path in options.logs:
        try:
            looks += look(path, asked)
        except LogError as error:
            faults += 1
            errors.say(error)
    if options.samples:
        try:
            looks += look_at_samples(options.samples, options.real)
        except LogError as error:
            faults += 1
            errors.say(error)
    if looks and not _written(options, looks):
        return 2
    if options.json:
        print(json.dumps([one.record() for one in looks], indent=1, allow_nan=False))
    else:
        _tell(looks)
    if faults or not looks:
        return 2
    return 3 if any(one.sick for one in looks) else 0


def _parser() -> argparse.ArgumentParser:
    made = parser("diagnose", __doc__)
    made.add_argument("logs", type=Path, nargs="*", metavar="PATH", help="a log, or a folder")
    text = "arrays [n, ...] of samples, a .npy or .npz for each step"
    made.add_argument("--samples", nargs="+", metavar="FILE", help=text)
    text = "an array of real samples; with --samples: measure all that a sweep measures"
    made.add_argument("--real", metavar="FILE", help=text)
    made.add_argument("-o", "--output", type=Path, metavar="PAGE", help="write a page (HTML)")
    text = "draw each series to a PNG and an SVG in this folder"
    made.add_argument("--pictures", type=Path, metavar="FOLDER", help=text)
    made.add_argument("--g", metavar="NAME", help="the column that is the loss of G")
    made.add_argument("--d", metavar="NAME", help="the column that is the loss of D")
    made.add_argument("--json", action="store_true", help="print all of it as JSON")
    return made


def _written(options: argparse.Namespace, looks: Sequence[Look]) -> bool:
    """True where the page and the pictures that are asked for were written; where they were not,
    the reason is printed."""
    if not options.output and not options.pictures:
        return True
    from bench.diagnose.page import page, pictures

    path = options.output
    try:
        if options.output:
            path.write_text(page(looks), encoding="utf-8")
        if options.pictures:
            path = options.pictures
            pictures(looks, path)
    except OSError as error:
        errors.say(f"{path}: cannot be written: {error.strerror or error}")
        return False
    return True


def _tell(looks: Sequence[Look]) -> None:
    """Print what was taken for what, and what was seen."""
    from bench.diagnose.looking import unseen

    for i, one in enumerate(looks):
        print("" if not i else "\n", end="")
        print(f"{one.log.name}: {one.log.form}, {one.extent}")
        for about, text in _lines(one):
            print(_line(about, text))
    if any(one.found.roles for one in looks):
        print(_line("cannot be seen in any of them" if looks[1:] else "cannot be seen", unseen()))
    sys.stdout.flush()


def _lines(one: Look) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = [("note", note) for note in one.log.notes]
    for role, name in one.found.roles.items():
        also = one.found.rivals.get(role, [])
        flag = f"; --{role[-1]} takes another" if role in ("loss_g", "loss_d") else ""
        text = f", and not {_some(also)}, which could be it too{flag}" if also else ""
        found.append(("took", f"{name} as {one.meaning(role)}{text}"))
    if one.found.passed:
        found.append(("passed over", _some(one.found.passed)))
    for own in one.findings:
        found.append((f"{own.rule} ({one.named(own)})", own.words))
        if own.reliability:
            found.append(("  how often that is right", own.reliability))
    if one.sick:
        for ending in counts.endings(one.findings):
            found += [("counted", text) for text in counts.told(ending)[:BEST]]
        names = ", ".join(counts.order(one.findings))
        found.append(("can be tried", f"{names}: python -m bench.diagnose.remedies NAME"))
    return [*found, *one.remarks]


def _line(about: str, text: str) -> str:
    return errors.brief(f"  {about}: {text}")


def _some(names: Sequence[str]) -> str:
    """Names, the first few of many."""
    more = f" and {count(len(names) - MOST_NAMES, 'other')}" if names[MOST_NAMES:] else ""
    return f"{', '.join(names[:MOST_NAMES])}{more}"
