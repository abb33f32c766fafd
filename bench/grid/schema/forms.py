"""Pieces of JSON Schema, Draft 4: closed tables, names with their meanings, lists.

Draft 4 is what Taplo reads, and with it the editors that use it. In this draft a keyword beside
`$ref` counts for nothing, and a bound that does not belong to the range is a bound with a flag.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

Schema = dict[str, Any]
"""A piece of a schema, as JSON has it."""

TEXT: Schema = {"type": "string", "minLength": 1}
"""A string that is not empty."""

NUMBER: Schema = {"type": "number"}
"""Any number."""


def closed(properties: Mapping[str, Schema], required: Iterable[str] = (), **more: Any) -> Schema:
    """A table with these keys and no others."""
    made: Schema = {"type": "object", "properties": dict(properties), "additionalProperties": False}
    if needed := list(required):
        made["required"] = needed
    return made | more


def several(item: Schema, least: int = 1, **more: Any) -> Schema:
    """A list of such items, which is not empty unless `least` is 0."""
    return {"type": "array", "items": item, "minItems": least, **more}


def either(*pieces: Schema) -> Schema:
    """A value that fits one of the pieces, or several of them."""
    return {"anyOf": list(pieces)}


def one_or_several(item: Schema) -> Schema:
    """A value or a list of such values."""
    return either(item, several(item))


def told(piece: Schema, about: str, **more: Any) -> Schema:
    """A piece with its description, which an editor shows at the key. A reference is wrapped: what
    stands beside it would be ignored."""
    inner = {"allOf": [piece]} if "$ref" in piece else dict(piece)
    return {"description": about, **more, **inner} if about else {**more, **inner}


def ref(name: str) -> Schema:
    """A reference to a definition of the schema."""
    return {"$ref": f"#/definitions/{name}"}


def names(known: Mapping[str, str]) -> Schema:
    """One of some names; an editor offers them, each with its meaning."""
    if not known:
        return {"not": {}}
    docs = {"enumValues": list(known.values())}
    return {"type": "string", "enum": list(known), "x-taplo": {"docs": docs}}


def whole(least: int, most: int) -> Schema:
    """A whole number, both ends included."""
    return {"type": "integer", "minimum": least, "maximum": most}


def has_any(keys: Collection[str]) -> Schema:
    """A table that has one of the keys at least."""
    return {"anyOf": [{"required": [key]} for key in keys]}


def of_keys(
    keys: Iterable[str],
    kinds: Mapping[str, Schema],
    meanings: Mapping[str, str],
    required: Iterable[str] = (),
) -> Schema:
    """A table of fixed keys. One that has no form here takes any value."""
    made = {key: told(kinds.get(key, {}), meanings.get(key, "")) for key in keys}
    return closed(made, required)
