"""Finds the table of a key that stands in none: `-S seeds=0..4` means `sweep.seeds`."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from bench import gan, registry
from bench.grid.source import Node, nearest
from bench.registry import known_hparams, suggest
from bench.vocabulary.search import also, meant

_ALSO: Mapping[str, tuple[str, ...]] = {
    "seeds": ("runs", "repeats", "repetitions", "random seeds", "n_seeds"),
    "steps": ("epochs", "iterations", "iters", "updates", "max_steps", "num_steps"),
    "evaluations": ("evals", "eval_every", "checkpoints", "measurements"),
    "tasks": ("datasets", "dataset", "data", "problems"),
    "methods": ("models", "model", "algorithms", "gans"),
    "lr_g": ("lr", "learning rate", "learning rates", "lrs", "generator lr"),
    "lr_d": ("lr", "learning rate", "learning rates", "lrs", "discriminator lr"),
    "batch": ("batch size", "bs", "minibatch"),
    "latent": ("noise", "z", "nz", "z_dim", "latent dim", "latent size"),
    "units": ("hidden", "hidden units", "neurons", "hidden size"),
    "network": ("architecture", "arch", "backbone"),
}
"""Key of a sweep -> other names that the field has for it."""

for _name, _others in _ALSO.items():
    also(_name, _others)


def check(root: Node, known: Mapping[str, Collection[str]]) -> None:
    """Raises GridError for a key at the top of a file that is no table.

    `known` has the keys of each table that has fixed ones, and at "" the names of the tables. The
    keys of [grid] and of the tables of tasks are those of the catalogue.
    """
    for key, top in root.table().items():
        if key not in known[""]:
            full, node = _full(root, known), top
            while isinstance(node.value, dict) and len(node.value) == 1:
                node = node[next(iter(node.value))]  # of "r1.gamma", the gamma
            if found := meant(node.name, full):
                raise node.error(f'unknown key "{node.name}"{suggest(node.name, found)}')
            near = nearest(key, [*known[""], *full], known[""])
            raise top.error(f'unknown key "{key}"{near}')


def _full(root: Node, known: Mapping[str, Collection[str]]) -> list[str]:
    """The full names of all keys that the sweep may have."""
    gan.load_parts()
    sweep = root.value.get("sweep")
    asked = sweep.get("tasks") if isinstance(sweep, dict) else None
    tables: dict[str, Collection[str]] = {**known, "grid": known_hparams()}
    for part in registry.task:
        if not isinstance(asked, list) or part.name in asked:
            tables[f"task.{part.name}"] = part.defaults
    return [f"{table}.{name}" for table, names in tables.items() if table for name in names]
