"""Hostile and silly inputs to every command: an exit code, a message of at most three lines, no
traceback, nothing lost, no hang."""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from bench import __main__ as bench_main
from bench.metrics import __main__ as metrics
from bench.store import Store
from tests.analysis.synthetic import result, write
from tests.hostile.test_strangers import digest

CODES = {0, 1, 2, 3, 4, 130, 143}

SWEEP = (
    '[sweep]\ntasks = ["ring8"]\nmethods = ["ns"]\nseeds = "0..1"\nsteps = 10\nevaluations = 2\n'
)
DATA = SWEEP.replace("ring8", "dcgan28") + "[task.dcgan28]\n"
DEEP = "x = " + "[" * 5000 + "]" * 5000
LONG = "x" * 400
LINES = '"""' + "a line\n" * 9 + '"""'
KEYS = ["sweep.seeds", "sweep.tasks", "sweep.methods", "grid.lr_g", "sweep.steps", "nothing", "a b"]

FILES = {
    "good.toml": SWEEP.encode(),
    "empty.toml": b"",
    "binary.toml": bytes(range(256)),
    "latin.toml": SWEEP.replace("ring8", "caf\xe9").encode("latin-1"),
    "bom.toml": b"\xef\xbb\xbf" + SWEEP.encode(),
    "crlf.toml": SWEEP.replace("\n", "\r\n").encode(),
    "utf16.toml": SWEEP.encode("utf-16"),
    "deep.toml": DEEP.encode(),
    "list.toml": b"[[sweep]]\n[[sweep]]\n",
    "huge.toml": SWEEP.replace("0..1", "0..99999999999").encode(),
    "long.toml": SWEEP.replace('"ns"', f'"{LONG}"').encode(),
    "own.toml": (SWEEP + f'[[method]]\nname = "{LONG}"\nbase = "r1"\n').encode(),
    "cases.toml": (SWEEP + '[[method]]\nname = "Ns"\nbase = "r1"\n').encode(),
    "slash.toml": (SWEEP + '[[method]]\nname = "../../x"\nbase = "r1"\n').encode(),
    "plugin.toml": (SWEEP + 'plugins = ["pipe"]\n').encode(),
    "zeros.toml": (SWEEP + 'plugins = ["/dev/zero"]\n').encode(),
    "itself.toml": (SWEEP + 'plugins = ["itself.toml"]\n').encode(),
    "..toml": SWEEP.encode(),
    ".toml": SWEEP.encode(),
    "-x.toml": SWEEP.encode(),
    "a b.toml": SWEEP.encode(),
    "grid.TOML": SWEEP.encode(),
    "line\nbreak.toml": SWEEP.encode(),
    "\U0001f600.toml": SWEEP.encode(),
    "raises.py": b"class E(BaseException):\n    def __str__(self):\n        raise SystemExit(0)\n"
    b"raise E()\n",
    "leaves.py": b"import os\nos._exit(0)\n",
    "loops.py": b"def f():\n    f()\n\n\nf()\n",
    "syntax.py": b"def f(:\n",
    "null.py": b"x = '\0'\n",
    "text.npz": b"hello",
    "images.toml": (DATA + 'path = "pipe"\n').encode(),
    "text.toml": (DATA + 'path = "text.npz"\n').encode(),
    "features.toml": (DATA + 'features = "pipe"\n').encode(),
    "keras.toml": (DATA + 'features = "/dev/zero"\n').encode(),
    "network.toml": (SWEEP + '[task.ring8]\ngenerator = "nowhere:f"\n').encode(),
}

