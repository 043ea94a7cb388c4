"""The sub-commands of ``python -m genconvit``; each module has ``add(subparsers)``.

``add`` sets the default ``run``, a function from the parsed arguments to the exit code.
"""

NAMES = ("analyze", "repeat", "weights", "train", "evaluate")
