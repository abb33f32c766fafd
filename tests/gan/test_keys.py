"""Normal numbers of keys, against SciPy's quantiles."""

import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from bench.gan import keys

BITS = np.random.default_rng(5).integers(-(2**31), 2**31, 50_000, np.int32)
ENDS = np.array([-(2**31), 2**31 - 1, -1, 0, 255, 256], np.int32)


@pytest.mark.parametrize("xla", [True, False])
def test_bits_become_the_quantiles_of_a_normal_distribution(xla):
    bits = np.concatenate([BITS, ENDS])
    found = tf.function(keys.quantiles, jit_compile=xla)(tf.constant(bits)).numpy()
    # 24 bits, rounded towards minus infinity, and the middle of what they stand for
    uniform = (np.floor(bits / 2**8) + 0.5) / 2**24 + 0.5
    np.testing.assert_allclose(found, stats.norm.ppf(uniform), rtol=2e-6, atol=2e-7)
    assert found[50_000] == -found[50_001]
    assert found.max() == pytest.approx(5.42, abs=0.01)


def test_normal_numbers_are_normal_and_of_their_key_alone():
    some = keys.gaussian(keys.key(3, "z"), (40_000, 3), "float32")
    assert stats.kstest(some.ravel(), "norm").pvalue > 1e-3
    assert np.abs(np.corrcoef(some.T) - np.eye(3)).max() < 0.02
    assert np.abs(np.corrcoef(some[:-1, 0], some[1:, 0])[0, 1]) < 0.02
    few = keys.gaussian(keys.key(3, "z"), (7, 3), "float64")
    assert few.dtype == np.float64
    np.testing.assert_array_equal(few, some[:7])  # however many are drawn
    assert not np.isin(keys.gaussian(keys.key(4, "z"), (7, 3), "float32"), some).any()


def test_the_next_normal_numbers_of_a_generator_are_others():
    rng = keys.generator(keys.key(1, "x"))
    first, second = keys.normals(rng, (5,)), keys.normals(rng, (5,))
    assert not np.isin(first, second).any()
    assert keys.bits(rng, (3, 5)).shape == (3, 5)  # an odd number of 32 bits


def test_normal_numbers_can_be_asked_for_while_a_function_is_traced():
    drawn = keys.gaussian(keys.key(0, "a"), (4,), "float32")
    function = tf.function(lambda: tf.constant(keys.gaussian(keys.key(0, "a"), (4,), "float32")))
    np.testing.assert_array_equal(function(), drawn)
