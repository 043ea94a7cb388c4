"""How the launcher speaks."""

from __future__ import annotations

import sys

AGAIN = "Then run the same command again."


class SetupFailed(Exception):
    """Carries the sentence that the user is shown."""


def say(text: str) -> None:
    """To stderr: stdout belongs to what is started."""
    print(text, file=sys.stderr, flush=True)
