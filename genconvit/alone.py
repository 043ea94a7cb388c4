"""A folder that one process at a time writes into."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout


class NotAlone(Exception):
    """Another process writes into the folder, or it cannot be locked; the text says which."""


@contextmanager
def alone(folder: Path, name: str, what: str) -> Iterator[None]:
    """Hold the operating system's lock on a file in a folder; it goes with the process, however that ends.

    Args:
        folder: there already.
        name: of the file; it stays.
        what: who else would hold it, in words: "training run".

    Raises:
        NotAlone
        OSError: the file cannot be made.
    """
    lock = FileLock(folder / name)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise NotAlone(f"another {what} is writing into {folder}") from None
    except NotImplementedError as error:
        raise NotAlone(f"{folder} lies where files cannot be locked; choose another folder") from error
    try:
        yield
    finally:
        lock.release()
