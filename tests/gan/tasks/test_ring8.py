"""The harness's own claim about its quick task, over five seeds. Minutes long."""

from __future__ import annotations

import pytest

from bench import registry
from bench.gan import load_parts
from bench.gan.methods import CATALOGUE
from bench.gan.training import train
from bench.trial import Trial

load_parts()


def modes_at_the_end(name: str, seed: int) -> float:
    part, method = registry.task["ring8"], CATALOGUE[name].method
    own = {
        f"{part_name}.{hparam}": value
        for kind, part_name in method.parts()
        for hparam, value in registry.KINDS[kind][part_name].defaults.items()
    }
    recommended = {k: v for k, v in part.traits["hparams"].items() if k in own or k[:2] == "lr"}
    hparams = own | CATALOGUE[name].hparams | recommended
    trial = Trial("ring8", method, seed, 5000, hparams, dict(part.defaults), evaluations=10)
    return train.fit(trial).result.curves["modes"][-1]


@pytest.mark.slow
def test_r1_reaches_all_eight_modes_and_the_plain_gan_does_not():
    """In at least four of five seeds each."""
    assert sum(modes_at_the_end("r1", seed) == 8 for seed in range(5)) >= 4
    assert sum(modes_at_the_end("ns", seed) < 8 for seed in range(5)) >= 4
