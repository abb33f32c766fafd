"""What is declared is shown, once, and whatever cannot be is refused where it is written."""

import re

import pytest

from bench.analysis import declared
from bench.analysis.declared import BadDeclaration, Section, figure, section, table
from bench.analysis.report import sections
from bench.analysis.report.chapters import chapters, said
from bench.analysis.report.contents import collect
from tests.analysis.synthetic import result, write

OURS = sections.sections()


@pytest.fixture(autouse=True)
def own(monkeypatch):
    """Copies of what is declared, which a test may add to."""
    for name in ("TABLES", "FIGURES", "SECTIONS"):
        monkeypatch.setattr(declared, name, dict(getattr(declared, name)))


def nothing(*_):
    """Nothing to see."""


def refused(*arguments):
    with pytest.raises(BadDeclaration) as caught:
        declared.arranged(*arguments or (sections.SECTIONS,))
    return str(caught.value)


def test_everything_of_ours_is_shown_once_or_says_why_not():
    shown = [name for one in OURS for name in one.tables]
    hidden = {t.name: t.only_files for t in declared.TABLES.values() if t.only_files}
    assert sorted(shown) == sorted(set(declared.TABLES) - set(hidden))
    assert set(hidden) == {"summary", "best_of_k", "pairs_of_levels"}
    assert sorted(n for one in OURS for n in one.figures) == sorted(declared.FIGURES)


def test_what_is_declared_for_a_section_comes_last_in_it():
    table("mine", section="training", title="Mine")(nothing)
    figure("drawn", section="training")(nothing)
    (found,) = [one for one in sections.sections() if one.name == "training"]
    assert found.tables[-2:] == ("loss_variance", "mine")
    assert found.figures[-2:] == ("losses", "drawn")


def test_unknown_and_lost_names_are_refused_with_the_nearest():
    where = rf"{re.escape(__file__)}:\d+: "
    table("mine", section="answr", title="Mine")(nothing)
    found = refused()
    assert re.match(where, found)
    assert "table 'mine': no section 'answr' (did you mean \"answer\"?)" in found
    table("mine", title="Mine")(nothing)
    assert "table 'mine' is shown in no section: declare it with section=..., one" in refused()
    table("mine", section="cost", title="Mine", only_files="nobody asks")(nothing)
    assert "table 'mine' is shown in cost" in refused()
    del declared.TABLES["mine"]
    figure("drawn")(nothing)
    assert "figure 'drawn' is shown in no section" in refused()
    figure("drawn", section="gallery")(nothing)
    twice = (*sections.SECTIONS, Section("more", "More", figures=("drawn",)))
    assert "figure 'drawn' is shown in gallery and more" in refused(twice)
    wrong = (*sections.SECTIONS, Section("more", "More", tables=("rankng",)))
    assert "section 'more': no table 'rankng' (did you mean \"ranking\"?)" in refused(wrong)
    section("late", title="Late", after="galery")(nothing)
    assert "no section 'galery' to come after (did you mean \"gallery\"?)" in refused()


def test_names_are_taken_once_and_every_text_is_there():
    def ranking(findings):
        """Another one."""

    with pytest.raises(BadDeclaration, match="already declared in bench"):
        table(title="Again")(ranking)
    with pytest.raises(BadDeclaration, match=r"figure '<lambda>' has no docstring: write the text"):
        figure("bare", section="cost")(lambda findings: None)
    section("cost", title="Again")(nothing)
    assert "there is a section 'cost' already: rename it" in refused()


def test_sections_of_plugins_follow_the_one_they_name():
    section("one", title="One", after="outcomes")(nothing)
    section("two", title="Two")(nothing)
    names = [one.name for one in sections.sections()]
    assert names[names.index("outcomes") + 1] == "one"
    assert names[names.index("trials") - 1] == "two"


def test_a_text_that_is_no_block_is_refused(tmp_path):
    found = collect([write(tmp_path / "x", [result("converged")])])
    with pytest.raises(BadDeclaration, match="gives a int: give strings, or blocks of"):
        list(said((lambda findings: [3],), found))
    assert "sensitivity" not in [chapter.name for chapter in chapters(found, [])]


def test_one_text_is_one_paragraph_and_no_tuple_of_names(tmp_path):
    found = collect([write(tmp_path / "x", [result("converged")])])
    assert [p.text for p in said((lambda _: "one text", lambda _: None), found)] == ["one text"]
    own = Section("a", "A", opening=(lambda _: "one", lambda _: "two"))
    assert own.words(own.opening, found) == ["one", "two"]
    for field in ("tables", "figures"):
        with pytest.raises(BadDeclaration, match=rf"{field}='rescues' is one text: write a tuple"):
            section("mine", title="Mine", **{field: "rescues"})(nothing)
        with pytest.raises(BadDeclaration, match=rf"section 'more': {field}='cost' is one text"):
            Section("more", "More", **{field: "cost"})


OTHERWISE = ("Of ", "What ", "Whether ")


def test_notes_and_captions_are_sentences():
    texts = {**{t.name: t.note for t in declared.TABLES.values()}}
    texts |= {f"figure {f.name}": f.caption for f in declared.FIGURES.values()}
    for name, text in texts.items():
        sentences = re.split(r"(?<=[.:;]) (?=[A-Z`])", text)
        assert text[0].isupper() or text[0] == "`", name
        assert text.endswith((".", "{told}")), name
        assert not [s for s in sentences if s.startswith(OTHERWISE)], name
    titles = [t.title for t in declared.TABLES.values()] + [s.title for s in OURS]
    assert not [title for title in titles if title.startswith(OTHERWISE)]
