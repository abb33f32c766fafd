"""The examples in other frameworks run as they are."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path

import pytest

from tests.trainers.sweeps import table, trained, write

EXPERIMENTS = Path(__file__).parents[2] / "experiments"


def short(folder, name, more=""):
    shutil.copy(EXPERIMENTS / f"{name}.py", folder)
    return trained(write(folder, table("own", f'trainer = "{name}.py:train"\n{more}')))["own"]


def check(result):
    assert result.status == "completed", result.error
    assert list(result.curves["step"]) == [5, 10, 15, 20]
    assert result.curves["q"][-1] > 0.1  # as it must be after 20 steps
    assert all(value > 0 for value in (*result.signals["loss_g"], *result.signals["loss_d"]))


def test_numpy(tmp_path):
    result = short(tmp_path, "train_numpy")
    check(result)
    assert {"d_auc", "logit_median"} <= set(result.curves)


@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="PyTorch is not installed")
def test_torch(tmp_path):
    check(short(tmp_path, "train_torch", "grid.train.gamma = 0.1"))


@pytest.mark.slow
def test_keras(tmp_path):
    check(short(tmp_path, "train_keras"))
