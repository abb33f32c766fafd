"""Finds the name that a user means: written another way, by a synonym of the field, or misspelled.

The synonyms of a part stand where it is declared, `@regularizer(also=("gradient penalty",))`, and
those of a method in its recipe. Whoever looks a name up among some others and does not find it asks
`suggest` for the end of the error.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable

MOST = 3
"""Most names that are suggested."""

LEAST = 4
"""Least number of characters of a piece of a name that is a hint at it."""

_ALSO: dict[str, list[str]] = {}
"""Another name, plain -> the names that it stands for."""

_MADE_OF: dict[str, list[str]] = {}
"""The name of a part, plain -> the methods that are made of it."""


def also(name: str, others: Iterable[str]) -> None:
    """Let other names lead to a name."""
    _add(_ALSO, name, others)


def made_of(method: str, parts: Iterable[str]) -> None:
    """Let the names of parts, and their synonyms, lead to a method where no part is asked for."""
    _add(_MADE_OF, method, parts)


def _add(table: dict[str, list[str]], name: str, others: Iterable[str]) -> None:
    for other in others:
        known = table.setdefault(plain(other), [])
        if name not in known:
            known.append(name)


def plain(name: str) -> str:
    """A name without case, hyphens, underscores, dots and spaces."""
    return "".join(character for character in name.casefold() if character.isalnum())


def meant(name: str, known: Iterable[str]) -> list[str]:
    """The known names that a name stands for: written another way, or by a synonym.

    A synonym of "lr_g" stands for "grid.lr_g" as well. A part stands for the methods that are made
    of it, where those are known and it is not. The last pieces of a name with dots stand for all of
    it. A word for a kind may follow: "R1 penalty", "hinge loss". Empty where there is none.
    """
    names, wanted = list(dict.fromkeys(known)), plain(name)
    found = _meant(wanted, names)
    kinds = (len(kind) for kind in _KINDS if wanted.endswith(kind) and not found)
    return found or next(filter(None, (_meant(wanted[:-n], names) for n in kinds)), [])


_KINDS = (
    *("penalty", "penalties", "regularization", "regularizer", "loss", "gan", "method"),
    *("optimizer", "augmentation", "normalization", "network", "dataset", "score", "metric"),
)
"""Words that say of which kind the name before them is, plain."""


def _meant(wanted: str, names: Collection[str]) -> list[str]:
    """The names that a plain name stands for; see `meant`."""
    if not wanted:
        return []
    synonyms = _ALSO.get(wanted, [])
    parts = [wanted, *map(plain, synonyms)]
    methods = [method for part in parts for method in _MADE_OF.get(part, ())]
    for found in (
        [one for one in names if plain(one) == wanted],
        [one for one in synonyms if one in names],
        [one for one in names if any(end in synonyms for end in _ends(one))],
        [one for one in names if wanted in map(plain, _ends(one))],
        [one for one in dict.fromkeys(methods) if one in names],
    ):
        if found:
            return found
    return []


def near(name: str, known: Iterable[str]) -> list[str]:
    """The known names that are meant, or else the one that is spelled most like it; empty where
    there is none."""
    names = sorted(known)
    if found := meant(name, names) or _containing(name, names):
        return found
    spelled = {plain(end): one for one in reversed(names) for end in _ends(one)}
    spelled |= {plain(one): one for one in reversed(names)}
    close = difflib.get_close_matches(plain(name), spelled, n=1, cutoff=0.6)
    synonyms = [one for one in _ALSO if meant(one, names)]
    better = difflib.get_close_matches(plain(name), synonyms, n=1, cutoff=0.85)
    if better and not (close and _alike(name, close[0]) >= _alike(name, better[0])):
        return meant(better[0], names)
    return [spelled[one] for one in close]


def suggest(name: str, known: Iterable[str]) -> str:
    """The hint that an error ends with: the nearest known name, ' (did you mean "x"?)', or all
    names where none is near; "" where there are none."""
    names = sorted(known)
    if found := near(name, names):
        return f" (did you mean {either(found)}?)"
    return f" (there is: {', '.join(names)})" if names else ""


def _containing(name: str, names: Collection[str]) -> list[str]:
    """The names, or names with a synonym, that contain a name, or that it begins with: "ring" of
    "ring8", and "stylegan" of "StyleGAN2". Only what has LEAST characters counts, and no more than
    MOST names are a hint."""
    wanted = plain(name)
    if len(wanted) < LEAST:
        return []
    known = {one: [plain(one)] for one in names}
    for other, meaning in _ALSO.items():
        for one in meaning:
            if one in known:
                known[one].append(other)
    for alike in (
        lambda word: word.startswith(wanted),
        lambda word: wanted in word,
        lambda word: len(word) >= LEAST and wanted.startswith(word),
    ):
        found = [one for one, words in known.items() if any(map(alike, words))]
        if 0 < len(found) <= MOST:
            return found
    return []


def _ends(name: str) -> list[str]:
    """The ends of a name with dots: "r1.gamma" and "gamma" of "grid.r1.gamma"."""
    pieces = name.split(".")
    return [".".join(pieces[i:]) for i in range(1, len(pieces))]


def _alike(name: str, other: str) -> float:
    return difflib.SequenceMatcher(None, plain(name), other).ratio()


def either(names: Collection[str]) -> str:
    """Names as a choice: "a", "b" or "c"."""
    *first, last = (f'"{name}"' for name in list(names)[:MOST])
    return f"{', '.join(first)} or {last}" if first else last
