"""The networks of a run's task, for trainers that play no game with them."""

from __future__ import annotations

from bench import registry
from bench.gan import tasks
from bench.gan.backend import Model, keras, tf
from bench.gan.networks import PLAIN, Network
from bench.gan.tasks import Task
from bench.trainer import Run


def task(run: Run) -> Task:
    """The task of a run. Raises ValueError for one of the user's own files."""
    if run.task not in registry.task:
        text = "trainers of the catalogue take the networks of its own tasks"
        raise ValueError(f"{run.task} is a task of a file of yours: {text}")
    return tasks.build(run.task, tuple(sorted(run.options.items())))


def decoder(run: Run) -> Model:
    """The generator of the task without any layer of a method: z [n, latent] -> samples."""
    g, _ = task(run).networks(PLAIN)
    assert g  # else the task would be a game, which no trainer is asked for
    return g


def encoder(run: Run, outputs: int) -> Model:
    """The task's discriminator up to its last hidden layer, and a dense layer behind it: samples ->
    [n, outputs]. Where that layer cannot be told, two dense layers of 128 stand in its place."""
    _, d = task(run).networks(PLAIN)
    given, layers = keras.Input(run.shape), keras.layers
    found = Network(d).features if d and len(d.inputs) == 1 else None
    if found:  # without the layers behind it, which would get no gradient
        hidden = keras.Model(found.model.inputs, found.model.outputs[1])(given)
    else:
        hidden = layers.Flatten()(given)
        for _ in range(2):
            hidden = layers.Dense(128, activation="leaky_relu")(hidden)
    return keras.Model(given, layers.Dense(outputs)(hidden))


def sample_from(run: Run, generator: Model) -> None:
    """Let samples be those of a generator in evaluation mode, of the same latents each time."""
    z = tf.random.stateless_normal([run.samples, run.latent], [0, 0])
    run.sampler(lambda n: generator(z[:n], training=False))
