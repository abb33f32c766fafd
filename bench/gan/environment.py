"""The environment variables of a process that trains: threads and instruction sets.

TensorFlow, XLA, oneDNN and the libraries behind NumPy read them once, when they are first used.
"""

from __future__ import annotations

import os
import platform

THREADS = {
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}

ONEDNN = "ONEDNN_MAX_CPU_ISA"
"""The environment variable that names the most instructions that oneDNN may use."""


def settings() -> dict[str, str]:
    """The environment of a process that trains: one thread, and no instructions beyond AVX2.

    One trial per core with one thread beats one trial on all cores, and it makes results
    reproducible bit for bit. Neither loky nor Dask limits TensorFlow's own thread pools. Processors
    with wider registers would add in another order. So XLA, oneDNN, which multiplies matrices for
    it, and OpenBLAS, which does so for NumPy, are told to use none; a user's own setting stays.
    """
    known, flags = os.environ, os.environ.get("XLA_FLAGS", "")
    found = {
        **THREADS,
        "TF_CPP_MIN_LOG_LEVEL": known.get("TF_CPP_MIN_LOG_LEVEL", "2"),
        "KERAS_BACKEND": known.get("KERAS_BACKEND", "tensorflow"),
    }
    if platform.machine() not in ("x86_64", "AMD64"):
        return found
    if "--xla_cpu_max_isa" not in flags:
        found["XLA_FLAGS"] = f"{flags} --xla_cpu_max_isa=AVX2".strip()
    most = {ONEDNN: "AVX2", "OPENBLAS_CORETYPE": "Haswell"}
    return found | {name: known.get(name, value) for name, value in most.items()}


def prepare_process() -> None:
    """Give this process the `settings` of one that trains. To be called before TensorFlow and NumPy
    are imported: they look once."""
    os.environ.update(settings())


_set_by_user = ONEDNN in os.environ


def own_instructions() -> bool:
    """True where the user's own setting, made before the program began, says what oneDNN uses."""
    return _set_by_user


def all_instructions() -> None:
    """Let oneDNN use all that the processor has. Works only before it is first used."""
    os.environ.pop(ONEDNN, None)
