"""A figure that fails costs itself and not the page, and names of tasks can be any file's."""

from dataclasses import replace

import pytest

from bench import report
from bench.analysis import declared, plots
from bench.analysis.report import drawing
from bench.analysis.report.figures import LONGEST, file_names, over_tasks
from tests.analysis.synthetic import result, write
from tests.commands import LIGHT


@pytest.fixture(scope="module")
def findings(tmp_path_factory):
    made = [
        result("converged" if seed else "stalled", method=m, seed=seed, task=t, evaluations=20)
        for t in ("a", "b", "c")
        for m in ("ns", "r1", "ls")
        for seed in range(2)
    ]
    return report._collect([write(tmp_path_factory.mktemp("spared") / "x", made)])


def _draw(findings, out):
    figures = [declared.FIGURES[name] for name in ("ranking", "survival")]
    return drawing.draw_all(findings, "a", figures, out)


@pytest.mark.parametrize("where", ["drawn", "saved"])
def test_a_figure_that_fails_is_left_out_and_named(where, findings, tmp_path, monkeypatch, capsys):
    def fails(*_, **__):
        raise ZeroDivisionError("no such thing")

    if where == "drawn":
        monkeypatch.setattr(plots, "survival", fails)
    else:
        save = plots.save
        monkeypatch.setattr(
            plots, "save", lambda f, p, *a: (fails if "survival" in p.name else save)(f, p, *a)
        )
    drawn = _draw(findings, tmp_path)
    assert [drawing.kind for drawing in drawn] == ["ranking"]
    said = capsys.readouterr().err
    assert "survival of a could not be drawn (ZeroDivisionError: no such thing)" in said
    assert said.count("\n") <= 2


def test_each_figure_has_the_files_of_a_page_and_of_a_column(findings, tmp_path):
    drawn = _draw(findings, tmp_path)
    assert [[file.name for file in drawing.files] for drawing in drawn] == [
        [f"a_{name}{ending}" for ending in (".png", ".svg", ".pdf", "_column.pdf")]
        for name in ("ranking", "survival")
    ]
    assert all(file.stat().st_size > 1000 for drawing in drawn for file in drawing.files)


def test_names_of_files_are_short_and_no_two_are_one_file():
    tasks = ["x" * 400 + "1", "x" * 400 + "2", "Ring", "ring", "a b", "a_b", "日本", "中国", "own"]
    found = file_names(tasks)
    assert list(found) == tasks
    assert len({name.casefold() for name in found.values()}) == len(tasks)
    assert max(map(len, found.values())) <= LONGEST + 9
    assert all(name.isascii() and name for name in found.values())
    assert found["own"] == "own"


def test_ranks_that_nothing_separates_have_no_picture(findings):
    draw = declared.FIGURES["critical_difference"].draw
    with_ranks = {
        "alike": lambda task, method, seed: {"a": 1, "b": 2, "c": 0}[task] * len(method) % 3,
        "apart": lambda task, method, seed: {"ns": 0.9, "r1": 0.1, "ls": 0.5}[method],
    }
    found = {}
    for name, q_of in with_ranks.items():
        trials = findings.compared.copy()
        trials["q_tail"] = [
            float(q_of(*row)) for row in trials[["task", "method", "seed"]].to_numpy()
        ]
        own = replace(findings, evaluated=findings.evaluated._replace(trials=trials))
        found[name] = over_tasks.mean_ranks(own)
        assert (draw(own) is not None) is found[name].separates
    apart = found["apart"]
    assert dict(zip(apart.methods, apart.ranks, strict=True)) == {"ns": 3, "r1": 1, "ls": 2}
    assert found["alike"].separates is False
    assert found["alike"].distance == pytest.approx(1.9134, abs=1e-3)  # 2.3437 * sqrt(3 * 4 / 18)
    assert apart.separates is True


@pytest.mark.slow
def test_a_report_of_sixty_methods_is_whole(tmp_path):
    made = [
        result("converged" if i % 3 else "stalled", method=f"method_{i:02d}", seed=s)
        for i in range(60)
        for s in range(3)
    ]
    out = tmp_path / "out"
    assert report.main([str(write(tmp_path / "many", made)), "-o", str(out), *LIGHT]) == 0
    page = (out / "index.html").read_text()
    for kind in ("ranking", "outcomes", "curves", "survival", "gallery"):
        assert f'id="figure-ring8_{kind}"' in page
    assert "reads those of the other 52" in page
