"""The networks of a run's task, for trainers that play no game with them."""

from __future__ import annotations

from collections.abc import Callable

from bench import registry
from bench.gan import tasks
from bench.gan.backend import Model, Tensor, keras, tf
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


def train(run: Run, step: Callable[[Tensor, Tensor], Tensor]) -> None:
    """Take all steps of a run, and log each one's loss: `step` is a function of a batch and of the
    step's number. The steps between two measurements are one compiled call."""

    @tf.function(jit_compile=task(run).xla, autograph=False)
    def block(x: Tensor, done: Tensor) -> Tensor:
        losses = tf.TensorArray(tf.float32, x.shape[0], element_shape=[])

        def body(i: Tensor, losses: Tensor) -> tuple[Tensor, Tensor]:
            return i + 1, losses.write(i, step(x[i], done + i))

        return tf.while_loop(lambda i, _: i < x.shape[0], body, (0, losses))[1].stack()

    for x in run.blocks():
        run.log(loss_g=block(tf.constant(x), tf.constant(run.done)))
