"""Contents -> one self-contained HTML page: no network, no other file."""

from bench.analysis.page.elements import Drawing
from bench.analysis.page.layout import empty, html

__all__ = ["Drawing", "empty", "html"]
