r"""LaTeX tables compile and show the text of users, whatever is in it."""

import random
import re
import shutil
import subprocess

import pandas as pd
import pytest

from bench import report
from bench.analysis.report import write
from bench.analysis.report.paper.latex import GAP, LONG, ROOM, latex
from bench.analysis.report.paper.widths import width
from bench.analysis.tex import tex
from tests import many
from tests.analysis import synthetic
from tests.analysis.report import strict_tex
from tests.analysis.report.strict_tex import Bad
from tests.analysis.synthetic import result

HOSTILE = (
    r"a^2 ~ {b} \input{x}", r"\\", r"\end{tabular}\begin{document}", "100 % & # $x$ _a_ {", "}",
    '<b>"q"</b> <<x>>', "it's ''x'' `y` ``z``", "a--b --- ,,c", "[1ex] x", "*x", "| a | b |",
    "ı ğ Ş İ é ñ ü ő ł ø ß Å", "αβγ λ Ω ς Δ π", "± × ≤ ≥ → ∞ − ² ° … – —", "?` !`", "%", "&", "~",
)  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_text_is_shown_and_is_no_command(text):
    assert strict_tex.shown(tex(text)) == " ".join(text.split())


def test_any_text_of_ascii_is_shown():
    rng = random.Random(0)
    for _ in range(500):
        text = "".join(rng.choices("\\{}%&#$_^~<>|\"'`,-[]*!? ab1", k=rng.randint(1, 14)))
        assert strict_tex.shown(tex(text)) == " ".join(text.split()), text


def test_what_latex_may_not_have_is_its_number_and_line_breaks_are_spaces():
    assert tex("🔥 日\nA\tb") == "U+1F525 U+65E5 A b"
    assert tex("Θ and ο") == r"\ensuremath{\Theta} and o"


@pytest.mark.parametrize(
    "bad",
    [
        r"a_b", r"50 %", r"a & b", r"$x$", r"x^2", r"a~b", r"\input{x}", r"{a", r"a}", r"\alpha",
        "é", r"\textless a", r"\ensuremath{\foo}", "a\\\\b", '"', "<", "|", "`", "#1",
    ],
)  # fmt: skip
def test_the_reader_of_text_refuses_what_is_none(bad):
    with pytest.raises(Bad):
        strict_tex.shown(bad)


GOOD = latex(pd.DataFrame({"method": ["r1"], "q": ["0.5"]}), ("method",), "A caption", "tab:x")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("r1", "r_1"), ("r1", r"\input{x}"), ("r1", "50 % r1"), ("r1", "r1 & r2"), ("r1 &", "r1"),
        (" \\\\\n\\bottomrule", "\n\\bottomrule"), ("\\end{tabular}\n", ""), ("lr", "lrr"),
        ("A caption", "A {caption"), ("A caption", "A_caption"), ("r1", "[r1"), ("r1", "é"),
        ("\\end{table}", "\\end{table}\\input{x}"), ("\\toprule", "\\toprule\\write18{ls}"),
    ],
)  # fmt: skip
def test_the_reader_of_tables_refuses_what_does_not_compile(old, new):
    assert strict_tex.tables(GOOD) == [[["method", "q"], ["r1", "0.5"]]]
    assert old in GOOD
    with pytest.raises(Bad):
        strict_tex.tables(GOOD.replace(old, new, 1))


def test_a_table_has_rules_a_caption_a_label_and_numbers_to_the_right():
    assert GOOD.splitlines()[0] == "% needs the LaTeX package booktabs"
    for part in (
        r"\caption{A caption}",
        r"\label{tab:x}",
        r"\begin{tabular}{@{}lr@{}}",
        r"\toprule",
    ):
        assert part in GOOD
    table = pd.DataFrame({"method": ["a"], "setting": [""], "exact": ["–"], "q": ["1"]})
    assert strict_tex.tables(latex(table, ("method",))) == [[["method", "q"], ["a", "1"]]]


