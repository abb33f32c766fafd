"""What all commands share: their versions, their ends, a reader that goes away."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest

from bench import __version__, console
from bench.__main__ import COMMANDS
from bench.vocabulary import errors

ALL = [*COMMANDS, "metrics"]


@pytest.mark.parametrize("name", ALL)
def test_commands_say_the_same_version_and_what_they_do(name):
    command = [sys.executable, "-m", f"bench.{name}"]
    done = subprocess.run([*command, "--version"], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, f"gan-stability-bench {__version__}\n")
    done = subprocess.run([*command, "--help"], capture_output=True, text=True)
    assert done.stdout.startswith(f"usage: python -m bench.{name} ")
    assert f"\npython -m bench.{name} " in done.stdout  # its docstring
    done = subprocess.run([*command, "--nothing"], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")


EMPTY = {
    "sweep": [
        ["x.toml", "--only", ""],
        ["x.toml", "-S", " "],
        ["x.toml", "--retry", ""],
        ["x.toml", "--results", ""],
        ["x.toml", "--reuse="],
        ["x.toml", "--scheduler", "\t"],
        ["x.toml", "--budget", ""],
        [""],
    ],
    "report": [["x", "-o", ""], ["x", "--plugins", "a", ""], ["x", "--compare", "", "a"], [""]],
    "status": [[""]],
    "replay": [["x", ""], ["", "0"]],
    "merge": [["x", ""], ["", "x"]],
    "pack": [["x", "y", "--drop", ""], ["x", ""]],
    "submit": [[""], ["x", "--trials", ""], ["x", "--seed", " "]],
    "diagnose": [[""], ["x.csv", "--g", ""], ["x.csv", "--d", " "]],
    "catalogue": [["--check", ""], [""], ["methods", ""]],
    "metrics": [["x.npz", ""]],
}
"""Words after each command, one of them empty, as an unset variable of a shell leaves it."""


@pytest.mark.parametrize(
    ("name", "words"), [(name, words) for name, several in EMPTY.items() for words in several]
)
def test_an_empty_value_is_refused_in_a_line(name, words, capsys):
    main = importlib.import_module(f"bench.{name}" + ".__main__" * (name == "metrics")).main
    with pytest.raises(SystemExit) as end:
        main(words)
    told = capsys.readouterr().err
    assert end.value.code == 2
    assert told.startswith(f"python -m bench.{name}: argument ")
    assert "the value is empty: leave it out, or give one" in told
    assert told.count("\n") == 1


def test_an_option_that_is_wrong_is_one_line_and_an_own_type_still_speaks(capsys):
    for words, said in (
        (["x.toml", "--jobs", "0"], "'0' is not a whole number above 0"),
        (["x.toml", "--jbos", "2"], "unrecognized arguments: --jbos 2"),
        ([], "required: toml"),
    ):
        with pytest.raises(SystemExit):
            importlib.import_module("bench.sweep").main(words)
        told = capsys.readouterr().err
        assert said in told
        assert told.count("\n") == 1


def test_a_message_has_three_lines_at_most():
    faults = [f"x.toml:{i}: wrong" for i in range(1, 12)]
    assert errors.brief("\n".join(faults[:3])) == "\n".join(faults[:3])
    assert errors.brief("\n".join(faults)) == "\n".join([*faults[:2], "and 9 more such faults"])
    assert errors.brief("a\nb\nc: no such file") == "a\nb\nc: no such file"
    assert errors.brief("a\nb\nc\nd: no such file") == r"a\nb\nc\nd: no such file"
    long = errors.brief("a" * 1000 + "b" * 9000 + "c" * 1000)
    assert long == f"{'a' * 1000} ... {'c' * 1000}"


def test_a_reader_may_go_away():
    """As `| head` does: the exit code of a broken pipe, and no traceback."""
    program = "from bench import console\n\n\ndef main():\n    print('x' * 100_000)\n    return 0\n"
    command = [sys.executable, "-c", f"{program}\n\nconsole.run(main)"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, **pipes) as process:
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141


@pytest.mark.parametrize("name", ALL)
def test_every_command_ends_by_the_same_runner(name):
    module = f"bench.{name}.__main__" if name in ("sweep", "metrics") else f"bench.{name}"
    program = "import runpy, bench.console\nbench.console.run = lambda main: print('runner')\n"
    program += f"runpy.run_module({module!r}, run_name='__main__')"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "runner\n", done.stderr


def test_an_interrupt_is_no_traceback(capsys):
    def main():
        raise KeyboardInterrupt

    with pytest.raises(SystemExit) as end:
        console.run(main)
    assert end.value.code == 130
    assert capsys.readouterr().err == "interrupted\n"
