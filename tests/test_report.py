"""python -m bench.report, from a results folder to files."""

import re
import subprocess
import sys
import time

import pytest

from bench import report
from tests.analysis.synthetic import result, write

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


@pytest.fixture
def sweep(tmp_path):
    kinds = {"ns": ["mode_drop", "oscillating", "nonfinite", "crashed"], "r1": ["converged"] * 4}
    made = [result(k, method=m, seed=i) for m, ks in kinds.items() for i, k in enumerate(ks)]
    return write(tmp_path / "results" / "penalties", made, TOML)


def test_a_report_has_all_it_refers_to_and_prints_what_it_wrote(sweep, tmp_path, capsys):
    out = tmp_path / "out"
    assert report.main([str(sweep), "-o", str(out)]) == 0
    printed = set(capsys.readouterr().out.split())
    assert printed == {str(file) for file in out.rglob("*") if file.is_file()}
    text = (out / "report.md").read_text()
    links = re.findall(r"\]\(([^)]+)\)", text)
    assert len(links) >= 8
    assert all((out / link).is_file() for link in links)
    assert len(re.findall(r"!\[", text)) == 4
    assert {file.suffix for file in (out / "figures").iterdir()} == {".png", ".svg"}
    assert {file.suffix for file in (out / "tables").iterdir()} == {".csv", ".md", ".tex"}


def test_the_text_says_question_answer_and_definitions(sweep, tmp_path):
    assert report.main([str(sweep), "-o", str(tmp_path / "out")]) == 0
    text = (tmp_path / "out" / "report.md").read_text()
    assert text.startswith("# penalties\n\n> Which penalty keeps a GAN on all modes?\n> Eight of")
    assert "* `r1`: 4 of 4 (100 %; the data are compatible with rates from 51 to 100 %)" in text
    assert "* `ns`: 0 of 4 (0 %; the data are compatible with rates from 0 to 49 %)" in text
    assert "| ring8 | r1 | ns | 1 | 0.0286 | 0.0286 | 0.0286 |" in text
    assert "Criterion: modes >= 8 and high_quality >= 0.6 and mode_kl <= 0.05" in text
    assert "* `oscillating`: q swings by at least 0.15" in text
    assert "* `stalled`" not in text
    assert "The features are a proxy (RFF-FD)" in text
    assert f"python -m bench.report {sweep}" in text


def test_methods_are_in_the_order_of_the_sweep(sweep, tmp_path):
    report.main([str(sweep), "-o", str(tmp_path / "out")])
    rows = (tmp_path / "out" / "tables" / "outcomes.csv").read_text().splitlines()
    assert [row.split(",")[1] for row in rows] == ["method", "r1", "ns"]


def test_an_unfinished_sweep_says_what_is_missing(sweep, tmp_path):
    (sweep / "provenance.json").write_text('{"planned": 20, "versions": {"numpy": "2.0"}}')
    assert report.main([str(sweep), "-o", str(tmp_path / "out")]) == 0
    text = (tmp_path / "out" / "report.md").read_text()
    assert "**Incomplete: 12 of 20 planned trials of penalties have no result yet.**" in text
    assert "* versions.numpy: 2.0" in text
    (sweep / "provenance.json").write_text('{"planned": 8}')
    report.main([str(sweep), "-o", str(tmp_path / "out")])
    assert "Incomplete" not in (tmp_path / "out" / "report.md").read_text()


def test_the_report_goes_to_a_folder_of_the_sweeps_name(sweep, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    other = write(tmp_path / "results" / "more", [result("stalled", method="lsgan")])
    assert report.main([str(sweep)]) == 0
    assert (tmp_path / "report" / "penalties" / "report.md").is_file()
    assert report.main([str(sweep), str(other)]) == 0
    text = (tmp_path / "report" / "penalties+more" / "report.md").read_text()
    assert text.startswith("# penalties + more")
    assert "`lsgan`" in text


def test_settings_have_a_table_when_they_differ(tmp_path):
    made = [
        result("converged" if lr < 0.005 else "nonfinite", seed=s, hparams={"lr_g": lr})
        for lr in (0.001, 0.01)
        for s in range(3)
    ]
    out = tmp_path / "out"
    assert report.main([str(write(tmp_path / "lr", made)), "-o", str(out)]) == 0
    text = (out / "tables" / "settings.md").read_text()
    assert re.search(r"\| ring8 \| ns \| 0.001 \| 3 \| 3/3 ", text)
    assert re.search(r"\| ring8 \| ns \| 0.01 \| 3 \| 0/3 ", text)


@pytest.mark.parametrize(
    "made",
    [
        [result("converged")],
        [result("crashed", seed=s) for s in range(2)],
        [result("nonfinite", seed=s) for s in range(2)],
    ],
    ids=["one trial", "all crashed", "all diverged"],
)
def test_little_or_nothing_worked(made, tmp_path):
    assert report.main([str(write(tmp_path / "x", made)), "-o", str(tmp_path / "out")]) == 0
    text = (tmp_path / "out" / "report.md").read_text()
    assert "no difference between two methods can reach p < 0.05" in text


def test_images(tmp_path):
    folder = write(tmp_path / "x", [result("stalled", method=m) for m in "ab"], images=True)
    assert report.main([str(folder), "-o", str(tmp_path / "out")]) == 0
    assert "real samples first" in (tmp_path / "out" / "report.md").read_text()


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
