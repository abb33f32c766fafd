"""Keras layers of single papers: told classes, styles, networks that grow."""
