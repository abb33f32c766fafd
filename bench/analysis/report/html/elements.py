"""The bricks of the page: text, tables, figures, all as strings of HTML."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd
from PIL import Image

from bench.analysis.frame.labels import slug
from bench.analysis.report import formats
from bench.analysis.report.figures import Picture

_SVG_BYTES = 250_000
"""A larger SVG goes into the page as pixels: the page stays small, the SVG lies beside it."""


@dataclass(frozen=True)
class Drawing:
    """A picture as the page and the text use it: `uri` is its image as a data URI, `width` in
    pixels of CSS, `files` are the image's files."""

    name: str
    section: str
    caption: str
    photographic: bool
    width: int
    uri: str
    files: tuple[Path, ...]

    @classmethod
    def of(cls, picture: Picture, png: Path, svg: Path) -> Drawing:
        """The SVG where it is small and has no photographs in it, else the PNG as WebP."""
        if not picture.photographic and svg.stat().st_size <= _SVG_BYTES:
            uri = data_uri(svg.read_bytes(), "image/svg+xml")
        else:
            uri = data_uri(webp(png), "image/webp")
        width = round(96 * picture.figure.get_size_inches()[0])
        return cls(
            picture.name,
            picture.section,
            picture.caption,
            picture.photographic,
            width,
            uri,
            (png, svg),
        )

    @property
    def html(self) -> str:
        """The figure with its caption; its name is its address."""
        kind = "photo" if self.photographic else "chart"
        plain = escape(self.caption.replace("`", ""))
        return (
            f'<figure id="figure-{self.name}"><div class="wide"><img class="{kind}" '
            f'src="{self.uri}" alt="{plain}" width="{self.width}" loading="lazy"></div>'
            f"<figcaption>{text(self.caption)}</figcaption></figure>"
        )


def webp(file: Path) -> bytes:
    """A stored image as a small WebP."""
    with Image.open(file) as image:
        image.convert("RGB").save(out := io.BytesIO(), "WEBP", quality=82, method=4)
    return out.getvalue()


def data_uri(content: bytes, kind: str) -> str:
    """Bytes as an address that needs no file."""
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def text(markdown: str) -> str:
    """`code` and **bold** -> HTML, everything else escaped."""
    found = escape(markdown, quote=False)
    found = re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", found)
    return re.sub(r"`(.+?)`", r"<code>\1</code>", found)


def items(lines: Sequence[str]) -> str:
    """A list of lines; nothing for none."""
    return f"<ul>{''.join(f'<li>{text(line)}</li>' for line in lines)}</ul>" if lines else ""


def definitions(pairs: Sequence[tuple[str, Any]]) -> str:
    """Terms and what they mean."""
    rows = "".join(f"<dt>{text(f'`{k}`')}</dt><dd>{text(str(v))}</dd>" for k, v in pairs)
    return f"<dl>{rows}</dl>"


def cell_address(task: str, method: str) -> str:
    """Where the trials of a task and method begin in the table of trials."""
    return f"cell-{slug(task)}-{slug(method)}"


def table(name: str, numbers: pd.DataFrame, caption: str = "") -> str:
    """A sortable table of numbers; in a row of one task and method, each number leads to the trials
    behind it."""
    shown = formats.readable(formats.shown(numbers))
    keys = _sort_keys(shown, numbers)
    rows = []
    for i, row in enumerate(shown.to_dict("records")):
        link = _link(row)
        cells = (_cell(c, str(v), keys, i, link) for c, v in row.items())
        rows.append(f"<tr>{''.join(cells)}</tr>")
    head = "".join(_head(str(column)) for column in shown)
    note = f"<caption>{text(caption)}</caption>" if caption else ""
    return (
        f'<div class="wide"><table id="table-{slug(name)}" class="sortable">{note}'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def _head(column: str) -> str:
    kind = "" if column in formats.WORDS else ' class="n"'
    breakable = escape(column).replace("_", "_<wbr>")  # on paper, where there is less room
    return f'<th scope="col"{kind}><button type="button">{breakable}</button></th>'


def _cell(
    column: Any, value: str, keys: Mapping[Any, pd.Series], row: int, link: Callable[[str], str]
) -> str:
    if column in formats.WORDS:
        return f"<td>{escape(value)}</td>"
    key = f' data-v="{keys[column].iloc[row]:.6g}"' if column in keys else ""
    return f'<td class="n"{key}>{link(value)}</td>'


def _link(row: Mapping[Any, Any]) -> Callable[[str], str]:
    if "task" not in row or "method" not in row:
        return escape
    address = cell_address(row["task"], row["method"])
    return lambda value: f'<a href="#{address}">{escape(value)}</a>'


def _sort_keys(shown: pd.DataFrame, numbers: pd.DataFrame) -> dict[Any, pd.Series]:
    """What a column of text is sorted by: the number that it begins with."""
    keys = {}
    for column in shown:
        for name in ("rate" if column == "success" else column, f"{column} median"):
            if name in numbers and pd.api.types.is_numeric_dtype(numbers[name]):
                keys[column] = numbers[name].astype(float)
                break
    return keys
