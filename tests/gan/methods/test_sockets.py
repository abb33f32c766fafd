"""Every socket of a method from a TOML to its trials, and the names of trials."""

from __future__ import annotations

import pytest

from bench import grid
from bench.trial import Method, Trial

SWEEP = '[sweep]\ntasks = ["{task}"]\nseeds = [0]\n[[method]]\nname = "x"\n'


def load(tmp_path, task: str, text: str):
    file = tmp_path / "sweep.toml"
    file.write_text(SWEEP.replace("{task}", task) + text)
    return grid.load(file)


def test_every_socket_of_a_method_can_be_named(tmp_path):
    (trial,) = load(
        tmp_path,
        "digits8",
        'g_normalizer = "pixel_norm"\naugmentations = ["diffaugment"]\nregularizers = ["r1"]\n'
        'extras = ["ema", "dropout"]\npack = 2\nlazy = 4\ngrid.dropout.rate = [0.1]\n',
    ).trials
    method = trial.method
    assert method.g_normalizer == "pixel_norm"
    assert method.augmentations == ("diffaugment",)
    assert method.extras == ("ema", "dropout")
    assert (method.pack, method.lazy, method.unroll) == (2, 4, 0)
    assert trial.hparams["dropout.rate"] == 0.1
    assert trial.hparams["ema.decay"] == 0.9885  # the task's, over the part's 0.999
    assert Trial.from_record(trial.record()) == trial


@pytest.mark.parametrize(
    ("task", "line", "reason"),
    [
        ("ring8", 'augmentations = ["diffaugment"]', "moves pixels, and ring8 has no images"),
        ("ring8", 'extras = ["emma"]', 'unknown extra "emma"'),
        ("ring8", 'g_normalizer = "spectral_norm"', "not for the generator"),
        ("ring8", "unroll = 3", "inner steps of the dynamics unrolled"),
        ("bilinear", 'loss = "hinge"', "bilinear is a game of wasserstein"),
        ("digits8", 'normalizer = "instance_norm"', "dense layers only"),
    ],
)
def test_what_a_socket_cannot_hold_is_refused_with_its_line(tmp_path, task, line, reason):
    with pytest.raises(grid.GridError, match=reason) as error:
        load(tmp_path, task, line + "\n")
    assert "sweep.toml:" in str(error.value)


def test_new_sockets_left_alone_do_not_rename_old_trials(monkeypatch):
    """Names of the first version, of which numbers have changed since, but no field."""
    monkeypatch.setattr("bench.trial.NUMERICS", 1)
    numbers = {"lr_g": 1e-3, "lr_d": 1e-3, "r1.gamma": 0.1}
    trial = Trial("ring8", Method("r1", regularizers=("r1",)), 3, 100, numbers, {"batch": 8})
    assert set(trial.record()["method"]) == {
        "name",
        "loss",
        "regularizers",
        "normalizer",
        "optimizer",
        "dynamics",
        "d_steps",
    }
    assert trial.id == "4ca8adcc07e1f85e"
    other = Trial("ring8", Method("r1", regularizers=("r1",), lazy=2), 3, 100, numbers)
    assert other.record()["method"]["lazy"] == 2
