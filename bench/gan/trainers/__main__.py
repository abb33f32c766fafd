"""python -m bench.gan.trainers FOLDER: runs the trainer of the catalogue that a folder asks for."""

from __future__ import annotations

import sys

from bench import registry, trainer
from bench.gan import load_parts


def main() -> int:
    """Run the trainer. Returns the exit code."""
    load_parts()
    return trainer.main(sys.argv[1:], lambda folder, name: registry.trainer[name].fn)


if __name__ == "__main__":
    sys.exit(main())
