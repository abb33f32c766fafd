"""python -m bench.submit."""

from bench.console import run
from bench.submit.command import main

run(main)
