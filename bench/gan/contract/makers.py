"""The contract of parts that return functions or networks: optimizers, normalizers, extras,
networks. Each of the functions is called."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from bench.gan.backend import Critic, Make, Shape, Tensor, Tensors, keras, tf
from bench.gan.contract.built import sized, taken
from bench.gan.contract.calls import Calls, Wrong, alike, given, pair
from bench.gan.methods import slots
from bench.gan.networks import Layers, Sizes
from bench.gan.parts.extras import Extra
from bench.gan.parts.normalizers import Normalizer
from bench.gan.parts.optimizers import Optimizer
from bench.registry import Part

B = 8
KEY = [3, 5]


def _made(part: Part, call: Calls, kind: type) -> Any:
    """Call a part and give what it made. Raises Wrong where that is of another type than `kind`."""
    made = call("", part.fn)
    if not isinstance(made, kind):
        raise Wrong(f"returns {given(made)}, needed is {kind.__module__}.{kind.__name__}(...)")
    return made


def optimizer(part: Part, call: Calls) -> Iterator[str]:
    """`init` and two calls of `update`: shapes, slots, and the direction of the first step."""
    made = _made(part, call, Optimizer)
    w = (tf.constant([1.0, -2.0]), tf.constant([[0.5]]))
    slots = call("its init(weights)", made.init, w)
    words = "its update(gradients, slots, lr)"
    changes, after = pair(words, call(words, made.update, w, slots, 0.1), "(changes, slots)")
    if not isinstance(changes, tuple | list) or len(changes) != len(w):
        raise Wrong(f"{words} gives {given(changes)} as changes, needed is one for each weight")
    for a, b in zip(w, changes, strict=True):
        if not tf.is_tensor(b):
            raise Wrong(f"{words} gives {given(b)} as a change, needed is a tensor")
        if a.shape != b.shape:
            raise Wrong(f"changes a weight of shape {a.shape} by one of shape {b.shape}")
    alike(f"{words} as slots", after, slots)
    call(words, made.update, w, after, 0.1)
    if made.measured:
        words = "its measured(weights, slots)"
        alike(words, call(words, made.measured, w, after), w)
    if bool(made.measured) != bool(part.traits.get("measures")):
        yield "has measured and declares no measures, or the other way round"
    if float(tf.add_n([tf.reduce_sum(a * b) for a, b in zip(w, changes, strict=True)])) >= 0:
        yield "its first step does not go down the gradient: a change is added to the weight"


def normalizer(part: Part, call: Calls) -> Iterator[str]:
    """Every function of a Normalizer, on the kernels of a dense and of a convolutional layer."""
    made = _made(part, call, Normalizer)
    shapes = [(2, 5), (5, 1)] + ([(3, 3, 2, 4)] if part.traits.get("spatial") else [])
    rng, key = np.random.default_rng(1), tf.constant(KEY)
    kernels = tuple(tf.constant(rng.normal(size=s), tf.float32) for s in shapes)
    own: tuple[Any, ...] = ()
    if made.start:
        words = "its start(kernels, key)"
        first, own = pair(words, call(words, made.start, kernels, key), "(kernels, own weights)")
        alike(f"{words} as kernels", first, kernels)
    memory = call("its init(kernels, key)", made.init, kernels, key)
    words = "its apply(kernels, memory)"
    found = call(words, made.apply, (*kernels, *own), memory)
    effective, after = pair(words, found, "(kernels, memory)")
    alike(f"{words} as kernels", tuple(effective)[: len(kernels)], kernels)
    alike(f"{words} as memory", after, memory)
    alike("its project(weights)", call("its project(weights)", made.project, kernels), kernels)
    shape = (B, 4, 4, 2) if part.traits.get("spatial") else (B, 5)
    if made.layer:
        _layer("its layer()", made.layer, shape, call)
    if made.reference:
        reference = made.reference
        words = f"its reference({B})"
        layer = call(words, reference, B)
        if not isinstance(layer, keras.layers.Layer):
            yield f"{words} returns {given(layer)}, needed is a Keras layer"
    if made.wrap:
        _wrapped(made.wrap, call)


def _wrapped(wrap: Callable[[Critic], Critic], call: Calls) -> None:
    """A discriminator is a function (x, ...) -> (logits [B], buffers), wrapped or not."""

    def d(x: Tensor, *more: object, features: bool = False) -> tuple[Tensor, Tensors]:
        return (x, ()) if features else (tf.reduce_sum(tf.sin(x), 1), ())

    d_wrapped = call("its wrap(d)", wrap, d)
    found = call("its wrap(d)(x)", d_wrapped, tf.ones((B, 2)))
    logits, _ = pair("its wrap(d)(x)", found, "(logits, buffers)")
    alike("its wrap(d)(x) as logits", logits, tf.zeros(B))


def _layer(words: str, make: Make, shape: Shape, call: Calls, same: bool = True) -> None:
    """A function that makes a Keras layer, which keeps the shape of its input (or, where not
    `same`, the batch). Raises Wrong."""
    layer = call(words, make)
    if not isinstance(layer, keras.layers.Layer):
        raise Wrong(f"{words} returns {given(layer)}, needed is a Keras layer")
    x = tf.constant(np.random.default_rng(2).normal(size=shape), tf.float32)
    y = call(f"the layer of {words}", layer, x, training=True)
    wanted = tuple(y.shape) == shape if same else len(y.shape) == 2 and y.shape[0] == shape[0]
    if not wanted:
        needed = shape if same else f"({shape[0]}, F)"
        raise Wrong(f"the layer of {words} turns {shape} into {tuple(y.shape)}, needed is {needed}")


def extra(part: Part, call: Calls) -> Iterator[str]:
    """Every function of an Extra."""
    made = _made(part, call, Extra)
    if made.after:
        _layer("its after()", made.after, (B, 5), call)
    if made.norm:
        _layer("its norm()", made.norm, (B, 5), call)
    if made.head:
        _layer("its head()", made.head, (B, 5), call, same=False)
    if made.select:
        words, logits = "its select(fake logits, progress)", tf.constant([3.0, -1, 2, 0, 5, 1])
        for progress in (0.0, 1.0):
            weights = call(words, made.select, logits, tf.constant(progress))
            alike(words, weights, logits)
            if not float(tf.reduce_sum(weights)) > 0:
                yield f"{words} selects no sample"
    w = (tf.constant([1.0, -2.0]), tf.constant([[0.5]]))
    if made.gradients:
        words = "its gradients(gradient)"
        alike(words, call(words, made.gradients, w), w)
    if made.average:
        words = "its average(average, weights, step)"
        alike(words, call(words, made.average, w, w, tf.constant(3)), w)
    if made.numbers:
        words = "its numbers(numbers, lazy)"
        own = {k: tf.constant(v) for k, v in {"lr": 0.1, "beta1": 0.5, "beta2": 0.9}.items()}
        found = call(words, made.numbers, own, 2)
        if not isinstance(found, dict) or set(found) != set(own):
            text = sorted(found) if isinstance(found, dict) else given(found)
            yield f"{words} gives {text}, needed is {sorted(own)}"
    yield from _draws(made, call)
    yield from _remembers(made, call)
    if not any(made):
        yield "changes nothing: give an Extra at least one function"


def _draws(made: Extra, call: Calls) -> Iterator[str]:
    """The functions of an Extra that change what a step is given."""
    rng = np.random.default_rng(3)
    if made.latents:
        z = tf.constant(rng.normal(size=(B, 3)), tf.float32)
        alike("its latents(z)", call("its latents(z)", made.latents, z), z)
    if made.real:
        x = tf.constant(rng.normal(size=(B, 4, 4, 1)), tf.float32)
        alike("its real(x)", call("its real(x)", made.real, x), x)
    if made.places:
        words, size = "its places(numbers, size)", 7
        numbers = np.arange(5, 5 + B)
        found = np.asarray(call(words, made.places, numbers, size))
        if found.shape != numbers.shape or found.dtype.kind not in "iu":
            yield f"{words} gives {found.dtype}{list(found.shape)}, needed are {B} whole numbers"
        elif found.min() < 0 or found.max() >= size:
            yield f"{words} gives places {found.min()} ... {found.max()} of a data set of {size}"


def _remembers(made: Extra, call: Calls) -> Iterator[str]:
    """The functions of an Extra that read or change what it remembers."""
    if made.moves_d:
        words = "its moves_d(loss)"
        moves = call(words, made.moves_d, tf.constant(0.7))
        alike(words, moves, tf.constant(True))
    using = [made.after_d, made.fakes, made.chance, made.tells, made.penalty, made.shown]
    if made.memory is None:
        if any(using):
            yield "uses a memory that it was not given: memory=lambda shape, dtype: ..."
        return
    memory = call("its memory(shape, dtype)", made.memory, (2,), "float32")
    logits = tf.constant([3.0, -1, 2, 0, 5, 1])
    if made.after_d:
        words = "its after_d(memory, real logits, fake logits, loss)"
        alike(words, call(words, made.after_d, memory, logits, -logits, tf.constant(0.7)), memory)
    if made.fakes:
        words, x = "its fakes(memory, samples, key)", tf.ones((B, 2))
        found = call(words, made.fakes, memory, x, tf.constant(KEY))
        new, after = pair(words, found, "(samples, memory)")
        alike(f"{words} as samples", new, x)
        alike(f"{words} as memory", after, memory)
    if made.chance:
        chance = call("its chance(memory)", made.chance, memory)
        alike("its chance(memory)", chance, tf.constant(0.5))
    if made.penalty:
        words, noted = "its penalty(memory, real notes, fake notes)", (tf.constant(0.5),) * 2
        alike(words, call(words, made.penalty, memory, noted, noted), tf.constant(0.5))
    for name, function in (("shown", made.shown), ("tells", made.tells)):
        words = f"its {name}(memory)"
        if function and not isinstance(call(words, function, memory), dict):
            yield f"{words} is no dict of names and numbers"


def network(part: Part, call: Calls) -> Iterator[str]:
    """The shapes of both players, plain and with a layer in each slot."""
    shape = (8, 8, 1) if part.traits.get("images") else (2,)
    sizes = Sizes(shape, 3, 4, 0.05, 10)
    found = call("", part.fn, sizes, Layers(g=Layers()))
    if not isinstance(found, tuple) or len(found) != 2:
        yield "does not return a pair (generator, discriminator)"
        return
    for who, model in zip(("generator", "discriminator"), found, strict=True):
        if not isinstance(model, keras.Model):
            raise Wrong(f"its {who} is {given(model)}, needed is a keras.Model")
    given_shapes = [tuple(model.outputs[0].shape[1:]) for model in found]
    wanted: list[Shape] = [shape, (1,)]
    for who, has, needed in zip(("generator", "discriminator"), given_shapes, wanted, strict=True):
        if has != needed:
            yield f"its {who} gives {['B', *has]}, needed is {['B', *needed]}"
    if given_shapes != wanted:
        return
    said, used = set(part.traits.get("takes", slots.ALL)), taken(part, sizes, call)
    for slot in sorted(said ^ used):
        text = "declares no takes" if "takes" not in part.traits else f"declares takes={said}"
        yield f"{text}, and {'does not put in' if slot in said else 'has'} {slots.WORDS[slot]}"
    wrong = set(part.traits.get("sizes", ())) ^ sized(part, sizes)
    if "sizes" in part.traits and wrong and not part.traits.get("images"):
        wrong &= sized(part, sizes._replace(shape=(8, 8, 1))) ^ set(part.traits["sizes"])
    if "sizes" in part.traits and wrong:
        yield f"declares sizes={part.traits['sizes']}, which is wrong of {', '.join(sorted(wrong))}"


def shown(part: Part, call: Calls) -> Iterator[str]:
    """The function of real samples and progress that the decorator of a network can be told."""
    if "real" in part.traits:
        x = tf.constant(np.random.default_rng(1).normal(size=(B, 8, 8, 1)), tf.float32)
        for progress in (0.0, 0.5, 1.0):
            words = f"its real(x, progress) at {progress:g}"
            y = call(words, part.traits["real"], x, tf.constant(progress), **part.defaults)
            alike(words, y, x)
    yield from ()
