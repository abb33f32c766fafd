"""Work over all cores ends, also where its processes come to hold much memory."""

import warnings

from joblib import delayed
from joblib.externals.loky import process_executor

from bench.analysis.frame.cores import over_cores


def hold(size):
    """Make this process hold so many bytes, which is soon found to be much."""
    process_executor._MEMORY_LEAK_CHECK_DELAY = 0.0
    process_executor._MAX_MEMORY_LEAK_SIZE = 40_000_000
    vars(process_executor).setdefault("held", []).append(b"1" * size)
    return size


def test_processes_that_hold_much_memory_are_replaced_without_a_word():
    sizes = [1, 2, 50_000_000, 50_000_001, 3]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert over_cores(delayed(hold)(size) for size in sizes) == sizes
