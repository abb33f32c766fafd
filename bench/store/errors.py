"""Errors of trials in a line, for who looks at many of them."""

from __future__ import annotations

import re


def first_line(message: str) -> str:
    """The line of an error's message that says what is wrong; the whole message is in the store.

    It is the first one in plain Python. TensorFlow and Keras begin with where in the program it
    was: there it is the last `SomeError: ...` of a trace, or the last line that is not indented.
    """
    lines = [line for line in _STYLED.sub("", message).splitlines() if line.strip()]
    for i in range(len(lines) - 1):
        if "Exception encountered when calling" in lines[i]:
            lines[i] += f" {lines[i + 1].strip()}"  # Keras has the reason in the next line
    first = lines[0].strip() if lines else ""
    if first == "in user code:":
        said = [line.strip() for line in lines if re.match(r"\s+\w+: ", line)]
    elif first == "Graph execution error:":
        said = [line for line in lines if not line[0].isspace() and line[-1] != ":"]
    else:
        said = []
    return (said[-1] if said else first)[:LONGEST]


LONGEST = 300
_STYLED = re.compile(r"\x1b\[[0-9;]*m")
