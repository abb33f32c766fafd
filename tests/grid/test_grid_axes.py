"""Axes that are tied, zipped, drawn at random, and the points that are excluded."""

from __future__ import annotations

import math

from tests.grid.reading import SWEEP, names, only


class TestTies:
    def test_a_tied_axis_is_not_crossed(self, load):
        sweep = load(SWEEP + '[grid]\nlr_g = [1, 2]\nlr_d = "lr_g"\n')
        assert names(sweep, "lr_g", "lr_d") == [(1, 1), (2, 2), (1, 1), (2, 2)]

    def test_a_tie_to_a_default(self, load):
        assert names(load(SWEEP + '[grid]\nlr_d = "lr_g"\n'), "lr_d") == [(1e-3,), (1e-3,)]

    def test_a_chain_of_ties(self, load):
        text = SWEEP + '[grid]\nlr_d = "adam.beta1"\nadam.beta1 = "adam.beta2"\nadam.beta2 = 0.25\n'
        assert names(load(text), "lr_d", "adam.beta1") == [(0.25, 0.25), (0.25, 0.25)]

    def test_a_method_may_break_a_tie_or_make_one(self, load):
        text = (
            SWEEP
            + """\
        [grid]
        lr_g = [1, 2]
        lr_d = "lr_g"
        [[method]]
        name = "broken"
        base = "ns"
        grid.lr_d = 3
        [[method]]
        name = "made"
        base = "ns"
        grid.lr_g = 4
        grid.adam.beta1 = "lr_g"
        """
        )
        sweep = load(text)
        assert [(p["lr_g"], p["lr_d"]) for p in only(sweep, "broken")] == [(1, 3), (2, 3)]
        assert [(p["lr_d"], p["adam.beta1"]) for p in only(sweep, "made")] == [(4, 4)]

    def test_a_method_s_own_tie_comes_before_that_of_the_sweep(self, load):
        text = SWEEP + '[grid]\nlr_g = 0.25\nlr_d = "lr_g"\n'
        text += '[[method]]\nname = "own"\nbase = "ns"\ngrid.lr_d = "adam.beta2"\n'
        own = only(load(text + "grid.adam.beta2 = 0.75\n"), "own")
        assert [(p["lr_g"], p["lr_d"]) for p in own] == [(0.25, 0.75)]

    def test_factors_of_a_chain_of_ties_multiply(self, load):
        text = SWEEP + '[grid]\nlr_d = "x2 adam.beta1"\nadam.beta1 = "x3 adam.beta2"\n'
        found = names(load(text + "adam.beta2 = 0.125\n"), "lr_d", "adam.beta1")
        assert set(found) == {(0.75, 0.375)}

    def test_a_plain_tie_keeps_every_digit(self, load):
        text = SWEEP + '[grid]\nlr_g = 0.123456789\nlr_d = "lr_g"\n'
        assert set(names(load(text), "lr_d")) == {(0.123456789,)}

    def test_a_tie_leaves_alone_who_does_not_own_it(self, load):
        text = SWEEP.replace('"r1"', '"r1", "hinge"') + '[grid]\nadam.beta1 = "lr_g"\n'
        assert "adam.beta1" not in only(load(text), "hinge")[0]