COMMANDS: list[Sequence[str]] = [
    *(["sweep", name, "-n"] for name in sorted(FILES) if name.lower().endswith("toml")),
    ["sweep", "./-x.toml", "-n"],
    *(["sweep", name, "-n"] for name in ("pipe", "/dev/zero", ".", "link", "nowhere", "", LONG)),
    ["sweep", "good.toml", "-n", "--only", "seed=x"],
    ["sweep", "good.toml", "-n", "-S", "sweep.seeds=" + "9" * 5000],
    ["sweep", "good.toml", "-n", "-S", "=" * 100],
    *(["sweep", "good.toml", "-n", "-S", f"{key}={LINES}"] for key in KEYS),
    ["sweep", "good.toml", "-n", "-S", LINES],
    ["sweep", "good.toml", "-n", "--only", f"method={LINES}"],
    ["sweep", "good.toml", "-n", "--retry", LINES],
    ["sweep", "good.toml", "-n", "--jobs", LINES],
    *([name, LINES] for name in ("sweep", "status", "report", "catalogue")),
    ["catalogue", "methods", LINES],
    ["report", "x", "--compare", "ns", LINES],
    ["replay", "x", LINES],
    ["sweep", "good.toml", "--reuse", "pipe", "--results", "new"],
    ["sweep", "good.toml", "--results", "pipe"],
    ["sweep", "good.toml", "--results", "/dev/null"],
    ["sweep", "good.toml", "-n", "--retry", "nonsense"],
    *(["status", name] for name in ("pipe", "/dev/zero", "link", "good.toml", "", LONG, "..")),
    *(["report", name, "-o", "out"] for name in ("pipe", "/dev/zero", "link", "good.toml", LONG)),
    *(["report", "x", "-o", name] for name in ("pipe", "link", "good.toml", "/dev/null/x")),
    *(
        ["report", "x", "-o", "out", "--plugins", name]
        for name in ("pipe", "/dev/zero", "raises.py")
    ),
    ["report", "x", "--compare", "ns", LONG],
    ["report", "x", "--compare", "ns", "ns"],
    *(["replay", "x", id] for id in ("", "zzz", "*", "../x", LONG)),
    ["replay", "pipe", "0"],
    ["merge", "x", "x"],
    ["merge", "pipe", "new"],
    ["merge", "x", "pipe"],
    ["merge", "x", "good.toml"],
    ["merge", "x", "link"],
    ["pack", "x", "x"],
    ["pack", "x", "pipe"],
    ["pack", "pipe", "new"],
    ["pack", "x", "new", "--drop", LONG],
    *(["submit", name] for name in ("pipe", "/dev/zero", "link", "good.toml", "", LONG)),
    ["submit", "x", "--seed", "one"],
    *(["diagnose", name] for name in ("pipe", "link", "good.toml", "binary.toml", "", LONG, "x")),
    ["diagnose", "good.toml", "--g", LONG, "--d", LINES],
    ["diagnose", "/dev/zero", "text.npz", "--json"],
    *(["catalogue", "--schema", n] for n in ("nothere.py", ".", "pipe", "link", "raises.py")),
    *(
        ["catalogue", "--check", n]
        for n in ("nothere.py", ".", "pipe", "/dev/zero", "link", "text.npz")
    ),
    *(["catalogue", "--check", n] for n in sorted(FILES) if n.endswith(".py")),
    ["catalogue", LONG],
    ["catalogue", "methods", "\0"],
    ["nonsense"],
    *(["metrics", "ok.npz", name] for name in ("pipe", "/dev/zero", ".", "link", "text.npz", LONG)),
]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("silly")
    for name, content in FILES.items():
        (folder / name).write_bytes(content)
    os.mkfifo(folder / "pipe")
    (folder / "link").symlink_to("nowhere_at_all/x")
    np.savez(folder / "ok.npz", features=np.random.default_rng(0).normal(size=(20, 2)))
    made = [result("converged", method=m, seed=s) for m in ("ns", "r1") for s in (0, 1)]
    Store(write(folder / "x", made, SWEEP)).write_text("provenance.json", "{}")
    return folder


def run(command: Sequence[str]) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of a command, in this process."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            name, *rest = command
            code = metrics.main(rest) if name == "metrics" else bench_main.main(list(command))
        except SystemExit as end:  # of argparse
            code = end.code
    return code, out.getvalue(), err.getvalue()


def shown(command: Sequence[str]) -> str:
    return " ".join(ascii(word)[1:-1][:20] for word in command)


@pytest.mark.timeout(60)
@pytest.mark.parametrize("command", COMMANDS, ids=shown)
def test_a_message_and_nothing_lost(place, command, monkeypatch):
    monkeypatch.chdir(place)
    before = digest(place)
    code, out, err = run(command)
    assert code in CODES, err
    assert "Traceback" not in out + err
    after = digest(place)
    assert before.items() <= after.items()
    if code == 2:
        usage = err[: err.rindex("\npython -m bench") + 1] if "\npython -m bench" in err else ""
        assert 1 <= len(err.removeprefix(usage).splitlines()) <= 3, err
        assert max(map(len, err.splitlines())) < 1500
        assert after.keys() - before.keys() <= {"new", "out", *folders(after, before)}


def folders(after: dict[str, str], before: dict[str, str]) -> set[str]:
    """New places that are empty folders, which a command has made before it was refused."""
    return {name for name in after.keys() - before.keys() if Path(name).suffix == ""}


def test_there_are_enough_of_them():
    assert len(COMMANDS) >= 40
    assert {command[0] for command in COMMANDS} >= {*bench_main.COMMANDS, "metrics"}
