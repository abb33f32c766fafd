"""Ratios: "x4 lr_g" in a sweep and in a recipe, and what is said where a sweep replaces one."""

from __future__ import annotations

import warnings

import pytest

from bench import registry
from bench.gan import methods as catalogue
from bench.gan.methods import Recipe
from bench.gan.methods.rules import DoubtfulMethod
from bench.grid.numbers.ratios import Ratio, parse, resolved
from bench.trial import Method
from tests.grid.reading import SWEEP, names, only

SLOW = SWEEP.replace('"r1"', '"fast"')  # ns and a method of two rates; the task's are 1e-3


@pytest.fixture
def ratios(parts):
    """Recipes with a ratio to another number, to what it would be, and to a ratio."""
    faster = {"lr_d": "x4 lr_g"}
    recipes = {
        "fast": Recipe(Method("fast"), faster, "Heusel 2017", {"lr_d": "SAGAN, section 4"}),
        "strong": Recipe(Method("strong", regularizers=("r1",)), {"r1.gamma": "x4"}, "Ours 2026"),
        "chain": Recipe(Method("chain"), faster | {"adam.beta1": "x0.5 lr_d"}, "Ours 2026"),
        "flat": Recipe(Method("flat"), {"adam.beta1": 0.8}, "Lin 2018", {}, "points"),
        "solid": Recipe(Method("solid"), {"adam.beta1": 0.5}, "Lin 2018", {}, "images"),
    }
    catalogue.CATALOGUE.update(recipes)
    return recipes


def rates(sweep, method="fast"):
    return [(p["lr_g"], p["lr_d"]) for p in only(sweep, method)]


def doubts(load, text, *overrides):
    """The warnings of a text, as (line, message), without the folder."""
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        load(text, *overrides)
    assert all(issubclass(w.category, DoubtfulMethod) for w in found)
    return [(w.filename.rpartition("/")[2], w.lineno, str(w.message)) for w in found]


def test_words():
    assert parse("x4 lr_g") == Ratio(4, "lr_g")
    assert parse("x 0.25  adam.beta1") == Ratio(0.25, "adam.beta1")
    assert parse("x3") == Ratio(3)
    assert parse("lr_g") == Ratio(1, "lr_g")
    assert parse("xavier.gain") == Ratio(1, "xavier.gain")  # a name, not a factor
    assert [str(parse(text)) for text in ("x4 lr_g", "x0.3")] == ["x4 lr_g", "x0.3"]
    for wrong in ("x0", "x-1 lr_g", "x3lr_g"):
        with pytest.raises(ValueError, match=r"factor|float"):
            parse(wrong)


def test_ratios_of_ratios():
    numbers = {"a": 3.0, "b": 5.0, "c": 7.0}
    found = resolved(numbers, {"b": Ratio(2, "a"), "c": Ratio(10, "b")})
    assert found == {"a": 3.0, "b": 6.0, "c": 60.0}
    assert resolved(numbers, {"c": Ratio(2)}) == {"a": 3.0, "b": 5.0, "c": 14.0}


class TestRecipes:
    def test_a_ratio_is_of_what_the_task_recommends(self, load, ratios):
        assert rates(load(SLOW)) == [(1e-3, 4e-3)]
        strong = load(SWEEP.replace('"r1"', '"strong"'))
        assert only(strong, "strong")[0]["r1.gamma"] == 20  # 4 x the task's 5
        assert only(load(SWEEP.replace('"r1"', '"chain"')), "chain")[0]["adam.beta1"] == 2e-3

    def test_it_follows_the_other_number_over_an_axis(self, load, ratios):
        assert rates(load(SLOW + "[grid]\nlr_g = [1, 3]\n")) == [(1, 4), (3, 12)]
        assert not doubts(load, SLOW + "[grid]\nlr_g = [1, 3]\n")
        text = SWEEP.replace('"r1"', '"chain"') + "[grid]\nlr_g = [1, 3]\n"
        assert [p["adam.beta1"] for p in only(load(text), "chain")] == [2, 6]

    def test_factors_are_of_the_recipe_s_number(self, load, ratios):
        text = '[[zip]]\nlr_g = ["x1", "x10"]\nlr_d = ["x1", "x10"]\n'
        assert rates(load(SLOW + text)) == [(1e-3, 4e-3), (1e-2, 4e-2)]
        assert not doubts(load, SLOW + text)

    def test_a_sweep_that_ties_the_rates_is_obeyed_with_a_warning(self, load, ratios):
        text = SLOW + '[grid]\nlr_g = [1, 3]\nlr_d = "lr_g"\n'
        with pytest.warns(DoubtfulMethod):
            assert rates(load(text)) == [(1, 1), (3, 3)]
        assert doubts(load, text) == [
            (
                "grid.toml",
                7,
                '"fast" is defined by lr_d = "x4 lr_g" (SAGAN, section 4), and grid.lr_d is in its '
                "place: here lr_d / lr_g is 1. To keep the ratio, give the method an axis of its "
                'own: grid.lr_d = "x4 lr_g"',
            )
        ]

    def test_the_remedy_of_the_warning_is_one(self, load, ratios):
        text = SWEEP.replace(', "r1"', "") + '[grid]\nlr_g = [1, 3]\nlr_d = "lr_g"\n'
        text += '[[method]]\nname = "fast"\ngrid.lr_d = "x4 lr_g"\n'
        assert rates(load(text)) == [(1, 4), (3, 12)]
        assert rates(load(text), "ns") == [(1, 1), (3, 3)]
        assert not doubts(load, text)

    @pytest.mark.parametrize(
        ("text", "line", "found"),
        [
            ("[grid]\nlr_d = [1e-3, 2e-3]\n", 6, "1, 2"),
            ('[grid]\nlr_g = "lr_d"\n', 6, "1"),
            ("[[zip]]\nlr_g = [1, 2]\nlr_d = [4, 2]\n", 7, "1, 4"),
            ('[grid]\nlr_d = ["x1", "x0.5"]\n', 6, "2, 4"),
        ],
    )
    def test_whatever_takes_its_place_is_said_at_its_line(self, load, ratios, text, line, found):
        ((file, at, message),) = doubts(load, SLOW + text)
        assert (file, at) == ("grid.toml", line)
        assert f"here lr_d / lr_g is {found}." in message

    def test_it_is_said_once_whatever_the_number_of_tasks_and_options(self, load, ratios):
        text = SLOW.replace('"ring"', '"ring", "dirac"') + '[grid]\nlr_d = "lr_g"\n'
        assert len(doubts(load, text + "[task.ring]\nsigma = [0.1, 0.2, 0.3]\n")) == 1

    def test_it_is_said_of_an_override_too(self, load, ratios):
        ((where, _, message),) = doubts(load, SLOW, "grid.lr_d=[1.0]")
        assert where == "-S grid.lr_d"
        assert message.startswith('"fast" is defined by lr_d = "x4 lr_g"')

    def test_a_number_in_the_place_of_a_multiple_is_said_and_a_factor_is_not(self, load, ratios):
        text = SWEEP.replace('"r1"', '"strong"') + "[grid]\nr1.gamma = "
        ((_, line, message),) = doubts(load, text + "[1, 2]\n")
        assert (line, '"strong" is defined by r1.gamma = "x4"' in message) == (6, True)
        assert not doubts(load, text + '["x0.5", "x1"]\n')

    def test_a_base_without_the_number_has_no_ratio(self, load, ratios):
        text = SWEEP + '[[method]]\nname = "mine"\nbase = "strong"\nregularizers = []\n'
        assert "r1.gamma" not in only(load(text), "mine")[0]
        text = SWEEP + '[[method]]\nname = "mine"\nbase = "fast"\nloss = "hinge"\n'
        assert rates(load(text), "mine") == [(1e-3, 4e-3)]


