"""Nothing could be measured in any trial, in a task, of a method: the page is there and says so."""

import dataclasses
import itertools
import math
import re

import numpy as np
import pandas as pd
import pytest

import bench
from bench import report
from bench.analysis.report import sentences, words, write
from bench.analysis.report.contents import collect
from bench.analysis.tables import comparing, outcomes
from bench.store import Store
from bench.trial import Status
from tests.analysis import chance
from tests.analysis.synthetic import result
from tests.analysis.synthetic import write as store
from tests.commands import LIGHT


def ended(status, method, seed, done=0, **more):
    return chance.broken(result("stalled", method=method, seed=seed, **more), status, done)


def of_all(*made):
    return [ended(*made[:1], m, s) for m in ("ns", "ls") for s in range(3)]


REMEDIES = {
    Status.DIVERGED: r"lower `lr_g` \(at least 0.001 so far\) and `lr_d`",
    Status.TIMEOUT: r"`--trial-timeout",
    Status.OUT_OF_MEMORY: r"`--memory",
    Status.CRASHED: r"logs/\w+\.log`, or repeat a crash with `python -m bench.replay \S+ \w+`",
}


@pytest.mark.parametrize("status", REMEDIES)
def test_case_01_all_failed_says_how_each_ended_and_what_to_do(
    status, tmp_path, monkeypatch, capsys
):
    if status is not Status.DIVERGED:
        monkeypatch.setattr(write, "_draw_all", lambda *_: [])
    folder = store(tmp_path / "x", of_all(status), chance.TOML)
    for id in Store(folder).ids():
        Store(folder).write_log(id, b"Traceback\n")
    assert report.main([str(folder), "-o", str(tmp_path / "out"), *LIGHT]) == 0
    for name in ("report.md", "index.html"):
        text = (tmp_path / "out" / name).read_text()
        told = re.sub(r"</?code>", "`", text)
        assert "0 of 6 trials converged" in told
        assert f"6 of 6 trials failed (6 {status})" in told
        assert re.search(REMEDIES[status], told), status
    capsys.readouterr()
    assert report.main([str(folder), "--compare", "ns", "ls"]) == 0
    printed = capsys.readouterr().out
    assert "–" not in printed
    assert "none of the ranks of q: it was not measured of both" in printed
    assert len(bench.load(folder)) == 6


def test_each_method_that_failed_has_its_own_remedy(tmp_path):
    made = [ended(s, "ns", i) for i, s in enumerate((Status.DIVERGED, Status.TIMEOUT))]
    made += [ended(Status.OUT_OF_MEMORY, "gp", 0), result("stalled", method="r1")]
    lines = list(words.limits(collect([store(tmp_path / "x", made)])))
    (ns,) = (line for line in lines if line.startswith("ring8, `ns`"))
    (gp,) = (line for line in lines if line.startswith("ring8, `gp`"))
    assert "2 of 2 trials failed (1 diverged, 1 timeout)" in ns
    assert "lower" in ns
    assert "--trial-timeout" in ns
    assert "--memory" not in ns
    assert "--memory" in gp
    assert "lower" not in gp
    assert not any("`r1`:" in line for line in lines)


@pytest.mark.parametrize(
    "seed", [*range(6), *(pytest.param(i, marks=pytest.mark.slow) for i in range(6, 60))]
)
def test_whatever_is_missing_every_table_and_answer_is_made(seed, tmp_path):
    made = chance.results(seed)
    found = collect([store(tmp_path / "x", made, chance.TOML)])
    ids = {one.trial.id for one in made}
    assert set(found.trials["id"]) | repeats(found, made) == ids
    total = found.tables["outcomes"]
    assert total["trials"].sum() == len(found.trials)
    counts = [str(name) for name in dict.fromkeys(outcomes.OUTCOMES) if name in total]
    assert (total[counts].sum(axis=1) == total["trials"]).all()
    assert found.tables["ranking"]["trials"].sum() == len(found.compared)
    for table, column, values in chance.rates(found):
        inside = (values >= -1e-12) & (values <= 1 + 1e-12) | np.isnan(values)
        assert inside.all(), (table, column)
    assert {answer.task for answer in found.answers} == set(found.tasks)
    pairs = found.tables.get("pairwise", pd.DataFrame(columns=list(comparing.COLUMNS)))
    text = "\n".join(sentences.sentences(pairs))
    text += "\n".join(words.limits(found)) + str(found.answers)
    assert not re.search(r"\bnan\b|\bNone\b|\binf\b", text)


def repeats(found, made):
    """The ids of deterministic trials that another seed's stands for."""
    games = {one.trial.id for one in made if one.facts.get("deterministic")}
    gone = games - set(found.trials["id"])
    assert len(gone) == found.data.repeats
    return gone


@pytest.mark.parametrize("seed", [3, pytest.param(8, marks=pytest.mark.slow)])
def test_whatever_is_missing_the_page_is_written(seed, tmp_path):
    folder = store(tmp_path / "x", chance.results(seed), chance.TOML)
    assert report.main([str(folder), "-o", str(tmp_path / "out"), *LIGHT]) == 0
    for name in ("report.md", "index.html"):
        text = (tmp_path / "out" / name).read_text()
        told = re.sub(r'<script>.*?</script>|base64,[^"]+|data-v="[^"]+"', "", text, flags=re.S)
        assert not re.search(r"\bnan\b|NaN", told)


def test_one_seed_gives_no_effect(tmp_path, capsys):
    made = [result("converged", method="r1"), result("stalled", method="ns")]
    folder = store(tmp_path / "x", made, chance.TOML)
    assert report.main([str(folder), "--compare", "r1", "ns"]) == 0
    told = capsys.readouterr().out
    assert "effect        none: one trial of a method tells nothing" in told
    assert "P(r1 better)" not in told


def test_a_deterministic_game_of_two_seeds_is_one_trial(tmp_path):
    made = [
        dataclasses.replace(
            result(
                "stalled", method=m, task="dirac", seed=seed, facts=chance.GAME,
                evaluations=chance.EVALUATIONS,
            ),
            curves={"step": list(range(20)), "radius": [math.exp(-i * rate) for i in range(20)]},
            signals={},
            seconds=1.0 + seed,
        )
        for (m, rate), seed in itertools.product({"ns": 0.0, "r1": 0.9}.items(), (0, 1))
    ]  # fmt: skip
    folder = store(tmp_path / "x", made, chance.TOML)
    found = collect([folder])
    assert found.tables["outcomes"]["trials"].tolist() == [1, 1]
    assert found.data.repeats == 2
    assert "2 trials of other seeds did exactly" in "\n".join(words.limits(found))
    assert len(bench.load(folder)) == 4
    other = dataclasses.replace(made[0], curves={"step": [0, 1], "radius": [1.0, 0.5]})
    Store(folder).write(other)  # it did not do the same: both are there
    assert collect([folder]).tables["outcomes"].set_index("method")["trials"]["ns"] == 2
