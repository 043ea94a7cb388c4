"""From what pip says when it fails to a sentence on what to do."""

from __future__ import annotations

import platform
import re
from pathlib import Path

from launch.words import AGAIN

DISK_FULL = (
    "The disk is full. The environment takes 2 to 6 GB in {folder}, and about as much again while it is installed. "
    "Free some space, or name another place with --venv DIR. " + AGAIN
)

# What pip writes, and what it means. The first that fits is taken.
FAILURES = (
    (r"No space left|Errno 28\b|not enough space|[Dd]isk quota exceeded", DISK_FULL),
    (
        r"SSLError|CERTIFICATE_VERIFY_FAILED",
        "The network's certificate is not trusted: name your organisation's certificate file in the environment "
        "variable PIP_CERT. " + AGAIN,
    ),
    (
        r"NewConnectionError|NameResolutionError|ConnectTimeout|Read ?[Tt]imed? ?out|ProxyError|MaxRetryError|"
        r"Connection(Reset|Refused)?Error|RemoteDisconnected|Network is unreachable|IncompleteRead",
        "The packages could not be fetched. The first use needs the internet, or a mirror of the packages named in "
        "pip's own settings; later uses do not. Check the connection. " + AGAIN,
    ),
    (
        r"No matching distribution found|Could not find a version|ResolutionImpossible|not a supported wheel",
        "A package was not found where pip's settings let it look: either they keep it from the internet, or it is not "
        "to be had for Python {python} on {system}. Check the connection and pip's settings (pip config list), or try "
        "another 64-bit Python that the README names. " + AGAIN,
    ),
    (
        r"PermissionError|Permission denied|Errno 13\b|Access is denied",
        "A file in {folder} may not be written: close every other Veriframe, and check who owns the folder. " + AGAIN,
    ),
)


def why(code: int, heard: str, folder: Path) -> str:
    """The sentence for a child that ended with ``code`` (negative: by that signal) and wrote ``heard`` to stderr."""
    facts = {
        "folder": folder,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
    }
    for pattern, sentence in FAILURES:
        if re.search(pattern, heard):
            return sentence.format(**facts)
    if code < 0:
        return f"The installation was stopped from outside (signal {-code}). Run the same command again."
    return "The installation failed; what was said last stands above. Run the same command again."
