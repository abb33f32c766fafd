"""Tables and figures -> a page, a Markdown file and what lies beside them."""

TABLES = ("csv", "md", "tex")
"""The formats of a table's files."""
FIGURES = ("png", "svg", "pdf")
"""The formats of a figure's files, of which there is always a PNG: report.md shows it."""
FORMATS = (*TABLES, *FIGURES)
"""All formats of the files beside a page."""
