"""python -m bench.sweep."""

from bench.console import run
from bench.sweep import main

run(main)
