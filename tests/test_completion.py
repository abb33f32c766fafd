"""What a key pressed in a shell offers, tried in a real one."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest

from bench.__main__ import COMMANDS, main
from bench.gan.methods import CATALOGUE
from tests.commands import ROOT

TRY = """
complete -p gan-bench
function=$(complete -p gan-bench | sed 's/.*-F \\([^ ]*\\).*/\\1/')
press() {
  COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}; COMPREPLY=()
  $function
  echo "${COMPREPLY[@]}"
}
"""
"""What bash does when Tab is pressed behind some words."""

PRESSED = {
    ("s",): {"sweep", "status", "submit"},
    ("--comp",): {"--completion"},
    ("sweep", "--po"): {"--portable"},
    ("sweep", "--retry", "cr"): {"crashed"},
    ("sweep", "experiments/quick"): {"experiments/quickstart.toml"},
    ("report", "results/n_"): {"results/n_dis"},
    ("report", "results/n_dis", "--compare", "sng"): {m for m in CATALOGUE if m[:3] == "sng"},
    ("catalogue", "me"): {"methods", "metrics"},
    ("catalogue", "methods", "r1r"): {"r1r2"},
    ("catalogue", "tasks", "rid"): {"ridge_1", "ridge_2", "ridge_3"},
    ("catalogue", "losses", "rid"): set(),
    ("catalogue", "traits", "lo"): {"losses"},
    ("submit", "results/n_dis", "--tr"): {"--trials"},
}


def printed(capsys, *arguments: str) -> str:
    assert main(["--completion", *arguments]) == 0
    return capsys.readouterr().out


def test_bash_offers_what_there_is(tmp_path, capsys):
    (tmp_path / "script").write_text(printed(capsys, "bash"))
    pressed = "\n".join("press gan-bench " + " ".join(f"'{w}'" for w in own) for own in PRESSED)
    program = f". {tmp_path}/script\n{TRY}\n{pressed}\n"
    bash = shutil.which("bash")
    assert bash
    done = subprocess.run([bash, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    place, *offered = done.stdout.splitlines()
    assert place.startswith("complete ")
    assert place.endswith(" gan-bench")
    for words, line in zip(PRESSED, offered, strict=True):
        assert set(line.split()) == PRESSED[words], words


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_command_and_its_options_are_in_the_script(capsys, shell):
    text = printed(capsys, shell)
    assert all(name in text for name in COMMANDS)
    for option in ("dry-run", "compare", "verify", "drop", "trials", "schema"):
        assert option in text


def test_bash_is_meant_where_no_shell_is_named(capsys):
    assert printed(capsys) == printed(capsys, "bash")


def test_an_unknown_shell_and_a_package_that_is_not_there(capsys, monkeypatch):
    assert main(["--completion", "ksh"]) == 2
    assert 'no completion for "ksh" (there is: bash, zsh, ' in capsys.readouterr().err
    monkeypatch.setitem(sys.modules, "shtab", None)
    assert main(["--completion", "bash"]) == 2
    assert capsys.readouterr().err.endswith('pip install "gan-stability-bench[completion]"\n')
