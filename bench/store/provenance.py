"""Tells the provenance of a number: versions, machine, threads, and the state of the source."""

from __future__ import annotations

import functools
import json
import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from bench import __version__
from bench.store.encoding import UNREADABLE
from bench.store.files import StoreError, read
from bench.trial import NUMERICS

_PACKAGES = ("tensorflow", "keras", "numpy", "scipy")
_FLAGS = (
    *("TF_ENABLE_ONEDNN_OPTS", "TF_XLA_FLAGS", "XLA_FLAGS", "TF_DETERMINISTIC_OPS"),
    *("NVIDIA_TF32_OVERRIDE", "OPENBLAS_CORETYPE", "MKL_CBWR"),
)
"""Environment variables that change the rounding of numbers."""


@functools.cache
def _fixed() -> dict[str, Any]:
    return {
        "bench": __version__,
        "numerics": NUMERICS,
        "python": platform.python_version(),
        **{name: _version(name) for name in _PACKAGES},
        "system": platform.system(),
        "machine": platform.machine(),
        "cpu": cpu(),
        "gpu": _gpus(),
        **_git(),
    }


def provenance() -> dict[str, Any]:
    """The provenance of a result, as plain data: versions, machine, thread settings, flags that
    change numbers, and the git commit."""
    flags = {name: value for name in _FLAGS if (value := _numeric(os.environ.get(name, "")))}
    threads = os.environ.get("TF_NUM_INTRAOP_THREADS", "all")
    return _fixed() | {"flags": flags, "threads": threads}


def _numeric(flags: str) -> str:
    """The flags without those that say where XLA keeps compiled steps: they change no number."""
    kept = "--tf_xla_persistent_cache_"
    return " ".join(flag for flag in flags.split() if not flag.startswith(kept))


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def cpu() -> str:
    """The processor's model name where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return platform.processor()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def _gpus() -> list[str]:
    """The models of NVIDIA's cards that TensorFlow may use, where the driver tells them."""
    if os.environ.get("CUDA_VISIBLE_DEVICES") in ("", "-1"):
        return []
    files = sorted(Path("/proc/driver/nvidia/gpus").glob("*/information"))
    lines = [line for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    return [line.partition(":")[2].strip() for line in lines if line.startswith("Model")]


def _git() -> dict[str, Any]:
    """The commit, and `dirty` where the source differs from it; nothing outside of a checkout."""
    folder = Path(__file__).parents[2]
    if not (folder / ".git").exists():
        return {}
    try:
        commit = _run(folder, "rev-parse", "HEAD")
        return {"commit": commit, "dirty": bool(_run(folder, "status", "--porcelain", "bench"))}
    except (OSError, subprocess.SubprocessError):
        return {}


def _run(folder: Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), *arguments]
    done = subprocess.run(command, capture_output=True, timeout=10, check=True)
    return done.stdout.decode(errors="replace").strip()


def kept(folder: Path) -> dict[str, Any]:
    """The part of a results folder's `provenance.json` that its sweep can go on from.

    `overrides` are the changes to its TOML, and `files` has the place and the digest of each file
    that the TOML names, as `bench.grid.files.stored.record` makes it; both are empty where nothing
    is said. Raises StoreError for a file that cannot be read.
    """
    file = folder / "provenance.json"
    try:
        found = json.loads(read(file)) if os.path.lexists(file) else {}
        overrides, files = found.get("overrides", []), found.get("files", {})
        known = {name: dict(one) for name, one in files.items() if {"path", "digest"} <= {*one}}
        texts = [*overrides, *(text for one in known.values() for text in one.values())]
        if not isinstance(overrides, list) or not all(isinstance(text, str) for text in texts):
            raise ValueError("unexpected values")
    except UNREADABLE as error:
        text = f"{file}: cannot be read ({error}): it says how this sweep was changed by -S"
        raise StoreError(f"{text}; name the TOML that these results were made from") from error
    return {"overrides": overrides, "files": known}
