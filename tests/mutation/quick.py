"""Mutants at the price of their tests alone: pytest has collected the tests of some rooms, and each
mutant gets a fork of that process, in which the code of the changed functions is exchanged.

What runs while modules are imported (constants, defaults, decorators, classes) cannot be exchanged
so: such a mutant needs `scratch.pytest`, which imports anew. What a test module computes as it is
imported is computed without the mutant, so whoever lives here is tried there again.
"""

from __future__ import annotations

import ast
import functools
import gc
import importlib
import os
import sys
import time
import traceback
import types
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tests.mutation import scratch

Try = Callable[[str, str, str, Sequence[str], float], str]
"""(file, text, mutated text, tests, seconds) -> the test that fails, "timeout", or ""."""


EAGER = ("gan/parts/test_regularizers", "gan/parts/test_losses", "gan/parts/test_other_penalties")
EAGER += ("gan/networks/test_ensembles", "gan/networks/test_architectures", "gan/contract")
"""Tests that make tensors as they are imported: TensorFlow then has threads, and a fork of it may
wait for them for ever."""

PLAIN = ["-q", "-s", "--no-header", "--tb=no", *("-p", "no:cacheprovider"), *("-p", "no:xdist")]


class Loop:
    """A pytest plugin: in place of the tests, runs `work(try)`."""

    def __init__(self, folder: Path, work: Callable[[Try], None]) -> None:
        self.folder, self.work, self.failed = folder, work, ""
        self.items: dict[str, Any] = {}

    def pytest_runtestloop(self, session: Any) -> bool:
        self.items = {item.nodeid: item for item in session.items}
        gc.collect()
        gc.freeze()
        self.work(self.attempt)
        return True

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.failed and not self.failed:
            self.failed = report.nodeid

    def attempt(
        self, file: str, text: str, mutated: str, tests: Sequence[str], seconds: float
    ) -> str:
        """Run tests on a mutant in a fork."""
        read, write = os.pipe()
        pid = os.fork()
        if not pid:
            code = 70
            try:
                os.setsid()
                os.close(read)
                scratch.frugal()
                code = self._run(file, text, mutated, tests)
                os.write(write, self.failed.encode())
            except BaseException:
                traceback.print_exc()
            finally:
                sys.stdout.flush()
                os._exit(code)
        os.close(write)
        code = scratch.wait(pid, time.monotonic() + seconds)
        with os.fdopen(read, "rb") as pipe:
            failed = pipe.read().decode()
        return "timeout" if code is None else failed or ("died" if code else "")

    def named(self, tests: Sequence[str]) -> list[str]:
        """The collected tests of some names, files or folders, in their order."""
        whole = [name for test in tests for name in self.items if self._within(name, test)]
        return list(dict.fromkeys(whole))

    @staticmethod
    def _within(name: str, test: str) -> bool:
        return name == test or (name.startswith(test) and name[len(test)] in "/:[")

    def _run(self, file: str, text: str, mutated: str, tests: Sequence[str]) -> int:
        module = file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        importlib.import_module(module)
        exchange(self.folder / file, text, mutated)
        chosen = [self.items[name] for name in self.named(tests)]
        for item, after in zip(chosen, [*chosen[1:], None], strict=True):
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=after)
            if self.failed:
                return 1
        return 0


def able(tests: Sequence[str], text: str, mutated: str) -> bool:
    """True where a mutant can be tried so: there are tests, and none makes tensors too early."""
    early = [test for test in tests if test.removeprefix("tests/").startswith(EAGER)]
    return bool(tests) and not early and exchangeable(text, mutated)


def exchangeable(text: str, mutated: str) -> bool:
    """True where two texts of a module differ inside of functions only, and have the same ones."""
    names = [[code.co_qualname for code in _codes(t)] for t in (text, mutated)]
    return names[0] == names[1] and _outside(text) == _outside(mutated)


def _outside(text: str) -> str:
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            node.body = [ast.Pass()]
        if isinstance(node, ast.Lambda):
            node.body = ast.Constant(0)
    return ast.dump(tree)


def exchange(path: Path, text: str, mutated: str) -> None:
    """Give every function of a module that is there its mutated code, and empty all caches."""
    pairs = zip(_codes(text, str(path)), _codes(mutated, str(path)), strict=True)
    changed = {_key(old): new for old, new in pairs if old.co_name != "<module>"}
    gc.unfreeze()
    for thing in gc.get_objects():
        # no isinstance: a weak proxy of what is gone raises
        if type(thing) is types.FunctionType and thing.__code__.co_filename == str(path):
            thing.__code__ = changed.get(_key(thing.__code__), thing.__code__)
        elif type(thing) is functools._lru_cache_wrapper and _ours(thing):
            thing.cache_clear()


def _ours(thing: Any) -> bool:
    return str(getattr(thing, "__module__", "")).partition(".")[0] == "bench"


def _codes(source: str | types.CodeType, path: str = "") -> list[types.CodeType]:
    """The code of a module and of all functions in it, in their order."""
    code = compile(source, path, "exec") if isinstance(source, str) else source
    inner = [c for c in code.co_consts if isinstance(c, types.CodeType)]
    return [code, *(own for c in inner for own in _codes(c))]


def _key(code: types.CodeType) -> tuple[str, int]:
    return code.co_qualname, code.co_firstlineno


def session(folder: Path, tests: Sequence[str], work: Callable[[Try], None]) -> None:
    """Collect tests in a fork of this process, on the modules of the folder, and do the work."""
    pid = os.fork()
    if not pid:
        code = 70
        try:
            scratch.enter(folder)
            import pytest

            code = int(pytest.main([*PLAIN, *tests], plugins=[Loop(folder, work)]))
        finally:
            sys.stdout.flush()
            os._exit(code)
    os.waitpid(pid, 0)
