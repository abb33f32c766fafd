"""The form of a sweep's TOML as a JSON Schema, for editors: what can be written, with its words.

It is made of what reads a sweep: of the registered parts with their numbers, ranges and
docstrings, of the catalogue of methods, and of the keys that each table may have. A part or a key
that is new is in it at once.

A schema sees one value at a time. It refuses a misspelled key or name, a value of the wrong type
and a number outside of its range; that a method has a part, or how many trials there are, is said
when the sweep is read (`bench.grid.load`). What `load` takes, the schema takes.
"""

from bench.grid.schema.tables import schema

__all__ = ["schema"]
