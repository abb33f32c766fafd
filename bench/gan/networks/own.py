"""Networks of the user's own: functions of their files that return a `keras.Model`."""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Callable
from typing import TypeVar

from bench import registry
from bench.gan.backend import Model, Shape, keras
from bench.gan.networks import carried
from bench.gan.networks.inserts import Layers, Sizes

Result = TypeVar("Result")


class BadNetwork(ValueError):
    """A network that cannot play; the message says what is wrong with it and what to do."""


def generator(name: str, sizes: Sizes, layers: Layers) -> Model:
    """The generator that a function `name` = "file:function" returns, [B, latent] -> [B, *shape].

    The function gets those of `latent`, `shape` and `layers` that it takes. Raises BadNetwork.
    """
    if not _takes(name, "layers") and (layers.for_g.norm or layers.for_g.after):
        raise BadNetwork(_inserted(name, "generator"))
    model = _made(name, sizes, layers.for_g)
    _check_input(name, model, (sizes.latent,), "latents")
    found = _output(model)
    if found != sizes.shape:
        raise BadNetwork(
            f"{name} gives {_batch(found)}, and samples are {_batch(sizes.shape)}: "
            f"end it with a layer of that shape, such as keras.layers.Reshape({sizes.shape})"
        )
    return model


def discriminator(name: str, sizes: Sizes, layers: Layers) -> Model:
    """The discriminator of a function, [B, *shape] -> logits [B, 1]; see `generator`."""
    plain = not (layers.norm or layers.after or layers.head)
    if not _takes(name, "layers") and not plain:
        raise BadNetwork(_inserted(name, "discriminator"))
    seen = layers.packed(sizes.shape)
    model = _made(name, sizes._replace(shape=seen), layers)
    _check_input(name, model, seen, "samples" if layers.pack == 1 else "packs of samples")
    found = _output(model)
    if found != (1,):
        raise BadNetwork(
            f"{name} gives {_batch(found)}: it must give one logit for each sample, [B, 1]; "
            f"end it with keras.layers.Dense(1)"
        )
    last = getattr(model.layers[-1], "activation", None)
    if last is keras.activations.sigmoid:
        raise BadNetwork(f"{name} ends in a sigmoid: losses take logits, so leave it out")
    return model


def _function(name: str) -> Callable[..., Model]:
    """The function of a name "file:function". Raises BadNetwork where there is none."""
    file, _, function = name.partition(":")
    module = registry.files.get(file)
    if module is None:
        raise BadNetwork(f"{name}: the file {file}.py is not loaded")
    found = getattr(module, function, None)
    if not callable(found):
        own = [k for k, v in vars(module).items() if inspect.isfunction(v) and k[0] != "_"]
        text = f"{file}.py has no function {function}{registry.suggest(function, own)}"
        raise BadNetwork(text)
    return found


def _takes(name: str, argument: str) -> bool:
    return argument in inspect.signature(_function(name)).parameters


def _made(name: str, sizes: Sizes, layers: Layers) -> Model:
    """The model that a function returns, of one input and one output. Raises BadNetwork."""
    function = _function(name)
    offered = {"latent": sizes.latent, "shape": sizes.shape, "layers": layers}
    parameters = inspect.signature(function).parameters
    rest = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    own = {n: p for n, p in parameters.items() if n not in offered and p.kind not in rest}
    needed = [n for n, p in own.items() if p.default is p.empty]
    if needed:
        text = f"{name} needs {', '.join(needed)}: it may take latent, shape and layers"
        raise BadNetwork(text)
    model = _called(name, lambda: function(**{k: v for k, v in offered.items() if k in parameters}))
    if not isinstance(model, keras.Model):
        raise BadNetwork(
            f"{name} returns {type(model).__name__}, needed is a keras.Model: keras.Sequential("
            f"[keras.Input(...), ...]) or keras.Model(inputs, outputs)"
        )
    if not model.built or not getattr(model, "inputs", None):
        raise BadNetwork(
            f"{name} does not say its input: begin it with keras.Input(...); a subclass of "
            f"keras.Model cannot, so make a keras.Model(inputs, outputs) of its layers"
        )
    if len(model.inputs) != 1 or len(model.outputs) != 1:
        raise BadNetwork(f"{name} has {len(model.inputs)} inputs and {len(model.outputs)} outputs")
    if not model.trainable_variables:
        raise BadNetwork(f"{name} has no trainable weights: there is nothing to learn")
    for reason in _called(name, lambda: list(carried.ignored(model))):
        raise BadNetwork(f"{name} {reason}")
    return model


def _called(name: str, function: Callable[[], Result]) -> Result:
    """The result of a call. Raises BadNetwork with the place for whatever the call raises."""
    try:
        return function()
    except BadNetwork:
        raise
    except (Exception, SystemExit) as error:
        raise BadNetwork(f"{name} {raised(error)}") from error


def raised(error: BaseException) -> str:
    """Names an error and the place it was raised at: the innermost line that is not a library's."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if "site-packages" not in frame.filename] or frames
    text = str(error).strip().partition("\n")[0]
    return f"raised {type(error).__name__} at {own[-1].filename}:{own[-1].lineno}: {text}"


def _check_input(name: str, model: Model, needed: Shape, what: str) -> None:
    found = tuple(model.inputs[0].shape[1:])
    if found != needed:
        raise BadNetwork(
            f"{name} takes {_batch(found)}, and {what} are {_batch(needed)}: "
            f"begin it with keras.Input({needed})"
        )


def _output(model: Model) -> Shape:
    """The shape of one output, without the batch axis."""
    return tuple(model.outputs[0].shape[1:])


def _batch(shape: Shape) -> str:
    return f"[{', '.join(map(str, ('B', *shape)))}]"


def _inserted(name: str, player: str) -> str:
    return (
        f"{name} takes no layers, and the method puts some into the {player} (a normalizer, "
        f"dropout ...): give it a parameter `layers` and build with layers.hidden(activation), "
        f"or leave the method out"
    )
