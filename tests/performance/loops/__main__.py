"""One loop, which runs when it is told: python -m tests.performance.loops LIBRARY GAME SIZE ...

It prints the library's name, when it is warm. For each number of steps that it then reads from a
line of its input it runs them, and prints the seconds of the processor that they took.
"""

from __future__ import annotations

import importlib
import os
import sys
import time


def main() -> None:
    # JAX has no flag that keeps all of its work on one thread: two threads that hand each other
    # small kernels take twice the time of the processor.
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    library, game, *sizes = sys.argv[1:]
    module = importlib.import_module(f"tests.performance.loops.{library}")
    run, name = getattr(module, game)(*map(float, sizes))
    run(4)  # compiles
    print(name, flush=True)
    for line in sys.stdin:
        steps, begin = int(line), time.process_time()
        run(steps)
        print(time.process_time() - begin, flush=True)


if __name__ == "__main__":
    main()
