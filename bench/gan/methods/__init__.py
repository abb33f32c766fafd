"""Methods: the catalogue, what cannot be combined, what a step costs."""

from bench.gan.methods.catalogue import CATALOGUE, Recipe

__all__ = ["CATALOGUE", "Recipe"]
