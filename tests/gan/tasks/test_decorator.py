"""What the decorator of a task adds, and what it refuses."""

from __future__ import annotations

import inspect
from dataclasses import replace

import numpy as np
import pytest

from bench import registry
from bench.gan.networks import Layers
from bench.gan.tasks import Distribution, points
from bench.gan.tasks.decorator import prepare
from bench.metrics import Mixture, ring
from bench.registry import BadPart
from bench.trial import NO_FILE, File

COMMON = {"network": "mlp", "batch": 8, "latent": 3}


def three(*, sigma: float = 0.1) -> Distribution:
    return points.mixture(Mixture.standardized(ring(3), sigma))


def test_common_options_come_with_their_defaults_and_are_obeyed():
    made, traits = prepare(three, {"steps": 5, "shape": (2,), "units": 9, **COMMON})
    assert traits.keys() == {"steps", "shape", "data", "sized", "check"}
    own = {name: (name,) for name in ("g_units", "d_units", "g_depth", "d_depth")}
    assert (traits["data"], traits["sized"]) == ("points", {"units": ("units",)} | own)
    task = made(latent=4)
    assert (task.batch, task.latent, task.sizes.units) == (8, 4, 9)
    assert np.asarray(task.real(np.array([1, 2], np.int32), 6)).shape == (6, 2)


def test_each_player_has_the_depth_and_the_width_that_its_options_say():
    made, _ = prepare(three, {"steps": 5, "shape": (2,), "units": 9, **COMMON})

    def widths(**options):
        models = made(**options).networks(Layers())
        return [[w.shape[1] for w in model.weights if w.name == "kernel"] for model in models]

    assert widths() == [[9, 9, 2], [9, 9, 1]]
    own = {"g_units": 7, "d_units": 5, "g_depth": 3, "d_depth": 1}
    assert widths(**own) == [[7, 7, 7, 2], [5, 1]]
    assert widths(units=6, d_units=4) == [[6, 6, 2], [4, 4, 1]]
    without, _ = prepare(three, {"steps": 5, "shape": (2,), **COMMON})
    assert "d_depth" not in inspect.signature(without).parameters


@pytest.mark.parametrize(
    ("traits", "words"),
    [
        ({"batch": 8}, "three: batch needs a shape"),
        ({"shape": (2,), "network": "mlp"}, r"three: a task with a shape needs batch"),
    ],
)
def test_half_of_the_common_options_is_refused(traits, words):
    with pytest.raises(BadPart, match=words):
        prepare(three, traits)


def test_a_function_that_returns_something_else_is_told():
    made, _ = prepare(lambda: 3, {"shape": (2,), **COMMON})
    with pytest.raises(BadPart, match=r"must return a Distribution.*returns int"):
        made()


def test_a_file_may_lack_the_classes_that_the_usual_data_have():
    """Networks that need them are refused where the sweep is read."""

    def drawn(*, path: File = NO_FILE) -> Distribution:
        found = three()
        return found if path else replace(found, labelled=lambda key, n: None, classes=3)

    made, _ = prepare(drawn, {"shape": (8, 8, 1), "labels": True, **COMMON})
    assert made().sizes.classes == 3
    assert made(path=File("x.npz", "0")).sizes.classes == 0


def test_every_task_here_recommends_numbers_that_some_method_has():
    assert [fault for part in registry.task if (fault := registry.hparams_fault(part))] == []


def test_a_task_makes_itself_from_options_of_its_own_as_before():
    def own(): ...

    assert prepare(own, {"steps": 3}) == (own, {"steps": 3})


def test_files_are_values_of_the_built_in_tasks():
    part = registry.task["dcgan28"]
    assert part.defaults["path"] == part.defaults["features"] == NO_FILE == File()
    assert "data" not in part.defaults
