"""Logs that are no logs, or damaged ones: words in place of a traceback, and the rest is read."""

from __future__ import annotations

import codecs
import json
import os
import subprocess
import sys

import numpy as np
import pytest

from bench.diagnose import main
from bench.diagnose.formats import lines as long_files
from bench.diagnose.log import LogError
from bench.diagnose.looking import look
from tests.diagnose import made

G, D = made.calm(np.random.default_rng(7))
ROWS = [f"{i},{d:.4f},{g:.4f}" for i, (g, d) in enumerate(zip(G, D, strict=True))]
TABLE = "\n".join(["epoch,d_loss,g_loss", *ROWS]) + "\n"
TEXT = "".join(f"[{i}/300] Loss_D: {d:.4f} Loss_G: {g:.4f}\n" for i, (g, d) in enumerate(zip(G, D)))  # noqa: B905

REFUSED = {
    "empty": (b"", "empty"),
    "blanks": (b"\n \n\t\n", "empty"),
    "zeros": (bytes(4096), "empty"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20, "binary"),
    "random": (np.random.default_rng(0).bytes(10_000), "binary"),
    "packed": (b"\x1f\x8b\x08\x00\x00\x00\x00\x00" + os.urandom(500), "binary"),
    "prose": (b"It was the best of times, it was the worst of times.\n" * 40, "no numbers"),
    "a header": (b"epoch,d_loss,g_loss\n", "no row of numbers"),
    "commas in numbers": (
        "epoch,d_loss,g_loss\n" + "".join(f"{i},0,{i}3,1,2{i}\n" for i in range(50)),
        "commas in numbers",
    ),
    "an open quote": (TABLE + '300,"0.5,0.6\n' + TABLE * 30, "a quote that is not closed"),
    "a brace": (b"{\n", "whole JSON object"),
    "deep JSON": (b"[" * 100_000 + b"\n", "whole JSON object"),
    "words in JSON": (b'{"a": "b"}\n' * 5, "no numbers"),
    "one endless line": (b"x" * 300_000, "no numbers"),
    "epochs alone": ("epoch\n" + "\n".join(map(str, range(50))), "no numbers"),
}
"""Content -> a word of the reason."""

READ = {
    "one line": "[1/100] Loss_D: 0.5 Loss_G: 1.5\n",
    "one row": "epoch,d_loss,g_loss\n0,0.5,1.5\n",
    "NaN only": "epoch,d_loss,g_loss\n" + "".join(f"{i},nan,nan\n" for i in range(50)),
    "NaN in JSON": '{"step": 1, "loss_g": NaN, "loss_d": -Infinity}\n' * 20,
    "infinity on Windows": "epoch,d_loss,g_loss\n" + "0,1.#INF,1.#QNAN\n" * 20,
    "steps backwards": "\n".join(["step,d_loss,g_loss", *reversed(ROWS)]),
    "two runs": "\n".join(["step,d_loss,g_loss", *ROWS, *ROWS]),
    "a header in the middle": TABLE + TABLE,
    "one step": "step,d_loss,g_loss\n" + "7,0.5,0.6\n" * 60,
    "300 columns": "\n".join(
        [",".join(["step", "d_loss", "g_loss", *(f"m{i}" for i in range(297))])]
        + [row + ",0.1234567" * 297 for row in ROWS]
    ),
    "columns twice": "\n".join(["d_loss,g_loss,d_loss", *ROWS]),
    "no header": "\n".join(ROWS),
    "blank names": "\n".join([",d_loss,g_loss", *ROWS]),
    "semicolons": TABLE.replace(",", ";").replace(".", ","),
    "tabs": TABLE.replace(",", "\t"),
    "quoted commas": TABLE.replace("\n", '"\n').replace(",", '","').replace("\nep", '\n"ep'),
    "BOM": codecs.BOM_UTF8 + TABLE.encode(),
    "UTF-16": codecs.BOM_UTF16_LE + TABLE.encode("utf-16-le"),
    "Windows": TABLE.replace("\n", "\r\n"),
    "progress bar": TEXT.replace("\n", "\r"),
    "colours": TEXT.replace("Loss_D", "\x1b[32mLoss_D\x1b[0m"),
    "cut off in a row": TABLE[:4003],
    "cut off in JSON": '{"step": 1, "loss_g": 0.5, "loss_d": 1}\n' * 30 + '{"step": 2, "lo',
    "cut off in a character": TEXT.encode() + b"\xe2\x82",
    "zeros at the end": TABLE.encode() + bytes(4096),
    "other lines between": TEXT.replace("[150/300]", "UserWarning: lr_scheduler\n[150/300]"),
    "huge numbers": '{"loss_g": 1' + "0" * 400 + ', "loss_d": 1e308}\n{"loss_g": 2}\n',
    "tensors": TEXT.replace("Loss_G: ", "Loss_G: tensor("),
    "a document": json.dumps({"d_loss": D.tolist(), "g_loss": G.tolist()}),
    "a list": json.dumps([{"d_loss": d, "g_loss": g} for g, d in zip(G, D, strict=True)], indent=1),
    "text in cells": TABLE.replace("\n150,", "\noops,"),
    "latin-1": ("époque;d_loss;g_loss\n" + "0;0.1;0.2\n" * 40).encode("latin-1"),
    "comments": "# by train.py\n" + TABLE,
    "nothing that is known": "a,b\n" + "1,2\n" * 30,
}


