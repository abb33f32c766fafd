"""Where a count is compared with a share of another: decided as exact arithmetic decides it."""

from __future__ import annotations

from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf

from bench import registry
from bench.analysis.verdicts import signals, thresholds
from bench.metrics import Sample
from bench.metrics.coverage import modes
from bench.runner.messages import first_line

KS = [3, 5, 8, 10, 20, 25, 40]


def counted(counts, weights) -> float:
    """`modes` of so many sharp samples in each mode, of the shares `weights`."""
    found = np.repeat(np.arange(len(counts)), counts)
    fake = Sample(np.zeros((len(found), 1)), np.zeros((len(found), 1)), modes=found)
    return modes(fake, fake, SimpleNamespace(weights=np.asarray(weights)))


@pytest.mark.parametrize("k", KS)
@pytest.mark.parametrize("n", [200, 1000, 2500, 10_000])
def test_a_mode_with_a_fifth_of_its_share_counts(k, n):
    """One mode with exactly ceil(0.2 N / K) samples counts, with one less it does not."""
    least = -(-n // (5 * k))
    for few in (least, least - 1):
        others, left = [], n - few
        for i in range(k - 1):
            others.append(left // (k - 1) + (i < left % (k - 1)))
        assert counted([few, *others], np.full(k, 1 / k)) == k - (few < least)


def test_unequal_shares_of_a_data_set():
    """Shares c / M of a data set of M images, as a user's classes have them."""
    rng, n = np.random.default_rng(0), 1000
    for _ in range(300):
        classes = rng.integers(1, 400, size=rng.integers(2, 12))
        total = int(classes.sum())
        wanted = [Fraction(int(c), total) * n / 5 for c in classes]
        for shift in (0, -1):
            counts = [max(0, int(np.ceil(w)) + shift) for w in wanted]
            counts[0] += max(0, n - sum(counts))
            exact = sum(c >= w for c, w in zip(counts, wanted, strict=True))
            assert sum(counts) == n
            assert counted(counts, classes / total) == exact


def test_top_k_takes_as_many_as_exact_arithmetic():
    """Also where k is a whole number that float32 misses: 0.9 of 10, 0.99 of 100."""
    for gamma, batches in ((0.9, (10, 100)), (0.99, (100, 145, 251)), (0.75, (16, 64, 256))):
        for size in batches:
            fake = tf.constant(np.random.default_rng(size).permutation(size).astype("float32"))
            for e in (0, 1, 2, 10, 35, 57):
                progress = tf.constant(e, tf.float32) / 100
                number = tf.constant(gamma, tf.float32)
                select = registry.extra["top_k"](gamma=number, least=tf.constant(0.3)).select
                k = max(int(size * max(Fraction(str(gamma)) ** e, Fraction(3, 10))), 1)
                assert float(tf.reduce_sum(select(fake, progress))) == k, (gamma, size, e)


def test_a_progress_of_hundredths_is_told_at_its_step():
    """e of top_k after `step` of `steps`, whatever steps is."""
    fake = tf.constant(np.arange(1000.0, dtype="float32"))
    select = registry.extra["top_k"](gamma=0.99, least=0.1).select
    for steps in (100, 300, 700, 1200, 5000, 15_000):
        marks = {h * steps // 100 for h in (7, 28, 29, 57, 58)}
        for step in marks | {mark - 1 for mark in marks}:
            progress = tf.constant(step, tf.float32) / tf.constant(float(steps))
            k = int(1000 * max(Fraction(99, 100) ** (100 * step // steps), Fraction(1, 10)))
            assert float(tf.reduce_sum(select(fake, progress))) == k, (steps, step)


def test_shares_of_evaluations():
    """The tail is a fifth of a run, rounded up; 0.8 of it is 4 of 5."""
    for n in range(1, 400):
        assert len(signals.late(np.zeros(n), signals.TAIL)) == -(-n // 5)
        holds = np.zeros((1, n), bool)
        for k in {-(-4 * n // 5), -(-4 * n // 5) - 1}:
            holds[:] = np.arange(n) < k
            met = signals.mean(holds.astype(float))[0] >= thresholds.MOST
            assert met == (5 * k >= 4 * n), (n, k)


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("", ""),
        ("one thing\nand its details", "one thing"),
        ("one thing\n    Details: of it", "one thing"),
        (
            'in user code:\n\n    File "a.py", line 6, in f  *\n        def f(x): return g(x)\n\n'
            "    ValueError: Dimension size must be evenly divisible by 4 but is 5\n",
            "ValueError: Dimension size must be evenly divisible by 4 but is 5",
        ),
        (
            "Graph execution error:\n\nDetected at node R defined at (most recent call last):\n"
            '  File "a.py", line 10, in <module>\n\nInput to reshape is a tensor with 5 values\n'
            "\t [[{{node Reshape}}]] [Op:__inference_g_18]",
            "Input to reshape is a tensor with 5 values",
        ),
        (
            "Exception encountered when calling A.call().\n\n\x1b[1mno such shape\x1b[0m\n\nArgs",
            "Exception encountered when calling A.call(). no such shape",
        ),
        ("x" * 5000, "x" * 300),
    ],
)
def test_a_progress_line_has_the_line_that_says_what_is_wrong(message, said):
    assert first_line(message) == said