class TestGroups:
    def test_zipped_axes_move_together_and_cross_the_rest(self, load):
        text = SWEEP + "[grid]\nr1.gamma = [8, 9]\n[[zip]]\nlr_g = [1, 2]\nlr_d = [3, 4]\n"
        points = [(p["lr_g"], p["lr_d"], p["r1.gamma"]) for p in only(load(text), "r1")]
        assert points == [(1, 3, 8), (2, 4, 8), (1, 3, 9), (2, 4, 9)]

    def test_a_method_takes_of_a_zip_what_it_owns(self, load):
        text = SWEEP + "[[zip]]\nlr_g = [1, 2, 2]\nr1.gamma = [3, 4, 5]\n"
        assert [p["lr_g"] for p in only(load(text), "ns")] == [1, 2]
        assert [p["r1.gamma"] for p in only(load(text), "r1")] == [3, 4, 5]

    def test_own_axes_leave_a_zip(self, load):
        text = SWEEP + "[[zip]]\nlr_g = [1, 2]\nlr_d = [3, 4]\n"
        text += '[[method]]\nname = "x"\nbase = "ns"\ngrid.lr_d = [7]\n'
        assert [(p["lr_g"], p["lr_d"]) for p in only(load(text), "x")] == [(1, 7), (2, 7)]

    RANDOM = (
        SWEEP
        + """\
    [random]
    samples = 40
    seed = 3
    lr_g = {low = 1e-5, high = 1e-1, scale = "log"}
    r1.gamma = {low = -1, high = 3}
    """
    )

    def test_random_points_fill_their_ranges(self, load):
        points = only(load(self.RANDOM), "r1")
        exponents = [math.log10(point["lr_g"]) for point in points]
        assert len(points) == 40
        assert min(exponents) >= -5
        assert max(exponents) <= -1
        assert -3.5 < sum(exponents) / 40 < -2.5  # linear draws would have a mean near -1.4
        gammas = [point["r1.gamma"] for point in points]
        assert min(gammas) < -0.5
        assert max(gammas) > 2.5
        assert 0.5 < sum(gammas) / 40 < 1.5

    def test_random_points_are_the_same_for_all_methods(self, load):
        sweep = load(self.RANDOM)
        assert [p["lr_g"] for p in only(sweep, "ns")] == [p["lr_g"] for p in only(sweep, "r1")]

    def test_random_points_depend_on_their_seed_only(self, load):
        sweep = load(self.RANDOM)
        assert load(self.RANDOM).trials == sweep.trials
        other = load(self.RANDOM, "random.seed=4")
        assert not {t.id for t in sweep.trials} & {t.id for t in other.trials}

    def test_more_samples_begin_with_the_fewer(self, load):
        more = load(self.RANDOM, "random.samples=50")
        assert only(more, "r1")[:40] == only(load(self.RANDOM), "r1")

    def test_drawn_numbers_do_not_change(self, load):
        """The name of a trial hangs on them."""
        assert [p["lr_g"] for p in only(load(self.RANDOM), "ns")][:2] == [0.001954, 0.0003019]

    def test_random_crosses_the_grid(self, load):
        sweep = load(self.RANDOM + "[grid]\nlr_d = [1, 2]\n")
        assert len(only(sweep, "ns")) == len(only(sweep, "r1")) == 80


class TestExclude:
    TEXT = SWEEP + "[grid]\nlr_g = [1, 2]\nr1.gamma = [3, 4]\n"

    def kept(self, load, text):
        pick = ("method", "lr_g")
        return [
            (*p, t.hparams.get("r1.gamma")) for p, t in self.pairs(load(self.TEXT + text), pick)
        ]

    @staticmethod
    def pairs(sweep, pick):
        return zip(names(sweep, *pick), sweep.trials, strict=True)

    def test_a_trial_that_matches_every_key_is_dropped(self, load):
        assert self.kept(load, "[[exclude]]\nlr_g = 1\nr1.gamma = 4\n") == [
            ("ns", 1, None), ("ns", 2, None), ("r1", 1, 3), ("r1", 2, 3), ("r1", 2, 4)
        ]  # fmt: skip

    def test_several_values_and_several_tables(self, load):
        text = '[[exclude]]\nmethod = "r1"\nr1.gamma = [3, 4.0]\n[[exclude]]\nlr_g = 2\n'
        assert self.kept(load, text) == [("ns", 1, None)]

    def test_a_number_that_no_trial_has_drops_none(self, load):
        assert len(self.kept(load, "[[exclude]]\nlr_g = 9\n")) == 6

    def test_seeds_tasks_and_options(self, load):
        text = SWEEP.replace("[0]", '"0..3"') + "[task.ring]\ncentred = [false, true]\n"
        drop = '[[exclude]]\ntask = "ring"\nseed = "1..3"\n[[exclude]]\ncentred = true\n'
        assert [t.seed for t in load(text + drop).trials] == [0, 0]
        assert {t.options["centred"] for t in load(text + drop).trials} == {False}
        assert {t.seed for t in load(text + "[[exclude]]\nseed = [1, 3]\n").trials} == {0, 2}
        assert {t.seed for t in load(text + "[[exclude]]\nseed = 2\n").trials} == {0, 1, 3}


class TestFactors:
    def test_a_factor_is_of_what_the_task_recommends(self, load):
        text = SWEEP + '[grid]\nr1.gamma = ["x0.3", 1, "x 3"]\n'  # the task says 5
        assert [p["r1.gamma"] for p in only(load(text), "r1")] == [1.5, 1, 15]

    def test_a_factor_is_of_the_part_s_default_where_the_task_is_silent(self, load):
        assert names(load(SWEEP + '[grid]\nadam.beta2 = ["x0.5"]\n'), "adam.beta2")[0] == (0.45,)

    def test_factors_in_a_zip_and_under_a_tie(self, load):
        text = SWEEP + '[grid]\nlr_d = "lr_g"\n'
        text += '[[zip]]\nlr_g = ["x2", "x3"]\nr1.gamma = [1, 2]\n'
        points = [(p["lr_g"], p["lr_d"], p["r1.gamma"]) for p in only(load(text), "r1")]
        assert points == [(2e-3, 2e-3, 1), (3e-3, 3e-3, 2)]
