"""Finds what a Keras model carries beside its layers: `fit` would act on it, and nothing here does.

A trial calls a model as a pure function and moves its weights itself, so that penalties, bounds,
precisions and training steps that a model brings would be left out in silence. Each is refused, by
asking its variables, its layers and one call, and not by the class of a layer: nested models,
wrappers and shared layers count as well.
"""

from __future__ import annotations

from collections.abc import Iterator

from bench.gan.backend import Layer, Model, keras, tf

FLOAT = "float32"


def ignored(model: Model) -> Iterator[str]:
    """Things that a model carries and a trial would ignore, each in words with what to do."""
    layers = list(model._flatten_layers(include_self=True, recursive=True))
    layers.reverse()  # inner ones first
    yield from _of_variables(model)
    yield from _of_training(layers)
    yield from _of_layers(layers)
    if not any(True for _ in _of_layers(layers)):
        yield from _of_a_call(model)


def _of_variables(model: Model) -> Iterator[str]:
    """Finds bounds, penalties and precisions of a model's variables."""
    for variable in model.variables:
        for what, remedy in (("regularizer", _PENALTY), ("constraint", _BOUND)):
            if getattr(variable, what, None) is not None:
                yield f"has a {what} on {variable.path}, which would have no effect: {remedy}"
        if getattr(variable, "overwrite_with_gradient", False):
            yield f"wants {variable.path} overwritten with its gradient, which would not be done"
        if not variable.path.count("seed") and variable.dtype != FLOAT:
            yield f"keeps {variable.path} in {variable.dtype}: {_PRECISION}"


def _of_layers(layers: list[Layer]) -> Iterator[str]:
    """Finds penalties, precisions and metrics of layers, and settings of Keras as a whole."""
    for layer in layers:
        if layer.activity_regularizer is not None:
            text = "has an activity regularizer"
            yield f"{text} in layer {layer.name}, which would have no effect: {_PENALTY}"
        if (layer.compute_dtype, layer.variable_dtype) != (FLOAT, FLOAT):
            policy = layer.dtype_policy.name
            yield f"computes layer {layer.name} by the dtype policy {policy}: {_PRECISION}"
        if layer.metrics_variables:
            yield f"keeps metrics in layer {layer.name}, which nobody would read: leave them out"
    if keras.config.image_data_format() != "channels_last":
        yield "wants the channels first: samples have them last; leave set_image_data_format out"
    if keras.config.dtype_policy().name != FLOAT or keras.config.floatx() != FLOAT:
        yield f"sets the precision of all networks by its file: {_PRECISION}"


def _of_training(layers: list[Layer]) -> Iterator[str]:
    """Finds training of its own in the model, and in the models inside it."""
    # names that Keras's trainer has: whoever defines one again wants it called
    known = {
        name
        for kind in keras.Model.__mro__
        if kind.__name__.endswith("Trainer")
        for name in vars(kind)
        if not name.startswith("_")
    }
    for model in layers:
        if not isinstance(model, keras.Model):
            continue
        own = [k for k in type(model).__mro__ if k.__module__.partition(".")[0] != "keras"]
        own = [k for k in own if issubclass(k, keras.Model)]
        named = sorted({name for kind in own for name in vars(kind)} & known)
        if named:
            text = f"has its own {', '.join(named)}, which would never be called"
            yield f"{text}: a trial's loss, optimizer and dynamics train it"
        if model.compiled:
            text = "is compiled: its optimizer, loss and metrics would have no effect"
            yield f"{text}; leave `compile` out"


def _of_a_call(model: Model) -> Iterator[str]:
    """Finds what one call does beside giving an output: in training mode and in evaluation mode."""
    if model.inputs[0].shape[0] is not None:
        yield f"takes {model.inputs[0].shape[0]} samples at once: leave the batch size open"
        return
    shape = (3, *model.inputs[0].shape[1:])
    x = tf.random.stateless_normal(shape, [3, 5])
    for training in (True, False):
        values = [(v, tf.convert_to_tensor(v.value)) for v in model.variables]
        outputs = []
        for _ in range(2):
            with keras.StatelessScope(state_mapping=values, collect_losses=True) as scope:
                outputs.append(model(x, training=training))
        if scope.losses:
            yield f"adds a loss of its own (add_loss), which would have no effect: {_PENALTY}"
        known = {id(v) for v, _ in values}
        if set(scope.state_mapping) - known or bool(tf.reduce_any(outputs[0] != outputs[1])):
            yield (
                "draws numbers that a trial could not repeat: keep a keras.random.SeedGenerator "
                "in the layer that draws"
            )
            return
        for variable, before in values:
            now = scope.get_current_value(variable)
            if variable.trainable and bool(tf.reduce_any(tf.convert_to_tensor(now) != before)):
                yield (
                    f"overwrites its trained weight {variable.path} when it is called, which would "
                    f"be lost: leave that layer out; a method brings spectral_norm, weight_norm ..."
                )
                return


_PENALTY = 'name penalties in the method, such as regularizers = ["l2"], and leave it out here'
_BOUND = (
    'bound weights by the method, such as normalizer = "weight_clipping", and leave it out here'
)
_PRECISION = "trials compute in float32; leave the dtype policy out"
