"""A folder for matplotlib where the user's own cannot be written, and none where it can."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bench.store import cache


@pytest.fixture
def nowhere(monkeypatch):
    """A user without a home, even where it is the superuser who asks."""
    for name in ("MPLCONFIGDIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, "")  # put back afterwards
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", "/dev/null/nobody")


def test_matplotlib_gets_a_folder_of_the_process(nowhere, monkeypatch, tmp_path):
    monkeypatch.setattr(cache.tempfile, "tempdir", str(tmp_path))
    kept = []
    monkeypatch.setattr(cache.atexit, "register", lambda *call: kept.append(call))
    cache.for_matplotlib()
    place = Path(os.environ["MPLCONFIGDIR"])
    assert place.parent == tmp_path
    cache.for_matplotlib()  # once
    ((remove, *arguments),) = kept
    remove(arguments[0], os.getpid() + 1)
    assert place.is_dir()  # a fork leaves it to the process that made it
    remove(*arguments)
    assert not place.exists()


def test_matplotlib_gets_a_folder_of_the_cache_where_there_is_one(nowhere, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    cache.for_matplotlib()
    assert Path(os.environ["MPLCONFIGDIR"]) == tmp_path / "gan-stability-bench" / "matplotlib"
    assert not list(tmp_path.iterdir())  # matplotlib makes it, if it is imported at all


@pytest.mark.parametrize("name", ["HOME", "XDG_CONFIG_HOME", "MPLCONFIGDIR"])
def test_a_folder_of_the_user_s_stays(nowhere, monkeypatch, tmp_path, name):
    monkeypatch.setenv(name, str(tmp_path))
    cache.for_matplotlib()
    assert os.environ.get("MPLCONFIGDIR") == (str(tmp_path) if name == "MPLCONFIGDIR" else None)
