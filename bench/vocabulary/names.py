"""Names of what a result holds beside its curves: facts and training signals, declared once.

They are written where a trial is trained and read where it is analysed. A name that is not declared
here raises in both places, with the nearest one, and is not taken for a missing value.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from bench.vocabulary.search import suggest

FACTS = {
    "kind": 'the kind of the task: "mixture", "images" or "game"',
    "network": "the name of the networks that play",
    "real": "the name under which real samples are stored",
    "deterministic": "whether another seed would do the same",
    "gradients": "gradients of one step",
    "yardstick": "whether it only shows what the task allows, and is no method that is compared",
    "cpu_seconds": "seconds of the processor",
    "phases": "seconds of start, steps and end, and whether the step was compiled",
    "criterion": "metric -> comparison and bound: when a measurement is a success",
    "criterion_missing": "why there is no criterion",
    "bands": "metric -> what a bound of the criterion stands between",
    "equilibrium_loss_d": "the loss of D at equilibrium",
    "equilibrium_loss_g": "the loss of G at equilibrium",
    "turning_window": "evaluations between two looks at how the motion turns",
    "radius_start": "the distance of a game from its equilibrium before the first step",
    "path": "theta and psi, the numbers of a game of two, after each of the first steps",
    "final": "metric -> its row, of what is measured once, at the end",
    "missing": "metric -> why it has no value",
    "cards": "metric of a plugin -> its card",
    "dropped": "series that were left out of a small copy",
    "row": "what the series told, where all of them were left out of a small copy",
    "along": "metrics that were measured along training, where their series were left out",
    "proxy": "what the Fréchet distance is taken on",
    "features": "digest of the feature map",
    "n": "samples that are measured at once",
    "floor": "the proxy between two samples of real data",
    "floor_sd": "its standard deviation",
    "ceiling": "the proxy of one broad Gaussian",
    "q_missing": "why q is never measured",
    "radius": "the distance of the farthest real sample from the centre",
    "modes": "the number of modes",
    "mode_share": "the share of its due that makes a mode count",
    "mode_kl_floor": "mode_kl of a perfect sampler",
    "modes_1_most": "modes_1 of a perfect sampler",
    "high_quality_most": "high_quality of a perfect sampler",
    "accuracy": "the share of held-out images whose class the classifier tells",
}
"""Every fact of a result, in the words of a reader."""

NO_SAMPLES = "the trainer gave no samples"
"""The reason under `missing` why a trainer without a sampler has no q."""

SIGNALS = {
    "loss_g": "the loss of G, without penalties",
    "loss_d": "the loss of D, without penalties",
    "gradient_g": "the norm of G's gradient, with penalties",
    "gradient_d": "the norm of D's gradient, with penalties",
    "logit_real": "the mean logit of the real batch",
    "logit_fake": "the mean logit of the generated batch",
    "logit_scale": "the mean size of a logit",
    "weight_norm": "the norm of all weights of both players, taken once a call",
}
"""Training signals, in the order in which a step reports them."""

BLOCKS = (
    *SIGNALS,
    *(f"{name}_{what}" for name in ("loss_g", "loss_d") for what in ("std", "spikes")),
    *(f"{name}_max" for name in ("gradient_g", "gradient_d")),
)
"""Series of a result's signals: means over blocks of steps; of losses also the deviation and the
share of spikes, of gradient norms the largest."""


COLUMNS = (
    *("sweep", "id", "task", "task.name", "method", "method.name", "network", "seed", "steps"),
    *("status", "verdict", "outcome", "rule", "rule_number", "error", "seconds", "cpu_seconds"),
    *("q_tail", "q_best", "best_final_gap", "mode_kl_excess", "high_quality_scaled", "steps_done"),
    *("contraction", "converged_at", "lost_at", "held", "relapses", "gradients"),
    *(
        "gradients_per_step",
        "gradient_evaluations",
        "deterministic",
        "yardstick",
        "external",
        "modes_expected",
        "criterion",
    ),
    *("proxy", "features", "floor", "ceiling", "samples", "real", "q_missing"),
    *(f"loss_{player}_{what}" for player in "dg" for what in ("var", "var_robust", "var_raw")),
    *(f"loss_{player}_sd_scaled" for player in "dg"),
    *("loss_gap_d", "spike_rate", "gradient_ratio", "gradient_vanished", "step", "metric", "value"),
    *("trials", "failed", "success", "rate", "setting"),
)
"""Columns of a frame or a table that are no metric: a metric of such a name would hide one."""


class UndeclaredName(LookupError):
    """A fact or a signal that nobody declares; the message names the nearest one that is."""


class Facts(dict[str, Any]):
    """The facts of a result. To look up one that is neither there nor declared raises
    UndeclaredName; one that is declared and not there is missing, as in any dictionary."""

    def __getitem__(self, name: str) -> Any:
        """The value of a fact. Raises KeyError where it is missing."""
        self._known(name)
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        """The value of a fact, or the default where it is missing."""
        self._known(name)
        return super().get(name, default)

    def _known(self, name: str) -> None:
        if name not in FACTS and name not in self:
            raise UndeclaredName(f'no fact "{name}" of a result{suggest(name, FACTS)}')


def declared(facts: Mapping[str, Any]) -> Facts:
    """Facts that are about to be stored. Raises UndeclaredName for a name that is not declared."""
    for name in facts:
        if name not in FACTS:
            raise UndeclaredName(f'no fact "{name}" of a result{suggest(name, FACTS)}')
    return Facts(facts)


def check_signal(name: str, there: Iterable[str] = ()) -> None:
    """Raises UndeclaredName for a series of signals that is neither declared nor there."""
    if name not in BLOCKS and name not in there:
        raise UndeclaredName(f'no training signal "{name}"{suggest(name, BLOCKS)}')
