"""Cards: one place says what is known of a quantity, and everything else follows from it."""

import math

import pytest

from bench import metrics
from bench.metrics import cards, quantities
from bench.metrics.cards import Card
from bench.registry import Part, metric


def part(doc, **traits):
    def own(real, fake, instrument):
        return 0.0

    own.__doc__ = doc
    return Part("metric", "own", own, {}, traits)


@pytest.mark.parametrize(
    ("better", "floor", "ceiling", "worst"),
    [
        ("lower", 0.0, 3.0, 3.0),
        ("lower", -2.0, None, math.inf),
        ("higher", -2.0, 3.0, -2.0),
        ("higher", None, 3.0, -math.inf),
        ("", -2.0, 3.0, None),
    ],
)
def test_the_worst_value_follows_from_direction_and_range(better, floor, ceiling, worst):
    assert Card("x", better=better, floor=floor, ceiling=ceiling).worst == worst


def test_definition_and_blindness_come_from_the_docstring():
    text = """Share of samples that
    are good, of 0.5 at most. Alaa et al. 2022.

    More. Blind to a colour (0.5 of it), and to shape. The rest is `not` read.
    """
    own = cards.of(part(text, better="higher", floor=-1.0))
    assert own.about == "Share of samples that are good, of 0.5 at most. Alaa et al. 2022."
    assert own.blind == "to a colour (0.5 of it), and to shape"
    assert own.definition == (
        "own (higher is better, at least -1). Share of samples that are good, of 0.5 at most. "
        "Alaa et al. 2022. Blind to a colour (0.5 of it), and to shape."
    )


def test_the_decorator_may_say_what_it_is_blind_to():
    own = cards.of(part("A number.", blind="to all else", label="a number  (of some kind)"))
    assert own.definition == "a number. A number. Blind to all else."
    assert own.axis == "a number  (of some kind)"
    assert cards.of(part(None)) == Card("own")


def test_a_card_is_stored_and_read_again():
    own = Card("x", "an x", "lower", floor=0.0, blind="to y", about="An x.")
    assert set(own.record()) == {"name", "label", "better", "floor", "blind", "about"}
    assert cards.read("x", own.record()) == own
    assert cards.read("x", {**own.record(), "of a later version": 1}) == own


def test_no_quantity_has_two_cards_and_each_says_what_it_is():
    names = {own.name for own in metric}
    assert not names & set(quantities.OTHERS)
    for name in names | set(quantities.OTHERS):
        own = quantities.card(name)
        assert (own.name, bool(own.label)) == (name, True), name
        assert own.better in ("", "lower", "higher"), name
    for name in names:
        assert quantities.card(name).blind, name
        assert quantities.card(name).about, name


LOW, HIGH, NONE = "lower", "higher", ""
INF = math.inf
RANGES = {
    **dict.fromkeys(("modes", "modes_1", "vendi", "density"), (HIGH, 0, INF)),
    **dict.fromkeys(("high_quality", "mode_spread", "authentic", "precision"), (HIGH, 0, 1)),
    **dict.fromkeys(("recall", "coverage", "agreement", "confidence"), (HIGH, 0, 1)),
    **dict.fromkeys(("mode_kl", "sliced_w2", "w2", "fd"), (LOW, 0, INF)),
    **dict.fromkeys(("regret", "l1", "density_gap"), (LOW, 0, INF)),
    "retrieval": (HIGH, 0, 1),
    "likelihood_test": (HIGH, -INF, INF),
    "likelihood_syn": ("", -INF, INF),
    "sharpness": ("", 0, INF),
    **dict.fromkeys(("mode_max", "outside"), (LOW, 0, 1)),
    **dict.fromkeys(("mmd", "energy", "q", "q_tail"), (LOW, -INF, INF)),
    **dict.fromkeys(("radius", "contraction"), (LOW, 0, INF)),
    **dict.fromkeys(("theta", "psi"), ("", -INF, INF)),
    "field_norm": ("", 0, INF),
    **dict.fromkeys(("adaptive_p", "d_moved"), ("", 0, 1)),
    "local_minimax": (HIGH, 0, 1),
    **dict.fromkeys(("c_t", "mode_pc", "loss_d", "loss_g", "d_overfit"), (NONE, -INF, INF)),
    **dict.fromkeys(("nn_ratio", "pairwise_ratio", "update_ratio_d"), (NONE, 0, INF)),
    **dict.fromkeys(("update_ratio_g", "logit_median", "logit_extreme"), (NONE, 0, INF)),
    **dict.fromkeys(("loss_d_var", "loss_g_var"), (NONE, 0, INF)),
    **dict.fromkeys(("loss_d_sd_scaled", "loss_g_sd_scaled"), (NONE, 0, INF)),
    **dict.fromkeys(("mode_tv", "d_accuracy", "d_auc", "d_calibration"), (NONE, 0, 1)),
    "turning_angle": (NONE, -180, 180),
}
"""Direction and range of each quantity: ranks of failed trials, axes and definitions rest on it."""
GAME_ONLY = {"radius", "contraction", "theta", "psi", "field_norm", "local_minimax"}
SAMPLES_ONLY = {"q_tail", "mode_tv", "mode_pc", "d_accuracy", "d_auc", "d_calibration"}
SAMPLES_ONLY |= {"d_overfit", "logit_median", "logit_extreme"}


def test_direction_and_range_of_each_quantity():
    names = {own.name for own in metric if quantities.ours(own)} | set(quantities.OTHERS)
    found = {}
    for name in names:
        own = quantities.card(name)
        low = -INF if own.floor is None else own.floor
        found[name] = (own.better, low, INF if own.ceiling is None else own.ceiling)
        on = "game" if name in GAME_ONLY else ""
        assert own.on == ("samples" if name in SAMPLES_ONLY else on), name
    assert found == RANGES


def test_the_average_has_the_card_of_its_metric():
    own, average = quantities.card("mode_max"), quantities.card("ema_mode_max")
    assert average.worst == own.worst == 1.0
    assert average.label == "largest share of one mode, of the generator's average"
    assert quantities.card("ema_nothing") == Card("ema_nothing")


def test_only_metrics_of_others_are_stored():
    assert quantities.foreign(["q", "mode_tv", "loss_d", "nothing"]) == {}
    more = {"q": Card("q", "another"), "mine": Card("mine", "my own", "higher", floor=2.0)}
    assert quantities.card("q", more).label != "another"
    assert quantities.card("ema_mine", more).worst == 2.0


def test_the_instrument_had_another_name():
    assert metrics.Facts is metrics.Instrument
    truth = metrics.Mixture.standardized(metrics.ring(), sigma=0.1)
    assert truth.facts(50).n == truth.instrument(50).n == 50
