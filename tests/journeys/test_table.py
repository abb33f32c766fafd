"""A new table is one function in one file."""

from tests.commands import LIGHT
from tests.journeys.reporting import chapter_of, report, section_of

PLUGIN = '''
from bench.analysis.declared import table


@table(section="outcomes", title="Seeds by name")
def seeds_by_name(findings):
    """`most` is the highest seed of trials, some of which ended as `{success}`."""
    most = findings.trials.groupby(["task", "method"], sort=False)["seed"].max()
    return most.rename("most").reset_index().assign(about="<i>told</i> | a_b")
'''


def test_a_table_of_a_plugin_is_on_the_page_and_in_the_text(tmp_path):
    done = report(tmp_path, PLUGIN)
    assert done.code == 0, done.errors
    own = section_of(done.page, "outcomes")
    assert own.index('id="table-outcomes"') < own.index('id="table-seeds_by_name"')
    assert "<h3>Seeds by name</h3>" in own
    assert "some of which ended as <code>converged</code>.</p>" in own
    assert '<a href="#trials?task=ring8&amp;method=r1">2</a>' in own
    assert "<td>&lt;i&gt;told&lt;/i&gt; | a_b</td>" in own
    chapter = chapter_of(done.text, "Outcomes")
    assert "### Seeds by name\n\n`most` is the highest seed of trials, some of which" in chapter
    assert "| :--- | :--- | ---: | :--- |" in chapter
    assert r"| grid25 | ns | 1 | \<i>told\</i> \| a_b |" in chapter
    files = {f.name for f in (done.out / "tables").glob("seeds_by_name.*")}
    assert files == {f"seeds_by_name.{ending}" for ending in ("csv", "md", "tex")}


def test_a_table_without_a_place_is_refused_where_it_is_written(tmp_path):
    done = report(tmp_path, PLUGIN.replace("outcomes", "outcomse"), *LIGHT)
    assert done.code == 2
    said = "table 'seeds_by_name': no section 'outcomse' (did you mean \"outcomes\"?)"
    assert f"{tmp_path / 'my_report.py'}:5: {said}" in done.errors
    assert not (done.out / "index.html").exists()
