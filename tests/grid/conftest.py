"""A small catalogue of its own, so that these tests say nothing about the real one."""

from __future__ import annotations

import tomllib

import jsonschema
import pytest

import bench.metrics  # noqa: F401  registers the metrics
from bench import gan, grid, registry
from bench.gan import methods as catalogue
from bench.gan.methods import Recipe, rules
from bench.grid.schema import schema
from bench.trial import Method


class BadOption(ValueError):
    option = "path"


def check_file(options):
    if not options["path"]:
        raise BadOption("it needs a path")
    if options["scale"] <= 0:
        raise ValueError("a scale above 0")
    return options | {"data": f"digest of {options['path'].rpartition('/')[2].lower()}"}


@pytest.fixture
def parts(monkeypatch):
    """Replace every registered part but the metrics, and the catalogue, for one test."""
    for kind in registry.KINDS.values():
        known = dict(kind._parts) if kind is registry.metric else {}
        monkeypatch.setattr(kind, "_parts", known)
    monkeypatch.setattr(gan, "load_parts", lambda: None)
    register()
    recipes = {
        "ns": (Method("ns"), {}),
        "r1": (Method("r1", regularizers=("r1",)), {"r1.gamma": 7, "adam.beta1": 0.0}),
        "hinge": (Method("hinge", loss="hinge", optimizer="sgd"), {}),
    }
    entries = {name: Recipe(method, hparams) for name, (method, hparams) in recipes.items()}
    monkeypatch.setattr(catalogue, "CATALOGUE", entries)
    monkeypatch.setattr(rules, "check", refuse_r1_with_batch_norm)
    monkeypatch.setattr(
        grid.checks.measurable, "check", lambda *args: ()
    )  # knows the real parts only


def refuse_r1_with_batch_norm(method):
    if method.normalizer == "batch_norm" and "r1" in method.regularizers:
        raise rules.IllegalMethod("r1 with batch_norm in the discriminator")


def register():
    for name in ("hinge", "non_saturating"):
        registry.loss(named(name))
    for name in ("identity", "batch_norm"):
        registry.normalizer(named(name))
    registry.regularizer(named("r1", gamma=1.0), d_cost=0.7)
    registry.regularizer(named("r2", gamma=2.0))
    registry.optimizer(named("adam", beta1=0.5, beta2=0.9))
    registry.optimizer(named("sgd"))
    registry.dynamics(named("alternating"))
    registry.dynamics(named("extragradient", lookahead=1))
    ring = named("ring", sigma=0.1, batch=256, centred=False, shape="circle")
    registry.task(ring, steps=1000, hparams={"lr_g": 1e-3, "r1.gamma": 5})
    registry.task(named("dirac"), steps=50)
    registry.task(named("file", path="", scale=1.0), steps=200, check=check_file)


def named(name, **defaults):
    """A function with this name and these keyword-only arguments."""
    arguments = ", ".join(f"{key}={value!r}" for key, value in defaults.items())
    scope: dict = {"__name__": "bench.gan.invented"}  # no plugin's
    exec(f"def {name}({'*, ' if arguments else ''}{arguments}): ...", scope)
    return scope[name]


@pytest.fixture
def load(tmp_path, parts):
    """load(text, *overrides): the sweep of a TOML text, at <tmp_path>/grid.toml."""

    def load(text, *overrides):
        file = tmp_path / "grid.toml"
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        sweep = grid.load(file, overrides)
        if not overrides:  # whatever is read is valid for an editor too
            checker = jsonschema.Draft4Validator(schema())
            assert [e.message for e in checker.iter_errors(tomllib.loads(sweep.text))] == []
        return sweep

    return load


@pytest.fixture
def message(tmp_path, load):
    """message(text, *overrides): what is said about a bad TOML text."""

    def message(text, *overrides):
        with pytest.raises(grid.GridError) as caught:
            load(text, *overrides)
        return str(caught.value).replace(f"{tmp_path}/", "")

    return message
