"""One thread, as in every trial, and before TensorFlow is imported anywhere. A process that a test
starts, wherever it works, imports the package that the test has imported."""

import os

from bench.gan import load_parts
from bench.gan.backend import one_thread
from tests import commands

one_thread()
load_parts()
os.environ.update(commands.environment())