def written(folder, content):
    path = folder / "log"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_log_is_refused_in_words(name, tmp_path, capsys):
    content, word = REFUSED[name]
    path = written(tmp_path, content)
    assert main([str(path)]) == 2
    told = capsys.readouterr()
    assert (told.out, len(told.err.splitlines())) == ("", 1)
    assert told.err.startswith(f"{path}: ")
    assert word in told.err


@pytest.mark.parametrize("name", READ)
def test_what_can_be_read_is(name, tmp_path, capsys):
    path = written(tmp_path, READ[name])
    assert main([str(path)]) in (0, 3)
    told = capsys.readouterr()
    assert told.err == ""
    assert told.out.startswith(f"{path}")
    assert main([str(path), "--json"]) in (0, 3)
    json.loads(capsys.readouterr().out, parse_constant=pytest.fail)


def values(folder, name, column="d_loss"):
    return [one.log.series[column].values for one in look(written(folder, READ[name]))]


@pytest.mark.parametrize(
    "name",
    [
        *("semicolons", "tabs", "quoted commas", "BOM", "UTF-16", "Windows", "zeros at the end"),
        *("a document", "a list", "steps backwards", "300 columns", "columns twice", "comments"),
    ],
)
def test_values_are_those_of_the_file(name, tmp_path):
    (found,) = values(tmp_path, name)
    want = np.arange(made.N) if name == "columns twice" else D
    np.testing.assert_allclose(found, want, atol=1e-4)


@pytest.mark.parametrize("name", ["progress bar", "colours", "other lines between", "tensors"])
def test_lines_of_a_text_are_found_among_others(name, tmp_path):
    np.testing.assert_allclose(values(tmp_path, name, "Loss_G")[0], G, atol=1e-4)


def test_runs_that_were_appended_are_apart(tmp_path):
    for name in ("two runs", "a header in the middle"):
        assert [len(own) for own in values(tmp_path, name)] == [made.N, made.N]


def test_a_training_that_went_on_from_a_checkpoint_is_one(tmp_path):
    again = "\n".join(["step,d_loss,g_loss", *ROWS[:200], "150,9,9", *ROWS[151:]])
    (one,) = look(written(tmp_path, again))
    own = one.log.series["d_loss"]
    assert own.steps.tolist() == list(range(made.N))
    assert own.values[150] == 9
    assert "50 rows that a later one repeats" in one.log.notes[0]


