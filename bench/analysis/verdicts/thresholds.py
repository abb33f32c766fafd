"""All thresholds of the verdicts, and nothing else: change one, and report again without training.

The *tail* is the last 20 % of the evaluations, *late* the last 50 %, and q the distance of the
generated from the real distribution: 0 is indistinguishable from real, 1 as bad as one broad
Gaussian. Whatever concerns one series only (when is it a cycle?) stands in `signals`.
"""

import math

MOST = 0.8
"""A condition holds in the tail when it holds at this share of its evaluations."""

FAR_Q = 1.0
"""Above this q, samples are worse than a broad Gaussian. Runaway samples saturate near q = 1.07:
its features are bounded."""
FAR_OUTSIDE = 0.5
"""Share of samples far outside the data above which they ran away."""
FAR_LOGITS = 50.0
"""Growth of the logits above which they ran away."""
FAR_WEIGHTS = 100.0
"""Growth of the weights above which they ran away."""

COLLAPSED_VENDI = 0.25
"""Effective number of different samples over that of real ones."""
COLLAPSED_DISTANCE = 0.1
"""Mean distance of two generated samples over that of two real ones."""
COLLAPSED_MASS = 0.9
"""Share of the samples in one mode."""
COLLAPSED_MASS_MODES = 4
"""Least number of modes for which mass in one mode is a collapse."""
COLLAPSED_MODES = 0.25
"""Share of the modes that are covered."""
COLLAPSED_QUALITY = 0.3
"""Few modes are a collapse only when the samples are good: else they are not sharp *yet*."""

SWING = 0.15
"""Range of q (90th minus 10th percentile) that matters; its sampling noise is .03 to .06."""
HOPPING = 0.25
"""Mean total variation between the mode shares of successive evaluations."""
LOST_Q = 0.2
"""Rise of q above its best that counts as a loss."""
DRIFT = 0.05
"""Change of q over the late half that matters."""
SIGNIFICANT = 0.05
"""p-value below which a trend is told from noise."""
HOLD = 4
"""Successive evaluations at which the criterion must hold for the run to have converged there, and
fail for it to be lost again."""

PINNED = 0.99
"""Accuracy of the discriminator from which on it wins: its scores are pinned."""

GAME_CONVERGED = -3.0
"""log10 of the distance to the equilibrium over that at the start, below which a game converged."""
GAME_DIVERGED = 1.0
"""log10 of the same ratio, above which a game diverged."""
GAME_TURNS = 1.0
"""Full turns within the tail that make an orbit."""
GAME_SHRINKING = math.log10(2)
"""An orbit that still halves its radius in the late half is on its way."""
