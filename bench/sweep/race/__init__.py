"""A race: train up to a look, decide, drop what is decided, go on.

`arms` finds the trials of each method, `course` takes the looks, `rounds` trains between them,
`forecast` says beforehand what a race will take, `words` what it has found.
"""
