"""Calls the functions of a user's part, and says in words what one of them does that it must not.

A part may raise anything (KeyboardInterrupt and SystemExit too), print, return nothing, or return a
tensor of another shape; each is a sentence, in which the function has its name.
"""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Iterator
from typing import Any

import numpy as np

from bench.gan.backend import Memory, tf
from bench.vocabulary import errors
from bench.vocabulary.interrupts import Interrupts


class Wrong(Exception):
    """A function of a part that breaks the contract; the message says which, and how."""


class Calls:
    """Calls functions of one part. `prints` are those that print, in the order of their calls."""

    def __init__(self) -> None:
        self.prints: dict[str, str] = {}
        self.interrupts = Interrupts()

    def __call__(
        self, words: str, fn: object, *args: object, none: bool = False, **numbers: object
    ) -> Any:
        """Call a function with these arguments, and give what it returns.

        `words` name the function in a sentence; "" is the part itself. `none` allows None. Raises
        Wrong for whatever the function raises, and for None.
        """
        if not callable(fn):
            raise Wrong(f"{words} is {given(fn)}, needed is a function".lstrip())
        printed = io.StringIO()
        try:
            with contextlib.redirect_stdout(printed):
                value = fn(*args, **numbers)
        except BaseException as error:
            if self.interrupts.caused(error):
                raise
            raise Wrong(f"{words} raises {described(error)}".lstrip()) from error
        finally:
            if text := printed.getvalue().strip():
                self.prints.setdefault(words or "it", text.splitlines()[0][:60])
        if value is None and not none:
            raise Wrong(f"{words} returns None: is a return missing?".lstrip())
        return value

    def printed(self) -> Iterator[str]:
        """A sentence for each function that printed."""
        for words, text in self.prints.items():
            yield f'{words} prints "{text}": a sweep draws its progress there'


MOST_WORDS = 200
"""Characters that are shown of an error's text."""

NOISE = re.compile(
    r"^Exception encountered when calling [^\n]*\n|\nArguments received by .*"
    r"|\x1b\[\d*m|\{\{function_node [^}]*\}\}",
    re.DOTALL,
)
"""Text that Keras and TensorFlow put around the words of an error: frames, colours, devices."""


def described(error: BaseException) -> str:
    """The type of an error and its text in one line, of which the middle is left out where it is
    long: what was printed of an array stands there."""
    text = " ".join(NOISE.sub("", errors.text(error).strip()).split())
    if len(text) > MOST_WORDS:
        text = f"{text[: MOST_WORDS // 2]} ... {text[-MOST_WORDS // 2 :]}"
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def given(value: object) -> str:
    """A value in a few words: "shape (6, 6)", "a tuple of 3", "a str"."""
    if value is None:
        return "None"
    if hasattr(value, "shape") and hasattr(value, "dtype"):
        return f"shape {tuple(value.shape)}"
    if isinstance(value, tuple | list):
        return f"a {type(value).__name__} of {len(value)}"
    return f"{'an' if type(value).__name__[0] in 'aeiou' else 'a'} {type(value).__name__}"


def array(words: str, value: object, *shape: int) -> np.ndarray:
    """The numbers that a function gave, of a shape. Raises Wrong for another shape, for what is no
    array of numbers, and for numbers that are not finite."""
    found = None if isinstance(value, str | bytes | dict) else _numbers(value)
    if found is None:
        raise Wrong(f"{words} gives {given(value)}, needed is an array {shape}")
    if found.shape != shape:
        raise Wrong(f"{words} gives shape {found.shape}, needed is {shape}")
    if not np.isfinite(found).all():
        raise Wrong(f"{words} gives numbers that are not finite (NaN or infinity)")
    return found


def _numbers(value: object) -> np.ndarray | None:
    try:
        found = np.asarray(value)
    except Exception:
        return None
    return found if found.dtype.kind in "biuf" else None


def pair(words: str, value: object, needed: str) -> tuple[Any, Any]:
    """Two values that a function gave. Raises Wrong where there are not two."""
    if not isinstance(value, tuple | list) or len(value) != 2:
        raise Wrong(f"{words} returns {given(value)}, needed is a pair {needed}".lstrip())
    return value[0], value[1]


def alike(words: str, value: Memory, pattern: Memory) -> None:
    """Raises Wrong where tensors are not as many and of the same shapes as those of a pattern."""
    try:
        tf.nest.assert_same_structure(pattern, value)
    except (ValueError, TypeError):
        text = f"{words} gives {given(value)}, which is not built as what it was given"
        raise Wrong(f"{text} ({given(pattern)})") from None
    for new, old in zip(tf.nest.flatten(value), tf.nest.flatten(pattern), strict=True):
        if np.shape(new) != np.shape(old):
            raise Wrong(f"{words} gives shape {np.shape(new)}, needed is {np.shape(old)}")
        if hasattr(old, "dtype") and hasattr(new, "dtype") and new.dtype != old.dtype:
            raise Wrong(f"{words} gives {new.dtype}, needed is {old.dtype}")
