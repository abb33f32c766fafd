"""python -m bench.report, from a results folder to files."""

import contextlib
import io
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from PIL import Image

from bench import report
from bench.analysis.frame import reading
from bench.analysis.report import contents
from bench.analysis.report import write as write_report
from bench.analysis.report.figures import pictures
from bench.store import commands
from tests.analysis.report import reading as reading_page
from tests.analysis.synthetic import result, write
from tests.commands import LIGHT

TOML = """# Which penalty keeps a GAN on all modes?
# Eight of them.

[sweep]
tasks = ["ring8"]

[[method]]
name = "r1"
[[method]]
name = "ns"

[analysis]
baseline = "ns"
"""


FIGURES = ("ranking", "outcomes", "curves", "losses", "survival")


def penalties(folder):
    kinds = {"ns": ["mode_drop", "oscillating", "nonfinite", "crashed"], "r1": ["converged"] * 4}
    made = [result(k, method=m, seed=i) for m, ks in kinds.items() for i, k in enumerate(ks)]
    return write(folder / "results" / "penalties", made, TOML)


@pytest.fixture
def sweep(tmp_path):
    return penalties(tmp_path)


class Written(NamedTuple):
    sweep: Path
    out: Path
    printed: str

    @property
    def text(self):
        return (self.out / "report.md").read_text()

    @property
    def page(self):
        return (self.out / "index.html").read_text()


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """One report for all tests that only read it."""
    folder = tmp_path_factory.mktemp("written")
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        assert report.main([str(penalties(folder)), "-o", str(folder / "out")]) == 0
    return Written(folder / "results" / "penalties", folder / "out", printed.getvalue())


def test_a_report_has_all_it_refers_to_and_prints_its_page(written):
    out, text = written.out, written.text
    others = sum(f.is_file() for f in out.rglob("*")) - 1
    page = out / "index.html"
    assert written.printed == f"{page} ({others} other files beside it; -v lists them)\n"
    links = re.findall(r"\]\(([^)]+)\)", text)
    assert len(links) >= 8
    assert all((out / link).is_file() for link in links)
    names = [*(f"ring8_{kind}" for kind in FIGURES), "profiles", "ring8_cost", "ring8_gallery"]
    assert re.findall(r"!\[(.*?)\]", text) == names
    files = {file.name for file in (out / "figures").iterdir()}
    endings = (".png", ".svg", ".pdf", "_column.pdf")
    assert files == {f"{name}{ending}" for name in names for ending in endings}
    assert {file.suffix for file in (out / "tables").iterdir()} == {".csv", ".md", ".tex"}


def test_the_text_says_question_answer_and_definitions(written):
    text = written.text
    assert text.startswith("# penalties\n\n> Which penalty keeps a GAN on all modes?\n> Eight of")
    assert "**ring8:** `r1` leads: 4 of 4 trials converged (95 % interval 51 to 100 %)" in text
    assert "`r1` is better than the baseline `ns` (Boschloo's test of the rates" in text
    row = next(line for line in text.splitlines() if line.startswith("| ring8 | r1 | ns | rates |"))
    assert "| 1 (0.582 to 1) | 0.0286 | 0.0286 | 0.0286 |" in row
    assert "Criterion: modes >= 8 and high_quality >= 0.6 and mode_kl <= 0.05" in text
    assert "* `oscillating`: q swings by at least 0.15" in text
    assert "* `stalled`" not in text
    assert "The features are a proxy (RFF-FD)" in text
    assert f"python -m bench.report {written.sweep}" in text


def test_beside_the_metrics_stands_what_they_were_taken_with(written):
    told = "1000 samples; q of RFF-FD (features `a41e0c96f3d7b258`), floor 0.02, ceiling 4"
    assert f"* **ring8**: {told}\n" in written.text
    assert re.sub(r"`(.+?)`", r"<code>\1</code>", told) in written.page
    for name, words in (("modes", "a fifth of their share"), ("modes_1", "literature's count")):
        assert re.search(rf"\* `{name}`: .*{words}", written.text)
    head = next(line for line in written.text.splitlines() if "| q | modes |" in line)
    assert "| modes_1 |" in head


def test_verbose_lists_every_file_and_the_page_last(sweep, tmp_path, capsys):
    out = tmp_path / "out"
    assert report.main([str(sweep), "-o", str(out), "-v", *LIGHT]) == 0
    lines = capsys.readouterr().out.splitlines()
    files = {str(f) for f in out.rglob("*") if f.is_file()}
    assert lines[-1] == f"{out / 'index.html'} ({len(files) - 1} other files beside it)"
    assert {*lines[:-1], str(out / "index.html")} == files


