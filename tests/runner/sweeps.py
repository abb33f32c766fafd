"""Real sweeps in real processes: what the tests of this folder have in common."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests import commands, forked

# The smallest game that is one: quick to trace, without XLA, and harmful for some seeds.
PLUGIN = '''
import os
import time

import numpy as np

from bench import registry
from bench.gan import keys, networks
from bench.gan.tasks import Task
from bench.metrics import Mixture, ring

HARM = {{tuple(keys.key(seed, "real", 0)): how for seed, how in {harm}.items()}}


@registry.task(steps=4, hparams={{"lr_g": 1e-3, "lr_d": 1e-3}})
def tiny(*, pause=0.0, units=2):
    """Two units a layer; a trial takes `pause` seconds more than it needs."""
    truth = Mixture.standardized(ring(), 0.1)

    def real(key, n):
        time.sleep(pause)
        do_harm(HARM.get(tuple(key)))
        return np.ones((n, 2), np.float32)

    def nets(norm):
        return networks.mlp((2,), (2,), units=units), networks.mlp((2,), (1,), units=units)

    return Task(shape=(2,), real=real, networks=nets, facts=truth.facts, criterion={{}},
                latent=2, batch=2, xla=False)


def do_harm(how):
    if how:
        print("about to", how, flush=True)
        if how.startswith("note"):
            with open(how.split()[1], "a") as file:
                file.write(how.split()[2] + "\\n")
        if how.startswith("run "):
            exec(how[4:])
    if how == "die":
        os.kill(os.getpid(), 9)
    if how == "segfault":
        os.kill(os.getpid(), 11)
    if how == "raise":
        raise RuntimeError("a bug in a plugin")
    if how == "leave":
        os._exit(7)
    while how == "loop":
        time.sleep(0.1)  # or the tests after it wait for this core
    hog = []
    while how == "hog":
        hog.append(b"x" * 50_000_000)
        time.sleep(0.02)
'''

TOML = """
[sweep]
tasks = ["tiny"]
methods = ["ns"]
seeds = "0..{last}"
steps = 4
evaluations = 2
plugins = ["parts.py"]

[task.tiny]
pause = {pause}
"""

MARK = "BENCH_TEST_MARK"


def write(
    folder: Path, seeds: int, pause: float = 0.0, harm: dict[int, str] | None = None, more: str = ""
) -> Path:
    """A sweep of `seeds` tiny trials that sleep `pause` seconds a step; `harm` says which seeds do
    what to their process ("note FILE TEXT": only add a line to a file, "run CODE": whatever)."""
    (folder / "parts.py").write_text(PLUGIN.format(harm=harm or {}))
    toml = folder / "small.toml"
    toml.write_text(TOML.format(last=seeds - 1, pause=float(pause)) + more)
    return toml


def start(toml: Path, *options: str, module: str = "sweep", **run: Any) -> subprocess.Popen[str]:
    """A command in a process of its own. All that it starts works in the folder, or carries it as a
    mark. What needs TensorFlow is forked, and need not import it."""
    command = commands.command(module, toml, *options)
    pipe: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    environment = commands.environment(**{MARK: str(toml.parent)})
    how: dict[str, Any] = {"cwd": toml.parent, "env": environment, **pipe, **run}
    if module in ("sweep", "replay", "submit"):
        return forked.Command(command, **how)
    return subprocess.Popen(command, start_new_session=True, **how)


def sweep(toml: Path, *options: str, timeout: float = 120, **run: Any) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of a command."""
    process = start(toml, *options, **run)
    out, err = process.communicate(timeout=timeout)
    return process.returncode, out, err


def marked(folder: Path) -> list[int]:
    """Processes that a sweep of this folder has started and that are left: a fork shows the
    environment of what it is a fork of, but works in the folder."""
    mark = f"{MARK}={folder}".encode()
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            begun = mark in (place / "environ").read_bytes().split(b"\0")
            if begun or os.readlink(place / "cwd") == str(folder.resolve()):
                found.append(int(place.name))
        except OSError:
            continue
    return found


def soon(condition: Callable[[], Any], seconds: float = 60) -> Any:
    """The condition's value once it is true, or after so many seconds."""
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    return condition()
