"""python -m bench.diagnose.remedies: prints remedies as lines to paste into a training loop.

python -m bench.diagnose.remedies            # their names
python -m bench.diagnose.remedies r1         # ten lines of PyTorch and of Keras
"""

from __future__ import annotations

from collections.abc import Sequence

from bench.console import parser, run
from bench.diagnose.remedies.table import known
from bench.vocabulary import errors
from bench.vocabulary.search import suggest


def main(argv: Sequence[str] | None = None) -> int:
    """Print what was asked for. Returns the exit code."""
    made = parser("diagnose.remedies", __doc__)
    made.add_argument("names", nargs="*", metavar="NAME", help="a remedy")
    names = made.parse_args(argv).names
    there = known()
    for name in names:
        if name not in there:
            errors.say(f'no remedy "{name}"{suggest(name, there)}')
            return 2
    for name in names:
        own = there[name]
        print(f"# {own.title}; {own.cost}\n\n# PyTorch\n{own.torch}\n# Keras\n{own.keras}")
    if not names:
        print("\n".join(f"{name:15} {own.title}; {own.cost}" for name, own in there.items()))
    return 0


if __name__ == "__main__":
    run(main)
