"""python -m bench.sweep."""

from bench.console import run
from bench.sweep.command import main

run(main)
