"""Numbers of a sweep that are given as factors, as ratios or as schedules."""
