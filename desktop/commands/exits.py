"""Exit statuses, for scripts."""

from __future__ import annotations

DONE = 0
DIFFERS = 1
"""`verify`: something is not as recorded. `repeat`: runs differ beyond the tolerance. `--self-test`: it failed."""
USAGE = 2
VIDEO = 3
"""A video could not be read or analyzed; the others were."""
METHOD = 4
"""Nothing can be analyzed: the method, its weights or the device."""
CASE = 5
"""The case or the report cannot be opened or written."""
CANCELLED = 130
