"""Networks: builders of Keras models, and a Keras model as a pure function.

Shapes are without the batch axis. A builder takes `layers`, what a method puts into the network.
What Keras does by default and the GAN literature does otherwise (slopes, initial weights) is said
explicitly.
"""

from bench.gan.backend import Tensors
from bench.gan.networks import named  # noqa: F401
from bench.gan.networks.dcgan import dcgan_discriminator, dcgan_generator
from bench.gan.networks.dense import mlp
from bench.gan.networks.inserts import PLAIN, Layers, Sizes
from bench.gan.networks.network import Network, initialized
from bench.gan.networks.small import small_discriminator, small_generator

__all__ = [
    "PLAIN",
    "Layers",
    "Network",
    "Sizes",
    "Tensors",
    "dcgan_discriminator",
    "dcgan_generator",
    "initialized",
    "mlp",
    "small_discriminator",
    "small_generator",
]