@pytest.fixture
def undrawn(monkeypatch):
    """Without figures, for tests of the texts: other tests draw those of the same trials."""
    monkeypatch.setattr(write_report, "_draw_all", lambda *_: [])


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_formats_are_those_that_are_asked_for_and_the_page_is_the_same(written, tmp_path, capsys):
    out = tmp_path / "out"
    assert report.main([str(written.sweep), "-o", str(out), "--formats", "csv, PNG"]) == 0
    assert {f.suffix for f in out.glob("*/*")} == {".csv", ".png"}
    assert (out / "index.html").read_text() == written.page
    assert (out / "report.md").read_text() == written.text
    names = {f.stem for f in written.out.glob("*/*") if not f.stem.endswith("_column")}
    assert {f.stem for f in out.glob("*/*")} == names


@pytest.mark.parametrize(
    ("given", "suffixes"), [("tex", {".csv", ".tex"}), ("md", {".csv", ".md"}), ("png", {".csv"})]
)
def test_tables_are_in_the_formats_that_are_asked_for(given, suffixes, sweep, tmp_path, undrawn):
    assert report.main([str(sweep), "-o", str(tmp_path / "o"), f"--formats={given}"]) == 0
    assert {f.suffix for f in (tmp_path / "o").glob("*/*")} == suffixes


def test_an_unknown_format_is_named(sweep, tmp_path, capsys):
    with pytest.raises(SystemExit) as end:
        report.main([str(sweep), "-o", str(tmp_path / "o"), "--formats", "csv,gif"])
    assert end.value.code == 2
    assert "no format 'gif' (there is: csv, md, tex, png, svg, pdf)" in capsys.readouterr().err
    assert not (tmp_path / "o").exists()


