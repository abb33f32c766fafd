"""A tensor that XLA stores, and a function that is called without a look at its arguments."""

import numpy as np
import pytest
import tensorflow as tf

from bench.gan.program import Program, stored, traced


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
