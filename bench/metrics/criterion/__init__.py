"""Bounds of a criterion, from samplers that learn nothing and from draws of the data."""
