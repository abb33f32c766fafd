"""One runner per folder; who only looks is no runner."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from bench.store.lock import Locked, holder, lock

LOOK = """
import sys
from pathlib import Path
from bench.store.lock import holder
print("looking", flush=True)
while True:
    holder(Path(sys.argv[1]))
"""


def test_a_second_runner_is_told_of_the_first(tmp_path):
    assert holder(tmp_path) is None
    with lock(tmp_path):
        assert f"process {os.getpid()} on " in holder(tmp_path)
        with pytest.raises(Locked, match=f"process {os.getpid()}"), lock(tmp_path):
            pass
    assert holder(tmp_path) is None


def test_looking_again_and_again_keeps_no_runner_out(tmp_path):
    command = [sys.executable, "-c", LOOK, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as looking:
        try:
            assert looking.stdout.readline()
            for _ in range(200):
                with lock(tmp_path):
                    pass
        finally:
            looking.kill()


def test_a_lock_names_its_present_holder_only(tmp_path):
    (tmp_path / ".lock").write_text("process 123456 on an older machine with a long name " * 9)
    with lock(tmp_path):
        told = holder(tmp_path)
        assert told.startswith(f"process {os.getpid()} on ")
        assert "older" not in told
