"""Tasks: what is to be learned, and by which two networks.

A registered function makes a Task; its keyword-only arguments are the task's options, structural
choices such as width or batch. The decorator is told the recommended number of `steps` and the
`hparams` that are bound to the scale of the data: learning rates and penalty strengths. A
strength means nothing without the scaling of the data (multiply the data by s, and a squared
gradient norm is divided by s^2), so a task's strengths override a method's own.
"""

from bench.gan.tasks import images, pairs, points  # noqa: F401
from bench.gan.tasks.task import LATER, NETWORKS, BadOption, Criterion, Task, build

__all__ = ["LATER", "NETWORKS", "BadOption", "Criterion", "Task", "build"]
