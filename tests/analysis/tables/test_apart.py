"""The matrix of pairs and the sentence over all tasks."""

import re

import pandas as pd
import pytest

from bench.analysis.report import words
from bench.analysis.report.blocks import Fold, Matrix
from bench.analysis.report.chapters import said
from bench.analysis.report.contents import collect
from bench.analysis.report.markdown import markdown
from bench.analysis.report.sections import sections
from bench.analysis.tables import answers, apart, comparing
from tests.analysis.synthetic import result, write

STRENGTH = {"ns": 0, "r1": 7, "gp": 8}
"""Seeds of eight that converge on the ring."""


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    made = [
        result("converged" if seed < count - 2 * (task == "grid25") else "stalled", **trial)
        for task in ("ring8", "grid25")
        for method, count in STRENGTH.items()
        for seed in range(8)
        if (trial := {"task": task, "method": method, "seed": seed})
    ]
    toml = '# Which?\n\n[analysis]\nbaseline = "ns"\n'
    return collect([write(tmp_path_factory.mktemp("apart") / "x", made, toml)])


@pytest.fixture(scope="module")
def ring(found):
    both = apart.apart(found.tables["ranking"], found.tables["pairwise"])
    assert [one.task for one in both] == ["grid25", "ring8"]
    return both[1]


def test_the_matrix_says_what_the_table_of_pairs_says(found, ring):
    assert ring.methods == ("gp", "r1", "ns")
    assert [len(row) for row in ring.rows] == [0, 1, 2]
    assert [[pair.told for pair in row] for row in ring.rows] == [[], [False], [True, True]]
    pairs = found.tables["pairwise"]
    for i, row in enumerate(ring.rows):
        for j, pair in enumerate(row):
            (own,) = (
                comparing.pair(pairs, ring.methods[i], ring.methods[j])
                .query("task == 'ring8'")
                .to_dict("records")
            )
            assert pair.told == comparing.decided(own)
            assert pair.why.startswith(comparing.why(own))
    assert "seeds would decide" in ring.rows[1][0].why
    assert (ring.unsure, ring.told, ring.pairs) == (1, 2, 3)
    assert words.apart(ring) == "**ring8:** 1 of the 2 others cannot be told from `gp`."


def test_of_many_methods_the_leaders_are_shown_and_the_others_counted(found):
    ranked = found.tables["ranking"]
    own = ranked[ranked["task"] == "ring8"]
    more = [own.iloc[[0]].assign(method=f"m{i:02d}") for i in range(20)]
    (one,) = apart.apart(pd.concat([own, *more]), found.tables["pairwise"])
    assert len(one.methods) == apart.MOST == 18
    assert one.left_out == 5
    assert one.rows[3][0].told is None  # not in the table of pairs
    assert words.apart(one) == (
        "**ring8:** of the 18 that lead, 1 cannot be told from `gp`; 5 that rank lower are not "
        "shown."
    )


def test_one_method_has_no_matrix(found):
    ranked = found.tables["ranking"]
    assert apart.apart(ranked[ranked["method"] == "ns"], found.tables["pairwise"]) == []


def over(found, **changes):
    ranked = found.tables["ranking"].assign(**changes)
    return answers.over_tasks(ranked, found.tables["comparisons"], "converged")


def test_the_sentence_over_all_tasks_agrees_with_those_of_the_tasks(found):
    text = over(found)
    assert text == (
        "`gp` converged most often: in 88 % of the trials as a mean over tasks (75 to 100 % by "
        "task); `gp` is shown to be better than the baseline `ns` on 2 of 2 tasks."
    )
    better = [one for one in found.answers if "`gp` is better than the baseline" in one.leads]
    assert len(better) == 2


def test_the_sentence_over_all_tasks_when_none_or_all_do_it_equally(found):
    assert over(found, success=0) == "no method converged on any of the 2 tasks."
    level = over(found, rate=0.5, rank=1)
    assert level.startswith("`gp`, `r1` and `ns` converged equally often: in 50 % of the trials")
    one = found.tables["ranking"].query("task == 'ring8'")
    assert answers.over_tasks(one, None, "converged") == ""
    apart_ = found.tables["ranking"].query("(task == 'ring8') == (method == 'gp')")
    said = answers.over_tasks(apart_, None, "converged")
    assert said == "no method was run on all 2 tasks: read them one by one."


def test_a_few_words_say_the_same(found):
    said = {one.task: one.brief for one in found.answers}
    assert re.fullmatch(
        r"`gp`: 8 of 8 trials converged; better than `ns` \(adjusted p = 0\.0\d+\)\.", said["ring8"]
    )
    ranked, other = found.tables["ranking"], found.tables["comparisons"]
    ended, pairs = found.tables["outcomes"], found.tables["pairwise"]
    level = answers.answers(ranked.assign(rate=0.5), ended, pairs, None, "converged")
    assert level[1].brief == "`gp` (and 2 others as often): 8 of 8 trials converged."
    none = answers.answers(ranked.assign(success=0), ended, pairs, other, "converged")
    assert none[0].brief == "no method converged."


def test_the_page_answers_first_and_folds_the_rest(found):
    (answer,) = [one for one in sections() if one.name == "answer"]
    assert (answer.figures, answer.tables) == (("windows",), ("rescues",))
    opening, closing = (list(said(part, found)) for part in (answer.opening, answer.closing))
    assert opening[0].text.startswith("**All tasks:** `gp` converged most often")
    assert [line[:12] for line in opening[1].lines] == ["**grid25:** ", "**ring8:** `"]
    assert sum(isinstance(block, Matrix) for block in closing) == 2
    (limits,) = [block for block in closing if isinstance(block, Fold)]
    assert re.match(r"Limits of this data \(\d\)$", limits.summary)


def test_markdown_has_the_matrix_as_a_table(found):
    (answer,) = [one for one in sections() if one.name == "answer"]
    text = markdown("x", list(said(answer.closing, found)), [])
    assert "| 1 gp |  |  |\n| 2 r1 | · |  |\n| 3 ns | ≠ | ≠ |" in text
    assert "### Limits of this data" in text
