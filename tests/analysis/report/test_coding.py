"""Few characters hold what they should."""

import json

import numpy as np
import pytest

from bench.analysis.report.html import coding, elements


def test_a_value_is_found_again_within_a_hundredth_of_its_range():
    values = np.array([0.0, 0.25, 0.7, 1.0, 3.0]) * 8 - 2
    text = coding.characters(values, -2, 22)
    found = np.array([coding.ALPHABET.index(c) for c in text]) / (len(coding.ALPHABET) - 1)
    assert found * 24 - 2 == pytest.approx(values, abs=0.24)
    assert len(coding.ALPHABET) > 80


def test_what_is_missing_has_its_own_sign_and_a_flat_curve_is_flat():
    assert coding.characters(np.array([np.nan, np.inf]), 0, 1) == coding.MISSING * 2
    assert len(set(coding.characters(np.full(5, 0.3), 0.3, 0.3))) == 1
    assert coding.MISSING not in coding.ALPHABET


def test_a_long_curve_keeps_its_ends_and_true_points():
    steps = np.r_[np.arange(1.0, 50), 100, 200, 400, 800]
    values = steps**2
    places = coding.thinned(steps, 9)
    x, y = steps[places], values[places]
    assert len(x) == 9
    assert (x[0], x[-1]) == (1, 800)
    assert np.array_equal(y, x**2)
    assert (np.diff(x) >= 0).all()
    assert coding.thinned(steps, 53).tolist() == list(range(53))


def test_rows_of_values_are_the_strings_of_each():
    values = np.array([[0.0, 1.0, np.nan, 4.0], [-3.0, np.inf, 5.0, 5.0], [2.0, 2.0, 2.0, 2.0]])
    low, high = np.array([0.0, -3.0, 2.0]), np.array([4.0, 5.0, 2.0])
    alone = [coding.characters(*own) for own in zip(values, low, high, strict=True)]
    assert coding.strings(values, low, high) == alone
    assert alone[1][1] == alone[0][2] == coding.MISSING


def test_columns_give_back_their_values():
    many = [f"id {i}" for i in range(9)]
    assert coding.column(many) == many
    few = ["a", "b", "a", "a", "b", "a", None] * 3
    found = coding.column(few)
    assert [found["of"][i] for i in found["at"]] == few
    assert coding.column([0.123456, float("nan"), float("inf")]) == [0.1235, None, "inf"]
    assert coding.column([np.int64(3), 2.0, True]) == [3, 2, True]


def test_no_text_ends_the_script_that_it_is_in():
    hostile = ["</script>", "<!--", "]]>", "\u2028", "\ud800", "é"]
    text = coding.script(hostile)
    assert not set(text) & set("<>&\u2028")
    assert text.isascii()
    assert json.loads(text) == hostile


@pytest.mark.parametrize("end", ["`x`", "A"])
def test_a_long_note_is_folded_behind_its_first_sentence(end):
    first, rest = elements.folded(f"It is so (by i.e. rule 0.5). {end} {'is long. ' * 20}")
    assert first == "It is so (by i.e. rule 0.5)."
    assert rest.startswith(end)
    assert elements.folded("Short. Both.") == ("Short. Both.", "")
