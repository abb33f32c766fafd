"""python -m bench.diagnose.reliability RESULTS: counts anew how often each finding is right."""

from bench.console import run
from bench.diagnose.reliability.counting import main

run(main)
