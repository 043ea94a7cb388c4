"""Which state of the program's own source computed: a version number stays the same over many of them."""

from __future__ import annotations

import functools
import hashlib
import sys
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent


@functools.cache
def source_sha256() -> str:
    """:func:`sha256_of` this package as it lies on the disk when this is first called; empty where its source files are
    not there, as in a PyInstaller build."""
    if getattr(sys, "frozen", False):
        return ""
    try:
        return sha256_of(PACKAGE)
    except OSError:
        return ""


def sha256_of(package: Path) -> str:
    """SHA-256 over the Python files of a package; empty if it has none.

    Of a line for each file, in the order of their paths (``/``, from the folder that holds the package): SHA-256 of the
    bytes, two spaces, path, newline. That is what ``sha256sum`` prints, so that anybody can make it again:
    ``find genconvit -name '*.py' | LC_ALL=C sort | xargs sha256sum | sha256sum``.

    Raises:
        OSError: a file cannot be read.
    """
    files = {path.relative_to(package.parent).as_posix(): path for path in package.rglob("*.py")}
    lines = [f"{hashlib.sha256(files[name].read_bytes()).hexdigest()}  {name}\n" for name in sorted(files)]
    return hashlib.sha256("".join(lines).encode("utf-8", "surrogateescape")).hexdigest() if lines else ""
