"""Chapters -> one self-contained HTML page: no network, no other file."""

from bench.analysis.report.html.layout import empty, html

__all__ = ["empty", "html"]
