"""One thread, as in every trial, and before TensorFlow is imported anywhere."""

from bench.gan import load_parts
from bench.gan.backend import one_thread

one_thread()
load_parts()