def test_a_terminal_shows_how_far_it_is_and_nothing_stays(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", Terminal())
    with report.line() as tell:
        tell("figures of ring8 (1 of 2) ...")
        seen = sys.stderr.getvalue()
    assert seen.endswith("figures of ring8 (1 of 2) ...")
    assert sys.stderr.getvalue().endswith("\r\x1b[K")
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with report.line() as tell:
        tell("nobody looks")
    assert sys.stderr.getvalue() == ""


def test_how_far_a_report_is_names_its_tables_and_figures(sweep, tmp_path, monkeypatch):
    told = []
    monkeypatch.setattr(report, "line", lambda: contextlib.nullcontext(told.append))
    assert report.main([str(sweep), "-o", str(tmp_path / "out"), *LIGHT]) == 0
    assert told[0] == "reading the trials ..."
    assert "8 trials: table ranking ..." in told
    assert "figures of ring8 (1 of 2) ..." in told
    assert told[-1] == "the page ..."


def test_methods_are_in_the_order_of_the_sweep(written):
    rows = (written.out / "tables" / "outcomes.csv").read_text().splitlines()
    assert [row.split(",")[1] for row in rows] == ["method", "r1", "ns"]


def test_an_unfinished_sweep_says_what_is_missing(sweep, tmp_path, undrawn):
    (sweep / "provenance.json").write_text('{"planned": 20, "versions": {"numpy": "2.0"}}')
    assert report.main([str(sweep), "-o", str(tmp_path / "out"), *LIGHT]) == 0
    text = (tmp_path / "out" / "report.md").read_text()
    assert "**Incomplete: 12 of 20 planned trials of penalties have no result yet.**" in text
    assert "* `versions.numpy`: 2.0" in text
    (sweep / "provenance.json").write_text('{"planned": 8}')
    report.main([str(sweep), "-o", str(tmp_path / "out"), *LIGHT])
    assert "Incomplete" not in (tmp_path / "out" / "report.md").read_text()


def test_the_report_goes_to_a_folder_of_the_sweeps_name(sweep, tmp_path, monkeypatch, undrawn):
    monkeypatch.chdir(tmp_path)
    other = write(tmp_path / "results" / "more", [result("stalled", method="lsgan")])
    assert report.main([str(sweep), *LIGHT]) == 0
    assert (tmp_path / "report" / "penalties" / "report.md").is_file()
    assert report.main([str(sweep), str(other), *LIGHT]) == 0
    text = (tmp_path / "report" / "penalties+more" / "report.md").read_text()
    assert text.startswith("# penalties + more")
    assert "`lsgan`" in text


def test_settings_have_a_table_when_they_differ(tmp_path, undrawn):
    made = [
        result("converged" if lr < 0.005 else "nonfinite", seed=s, hparams={"lr_g": lr})
        for lr in (0.001, 0.01)
        for s in range(3)
    ]
    out = tmp_path / "out"
    assert report.main([str(write(tmp_path / "lr", made)), "-o", str(out), *LIGHT]) == 0
    text = (out / "tables" / "settings.md").read_text()
    assert re.search(r"\| ring8 \| ns \| 0.001 \| 3 \| 3/3 ", text)
    assert re.search(r"\| ring8 \| ns \| 0.01 \| 3 \| 0/3 ", text)


@pytest.mark.parametrize(
    "made",
    [
        [result("converged")],
        [result("crashed", seed=s) for s in range(2)],
        [result("nonfinite", seed=s) for s in range(2)],
        [result("nonfinite", hparams={"lr_g": lr}) for lr in (0.1, 1.0)],
    ],
    ids=["one trial", "all crashed", "all diverged", "a search that failed"],
)
def test_little_or_nothing_worked(made, tmp_path):
    assert report.main([str(write(tmp_path / "x", made)), "-o", str(tmp_path / "out"), *LIGHT]) == 0
    text = (tmp_path / "out" / "report.md").read_text()
    assert "One method: there is nothing to compare it with." in text
    assert "between two methods" not in text  # as if there were two
    page = (tmp_path / "out" / "index.html").read_text()
    assert "One method: there is nothing to compare it with." in page
    assert "One task: nothing here says how the methods do on another." in page


def test_images(tmp_path):
    folder = write(tmp_path / "x", [result("stalled", method=m) for m in "ab"], images=True)
    assert report.main([str(folder), "-o", str(tmp_path / "out"), *LIGHT]) == 0
    assert "beside real samples" in (tmp_path / "out" / "report.md").read_text()


@pytest.mark.parametrize("spoil", ["trial", "samples", "success", "out"])
def test_what_cannot_be_read_or_written_is_named(spoil, sweep, tmp_path, capsys):
    out = tmp_path / "out"
    if spoil == "trial":
        name = next((sweep / "trials").iterdir()).name
        (sweep / "trials" / name).write_text("{")
    elif spoil == "samples":
        for file in (sweep / "samples").iterdir():
            file.write_text("no zip")
        name = "samples/"
    elif spoil == "success":
        (sweep / "sweep.toml").write_text('[analysis]\nsuccess = "convergd"\n')
        name = 'did you mean "converged"'
    else:
        out.write_text("in the way")
        name = str(out)
    assert report.main([str(sweep), "-o", str(out)]) == 2
    assert name in capsys.readouterr().err


def page_of(folder, tmp_path):
    assert report.main([str(folder), "-o", str(tmp_path / "out"), *LIGHT]) == 0
    return (tmp_path / "out" / "index.html").read_text()


def test_the_page_needs_no_other_file_and_its_links_lead_somewhere(written):
    page = written.page
    assert "Which penalty keeps a GAN on all modes?" in page
    sources = re.findall(r'(?:src|href)="([^"]{0,12})', page)
    assert {source.partition(":")[0] for source in sources if source[0] != "#"} == {"data"}
    ids = re.findall(r'<[a-z]+ id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    links = set(re.findall(r'href="#([^"]+)"', page))
    ours = {link for link in links if link.startswith(("t-", "trials?"))}
    assert links - ours <= set(ids)
    assert {"trials?task=ring8&amp;method=r1", "answer", "trials"} <= links
    known = {f"t-{trial['id']}" for trial in reading_page.trials(page)}
    assert {link for link in ours if link.startswith("t-")} == known
    assert not re.search(r"https?://(?!www\.w3\.org)", re.sub(r"base64,[^\"]+", "", page))


def test_each_trial_is_in_the_page_with_its_command(written):
    known = reading_page.trials(written.page)
    assert len(known) == len({trial["id"] for trial in known}) == 8
    kept = sorted((written.sweep / "trials").iterdir())
    assert sorted(trial["id"] for trial in known) == [file.stem for file in kept]
    assert sorted((trial["method"], trial["seed"]) for trial in known) == [
        (method, seed) for method in ("ns", "r1") for seed in range(4)
    ]
    (sweep,) = reading_page.blocks(written.page)["data"]["sweeps"]
    id = known[0]["id"]
    command = commands.replay(written.sweep, id)
    assert f"{sweep['before']}{id}{sweep['after']}" == command
    assert command.startswith("python -m bench.replay ")
    errors = {trial["outcome"]: trial["error"] for trial in known}
    assert errors["diverged"] == "nonfinite: loss_d at step 1520"
    assert errors["crashed"] == "ValueError: bad shape"
    assert errors["converged"] is None


def test_the_page_says_what_is_missing_and_what_was_declared(sweep, tmp_path, undrawn):
    (sweep / "provenance.json").write_text('{"planned": 20, "commit": "abcdef0123456789"}')
    page = page_of(sweep, tmp_path)
    assert "Incomplete: 12 of 20 planned trials of penalties" in page
    first = re.search(r"<code>analysis declared</code></dt><dd>([0-9a-f]{12})<", page)
    assert first
    assert "commit abcdef012345" in page
    (sweep / "sweep.toml").write_text('[analysis]\nbaseline = "r1"\n')
    assert first[1] not in page_of(sweep, tmp_path)


