"""A function of this package in a process of its own: for what imports TensorFlow, or runs what a
user's file holds, while a sweep is read."""

from __future__ import annotations

import importlib
import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Sequence
from typing import Any

from bench.gan.environment import prepare_process

PATIENCE = 8.0
"""Seconds after which a reader wants to know why nothing happens."""


class Died(Exception):
    """The process ended without an answer; the message is the last line that it said."""


def call(place: str, argument: Any, waiting: Callable[[], None] = lambda: None) -> Any:
    """The answer of a function "bench.module:name" to an argument, both pickled.

    `waiting` is called once where it takes long. Raises Died, also where no process can be begun.
    """
    try:
        process = _started(f"from bench.grid.checks.apart import main; main({place!r})")
    except OSError as error:  # a Python that this user cannot start
        raise Died(f"{sys.executable or 'Python'} cannot be started: {error.strerror}") from error
    with process:
        try:
            answer, errors = _communicate(process, pickle.dumps(argument), waiting)
        except BaseException:  # an interrupt: nobody waits for the answer any more
            process.kill()
            raise
    if process.returncode or not answer:
        raise Died(_last(errors, process.returncode))
    return pickle.loads(answer)


def _started(code: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )


def main(place: str) -> None:
    """In the process: the argument from the input, the answer to the output."""
    argument = pickle.load(sys.stdin.buffer)
    output = os.dup(1)
    os.dup2(2, 1)  # what the user's files print is no answer
    os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    prepare_process()
    module, _, name = place.partition(":")
    answer = getattr(importlib.import_module(module), name)(argument)
    with os.fdopen(output, "wb") as stream:
        pickle.dump(answer, stream)


def _communicate(
    process: subprocess.Popen[bytes], content: bytes, waiting: Callable[[], None]
) -> Sequence[bytes]:
    try:
        return process.communicate(content, timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        waiting()
        return process.communicate()


def _last(stderr: bytes, code: int) -> str:
    lines = stderr.decode(errors="replace").strip().splitlines()
    if code < 0:
        return f"the process died (signal {-code})"
    return lines[-1] if lines else "the process died"
