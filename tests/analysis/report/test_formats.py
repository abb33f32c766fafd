"""Tables as Markdown and CSV: a cell is a cell, whatever is in it."""

import re

import pandas as pd
import pytest

from bench.analysis.report import formats

WORST = (
    *("a|b", "line\nbreak\r\nand\rmore", "`code`", "<b>x</b>", "<!-- x -->", "&copy;", "*a* _b_"),
    *("~~gone~~", "$x$", "[a](http://b)", "[a][b]", "back\\slash|", '"quoted", 1', "=1+1", "🔥"),
)


@pytest.mark.parametrize("text", WORST)
def test_a_cell_of_markdown_holds_no_markup(text):
    table = pd.DataFrame({"method": ["r1", text], "q": ["0.1", "0.2 [0.1, 0.3]"]})
    lines = formats.markdown(table).splitlines()
    assert len(lines) == 4
    assert {len(re.findall(r"(?<!\\)(?:\\\\)*\|", line)) for line in lines} == {3}
    assert lines[3].endswith("| 0.2 [0.1, 0.3] |")
    cell = lines[3][2:].removesuffix(" | 0.2 [0.1, 0.3] |")
    for markup in (r"`", r"\*", r"~", r"\$", r"<(?=[A-Za-z/!?])", r"\](?=[\[(])"):
        assert not re.search(rf"(?<!\\)(?:\\\\)*{markup}", cell), cell
    assert "&copy;" not in cell
    shown = re.sub(r"\\([^A-Za-z0-9\s])", r"\1", cell).replace("&amp;", "&")
    assert shown == " ".join(text.splitlines())


def test_csv_gives_back_what_was_written(tmp_path):
    table = pd.DataFrame({"method": WORST, "q": range(len(WORST))})
    table.to_csv(file := tmp_path / "x.csv", index=False)
    with file.open(newline="") as text:
        import csv

        rows = list(csv.reader(text))
    assert [row[0] for row in rows[1:]] == list(WORST)
