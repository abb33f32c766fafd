"""Closed vocabularies: traits of parts, signals of a step, facts of a result."""
