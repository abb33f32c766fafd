"""A plugin that one test has read is unknown to the next."""

import pytest

from bench import registry


@pytest.fixture(autouse=True)
def _own_tasks(monkeypatch):
    monkeypatch.setattr(registry.task, "_parts", dict(registry.task._parts))
