"""A new section is one entry in one file."""

import re

from tests.commands import LIGHT
from tests.journeys.reporting import chapter_of, report, section_of

PLUGIN = '''
from bench.analysis.declared import section, table


@section(title="Clocks & seeds", after="outcomes", tables=("slowest",))
def clocks(findings):
    """The trials that ended as `{success}` took their time."""
    yield f"There are **{len(findings.trials)}** <b>trials</b>."


@table(title="Slowest")
def slowest(findings):
    """`seconds` is the longest of all trials."""
    return findings.trials.groupby("task", sort=False)["seconds"].max().reset_index()
'''


def test_a_section_of_a_plugin_is_on_the_page_and_in_the_text(tmp_path):
    done = report(tmp_path, PLUGIN, *LIGHT)
    assert done.code == 0, done.errors
    names = re.findall(r'<section id="(\w+)">', done.page)
    assert names[names.index("outcomes") :][:3] == ["outcomes", "clocks", "training"]
    assert '<a href="#clocks">Clocks &amp; seeds</a>' in done.page
    own = section_of(done.page, "clocks")
    assert "<p>The trials that ended as <code>converged</code> took their time.</p>" in own
    assert "<p>There are <strong>10</strong> &lt;b&gt;trials&lt;/b&gt;.</p>" in own
    assert 'id="table-slowest"' in own
    chapter = chapter_of(done.text, "Clocks & seeds")
    assert r"There are **10** \<b>trials\</b>." in chapter
    assert "### Slowest" in chapter
