"""Names are text, in every format, whatever is in them."""

import dataclasses
import html
import re
from urllib.parse import parse_qs

import pytest

from bench import report
from tests.analysis.report import reading, strict_tex
from tests.analysis.synthetic import result, write

TASK = '<script>alert("t")</script>'
ERROR = "</script><!-- <script> \u2028 ]]> & 'x' \\"
METHODS = ("r1|_a_|*b*", r"\input{x} & 'q' `<img src=x>`")
SOURCE = '<b>"S" | \\input & Co_1</b>'
TOML = """# Is <script>alert("q")</script> & 'this' | _that_ \\input?
[analysis]
baseline = "r1|_a_|*b*"

[[reference]]
task = '<script>alert("t")</script>'
method = "r1|_a_|*b*"
metric = "modes"
value = 8
source = '<b>"S" | \\input & Co_1</b>'
"""


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    kinds = ("converged", "stalled", "mode_drop")
    made = [
        result(kind, task=TASK, method=method, seed=seed)
        for method in METHODS
        for seed, kind in enumerate(kinds)
    ]
    crashed = result("crashed", task=TASK, method=METHODS[0], seed=9)
    made.append(dataclasses.replace(crashed, error={"type": "E", "message": ERROR}))
    toml = TOML
    results, formats = write(folder / "x", made, toml), ("--formats", "csv,md,tex,png")
    assert report.main([str(results), "-o", str(folder / "out"), *formats]) == 0
    return folder / "out"


def test_on_the_page_nothing_is_markup(out):
    page = (out / "index.html").read_text()
    assert page.count("<script>") == 1  # the page's own
    assert page.count("<script type=") == page.count("</script>") - 1  # beside it, blocks of JSON
    assert "<b>" not in page
    assert "<img src=x" not in page
    assert not re.search(r'\salt="[^"]*"(?! width| loading)', page)
    plain = reading.text(page)
    for text in (TASK, METHODS[0], METHODS[1].replace("`", ""), SOURCE, "Is <script>alert"):
        assert text in plain


def test_json_ends_no_script_and_gives_back_what_went_in(out):
    page = (out / "index.html").read_text()
    (raw,) = (text for where, text in reading.DATA.findall(page) if "data-rows" not in where)
    assert not set(raw) & set("<>&\u2028\u2029")
    known = reading.trials(page)
    assert {trial["task"] for trial in known} == {TASK}
    assert {trial["method"] for trial in known} == set(METHODS)
    assert [t["error"] for t in known if t["error"]] == [f"E: {ERROR}"]


def test_links_to_trials_are_quoted(out):
    page = (out / "index.html").read_text()
    links = set(re.findall(r'href="#trials\?([^"]*)"', page))
    asked = [parse_qs(html.unescape(link), strict_parsing=True) for link in links]
    assert {query["task"][0] for query in asked} == {TASK}
    assert {query["method"][0] for query in asked} == set(METHODS)


def test_in_markdown_nothing_is_a_tag_or_a_cell_too_many(out):
    text = (out / "report.md").read_text()
    outside = re.sub(r"`[^`\n]*`", "", text)
    assert not re.search(r"(?<!\\)<(?=[A-Za-z/])", outside)
    assert r"| \<b>" in text
    assert r"\<script>alert" in text
    tables = re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE)
    assert len(tables) > 6
    for table in tables:
        assert len({len(re.findall(r"(?<!\\)\|", row)) for row in table.splitlines()}) == 1, table
    assert r"| r1\|\_a\_\|\*b\* |" in text


def test_in_latex_nothing_is_a_command(out):
    files = {file.stem: file.read_text() for file in (out / "tables").glob("*.tex")}
    found = {name: strict_tex.tables(text.rstrip("\n")) for name, text in files.items()}
    cells = [cell for part in found["outcomes"] for row in part for cell in row]
    assert METHODS[0] in cells
    assert METHODS[1].replace("`", "") in [cell.replace("`", "") for cell in cells]
    assert SOURCE in [cell for part in found["references"] for row in part for cell in row]