class TestData:
    def test_numbers_for_other_data_are_said_with_the_name_of_those_that_fit(self, load, ratios):
        ring = registry.task["ring"]
        registry.task(ring.fn, **ring.traits, data="images")
        ((file, line, message),) = doubts(load, SWEEP.replace('"r1"', '"flat"'))
        assert (file, line) == ("grid.toml", 3)
        assert message == (
            '"flat" has the numbers of its paper for points, and the data of ring are images; '
            '"solid" has those for images'
        )
        assert not doubts(load, SWEEP.replace('"r1"', '"solid"'))

    def test_of_a_task_that_does_not_say_nothing_is_said(self, load, ratios):
        assert not doubts(load, SWEEP.replace('"r1"', '"flat"'))


class TestSweeps:
    def test_a_tie_with_a_factor(self, load):
        sweep = load(SWEEP + '[grid]\nlr_g = [1, 2]\nlr_d = "x4 lr_g"\n')
        assert names(sweep, "lr_g", "lr_d") == [(1, 4), (2, 8), (1, 4), (2, 8)]

    def test_factors_of_a_chain_multiply(self, load):
        text = '[grid]\nlr_d = "x4 lr_g"\nadam.beta1 = "x0.5 lr_d"\nlr_g = [0.1]\n'
        assert names(load(SWEEP + text), "lr_d", "adam.beta1")[0] == (0.4, 0.2)

    def test_one_factor_is_an_axis_of_one_value(self, load):
        sweep = load(SWEEP + '[grid]\nlr_d = "x4"\n')
        assert names(sweep, "lr_g", "lr_d") == [(1e-3, 4e-4)] * 2  # of the default, 1e-4

    @pytest.mark.parametrize("wrong", ["x0 lr_g", "x-2", "x3lr_g"])
    def test_a_factor_that_is_none(self, message, wrong):
        found = message(SWEEP + f'[grid]\nlr_d = "{wrong}"\n')
        assert found.startswith("grid.toml:6: grid.lr_d must be the name of another axis, or a fac")

    def test_a_factor_of_what_there_is_not(self, message):
        found = message(SWEEP + '[grid]\nlr_d = "x4 lrg"\n')
        assert found == (
            'grid.toml:6: "lr_d" is tied to an unknown axis "lrg" (did you mean "lr_g"?)'
        )


def test_the_doubt_of_a_composed_method_is_said_at_its_line(load, monkeypatch):
    def doubtful(method):
        warnings.warn(f"{method.name}: of two minds", DoubtfulMethod, stacklevel=2)

    from bench.gan.methods import rules

    monkeypatch.setattr(rules, "check", doubtful)
    text = SWEEP + '[[method]]\nname = "mine"\nbase = "ns"\nloss = "hinge"\n'
    assert doubts(load, text) == [("grid.toml", 6, "mine: of two minds")]


def test_the_second_ratio_of_a_recipe_is_looked_at_where_the_first_is_kept(load, ratios):
    text = SWEEP.replace('"r1"', '"chain"') + "[grid]\nadam.beta1 = [0.3]\n"
    ((_, line, message),) = doubts(load, text)
    assert line == 6
    assert '"chain" is defined by adam.beta1 = "x0.5 lr_d"' in message
