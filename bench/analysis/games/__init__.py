"""Games of two numbers in closed form: their vector fields, and what one step of a method does.

Nothing here is trained: a trial says which game it plays and how, and these functions say what
theory expects of it. What it did is in its stored path (`paths`).
"""
