"""The words of a schema: one line for each key of a sweep's TOML.

A key that has none here is in the schema all the same, and takes any value (see
`bench.grid.schema.tables`): a test names it.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Mapping

from bench.trial import Method

TABLES: Mapping[str, str] = {
    "sweep": "Which trials there are: tasks, methods, seeds, and how long they train.",
    "grid": "The axes; the grid is their product. A method takes those that it has.",
    "zip": "Axes that move together, in place of their product: lists of one length.",
    "random": "Points that are drawn once, the same for all methods.",
    "exclude": "Drops the trials that match all of its keys.",
    "task": "Options of a task; a list of values is an axis.",
    "method": "A method: of the catalogue, composed of parts, or a training loop of your own.",
    "analysis": "What the report counts as success, and whom it compares with.",
    "reference": "What is known of a method on a task, to stand beside what is measured.",
    "race": "Seeds until the question is decided.",
}
"""Name of a table -> its meaning."""

SWEEP: Mapping[str, str] = {
    "tasks": "What is generated: names of tasks.",
    "methods": "Methods of the catalogue; [[method]] tables add to them.",
    "seeds": 'A range such as "0..9" or a list; or one for each task.',
    "steps": "Steps of every trial, or one number for each task. Left out: those of the task.",
    "gradients": "In place of steps: each method gets the steps that so many gradients allow.",
    "evaluations": "How often a trial is measured; by task as well. 100 where nothing is given.",
    "plugins": "Python files beside this one that register parts of your own. A schema that has "
    "them too: python -m bench.catalogue --schema my_parts.py",
}
"""Key of [sweep] -> its meaning."""

RANDOM: Mapping[str, str] = {
    "samples": "Number of points.",
    "seed": "The seed that they are drawn with.",
}
"""Key of [random] that is no axis -> its meaning."""

METHOD: Mapping[str, str] = {
    "name": "A name of the catalogue, or a new one of what is composed here.",
    "base": "The method of the catalogue that the other keys change.",
    "tasks": "The tasks that it is trained on. Left out: all of the sweep.",
    "grid": "Its own axes, which replace those of the sweep.",
}
"""Key of a [[method]] that is no field of one -> its meaning."""

RACE: Mapping[str, str] = {
    "baseline": "The method that every other one is compared with.",
    "pairs": "In place of baseline: the pairs that are compared, each a list of two methods.",
    "looks": "Seeds a method after which the outcomes are looked at, rising; the last is the most.",
    "alpha": "Probability of any wrong decision on a task; 0.05 where nothing is given.",
    "least": "The smallest difference of rates worth finding: hopeless comparisons are given up.",
    "spending": "How much of alpha the first looks may spend: little, or with pocock much.",
}
"""Key of [race] -> its meaning."""

ANALYSIS: Mapping[str, str] = {
    "success": "The verdict that counts as success.",
    "baseline": "The method that others are compared with.",
    "factors": "The factors of a factorial: name = a key of a method or an axis.",
    "budgets": "Shares of the budget: the report also counts who reached the criterion by then.",
}
"""Key of [analysis] -> its meaning."""

REFERENCE: Mapping[str, str] = {
    "task": "The task that it is about.",
    "method": "The method that it is about, or several.",
    "metric": 'A metric, or "success": 1 is a positive control, 0 a negative one.',
    "value": "The value that is known.",
    "source": "Where it is from.",
    "error": "Its standard error, where there is one.",
    "order": "The claim that what is measured lies above or below the value.",
    "at": "Hyper-parameters and options of the trials that it is about.",
}
"""Key of a [[reference]] -> its meaning."""


def of_fields() -> dict[str, str]:
    """The docstring of each field of a method, by its name."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(Method)))
    (made,) = (node for node in tree.body if isinstance(node, ast.ClassDef))
    found = {}
    for field, after in zip(made.body, made.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(after, ast.Expr):
            text = ast.literal_eval(after.value)
            found[ast.unparse(field.target)] = inspect.cleandoc(text).replace("\n", " ")
    return found