def test_columns_that_could_be_one_are_said_and_named(tmp_path, capsys):
    path = written(tmp_path, TABLE.replace("epoch,d_loss", "loss_G,d_loss"))
    main([str(path)])
    told = capsys.readouterr().out
    assert "took: loss_G as the loss of G, and not g_loss, which could be it too; --g takes" in told
    main([str(path), "--g", "g_loss"])
    told = capsys.readouterr().out
    assert "took: g_loss as the loss of G\n" in told
    assert "passed over: loss_G\n" in told
    assert main([str(path), "--d", "d_los"]) == 2
    assert 'no column "d_los" (did you mean "d_loss"?)' in capsys.readouterr().err


def test_names_that_say_nothing_are_given(tmp_path, capsys):
    path = written(tmp_path, TABLE.replace("d_loss,g_loss", "a,b"))
    assert main([str(path)]) == 0
    assert "not found: no column has a name" in capsys.readouterr().out
    assert main([str(path), "--g", "b", "--d", "a"]) == 0
    assert "took: b as the loss of G" in capsys.readouterr().out


def test_a_long_file_is_read_in_parts(tmp_path, monkeypatch):
    monkeypatch.setattr(long_files, "MOST", 2000)
    monkeypatch.setattr(long_files, "BLOCK", 200)
    (one,) = look(written(tmp_path, TABLE))
    own = one.log.series["d_loss"]
    assert (own.steps[0], own.steps[-1]) == (0, made.N - 1)
    assert 80 < len(own.steps) < 200
    np.testing.assert_allclose(own.values, D[own.steps.astype(int)], atol=1e-4)
    assert "parts spread over all of it" in one.log.notes[0]


def test_a_folder_of_logs_and_one_of_none(tmp_path, capsys):
    (tmp_path / "a").mkdir()
    assert main([str(tmp_path / "a")]) == 2
    assert "no log in it" in capsys.readouterr().err
    written(tmp_path, TABLE).rename(tmp_path / "a" / "x.csv")
    written(tmp_path, "").rename(tmp_path / "a" / "y.csv")
    (tmp_path / "a" / "loop").symlink_to(tmp_path / "a")
    (one,) = look(tmp_path / "a")
    assert "y.csv: empty" in one.log.notes[-1]
    (tmp_path / "log").touch()
    assert main([str(tmp_path / "logs")]) == 2
    assert "logs: no such file or folder (did you mean" in capsys.readouterr().err
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(LogError, match="no file; write the log into one"):
        look(tmp_path / "pipe")


TEN_MILLION = """
import resource, sys, time
resource.setrlimit(resource.RLIMIT_AS, (4 * 2**30,) * 2)
from bench.diagnose import main
start = time.process_time()
code = main([sys.argv[1]])
used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
print(code, time.process_time() - start, used, file=sys.stderr)
"""


@pytest.mark.slow
@pytest.mark.parametrize("form", ["table", "text", "json"])
def test_ten_million_lines_take_ten_seconds_and_a_gigabyte(form, tmp_path):
    line = {
        "table": "{},0.6931,0.7012\n",
        "text": "[{}/10000000] Loss_D: 0.6931 Loss_G: 0.7012\n",
        "json": '{{"step": {}, "loss_d": 0.6931, "loss_g": 0.7012}}\n',
    }[form]
    with open(tmp_path / "log", "w") as file:
        file.write("step,d_loss,g_loss\n" if form == "table" else "")
        for begin in range(0, 10_000_000, 100_000):
            file.write("".join(line.format(i) for i in range(begin, begin + 100_000)))
    program = [sys.executable, "-c", TEN_MILLION, str(tmp_path / "log")]
    done = subprocess.run(program, capture_output=True, text=True)
    code, seconds, gigabytes = map(float, done.stderr.split())
    assert code == 3  # constant
    assert seconds < 10
    assert gigabytes < 1
