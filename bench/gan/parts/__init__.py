"""The parts that a method is made of: one file per kind, one decorated function per part."""
