"""The scanner finds the keys that tomllib finds, each on its own line."""

from __future__ import annotations

import re
import tomllib
from random import Random

import pytest

from bench.grid.files.lines import scan

TRICKY = {
    "empty": "",
    "only a comment": "# [table]\n# a = 1",
    "no newline at the end": "a = 1",
    "windows line ends": 'a = 1\r\n[b]\r\nc = """\r\n[x]\r\n"""\r\nd = [\r\n  1,\r\n]\r\n',
    "tables and dotted keys": "a.b.c = 1\na.b.d = 2\n[t]\nx.y = 3\n[t.u.v]\nz = 4\n",
    "spaces around dots": "a . b\t.c = 1\n[ t . u ]\nx=2\n[[ r . s ]]\ny=3\n",
    "quoted keys": '"a.b" = 1\n\'c # d\'."e = [" = 2\n["t]".\'u\']\n"" = 3\n"\\u00e9\\"" = 4\n',
    "bare keys of digits": "1 = 1\n1979-05-27 = 2\n3.14 = 3\n",
    "arrays of tables": "[[m]]\nn = 1\n[[m]]\nn = 2\n[m.g]\n"
    "x = 3\n[[m.p]]\ny = 4\n[[m.p]]\ny = 5\n",
    "arrays of tables in dotted keys": "[[a.b]]\n[[a.b.c.d]]\nx = 1\n[a.b.c.e]\n"
    "y = 2\n[[a.b]]\nz.z = 3\n",
    "inline tables": "a = {b = 1, c.d = 2, e = {f = [1, {g = 3}]}}\nh = {}\ni = { }\n",
    "an array over several lines": "a = [ # [0]\n  1, # one, two\n\n  [2,\n"
    " 3], # ]\n  {b = 4},\n]\nc = 5\n",
    "empty arrays": "a = []\nb = [ ]\nc = [\n# nothing\n]\nd = [[], []]\n",
    "brackets in strings": 'a = "]}, x = 1 # no"\nb = ["]", \'}\', "\\"]"]\nc = {d = "}"}\n',
    "multi-line strings": 'a = """\n[b]\nc = 1\n"""\nd = \'\'\'\n[[e]]\n'
    '\'\'\'\nf = [\n"""\n]""",\n1]\n',
    "quotes at the ends of strings": 'a = """"x"""""\nb = """"""\nc = \'\'\'\'y\'\'\'\'\'\n'
    'd = ""\ne = 1\n',
    "escapes in strings": 'a = "\\\\"\nb = "\\""\nc = """\\""""\n'
    'd = """\\\\"""\ne = \'\\\'\nf = 1\n',
    "line continuation": 'a = """x \\\n   y"""\nb = 1\n',
    "dates with spaces": "a = 1979-05-27 07:32:00\nb = [1979-05-27 07:32:00Z, 07:32:00]\nc = 1\n",
    "numbers and booleans": "a = [1_000, -1.5e-3, inf, -nan, 0xff, true, false]#c\nb = +1#c\n",
    "unicode": 'a = "ü" # ü\u2028\n"ключ" = 1\nb = 2\n',
}


@pytest.mark.parametrize("text", TRICKY.values(), ids=TRICKY.keys())
def test_every_path_that_tomllib_finds_has_a_line(text):
    assert set(scan(text)) == set(paths(tomllib.loads(text)))


def test_lines_of_tables_elements_and_pairs():
    text = TRICKY["arrays of tables"] + "b = [\n  1,\n  {c = 2},\n]\n"
    assert scan(text) == {
        ("m",): 1,
        ("m", 0): 1,
        ("m", 0, "n"): 2,
        ("m", 1): 3,
        ("m", 1, "n"): 4,
        ("m", 1, "g"): 5,
        ("m", 1, "g", "x"): 6,
        ("m", 1, "p"): 7,
        ("m", 1, "p", 0): 7,
        ("m", 1, "p", 0, "y"): 8,
        ("m", 1, "p", 1): 9,
        ("m", 1, "p", 1, "y"): 10,
        ("m", 1, "p", 1, "b"): 11,
        ("m", 1, "p", 1, "b", 0): 12,
        ("m", 1, "p", 1, "b", 1): 13,
        ("m", 1, "p", 1, "b", 1, "c"): 13,
    }


def test_a_string_over_several_lines_moves_what_follows():
    assert scan('a = """\n[b]\nc = 1\n"""\nd = 1')[("d",)] == 5
    assert scan("a = 1\r\n\r\nb = 2\r\n")[("b",)] == 3


@pytest.mark.parametrize("seed", range(200))
def test_random_documents(seed):
    """Each key of a random document has a name of its own: its line is where that name stands."""
    text = Writer(Random(seed)).document()
    lines = scan(text)
    assert set(lines) == set(paths(tomllib.loads(text)))
    for path, line in lines.items():
        if isinstance(path[-1], str):
            first = re.search(rf"\b{path[-1]}\b", text).start()
            assert line == text.count("\n", 0, first) + 1, path


def paths(value, path=()):
    """Every key path of parsed TOML."""
    if path:
        yield path
    if isinstance(value, dict):
        for key, item in value.items():
            yield from paths(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from paths(item, (*path, index))


class Writer:
    """Writes random TOML, with whatever is hard to scan."""

    STRINGS = ('"a"', '"]}#"', "'[[x]]'", '"\\"= "', '"""\n[y]\nz = 1"""', "'''\n# \"\n'''", '""')
    SCALARS = ("1", "-2.5e3", "true", "1979-05-27 07:32:00", "inf", *STRINGS)
    COMMENTS = ("", "  # [c] d = 1", "\t# \"'", " #")

    def __init__(self, random):
        self.random = random
        self.count = 0

    def document(self):
        blocks = [self.pairs()]
        for _ in range(self.random.randrange(6)):
            blocks.append(self.table())
        return "\n".join(blocks)

    def table(self):
        key = self.key()
        if self.random.random() < 0.5:
            return f"[{key}]{self.comment()}\n{self.pairs()}"
        elements = [
            f"[[{key}]]{self.comment()}\n{self.pairs()}"
            f"[{key}.{self.name()}]\n{self.pairs()}"
            f"[[{key} . {self.name()}]]\n{self.pairs()}"
            for _ in range(self.random.randrange(1, 4))
        ]
        return "".join(elements)

    def pairs(self):
        lines = [self.pair(3) + self.comment() for _ in range(self.random.randrange(4))]
        return "".join(f"{line}\n" for line in lines)

    def pair(self, depth):
        return f"{self.key()}{self.space()}={self.space()}{self.value(depth)}"

    def value(self, depth):
        kind = self.random.randrange(4 if depth else 2)
        if kind < 2:
            return self.random.choice(self.SCALARS)
        size = self.random.randrange(4)
        if kind == 2:
            return "{" + ", ".join(self.pair(0 if size else depth - 1) for _ in range(size)) + "}"
        gap = self.random.choice((" ", "\n  ", " # ]\n", "\n\n"))
        return "[" + gap + ("," + gap).join(self.value(depth - 1) for _ in range(size)) + gap + "]"

    def key(self):
        names = [self.name() for _ in range(self.random.randrange(1, 4))]
        return f"{self.space()}.{self.space()}".join(names)

    def name(self):
        self.count += 1
        quote = self.random.choice(("", "", '"', "'"))
        return f"{quote}k{self.count}{quote}"

    def space(self):
        return self.random.choice(("", " ", "\t"))

    def comment(self):
        return self.random.choice(self.COMMENTS)
