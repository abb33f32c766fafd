"""Chapters -> one self-contained HTML page: no network, no other file."""

from bench.analysis.report.html.layout import empty, html, of_blocks

__all__ = ["empty", "html", "of_blocks"]