def test_a_wide_table_is_in_parts_that_fit_on_a_page():
    columns = {f"metric_{i}": ["0.512 [0.401, 0.633]"] * 3 for i in range(9)}
    table = pd.DataFrame({"task": ["ring8"] * 3, "method": ["a", "b", "c"], **columns})
    parts = strict_tex.tables(latex(table, ("task", "method")))
    assert len(parts) > 1
    assert [name for part in parts for name in part[0] if name.startswith("metric")] == [*columns]
    for part in parts:
        assert part[0][:2] == ["task", "method"]
        columns = zip(*part, strict=True)
        assert sum(max(map(width, cells)) + GAP for cells in columns) - GAP <= ROOM


def test_the_parts_of_a_table_begin_with_what_tells_rows_apart():
    numbers = {f"metric_{i}": ["0.512 [0.401, 0.633]"] * 4 for i in range(6)}
    keys = {"task": ["a", "a", "b", "b"], "rank": ["1", "1", "1", "1"],
            "method": ["m", "n", "m", "m"], "lr_g": ["1", "1", "1", "2"]}  # fmt: skip
    for part in strict_tex.tables(latex(pd.DataFrame({**keys, **numbers}), ("task", "method"))):
        assert part[0][:4] == [*keys]
        assert len(part[0]) > 4


def test_a_head_that_is_wider_than_its_numbers_is_in_lines():
    text = latex(pd.DataFrame({"method": ["a"], "trials of the other": ["12"]}), ("method",))
    assert r"\shortstack[r]{trials\\of the\\other}" in text
    assert strict_tex.tables(text) == [[["method", "trials of the other"], ["a", "12"]]]
    odd = latex(pd.DataFrame({"a": ["1"], "per [ms]": ["1"]}), ())
    assert r"\shortstack[r]{per\\{}[ms]}" in odd


def test_a_long_table_goes_on_over_pages():
    table = pd.DataFrame({"method": [f"m{i}" for i in range(LONG + 1)], "q": "1"})
    text = latex(table, ("method",), "All", "tab:all")
    assert r"\begin{longtable}{@{}lr@{}}" in text
    assert "packages booktabs and longtable" in text
    (rows,) = strict_tex.tables(text)
    assert len(rows) == LONG + 3  # with the heads of the first page and of the others
    assert text.count(r"\label{tab:all}") == 1


def test_a_table_whose_cells_are_in_many_lines_goes_on_over_pages():
    words = {"method": ["m"] * 12, "ended": ["converged, stalled, mode_drop and so on " * 4] * 12}
    assert r"\begin{longtable}" in latex(pd.DataFrame(words), ("method", "ended"))
    assert r"\begin{table}" in latex(pd.DataFrame(words)[:2], ("method", "ended"))


@pytest.fixture(scope="module")
def hostile_report(tmp_path_factory):
    """The tables of a report whose methods, task and reference have names of the worst kind."""
    folder = tmp_path_factory.mktemp("latex")
    methods = HOSTILE[:3]
    made = [
        result("converged" if (seed + i) % 2 else "stalled", method=method, seed=seed)
        for i, method in enumerate(methods)
        for seed in range(2)
    ]
    toml = (
        "[analysis]\nbaseline = '\\\\'\n[[reference]]\ntask = 'ring8'\nmetric = 'modes'\n"
        "value = 8\nmethod = 'a^2 ~ {b} \\input{x}'\nsource = 'a^2 ~ {b} \\input{x}'\n"
    )
    texts(synthetic.write(folder / "x_1 & co", made, toml), folder / "tables")
    return folder / "tables"


def test_every_table_of_a_report_is_strict_latex(hostile_report):
    files = sorted(hostile_report.glob("*.tex"))
    assert len(files) > 6
    for file in files:
        for rows in strict_tex.tables(file.read_text(encoding="utf-8").rstrip("\n")):
            assert len(rows) > 1, file
    text = (hostile_report / "references.tex").read_text()
    (part, *_) = strict_tex.tables(text.rstrip("\n"))
    assert r"a^2 ~ {b} \input{x}" in [cell for row in part for cell in row]


TEX = next(filter(shutil.which, ("tectonic", "pdflatex", "latexmk")), None)
needs_tex = pytest.mark.skipif(
    TEX is None, reason="no TeX here: install tectonic or texlive to compile tables"
)


