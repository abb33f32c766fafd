"""Turns a result into the JSON of its file, and back."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from bench.trial import Result, Status, Trial

SCHEMA = 1

UNREADABLE = (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError)
"""Errors of reading and decoding a file that is not what it should be."""

_BRIEF = re.compile(rb'},"status":"([a-z_]+)","seconds":([0-9.e+-]+),"error":')
"""Finds status and seconds. It cannot match inside of a string, whose quotes are escaped."""


_IDENTITY = re.compile(rb'\s*\{\s*"schema"\s*:\s*\d+\s*,\s*"id"\s*:\s*"([0-9a-f]+)"')


class Brief(NamedTuple):
    """The part of a stored trial that the plan of a sweep needs."""

    status: Status
    """The status that it ended with."""
    seconds: float
    """Seconds that it took."""


def as_stored(curves: Mapping[str, Any]) -> Mapping[str, Any]:
    """Curves or signals with the values that they would have after writing and reading."""
    return {name: _finite(values) for name, values in curves.items()}


def encode(result: Result) -> bytes:
    """The content of the file of a trial: status and seconds first, for `brief`, then the
    curves."""
    record = {
        "schema": SCHEMA,
        "id": result.trial.id,
        "trial": result.trial.record(),
        "status": result.status.value,
        "seconds": result.seconds,
        "error": result.error,
        "curves": _finite(result.curves),
        "signals": _finite(result.signals),
        "facts": _finite(result.facts),
        "provenance": result.provenance,
    }
    return json.dumps(record, allow_nan=False, separators=(",", ":")).encode()


_JSON = json.JSONDecoder(parse_constant=lambda name: None)
"""Reads JSON with None in place of NaN and infinity."""


def decode(content: bytes) -> Result:
    """The result in the content of a file. Raises ValueError, KeyError, TypeError, AttributeError
    or RecursionError for any other content (see UNREADABLE)."""
    record = _JSON.decode(content.decode(json.detect_encoding(content), "surrogatepass"))
    if record["schema"] != SCHEMA:
        raise ValueError(f"schema {record['schema']}, this version reads {SCHEMA}")
    for name, kinds in _KINDS.items():
        _check(name, record[name], *kinds)
    for name in ("curves", "signals"):
        _check_series(name, record[name])
    _check_trial(record["trial"])
    names = ("curves", "signals", "facts", "error", "seconds", "provenance")
    return Result(
        trial=Trial.from_record(record["trial"]),
        status=Status(record["status"]),
        **{name: record[name] for name in names},
    )


_KINDS: Mapping[str, tuple[type | None, ...]] = {
    **dict.fromkeys(("curves", "signals", "facts", "provenance", "trial"), (dict,)),
    "error": (dict, None),
    "seconds": (float, int),
    "status": (str,),
}
"""Key of a file -> what its value can be; None: null."""

_TRIAL: Mapping[str, tuple[type | None, ...]] = {
    **dict.fromkeys(("hparams", "options", "plugins", "method"), (dict,)),
    **dict.fromkeys(("seed", "steps", "evaluations", "gradients"), (int,)),
    "task": (str,),
}
_MOST = 2**63
"""Least number beyond what tables hold. A setting that is no whole number may be any finite one."""


def _check(name: str, value: Any, *kinds: type | None) -> None:
    """Raises ValueError for a value of another type, and for a number that is no number."""
    own = None if value is None else type(value)
    if own not in kinds:
        raise ValueError(f"{name} is {'null' if own is None else f'of type {own.__name__}'}")
    most = math.inf if name.startswith("trial ") and own is float else _MOST
    if isinstance(value, int | float) and not abs(value) < most:
        raise ValueError(f"{name} = {str(value)[:20]} is too large")


def _check_series(name: str, series: Mapping[str, Any]) -> None:
    """Raises ValueError for series that are no lists of numbers of one length."""
    for key, values in series.items():
        _check(f"{name} {key}", values, list)
        kinds = set(map(type, values))
        if not kinds <= {float, int, type(None)}:
            raise ValueError(f"{name} {key} has values that are no numbers")
        # of a series with whole numbers all are bounded: the widest two first, since most are
        known = [v for v in values if v is not None] if int in kinds else []
        if known and not (max(known) < _MOST and min(known) > -_MOST):
            for value in values:
                _check(f"{name} {key}", value, int, float, None)
    lengths = {len(values) for values in series.values()}
    if len(lengths) > 1:
        raise ValueError(f"{name} are of unequal lengths")


def _check_trial(record: Mapping[str, Any]) -> None:
    """Raises ValueError for a trial whose values are of other types."""
    for name, kinds in _TRIAL.items():
        if name in record or name != "gradients":
            _check(f"trial {name}", record[name], *kinds)
    for name, value in record["hparams"].items():
        _check(f"trial {name}", value, float, int)
    for table, kinds in (("options", (str, float, int, bool)), ("plugins", (str,))):
        for name, value in record[table].items():
            _check(f"trial {name}", value, *kinds)
    for name, value in record["method"].items():
        _check(f"method {name}", value, str, int, list)
        if isinstance(value, list):
            for each in value:
                _check(f"method {name}", each, str)


def identity(first: bytes) -> str | None:
    """The id of a result from the first bytes of its file; None where they do not tell."""
    found = _IDENTITY.match(first)
    return found[1].decode() if found else None


def brief(first: bytes, last: bytes) -> Brief | None:
    """Status and seconds from the first bytes of a file and its last two. None where they do not
    tell: then the whole file does, or says its fault."""
    found = _BRIEF.search(first)
    if not found or last != b"}}":
        return None
    try:
        return Brief(Status(found[1].decode()), float(found[2]))
    except ValueError:
        return None


def _finite(value: Any) -> Any:
    """The value with None in place of NaN and infinity, which JSON does not have.

    Nine digits tell every float32 from its neighbours, and are read three times as fast as 17.
    """
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    if isinstance(value, float):
        return float(f"{value:.9g}") if math.isfinite(value) else None
    return value
