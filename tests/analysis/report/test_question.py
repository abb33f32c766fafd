"""The question of a sweep in report.md and on the page: once, and as its author wrote it; and what
is said of one method alone."""

from __future__ import annotations

import re

import pytest
from markdown_it import MarkdownIt

from bench import report
from bench.analysis.report import sections, words
from bench.analysis.report.blocks import Fold, Paragraph
from bench.analysis.report.contents import collect
from bench.analysis.report.html import html
from bench.analysis.report.markdown import literal, markdown
from tests.analysis.synthetic import result, write

WRITTEN = [
    "Is $x_1$ better than $x_2$?",
    "a * b * c, **strong**, _so_ and __this__, snake_case_too",
    "a | b | c",
    "a lone ` backtick, and a\\* backslash",
    "<b>bold</b> <!-- not --> & &amp; &lt;",
    "[a](b) ![c](d) [e]: f",
    "# no heading",
    "> no quotation",
    "- no item",
    "+ none",
    "1. none",
    "2) none",
    "--- ",
    "=== ",
    "~~gone~~",
    "```",
]


def shown(text: str) -> str:
    """A text of Markdown as a reader sees it, in one line."""
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    plain = []
    for token in parser.parse(text):
        if token.type not in ("paragraph_open", "paragraph_close", "inline"):
            plain.append(f"<{token.type}>")
        for inner in token.children or ():
            plain.append(" " if inner.type == "softbreak" else inner.content or f"<{inner.type}>")
    return "".join(plain).strip()


@pytest.mark.parametrize("text", WRITTEN)
def test_nothing_in_a_question_is_markup(text):
    assert shown(literal(text)) == text.strip()
    assert "\\$" in literal(text) or "$" not in text  # of GitHub's formulas


def test_all_of_it_together_stands_in_a_quotation():
    question = Paragraph("\n".join(WRITTEN), "question")
    found = markdown("a*b*", [question], [])
    assert shown(found.splitlines()[0][2:]) == "a*b*"
    quoted = "\n".join(line[2:] for line in found.splitlines() if line.startswith("> "))
    assert shown(quoted) == " ".join(text.strip() for text in WRITTEN)


def test_code_stays_code():
    assert literal("the `a_*b*_c` of *x*") == "the `a_*b*_c` of \\*x\\*"


@pytest.fixture(scope="module")
def asked(tmp_path_factory) -> str:
    """The lead of a page whose question has stars in it."""
    question = "Is **x** or `d**2` best?\n\nAnd <b>**so**</b>?"
    said = collect([write(tmp_path_factory.mktemp("stars") / "x", made(), TOML)])
    block = Fold(f"Question: {question.splitlines()[0]}", [Paragraph(question, "question")], False)
    return html(said, [block, Paragraph("**bold** and **`code` in bold**")], [])


def test_nothing_in_a_question_is_markup_on_the_page(asked):
    line = "Is **x** or <code>d&#42;&#42;2</code> best?"
    assert f"<summary>Question: {line}</summary>" in asked
    assert f'<p class="question">{line}\n\nAnd &lt;b&gt;**so**&lt;/b&gt;?</p>' in asked


def test_the_program_s_own_words_may_be_bold(asked):
    assert "<strong>bold</strong> and <strong><code>code</code> in bold</strong>" in asked


TOML = """# Which one?
[sweep]
[analysis]
baseline = "ns"
"""


def made(method="ns"):
    return [result("converged", method=method, seed=seed) for seed in (0, 1)]


def test_a_question_of_two_folders_is_asked_once(tmp_path):
    folders = [write(tmp_path / n, made(m), TOML) for n, m in (("a", "ns"), ("b", "r1"))]
    folders.append(write(tmp_path / "c", made("gp"), TOML.replace("one?", "other?")))
    titles = [getattr(block, "summary", "") for block in sections.lead(collect(folders))]
    assert [t for t in titles if t] == ["Question: Which one?", "Question: Which other?"]


def test_a_folder_by_two_names_is_one(tmp_path, monkeypatch):
    write(tmp_path / "a", made(), TOML)
    (tmp_path / "b").symlink_to("a")
    monkeypatch.chdir(tmp_path)
    assert list(map(str, report._once([*map(report.Path, ("b", "a", "./a"))]))) == ["b"]


def test_one_method_alone_has_no_difference_between_two(tmp_path):
    alone = collect([write(tmp_path / "a", made(), TOML)])
    said = list(words.limits(alone))
    assert not any("difference" in text for text in said)
    assert any("One method: there is nothing to compare it with." in text for text in said)
    both = collect([write(tmp_path / "b", made() + made("r1"), TOML)])
    assert any(re.search("With 2 trials a method, no difference", t) for t in words.limits(both))
