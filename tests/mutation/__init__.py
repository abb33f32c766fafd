"""Faults are put into the code, and the tests must find them.

`python -m tests.mutation.faults` puts in those that were thought of by hand, each with the test
that finds it. `python -m tests.mutation.sampled` puts in a random sample of small changes that
cosmic-ray makes, runs the tests that execute the changed line, and writes `sampled.csv`. Neither
runs in CI: both need minutes to hours. `README.md` beside this file has the results.
"""
