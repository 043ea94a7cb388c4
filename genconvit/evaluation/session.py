"""An evaluation in its folder: begun, gone on with, and put in order at the end."""

from __future__ import annotations

import contextlib
import json
import platform
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from genconvit import __version__
from genconvit.cards import find_card
from genconvit.engine import Serve
from genconvit.evaluation.items import Items
from genconvit.evaluation.journal import Journal
from genconvit.evaluation.results import Result
from genconvit.evaluation.runner import Told, examined
from genconvit.evaluation.worker import Setting, serve
from genconvit.method import Method, resolved, to_document
from genconvit.provenance import libraries, now

SCHEMA = 1
ABOUT = "evaluation.json"
JOURNAL = "journal.jsonl"
RESULTS = "results.csv"
LOCK = ".evaluation.lock"


class FolderRefused(Exception):
    """A folder that this evaluation cannot write into; the text says why."""


@dataclass(frozen=True, slots=True)
class How:
    """``workers``: processes. ``threads``: to compute on, in each of them; another number of them can move a score by
    the rounding of float32, another number of processes cannot. ``retry_errors``: examine again what ended in an error.
    """

    device: str = "auto"
    workers: int = 1
    threads: int = 1
    retry_errors: bool = False


@dataclass(frozen=True, slots=True)
class State:
    """How far an evaluation is. ``kept``: results of an earlier run that were there at the start."""

    done: int
    total: int
    errors: int
    kept: int


def evaluate(
    found: Items,
    method: Method,
    folders: Sequence[Path],
    out: Path,
    how: How,
    *,
    told: Told,
    tell: Callable[[State], None],
    target: Serve = serve,
) -> tuple[Result, ...]:
    """Examine every item that ``out`` does not hold a result of, and give all results in the items' order.

    Args:
        folders: weights folders, the user's first.
        out: made if it is not there; holds the journal, and what was evaluated in ``evaluation.json``.
        told: makes the sentence for a row's error.
        tell: called at the start and after each file.

    Raises:
        FolderRefused: ``out`` holds another evaluation, or one that is running.
        GenConViTError: no file can be examined.
        OSError: ``out`` cannot be written to; what was finished before is kept.
    """
    method = pinned(method, folders)
    out.mkdir(parents=True, exist_ok=True)
    with _alone(out):
        about = _claim(out, _about(found, method, how))
        with Journal(out / JOURNAL) as journal:
            todo = [item for item in found.items if _open(journal.rows.get(item.file), how)]
            open_files = {item.file for item in todo}
            kept = [journal.rows[item.file] for item in found.items if item.file not in open_files]
            state = State(len(kept), len(found.items), sum(bool(row.error) for row in kept), len(kept))
            tell(state)
            setting = Setting(method, how.device, how.threads, found.faces)
            devices: set[str] = set()
            results = examined(todo, setting, folders, told=told, devices=devices, workers=how.workers, target=target)
            try:
                with contextlib.closing(results):
                    for result in results:
                        journal.append(result)
                        state = replace(state, done=state.done + 1, errors=state.errors + bool(result.error))
                        tell(state)
            finally:
                _write(out / ABOUT, about | {"devices": sorted({*about["devices"], *devices})})
            # Labels are those of now: a list may have been corrected since.
            return tuple(replace(journal.rows[item.file], label=item.label, group=item.group) for item in found.items)


def pinned(method: Method, folders: Sequence[Path]) -> Method:
    """The method with the hashes and backbones of the weights that will be loaded.

    Raises:
        WeightsMissing, CardInvalid
    """
    cards = [find_card(ref.name, folders, ref.sha256) for ref in method.weights]
    return resolved(method, {card.name: card.sha256 for card in cards}, {card.name: card.backbone for card in cards})


def _open(row: Result | None, how: How) -> bool:
    return row is None or (how.retry_errors and bool(row.error))


@contextlib.contextmanager
def _alone(out: Path) -> Iterator[None]:
    """The operating system's lock: it goes with the process that holds it, however that ends."""
    lock = FileLock(out / LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise FolderRefused(f"another evaluation is writing into {out}") from None
    except NotImplementedError as error:
        raise FolderRefused(f"{out} lies where files cannot be locked; choose another folder") from error
    try:
        yield
    finally:
        lock.release()


def _about(found: Items, method: Method, how: How) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "program": f"Veriframe {__version__}",
        "python": platform.python_version(),
        "platform": platform.platform(),
        "layout": found.layout,
        "data": str(found.root.resolve()),
        "files": len(found.items),
        "labels": dict(Counter(item.label or "unknown" for item in found.items)),
        "notes": list(found.notes),
        "libraries": libraries(),
        "devices": [],
        "threads": how.threads,
        "method_sha256": method.sha256,
        "method": to_document(method),
        "started_at": now(),
    }


def _claim(out: Path, about: dict[str, Any]) -> dict[str, Any]:
    """Take the folder for this evaluation, or go on with it; what is now known of it."""
    path = out / ABOUT
    if path.exists():
        before = _read(path)
        if before.get("method_sha256") != about["method_sha256"]:
            name = before.get("method", {}).get("name", "unknown")
            raise FolderRefused(
                f"{out} holds results of another method ({name}, SHA-256 {before.get('method_sha256')}; this one is "
                f"{about['method']['name']}, SHA-256 {about['method_sha256']}); choose another folder"
            )
        if (before.get("layout"), before.get("data")) != (about["layout"], about["data"]):
            data = f"{before.get('layout')}, {before.get('data')}"
            raise FolderRefused(f"{out} holds results of other data ({data}); choose another folder")
        about = about | {name: before[name] for name in ("started_at", "devices") if name in before}
    elif any((out / name).exists() for name in (JOURNAL, RESULTS)):
        raise FolderRefused(f"{out} holds results but no {ABOUT} that says of what; choose another folder")
    _write(path, about)
    return about


def _write(path: Path, about: dict[str, Any]) -> None:
    part = path.with_name(path.name + ".part")
    part.write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
    part.replace(path)


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_bytes())
        if isinstance(content, dict) and isinstance(content.get("method", {}), dict):
            return content
    except ValueError:
        pass
    raise FolderRefused(f"{path} cannot be read; choose another folder")
