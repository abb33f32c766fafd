"""python -m bench.diagnose."""

from bench.console import run
from bench.diagnose.command import main

run(main)
