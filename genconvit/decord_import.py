"""The only door to decord, which must not be imported by itself: whoever wants it, a benchmark too, calls
:func:`load_decord`."""

from __future__ import annotations

import contextlib
import functools
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType


@functools.cache
def load_decord() -> ModuleType:
    """The module ``decord``, whatever was imported before it.

    In case it was built for a GPU, decord 3.4 loads every library in the packages that torch's CUDA build needs, each
    for the whole process. One of them, nvblas, has the names of a BLAS: torch and OpenCV, when loaded later, call it
    instead of their own, and the first product of two matrices ends the process. The build that pip installs needs none
    of them, so they are out of its sight.
    """
    # decord adds its folder to PATH when it is imported, and ends with a KeyError where the environment has none. A
    # folder that is always there, since an empty one and the system's default can mean the current folder.
    os.environ.setdefault("PATH", str(Path(os.__file__).parent))
    with _hidden("nvidia"):
        import decord
    return decord  # type: ignore[no-any-return]


@contextlib.contextmanager
def _hidden(package: str) -> Iterator[None]:
    """To the import system not installed, for as long as this lasts."""
    before = {package: sys.modules[package]} if package in sys.modules else {}
    sys.modules[package] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        sys.modules.pop(package, None)
        sys.modules.update(before)
