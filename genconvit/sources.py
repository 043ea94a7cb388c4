"""Which state of the program's own source computed: a version number stays the same over many of them."""

from __future__ import annotations

import hashlib
import re
import sys
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
BUILT = "source.sha256"
"""File in the package of a built program, which has no source files: the hash of those it was built from."""


class Running:
    """The state of a package's source that runs in this process.

    A process reads a module once, when it is first imported, while the files may be updated at any time. So the files
    are looked at only when modules have come in since the last look, the first time before most of them.
    """

    def __init__(self, package: Path) -> None:
        self._package = package
        self._modules: frozenset[str] = frozenset()
        self._sha256: str | None = None

    def sha256(self) -> str:
        """:func:`sha256_of` the package as its modules were imported, in a built program as it was built; empty where
        neither source files nor :data:`BUILT` are there, or files were changed between two imports, so that no single
        state runs."""
        name = self._package.name
        modules = frozenset(each for each in tuple(sys.modules) if each.partition(".")[0] == name)
        if self._sha256 is None or modules != self._modules:
            now = _on_disk(self._package)
            self._sha256 = now if self._sha256 in (None, now) else ""
            self._modules = modules
        return self._sha256


_running = Running(PACKAGE)


def source_sha256() -> str:
    """:meth:`Running.sha256` of this package. A process that will score asks as it starts, so that every later answer
    is of the code that runs in it."""
    return _running.sha256()


def _on_disk(package: Path) -> str:
    try:
        if getattr(sys, "frozen", False):
            written = (package / BUILT).read_text(encoding="ascii", errors="replace").strip()
            return written if re.fullmatch(r"[0-9a-f]{64}", written) else ""
        return sha256_of(package)
    except OSError:
        return ""


def write_sha256(folder: Path, package: Path = PACKAGE) -> Path:
    """Write :func:`sha256_of` a package into the file :data:`BUILT` of an existing folder, and return the file's path.
    Raises OSError."""
    file = folder / BUILT
    file.write_text(f"{sha256_of(package)}\n", encoding="ascii")
    return file


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