def compiled(folder, body, packages="", runs=1):
    """Compile a document of the class article with this body -> the text of its log."""
    (folder / "all.tex").write_text(
        "\\documentclass{article}\n\\usepackage{booktabs,longtable}\n"
        f"{packages}\\begin{{document}}\n{body}\n\\end{{document}}\n",
        encoding="utf-8",
    )
    options = {
        "pdflatex": ["-interaction=nonstopmode", "-halt-on-error"],
        "latexmk": ["-pdf"],
        "tectonic": ["--keep-logs"],
    }
    command = [TEX, *options[TEX], "all.tex"]
    for _ in range(runs):
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stdout[-2000:]
    return (folder / "all.log").read_text(encoding="utf-8", errors="replace")


@needs_tex
def test_every_table_of_a_report_compiles(hostile_report, tmp_path):
    long = pd.DataFrame({"method": [*HOSTILE, *HOSTILE, *HOSTILE], "q": "1"})
    everything = "\n\\clearpage\n".join(
        [
            *(file.read_text(encoding="utf-8") for file in sorted(hostile_report.glob("*.tex"))),
            latex(long, ("method",), " ".join(HOSTILE), "tab:long"),
            "Tables \\ref{tab:long} and \\ref{tab:ranking}.",
        ]
    )
    log = compiled(tmp_path, everything, "\\usepackage[margin=1in]{geometry}\n", runs=2)
    assert (tmp_path / "all.pdf").stat().st_size > 10_000  # labels are known in the second run
    assert not re.search(r"undefined references|multiply defined", log)


TABULAR = re.compile(r"\\begin\{(tabular|longtable)\}.*?\\end\{\1\}", re.DOTALL)


def widths(folder, texts):
    """Typeset each tabular of some files in a box -> width in points of each, the width of the
    text, and the boxes inside that are too full."""
    boxes = []
    for text in texts:
        size = re.search(r"\\footnotesize\n\\setlength.*\n", text)[0]
        for found in TABULAR.finditer(text):
            one = re.sub(r"\\caption.*\n", "", found[0])
            one = re.sub(r"\\endfirsthead\n.*?\\endlastfoot\n", "", one, flags=re.DOTALL)
            one = one.replace("{longtable}", "{tabular}")
            boxes.append(
                f"\\sbox0{{{size}{one}}}\n\\typeout{{box of \\the\\wd0 in \\the\\textwidth}}"
            )
    log = compiled(folder, "\n".join([*boxes, "x"]))
    found = re.findall(r"box of ([\d.]+)pt ?in ([\d.]+)pt", log)
    assert len(found) == len(boxes) > 0
    return [float(w) for w, _ in found], float(found[0][1]), log.count("Overfull")


def texts(folder, out):
    """The LaTeX of all tables of a report on a results folder."""
    out.mkdir()
    write._write_tables(report._collect([folder]), out)
    return [file.read_text(encoding="utf-8") for file in sorted(out.glob("*.tex"))]


@needs_tex
def test_no_table_is_wider_than_the_text_of_a_paper(tmp_path):
    """Of 18 methods, one of which fails always, with names of up to 80 characters."""
    long = "spectrally_normalized relativistic-average discriminator, WWWWWWWWWWWW of 0.99 "
    names = [f"{long[: 4 * i + 4]}{i}" for i in range(18)]
    kinds = ("converged", "stalled", "mode_drop", "nonfinite")
    made = [
        result("crashed" if name == names[5] else kinds[(seed + i) % 4], method=name, seed=seed,
               task=task, hparams={"lr_g": rate, "lr_d": rate}, evaluations=20)
        for task in ("a task whose name is as long as this sentence", "ring8")
        for rate in (0.0001, 0.003)
        for i, name in enumerate(names)
        for seed in range(2)
    ]  # fmt: skip
    toml = f"[analysis]\nbaseline = '{names[0]}'\n"
    given = texts(synthetic.write(tmp_path / "x", made, toml), tmp_path / "tables")
    found, most, overfull = widths(tmp_path, given)
    assert len(found) > 25
    assert most == 345.0
    assert max(found) <= most
    assert overfull == 0


@needs_tex
@pytest.mark.slow
def test_no_table_of_thousands_of_trials_is_wider_than_the_text_of_a_paper(tmp_path):
    given = texts(many.make(tmp_path / "x", 5050, 18, 3, sampled=1), tmp_path / "tables")
    found, most, overfull = widths(tmp_path, given)
    assert max(found) <= most
    assert overfull == 0
