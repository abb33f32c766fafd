"""The files of a sweep: the lines of its TOML, and the places of the files that it names."""
