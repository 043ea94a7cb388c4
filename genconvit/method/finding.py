"""Methods in folders, and whose they are."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from genconvit.errors import MethodInvalid, MethodMissing
from genconvit.method.reading import load
from genconvit.method.records import Method, Origin


def find(name: str, folders: Sequence[Path]) -> Method:
    """The method called ``name`` in the first folder that has ``<name>.toml``, or the file of that path.

    Args:
        folders: the program's own last. A method that takes the name of one of those without being it is refused.

    Raises:
        MethodMissing, MethodInvalid, RuleMismatch
    """
    path = Path(name) if name.endswith(".toml") else None
    path = path or next((file for folder in folders if (file := folder / f"{name}.toml").is_file()), None)
    if path is None:
        raise MethodMissing(name, tuple(folders))
    method = load(path)
    own = _shipped(method.name, folders)
    if own is not None and own != method:
        problem = f"{method.name!r} is a method that comes with the program; a changed one needs a name of its own"
        raise MethodInvalid(str(path), "name", problem)
    return method


def origin(method: Method, folders: Sequence[Path]) -> Origin:
    """Whose the method is. ``folders``: as for :func:`find`. Asked before the weights' hashes are filled in."""
    if method == _shipped(method.name, folders):
        return Origin.SHIPPED
    name, _, rest = method.derived_from.partition(" ")
    base = _shipped(name, folders)
    return Origin.CHANGED if base is not None and rest.startswith(f"{base.sha256}: ") else Origin.OWN


def _shipped(name: str, folders: Sequence[Path]) -> Method | None:
    if not folders or Path(name).name != name or not (path := folders[-1] / f"{name}.toml").is_file():
        return None
    return load(path)


def names(folders: Sequence[Path]) -> tuple[str, ...]:
    """Names of the methods in the folders, shipped ones first as the folders are given, each once."""
    found = (path.stem for folder in folders if folder.is_dir() for path in sorted(folder.glob("*.toml")))
    return tuple(dict.fromkeys(found))
