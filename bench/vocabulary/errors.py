"""Errors as they are shown: of a user's code, which may raise anything, also an error that cannot
be shown; and in no more than three lines."""

from __future__ import annotations

import re
import sys

MOST = 3
"""Most lines of a message."""
LONGEST = 2000
"""Most characters of a message."""


def say(message: object) -> None:
    """Print a message on the error stream, in three lines at most."""
    print(brief(str(message)), file=sys.stderr, flush=True)


def brief(message: str) -> str:
    """A message in three lines at most.

    Of several faults, each a line with its place, the first are kept and the others counted. Where
    it repeats a text of several lines that somebody gave, the breaks are written as \\n. Of a very
    long one the middle is left out.
    """
    lines = message.splitlines()
    if len(lines) > MOST and all(re.search(r":\d+: ", line) for line in lines):
        message = "\n".join([*lines[: MOST - 1], f"and {len(lines) - MOST + 1} more such faults"])
    elif len(lines) > MOST:
        message = "\\n".join(lines)
    if len(message) <= LONGEST:
        return message
    return f"{message[: LONGEST // 2]} ... {message[-LONGEST // 2 :]}"


def text(error: BaseException) -> str:
    """The text of an error; a few words where asking for it raises another one."""
    try:
        return str(error)
    except BaseException as another:
        return f"its text cannot be shown: __str__ raises {type(another).__name__}"
