"""The time that trials take: typical ratios, what stored and running trials tell, and schedules.

    typical    the ratios between tasks, methods and sizes, on any machine
    rates      measured seconds over typical ones: pooled, so that each structure tells of others
    schedule   the end of a queue of trials on several slots, batches and compilers included
    stored     measured seconds of trials that results folders hold
    probe      measured seconds of a few steps, where no result tells
    live       the time left of a running sweep

Nothing here needs numpy or TensorFlow; the probe starts processes that do.
"""
