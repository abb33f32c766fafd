"""Normal numbers of keys, against SciPy's quantiles; a product's derivatives, against
TensorFlow's; a loop that is called without a look at its arguments."""

import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from bench.gan import keys
from bench.gan.backend import Program, stored, traced
from bench.gan.parts import layers

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


def _orders(product, x, w):
    """A product, its derivatives, derivatives of their squared lengths, and so once more."""
    with tf.GradientTape() as last:
        last.watch([x, w])
        with tf.GradientTape(persistent=True) as outer:
            outer.watch([x, w])
            with tf.GradientTape() as tape:
                tape.watch([x, w])
                y = product(x, w)
                loss = tf.reduce_sum(tf.sin(y))
            first = tape.gradient(loss, [x, w])
            lengths = [tf.reduce_sum(g**2) for g in first]
        second = [g for n in lengths for g in outer.gradient(n, [x, w])]
        length = tf.add_n([tf.reduce_sum(g**2) for g in second])
    return [y, *first, *second, *last.gradient(length, [x, w])]


@pytest.mark.parametrize("columns", [1, 2, 3, layers.FEW, layers.FEW + 1, 9])
@pytest.mark.parametrize("xla", [True, False, None])
def test_a_product_and_its_derivatives_are_those_of_tensorflow(columns, xla):
    rng = np.random.default_rng(columns)
    x, w = (tf.constant(rng.normal(size=s)) for s in ((6, 5), (5, columns)))

    def ours():
        with traced(bool(xla)):
            return _orders(layers.product, x, w)

    # None: step by step, without a graph
    made = ours() if xla is None else tf.function(ours, jit_compile=xla)()
    for found, known in zip(made, _orders(tf.matmul, x, w), strict=True):
        np.testing.assert_allclose(found, known, rtol=1e-10, atol=1e-12)


def test_a_product_is_differentiated_twice_within_a_branch_of_a_loop():
    """As a penalty is that is taken in every 16th step."""
    x, w = tf.constant([[1.0, 2.0], [3.0, -1.0]]), tf.constant([[0.5, -0.3], [0.2, 0.7]])

    def penalty(product, w):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.reduce_sum(tf.sin(product(x, w)))
        return tf.reduce_sum(tape.gradient(y, x) ** 2)

    def after(product):
        def body(i, w):
            with tf.GradientTape() as tape:
                tape.watch(w)
                loss = tf.cond(i % 2 == 0, lambda: penalty(product, w), lambda: tf.zeros([]))
            return i + 1, w - 0.1 * tape.gradient(loss, w)

        return tf.while_loop(lambda i, _: i < 3, body, (0, w))[1]

    known = tf.function(lambda: after(tf.matmul))()
    assert np.abs(known - w).max() > 0.01
    for xla in (True, False):
        found = tf.function(lambda: after(layers.product), jit_compile=xla)()
        np.testing.assert_allclose(found, known, rtol=1e-5)


def test_a_dense_layer_is_that_of_keras():
    own = layers.Dense(3, activation="tanh", bias_initializer="ones")
    known = tf.keras.layers.Dense(3, activation="tanh")
    bare, same = layers.Dense(3, use_bias=False), tf.keras.layers.Dense(3, use_bias=False)
    x = tf.constant(np.random.default_rng(0).normal(size=(4, 5)), tf.float32)
    for ours, theirs in ((own, known), (bare, same)):
        ours.build((None, 5))
        theirs.build((None, 5))
        theirs.set_weights(ours.get_weights())
        np.testing.assert_allclose(ours(x), theirs(x), rtol=1e-6)


def test_a_stored_tensor_is_itself_and_has_derivatives():
    x = tf.constant([1.0, -2.0])

    def slope():
        with traced(True), tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.reduce_sum(stored(x) ** 3)
        return y, tape.gradient(y, x)

    y, dx = tf.function(slope, jit_compile=True)()
    assert y == -7.0
    np.testing.assert_array_equal(dx, [3.0, 12.0])
    assert stored(x) is x  # outside of what XLA compiles


def test_a_program_gives_each_argument_its_own_place():
    """Equal shapes, a mapping in another order than that of its names, nothing in one place."""

    def function(pair, numbers, none, last):
        assert none is None
        a, b = pair
        return {"z": a - 2 * b, "a": (numbers["b"] / numbers["a"], last)}

    program = Program(function, xla=False)
    for k in (1.0, 10.0):
        pair = tf.constant(k), tf.constant(2.0)
        numbers = {"b": tf.constant(3.0), "a": tf.constant(4.0 * k)}
        found = program(pair, numbers, None, tf.constant(7.0))
        assert float(found["z"]) == k - 4
        assert float(found["a"][0]) == pytest.approx(0.75 / k)
        assert float(found["a"][1]) == 7.0


def test_a_program_takes_mappings_of_other_names_for_others():
    """As many numbers, of other names; one more; and the first ones again."""
    program = Program(
        lambda numbers: sum((i + 1) * x for i, x in enumerate(numbers.values())), xla=False
    )
    one, two, three = (tf.constant(float(k)) for k in (1, 2, 3))
    assert float(program({"a": one, "b": two})) == 5
    assert float(program({"b": two, "c": three})) == 8
    assert float(program({"a": one, "b": two, "c": three})) == 14
    assert float(program({"a": three, "b": one})) == 5
