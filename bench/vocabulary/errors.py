"""Errors of a user's code, which may raise anything: also an error that cannot be shown."""

from __future__ import annotations


def text(error: BaseException) -> str:
    """The text of an error; a few words where asking for it raises another one."""
    try:
        return str(error)
    except BaseException as another:
        return f"its text cannot be shown: __str__ raises {type(another).__name__}"
