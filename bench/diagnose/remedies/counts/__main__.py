"""python -m bench.diagnose.remedies.counts RESULTS: counts anew which remedy helps after what."""

from bench.console import run
from bench.diagnose.remedies.counts.counting import main

run(main)
