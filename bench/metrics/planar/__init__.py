"""Points in the plane whose density is known, and the features to compare them by."""
