"""A plugin's table, figure or section that fails is refused with its line, and none is a bare
traceback."""

import re

import pandas as pd
import pytest

from bench import report
from bench.analysis import declared
from bench.analysis.guards import BadDeclaration, check_name, filled
from bench.analysis.report import figures, sections
from bench.analysis.report.contents import collect
from bench.analysis.tables.findings import Tables
from bench.registry import UnknownName
from bench.store import Store
from tests.analysis.synthetic import result, write

HEAD = """\
from matplotlib.figure import Figure
import pandas as pd
from bench.analysis.declared import Drawn, figure, section, table

"""
FIRST = 5
"""The line of the plugin on which a test's own text begins."""


@pytest.fixture(autouse=True)
def own(monkeypatch):
    """Copies of what is declared, which a test may add to."""
    for name in ("TABLES", "FIGURES", "SECTIONS"):
        monkeypatch.setattr(declared, name, dict(getattr(declared, name)))


@pytest.fixture
def say(tmp_path, capsys, monkeypatch):
    """Text of a plugin -> exit code and errors of a report with it, on two tasks. Only the
    plugin's own figures are drawn."""
    made = [result("converged", task=task, seed=s) for task in ("ring8", "grid25") for s in (0, 1)]
    folder = write(tmp_path / "x", made)
    for name, one in declared.FIGURES.items():
        if name != "cost":
            quiet = declared.replace(one, draw=_silent)
            monkeypatch.setitem(declared.FIGURES, name, quiet)

    def run(text):
        (tmp_path / "mine.py").write_text(HEAD + text)
        command = [str(folder), "-o", str(tmp_path / "out"), "--plugins", str(tmp_path / "mine.py")]
        return report.main(command), capsys.readouterr().err

    return run


def _silent(*_):
    return None


_silent.__module__ = "bench.silent"


TABLE = '@table(section="cost", title="Slow")\ndef slow(findings):\n    """All."""\n    {}\n'
FIGURE = '@figure(section="cost"{})\ndef slow(findings{}):\n    """All."""\n    {}\n'
SECTION = '@section(title="Slow")\ndef slow(findings):\n    """All."""\n    {}\n'
LABEL = 'f = Figure(); f.suptitle(r"$\\frac{$"); return f'
WRONG = [
    (TABLE.format('findings.trials["secnds"]'), 3, "table 'slow': KeyError: 'secnds'"),
    (TABLE.format('findings.tables["rankng"]'), 3, 'no table "rankng" in these findings (did you'),
    (TABLE.format('open("nowhere.csv")'), 3, "table 'slow': FileNotFoundError: "),
    (TABLE.format("raise SystemExit(0)"), 3, "table 'slow': SystemExit: 0"),
    (TABLE.format('return findings.trials["seed"]'), 0, "table 'slow' gives a Series: give a"),
    (TABLE.format('return "none"'), 0, "table 'slow' gives a str: give a pandas DataFrame"),
    (
        TABLE.format('return pd.DataFrame([[1, 2]], columns=["a", "a"])'),
        0,
        "table 'slow' has two columns of one name",
    ),
    (FIGURE.format("", ", task", "1 / 0"), 3, "figure 'slow': ZeroDivisionError: division by"),
    (FIGURE.format("", ", task", LABEL), 0, "figure 'slow': ValueError: "),
    (FIGURE.format("", ", task", "return Drawn(3)"), 0, "figure 'slow' gives a int: give a"),
    (SECTION.format("yield 1 / 0"), 3, "text 'slow': ZeroDivisionError: division by zero"),
    (SECTION.format("yield 3"), 0, "slow gives a int: give strings, or blocks"),
]


@pytest.mark.parametrize(("text", "line", "what"), WRONG, ids=[what for _, _, what in WRONG])
def test_what_fails_is_refused_with_its_line(say, tmp_path, text, line, what):
    code, errors = say(text)
    assert code == 2
    assert re.search(rf"^bench.report: {re.escape(str(tmp_path))}/mine.py:{FIRST + line}: ", errors)
    assert what in errors
    assert "Traceback" not in errors


REFUSED = [
    ('@figure(section="cost")\ndef slow(findings):\n    """All."""\n', "(findings, task)"),
    (FIGURE.format(", over_tasks=True", ", task", "pass"), "it is called with (findings)"),
    (TABLE.replace("(findings)", "()").format("pass"), "table 'slow' takes (): it is called with"),
    (FIGURE.replace('(section="cost"{})', "").format("", "pass"), "write @figure(section="),
    (TABLE.replace("slow", "trials").format("pass"), "every report has files of that name"),
    (
        TABLE.replace("section=", '"a/b", section=').format("pass"),
        "table 'a/b': its name names files",
    ),
    (
        TABLE.replace("slow", "ranking").format("pass"),
        "already declared in bench.analysis.report.t",
    ),
    (TABLE.format("pass") * 2, "table 'slow' is already declared in bench_plugin_mine_"),
    (
        TABLE.format("pass").replace("All.", "{sucess}"),
        '{sucess} in its text (did you mean "success',
    ),
    (SECTION.format("pass").replace("All.", "{task}"), "no word for {task} in its text"),
]


