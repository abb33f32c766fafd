"""A step in gradients, also of a trial that does not know them."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from bench.analysis.frame import budgets

TRIALS = pd.DataFrame(
    {
        "gradients": [800, 800, 800],
        "gradients_per_step": [2.0, math.nan, 6.75],
        "steps": [400, 200, 118],
    }
)


def test_a_trial_that_crashed_has_its_budget_over_its_steps():
    np.testing.assert_allclose(budgets.scale(TRIALS), [2, 4, 6.75])
    assert budgets.length(TRIALS).tolist() == [800, 800, 800]
    assert budgets.axis(TRIALS) == "gradients"
    assert budgets.words(TRIALS) == "800 gradients (118 to 400 steps)"


def test_one_trial_by_steps_counts_all_of_them_in_steps():
    mixed = TRIALS.assign(gradients=[800, 0, 800])
    assert budgets.scale(mixed).tolist() == [1, 1, 1]
    assert budgets.length(mixed).tolist() == [400, 200, 118]
    assert budgets.axis(mixed) == "training step"
    assert budgets.words(mixed) == "118, 200, 400 steps"
    assert not budgets.in_gradients(TRIALS[:0])
