"""Work over all cores ends, also where its processes come to hold much memory."""

import sys
import threading
import warnings

import pytest
from joblib import delayed
from joblib.externals.loky import process_executor

from bench.analysis.frame import cores
from bench.analysis.frame.cores import over_cores
from bench.store import StoreError


def hold(size):
    """Make this process hold so many bytes, which is soon found to be much."""
    process_executor._MEMORY_LEAK_CHECK_DELAY = 0.0
    process_executor._MAX_MEMORY_LEAK_SIZE = 40_000_000
    vars(process_executor).setdefault("held", []).append(b"1" * size)
    return size


def test_processes_that_hold_much_memory_are_replaced_without_a_word(monkeypatch):
    monkeypatch.setattr(cores, "count", lambda: 2)
    sizes = [1, 2, 50_000_000, 50_000_001, 3]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert over_cores(delayed(hold)(size) for size in sizes) == sizes


@pytest.fixture
def forks(monkeypatch):
    monkeypatch.setattr(cores, "count", lambda: 2)
    monkeypatch.setattr(cores, "alone", lambda: True)


@pytest.mark.skipif(sys.platform != "linux", reason="forks")
def test_forks_know_all_and_keep_the_order_of_results_and_words(forks, capfd):
    known = object()

    def work(number):  # no process that begins anew could be sent this
        print(f"said {number}", file=sys.stderr)
        return number * (known is not None)

    assert over_cores(delayed(work)(n) for n in (3, 1, 2)) == [3, 1, 2]
    assert capfd.readouterr().err == "said 3\nsaid 1\nsaid 2\n"
    assert cores._calls == ()


@pytest.mark.skipif(sys.platform != "linux", reason="forks")
def test_an_error_of_a_fork_is_raised_here(forks):
    def fails(number):
        if number:
            raise StoreError(f"cannot read {number}")

    with pytest.raises(StoreError, match="cannot read 7"):
        over_cores(delayed(fails)(n) for n in (0, 7, 0))
    assert cores._calls == ()


def test_one_core_has_no_processes(monkeypatch):
    monkeypatch.setattr(cores, "count", lambda: 1)
    assert (
        over_cores(delayed(threading.get_ident)() for _ in range(3)) == [threading.get_ident()] * 3
    )


def test_a_program_that_imports_us_is_not_forked():
    """It may have threads, and TensorFlow's do not outlive a fork."""
    assert not cores.alone()
