"""Methods: the catalogue, the rules of what can be combined, the cost of a step."""

from bench.gan.methods.catalogue import CATALOGUE, Recipe

__all__ = ["CATALOGUE", "Recipe"]
