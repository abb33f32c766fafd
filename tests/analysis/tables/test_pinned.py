"""A discriminator that wins is told as users tell it, with what mends it."""

from __future__ import annotations

import pytest

from bench.analysis.report.contents import collect
from bench.analysis.tables import remedies
from bench.analysis.verdicts import PINNED, judge
from bench.gan.methods import CATALOGUE
from bench.vocabulary.search import meant
from tests.analysis.synthetic import result, write


def pinned(kind="stalled", accuracy=1.0, **about):
    """A trial of a kind whose D tells a share of the samples right, while its logits grow."""
    made = result(kind, **about)
    n = len(made.curves["step"])
    made.curves["d_accuracy"] = [0.6] * (n // 4) + [accuracy] * (n - n // 4)
    blocks = len(made.signals["step"])
    made.signals["logit_scale"] = [0.5 * 1.03**i for i in range(blocks)]
    made.signals["gradient_g"] = [10.0 ** (-i / 12) for i in range(blocks)]
    made.signals["gradient_d"] = [1.0] * blocks
    return made


@pytest.mark.parametrize(
    ("kind", "accuracy", "rule"),
    [
        ("stalled", 1.0, PINNED),
        ("stalled", 0.98, "no other rule"),
        ("converged", 1.0, "criterion"),
        ("improving", 1.0, "trend"),
    ],
)
def test_it_is_the_rule_of_what_stands_still(kind, accuracy, rule):
    assert judge(pinned(kind, accuracy)).rule == rule


def sentences(tmp_path, *made):
    findings = collect([write(tmp_path / "x", list(made), "# Q\n")])
    return list(remedies.pinned(findings.trials, findings.success))


def test_a_sentence_names_what_mends_it(tmp_path):
    made = [pinned(method="ns", seed=s) for s in range(3)] + [result("stalled", seed=3)]
    made += [pinned("converged", method="r1", seed=s) for s in range(4)]
    made += [result("stalled", method="ls", seed=s) for s in range(4)]
    (found,) = sentences(tmp_path, *made)
    assert found.startswith("**ring8**, `ns`: in 3 of 4 trials the discriminator wins")
    assert "scores are pinned" in found
    assert "the gradient of G vanished in 3" in found
    assert found.endswith("Mended here by `r1` (4 of 4 trials).")


def test_where_nothing_mends_it_methods_of_the_catalogue_are_named(tmp_path):
    made = [pinned(method=method, seed=s) for method in ("ns", "r1") for s in range(2)]
    first, second = sentences(tmp_path, *made)
    assert first.endswith("No method here mends it: try `sngan`, `instance_noise`, `lazy_d`.")
    assert second.startswith("**ring8**, `r1`")
    assert set(remedies.AGAINST_D) <= set(CATALOGUE)


def test_nothing_is_said_of_others(tmp_path):
    assert sentences(tmp_path, result("stalled"), pinned("converged", method="r1")) == []


@pytest.mark.parametrize("words", ["scores pinned", "discriminator too strong", "D wins"])
def test_users_words_lead_to_the_accuracy_of_the_discriminator(words):
    assert meant(words, ["d_accuracy", "d_auc", "q"]) == ["d_accuracy"]
