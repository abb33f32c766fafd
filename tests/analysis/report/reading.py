"""Reads a page without a browser: its trials as its script would, its addresses and its text."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any

DATA = re.compile(r'<script type="application/json"([^>]*)>(.*?)</script>', re.DOTALL)


def blocks(page: str) -> dict[str, Any]:
    """The blocks of JSON of a page by their attribute: `id="data"`, `data-rows="table-..."`."""
    return {
        re.search(r'"([^"]+)"', attributes)[1]: json.loads(text)
        for attributes, text in DATA.findall(page)
    }


def column(values: Any) -> list[Any]:
    """A column as its script reads it."""
    return [values["of"][i] for i in values["at"]] if isinstance(values, dict) else values


def trials(page: str) -> list[dict[str, Any]]:
    """The trials of a page, a dictionary of columns each."""
    columns = {name: column(found) for name, found in blocks(page)["data"]["columns"].items()}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def text(page: str) -> str:
    """The text of a page without scripts, styles and tags."""
    bare = re.sub(r"<(script|style)[^>]*>.*?</\1>", "", page, flags=re.DOTALL)
    return unescape(re.sub(r"<[^>]*>", "", bare))


def section(page: str, name: str) -> str:
    """The HTML of one section."""
    return re.search(rf'<section id="{name}">.*?</section>', page, re.DOTALL)[0]
