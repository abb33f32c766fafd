"""The dense layer and its product, against those of Keras and TensorFlow."""

import numpy as np
import pytest
import tensorflow as tf

from bench.gan.parts import layers
from bench.gan.program import traced


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
