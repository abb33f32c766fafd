"""Reads the formats that logs have, each by a module of its own, into series by their names."""
