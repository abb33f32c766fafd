"""Lays the texts of figures out once for all that say the same in the same letters."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.figure import Figure
from matplotlib.text import Text

_LAYS_OUT = "_get_layout"
"""The method of a text that measures its lines and lays them out about its place."""
_MOST = 20_000
"""Most layouts that are kept."""

_kept: dict[Hashable, Any] = {}


@contextmanager
def laid_out_once(figure: Figure) -> Iterator[None]:
    """Within it, texts of a figure that differ in place or colour alone are measured once for each
    kind of file, and so are equal texts of the figures after it.

    A text is measured again and again while a figure is laid out and drawn, and the numbers of its
    axes and cells are few different ones. Nothing is changed where a text has no such method. It is
    entered anew for each file, since settings such as the fonts may change between two.
    """
    settings = _settings()
    with ExitStack() as undone:
        for text in figure.findobj(Text):
            if callable(lay := getattr(text, _LAYS_OUT, None)):
                setattr(text, _LAYS_OUT, _once(text, lay, settings))
                undone.callback(delattr, text, _LAYS_OUT)
        yield


def _settings() -> int:
    """Names all that decides on a layout beside the text itself and the kind of file."""
    fonts = len(font_manager.fontManager.ttflist)
    return hash((fonts, *((name, str(value)) for name, value in mpl.rcParams.items())))


def _once(text: Any, lay: Callable[..., Any], settings: int) -> Callable[..., Any]:
    def once(renderer: Any) -> Any:
        if text.get_wrap():  # its lines depend on its place
            return lay(renderer)
        key = settings, *_kind(renderer), *_said(text)
        if key not in _kept:
            if len(_kept) >= _MOST:
                _kept.clear()
            _kept[key] = lay(renderer)
        box, lines, corner = _kept[key]
        return box.frozen(), lines, corner

    return once


def _kind(renderer: Any) -> tuple[Any, ...]:
    """The kind of a renderer and its resolution; one that draws into others is theirs as well."""
    inner = getattr(renderer, "_renderer", None)
    resolution = getattr(renderer, "dpi", None), getattr(inner, "dpi", None)
    return type(renderer), type(inner), *resolution


def _said(text: Any) -> tuple[Any, ...]:
    """All properties of a text that its layout depends on; a font equals those of its hash."""
    newer = str(getattr(text, "_fontfeatures", None)), str(getattr(text, "_language", None))
    return (
        text.get_text(), hash(text.get_fontproperties()), text.figure.dpi, text.get_rotation(),
        text.get_rotation_mode(), text._horizontalalignment, text._verticalalignment,
        text._get_multialignment(), text._linespacing, text.get_usetex(), text.get_parse_math(),
        *newer,
    )  # fmt: skip
