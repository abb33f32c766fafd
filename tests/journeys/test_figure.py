"""A new figure is one function in one file."""

from tests.journeys.reporting import chapter_of, report, section_of

PLUGIN = '''
from matplotlib.figure import Figure

from bench.analysis.declared import Drawn, figure


@figure(section="cost")
def clocks(findings, task):
    """Seconds of the trials of {task}, {count} in all."""
    drawn, trials = Figure(figsize=(4, 2)), findings.trials
    own = trials[trials["task"] == task]
    drawn.subplots().plot(own["seed"], own["seconds"], "o")
    return Drawn(drawn, {"count": str(len(own))}) if task == "grid25" else None


@figure(section="profiles", over_tasks=True)
def whole(findings):
    """Seconds of everything."""
    drawn = Figure(figsize=(4, 2))
    drawn.subplots().hist(findings.trials["seconds"])
    return drawn
'''


def test_figures_of_a_plugin_are_on_the_page_and_in_the_text(tmp_path):
    done = report(tmp_path, PLUGIN)
    assert done.code == 0, done.errors
    cost = section_of(done.page, "cost")
    assert cost.index('id="figure-grid25_cost"') < cost.index('id="figure-grid25_clocks"')
    assert "<figcaption>Seconds of the trials of grid25, 5 in all.</figcaption>" in cost
    assert "ring8_clocks" not in done.page
    assert 'id="figure-whole"' in section_of(done.page, "profiles")
    chapter = chapter_of(done.text, "Cost against quality")
    shown = "![grid25_clocks](figures/grid25_clocks.png)\n\n*Seconds of the trials of grid25, 5 in"
    assert shown in chapter
    assert "![whole](figures/whole.png)" in chapter_of(done.text, "Over all tasks")
    names = ("grid25_clocks", "whole")
    assert all((done.out / "figures" / f"{n}.{e}").is_file() for n in names for e in ("png", "svg"))


def test_what_is_no_figure_is_refused(tmp_path):
    done = report(tmp_path, PLUGIN.replace("return drawn\n", "return [drawn]\n"))
    assert done.code == 2
    assert "figure 'whole' gives a list: give a matplotlib Figure" in done.errors
    drawn = {file.stem for file in (done.out / "figures").iterdir()}
    assert drawn <= {"grid25_clocks", "grid25_clocks_column"}  # none of the program's own
