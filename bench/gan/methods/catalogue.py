"""The catalogue: named methods, as their papers have them.

Numbers that are bound to the scale of the data (learning rates, strengths of penalties on a slope,
the half-life of an average) come from the task (see `bench.gan.tasks`), which knows that scale; a
recipe says them where no task does. Momenta, ratios of learning rates and structural counts come
from the recipe, each with the file or the table that it is taken from. Whatever neither says is the
part's default: Adam's betas are then those of Radford et al. 2016. Averages of G's weights, which
change what is measured and not the training, are in a recipe only where the method is the whole
trainer of a paper. What cannot be combined is said in `bench.gan.methods.rules`.
"""

from bench.gan.methods import since_2018, since_2020, until_2017  # noqa: F401
from bench.gan.methods.recipe import CATALOGUE, Recipe

__all__ = ["CATALOGUE", "Recipe"]