def test_a_search_has_maps_and_is_reported_on_other_seeds(tmp_path):
    made = [
        result("converged" if lr < 0.005 else "nonfinite", seed=s, method=m, hparams=numbers)
        for m in ("ns", "r1")
        for lr in (0.001, 0.01)
        for s in range(4)
        if (numbers := {"lr_g": lr} | ({"r1.gamma": 0.1 + (s % 2)} if m == "r1" else {}))
    ]
    page = page_of(write(tmp_path / "lr", made), tmp_path)
    for name in ("maps", "best_of_k"):
        assert f'id="figure-ring8_{name}"' in page
    assert 'id="table-chosen"' in page
    assert 'id="figure-windows"' in page
    assert "The setting that is best on every other seed" in page
    known = {(trial["method"], trial["setting"]) for trial in reading_page.trials(page)}
    assert {("ns", "lr_g=0.01"), ("r1", "lr_g=0.001, r1.gamma=1.1")} <= known


def test_another_learning_rate_on_another_task_is_no_search(tmp_path):
    made = [
        result("converged", seed=s, method=m, task=task, hparams={"lr_g": lr})
        for m in ("ns", "r1")
        for task, lr in (("ring8", 0.001), ("grid25", 0.002))
        for s in range(2)
    ]
    found = contents.collect([write(tmp_path / "lr", made)])
    assert "windows" not in {picture.name for picture in pictures(found, "")}


def test_samples_along_training_move(sweep, tmp_path):
    for file in (sweep / "samples").iterdir():
        points = np.random.default_rng(0).normal(size=(3, 50, 2))
        np.savez(file, fake=points[-1], step=5000, snapshots=points, steps=[0, 2500, 5000])
    page = page_of(sweep, tmp_path)
    with Image.open(tmp_path / "out" / "figures" / "ring8_training.webp") as image:
        assert image.n_frames == 3
    assert 'id="figure-ring8_training"' in page


def test_samples_without_snapshots_stand_still(written):
    assert not list((written.out / "figures").glob("*.webp"))


def test_two_tasks_and_three_methods_have_mean_ranks(tmp_path):
    made = [
        result(kind, task=task, method=kind, seed=s)
        for task in ("ring8", "grid25")
        for kind in ("converged", "stalled", "mode_drop")
        for s in range(3)
    ]
    page = page_of(write(tmp_path / "x", made), tmp_path)
    assert "Mean ranks of q over 6 blocks (each a seed on a task" in page
    assert "grid25, by seed" in page


def test_many_trials_are_drawn_side_by_side_with_the_same_result(written, tmp_path, monkeypatch):
    other = [result("stalled", task="grid25", seed=s) for s in range(3)]
    folder = write(tmp_path / "more", [*other, result("converged")])
    pages = []
    for many in (10_000, 1):
        monkeypatch.setattr(reading, "MANY", many)
        pages.append(page_of(folder, tmp_path))
    assert pages[0] == pages[1]


def test_an_empty_folder_gives_a_page_that_says_so(tmp_path, capsys):
    (tmp_path / "new" / "trials").mkdir(parents=True)
    page = page_of(tmp_path / "new", tmp_path)
    assert "no trial has finished yet" in page
    assert "no trial has finished yet" in capsys.readouterr().err


def test_compare_prints_effect_tests_decision_and_seeds(sweep, capsys):
    assert report.main([str(sweep), "--compare", "r1", "ns"]) == 0
    text = capsys.readouterr().out
    assert "decision      r1 is better than ns by the rates of success" in text
    assert report.main([str(sweep), "--compare", "ns", "ns2"]) == 2
    assert 'did you mean "ns"' in capsys.readouterr().err


def test_compare_without_a_decision_has_the_same_exit_code(tmp_path, capsys):
    folder = write(tmp_path / "x", [result("stalled", method=m) for m in "ab"])
    assert report.main([str(folder), "--compare", "a", "b"]) == 0
    assert "undecided" in capsys.readouterr().out
    assert not (tmp_path / "report").exists()


def test_no_results_is_exit_code_2(tmp_path, capsys):
    assert report.main([str(tmp_path / "nowhere")]) == 2
    printed = capsys.readouterr()
    assert "no such folder" in printed.err
    assert printed.out == ""


def test_help_is_quick():
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "bench.report", "--help"], capture_output=True, text=True, check=True
    )
    assert time.perf_counter() - start < 5  # it takes 0.1 s; importing pandas alone takes longer
    assert "results folder" in done.stdout
