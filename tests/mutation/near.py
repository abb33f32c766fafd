"""The tests of files of which no map of covered lines tells anything."""

from __future__ import annotations

PARTS, RUNNER = "bench/gan/parts/", "bench/runner/"
NEAR = {
    PARTS + "losses": (
        "gan/parts/test_defaults.py",
        "gan/parts/test_losses.py",
        "gan/parts/test_dirac.py",
    ),
    PARTS + "regularizers": (
        "gan/parts/test_defaults.py",
        "gan/parts/test_regularizers.py",
        "gan/parts/test_other_penalties.py",
    ),
    PARTS + "dynamics": (
        "gan/parts/test_defaults.py",
        "gan/parts/test_dynamics.py",
    ),
    PARTS + "optimizers": ("gan/parts/test_optimizers.py", "gan/parts/test_dynamics.py"),
    PARTS + "normalizers": ("gan/parts/test_normalizers.py", "gan/methods/test_slots.py"),
    PARTS + "power_iteration": ("gan/parts/test_normalizers.py",),
    PARTS + "extras": ("gan/parts/test_extras.py", "gan/parts/test_dynamics.py"),
    PARTS + "augmentations": ("gan/parts/test_extras.py",),
    PARTS + "layers": (
        "gan/parts",
        "gan/networks/test_networks.py",
        "gan/networks/test_ensembles.py",
    ),
    PARTS + "needs": ("gan/methods/test_batches.py",),
    RUNNER + "machine": ("runner/test_machine.py",),
    RUNNER + "queue": ("runner/test_queue.py",),
    RUNNER + "messages": ("runner/test_queue.py", "runner/test_children.py", "store/test_exact.py"),
    RUNNER + "__init__": ("runner/test_queue.py",),
    RUNNER + "local": ("store/test_keeping.py", "runner/test_commands.py"),
    RUNNER + "events": ("runner/test_children.py", "runner/test_commands.py"),
    RUNNER + "slot": (
        "runner/test_children.py",
        "runner/test_queue.py",
        "runner/test_isolation.py",
        "runner/test_commands.py",
    ),
    RUNNER + "child": (
        "runner/test_children.py",
        "runner/test_isolation.py",
        "runner/test_commands.py",
    ),
    RUNNER + "cluster": ("runner/test_dask.py", "runner/test_cluster.py"),
    RUNNER + "nursery": ("runner/test_dask.py", "runner/test_cluster.py"),
}
"""Tests of the files that no map tells anything of: what runs in processes of its own, and all that
computes with TensorFlow, where coverage takes too long."""