@pytest.mark.parametrize(("text", "what"), REFUSED, ids=[what for _, what in REFUSED])
def test_what_cannot_be_declared_is_refused_with_its_line(say, tmp_path, text, what):
    code, errors = say(text)
    assert code == 2
    assert re.search(rf"^bench.report: {re.escape(str(tmp_path))}/mine.py:\d+: ", errors)
    assert what in errors


def test_a_file_that_is_run_anew_may_declare_the_same(say):
    text = TABLE.format("return findings.trials[['task', 'seed']]")
    for code, errors in (say(text), say("\n\n" + text)):
        assert (code, errors) == (0, "")


def test_two_figures_of_one_file_name_are_refused_with_both_places(say, tmp_path):
    code, errors = say(
        '@figure("ring8_cost", section="profiles", over_tasks=True)\n'
        'def whole(findings):\n    """All."""\n'
    )
    assert code == 2
    assert (
        f"{tmp_path}/mine.py:{FIRST}: the files of figure 'ring8_cost' would be ring8_cost"
        in errors
    )
    assert re.search(r"those of figure 'cost' \(.*/figures/training.py:\d+\)", errors)


def test_an_unknown_word_of_a_caption_is_refused_with_the_nearest(say, tmp_path):
    text = FIGURE.format("", ", task", 'return Drawn(Figure(), {"count": "3"})')
    code, errors = say(text.replace("All.", "{task}: {cuont} of them."))
    assert code == 2
    said = "figure 'slow': no word for {cuont} in its text (did you mean \"count\"?)"
    assert f"{tmp_path}/mine.py:{FIRST}: {said}" in errors
    assert filled("{a} {b, c} {0} {}", a="{b}") == "{b} {b, c} {0} {}"


def test_nothing_to_show_is_said_of_plugins_alone(say):
    none = TABLE.format("return None") + FIGURE.replace("slow", "drawn").format("", ", task", "")
    rows = TABLE.replace("slow", "bare").format("return findings.trials.head(0)")
    some = 'return Figure() if task == "ring8" else None'
    code, errors = say(none + rows + FIGURE.replace("slow", "half").format("", ", task", some))
    assert code == 0
    assert errors.splitlines() == [f"nothing to show: {name}" for name in ("slow", "bare", "drawn")]


def test_plugins_that_results_keep_are_named_and_not_run(say, tmp_path):
    text = TABLE.format("return findings.trials[['task', 'seed']]")
    store = Store(tmp_path / "x")
    store.write_plugin("mine.py", "ab12", (HEAD + text).encode())
    store.write_plugin("parts.py", "cd34", b"from bench.registry import loss\n1 / 0\n")
    (code, errors), kept = say("x = 1\n"), tmp_path / "x" / "plugins" / "ab12-mine.py"
    assert code == 0
    assert len(errors.splitlines()) == 1
    assert errors.startswith(f"bench.report: {kept} declares tables, figures or sections")
    assert errors.endswith(f"add --plugins {kept}\n")
    assert not (tmp_path / "out" / "tables" / "slow.csv").exists()
    assert say(text) == (0, "")


@pytest.mark.parametrize(
    ("source", "does"),
    [
        (b"from bench.analysis.declared import table", True),
        (b"import bench.analysis.declared as d", True),
        (b"from bench.analysis import frame, declared", True),
        (b"from bench.analysis import frame", False),
        (b"from bench.registry import loss", False),
    ],
)
def test_a_source_that_declares_is_told_from_others(source, does):
    assert declared.used_in(source) is does


def test_a_plugin_that_came_before_the_report_is_the_one_that_is_refused():
    def theirs(findings):
        """A plugin's."""

    ours = declared.TABLES["ranking"].make
    with pytest.raises(BadDeclaration) as caught:
        check_name("table", "ranking", ours, {"ranking": theirs})
    line = theirs.__code__.co_firstlineno
    assert str(caught.value).startswith(f"{__file__}:{line}: table 'ranking' is already declared")
    assert "bench.analysis.report.tables (" in str(caught.value)


def test_tables_of_ours_are_made_first(tmp_path, monkeypatch):
    def early(findings):
        """It uses the ranking."""
        return findings.tables["ranking"][["task", "method"]].assign(seen=1)

    ours = dict(declared.TABLES)
    declared.TABLES.clear()
    declared.table(section="cost", title="Early")(early)
    declared.TABLES.update(ours)
    found = collect([write(tmp_path / "x", [result("converged")])])
    assert found.tables["early"]["seen"].tolist() == [1]


def test_a_table_that_is_not_there_is_answered_with_the_nearest():
    tables = Tables(ranking=pd.DataFrame())
    with pytest.raises(UnknownName, match=r'^no table "rankng" .*did you mean "ranking"'):
        tables["rankng"]
    with pytest.raises(KeyError):
        tables["rankng"]
    assert tables.get("rankng") is None
    assert "rankng" not in tables


def test_our_own_figure_that_fails_is_left_out_and_named(tmp_path, capsys):
    def broken(findings, task):
        raise ZeroDivisionError

    broken.__module__ = "bench.broken"
    cost = declared.replace(declared.FIGURES["cost"], draw=broken)
    found = collect([write(tmp_path / "x", [result("converged")])])
    assert list(figures.pictures(found, "ring8", [cost])) == []
    assert "the figure cost of ring8 could not be drawn (ZeroDivisionError" in (
        capsys.readouterr().err
    )
    assert sections.sections()
