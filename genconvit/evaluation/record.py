"""What an evaluation's folder says of itself: what was evaluated, and what each run was made with."""

from __future__ import annotations

import json
import platform
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from genconvit import __version__, whole
from genconvit.evaluation.items import Items
from genconvit.method import Method, to_document
from genconvit.provenance import libraries, now

SCHEMA = 2
ABOUT = "evaluation.json"
JOURNAL = "journal.jsonl"
RESULTS = (JOURNAL, "results.csv")
SAME_FILES = ("compression", "real")
"""Options that say which file a name stands for."""
FEWER_FILES = ("limit", "split")
"""Options that say which of the files are wanted."""


class FolderRefused(Exception):
    """A folder that this evaluation cannot write into; the text says why."""


@dataclass(frozen=True, slots=True)
class RunOptions:
    """``workers``: processes. ``threads``: to compute on, in each of them; another number of them can move a score by
    the rounding of float32, another number of processes cannot. ``retry_errors``: examine again what ended in an error.
    """

    device: str = "auto"
    workers: int = 1
    threads: int = 1
    retry_errors: bool = False


def run_of(found: Items, options: RunOptions) -> dict[str, Any]:
    """What this run is made with; its ``devices`` and ``ended_at`` come at its end."""
    return {
        "started_at": now(),
        "ended_at": "",
        "program": f"Veriframe {__version__}",
        "python": platform.python_version(),
        "platform": platform.platform(),
        "libraries": libraries(),
        "devices": [],
        "workers": options.workers,
        "threads": options.threads,
        "retry_errors": options.retry_errors,
        "options": dict(found.options),
        "files": len(found.items),
        "labels": dict(Counter(item.label or "unknown" for item in found.items)),
        "notes": list(found.notes),
    }


def write(out: Path, found: Items, method: Method, runs: Sequence[Mapping[str, Any]]) -> None:
    """Write the record whole. Raises OSError."""
    about = {
        "schema": SCHEMA,
        "layout": found.layout,
        "data": str(found.root.resolve()),
        "method_sha256": method.sha256,
        "method": to_document(method),
        "runs": list(runs),
    }
    whole.write(out / ABOUT, (json.dumps(about, indent=2) + "\n").encode("ascii"))


def earlier(out: Path, found: Items, method: Method) -> list[dict[str, Any]]:
    """The runs that this one goes on with; none in a new folder. Nothing is written.

    Raises:
        FolderRefused: the folder holds something else.
    """
    path = out / ABOUT
    if not path.exists():
        if any((out / name).exists() and (out / name).stat().st_size for name in RESULTS):
            raise FolderRefused(f"{out} holds results but no {ABOUT} that says of what; choose another folder")
        return []
    before = _read(path)
    if before["method_sha256"] != method.sha256:
        raise FolderRefused(
            f"{out} holds results of another method ({before['method'].get('name', 'unknown')}, SHA-256 "
            f"{before['method_sha256']}; this one is {method.name}, SHA-256 {method.sha256}); choose another folder"
        )
    if (before["layout"], before["data"]) != (found.layout, str(found.root.resolve())):
        data = f"{before['layout']}, {before['data']}"
        raise FolderRefused(f"{out} holds results of other data ({data}); choose another folder")
    for run in before["runs"]:
        for name in SAME_FILES:
            was, is_now = run.get("options", {}).get(name), found.options.get(name)
            if was and is_now and was != is_now:
                raise FolderRefused(f"{out} holds results with --{name} {was}, not {is_now}; choose another folder")
    return list(before["runs"])


def refuse_fewer(out: Path, before: Sequence[Mapping[str, Any]], found: Items, finished: int) -> None:
    """Refuse to put fewer results in the place of those that ``out`` has, unless the last run asked in the same way.

    Raises:
        FolderRefused: it does not.
    """
    last = before[-1] if before else {}
    was = last.get("options", {})
    there = min(finished, last.get("files", finished))
    if there <= len(found.items) or all(was.get(name) == found.options.get(name) for name in FEWER_FILES):
        return
    asked = " ".join(f"--{name} {was[name]}" if name in was else f"no --{name}" for name in FEWER_FILES
                     if was.get(name) != found.options.get(name))  # fmt: skip
    raise FolderRefused(
        f"{out} holds {there} finished results, and {len(found.items)} would take their place; ask as the run before "
        f"did ({asked}), or choose another folder"
    )


def _read(path: Path) -> dict[str, Any]:
    """The record of an evaluation, with every field that is used."""
    try:
        content = json.loads(path.read_bytes())
    except ValueError:
        content = None
    if isinstance(content, dict) and content.get("schema", SCHEMA) != SCHEMA:
        raise FolderRefused(
            f"{path} is of another version of the program (schema {content['schema']}, not {SCHEMA}); "
            f"choose another folder"
        )
    kinds = {"schema": int, "layout": str, "data": str, "method_sha256": str, "method": dict, "runs": list}
    if not isinstance(content, dict) or not all(isinstance(content.get(name), kind) for name, kind in kinds.items()):
        raise FolderRefused(f"{path} cannot be read; choose another folder")
    if not all(_is_run(run) for run in content["runs"]):
        raise FolderRefused(f"{path} cannot be read; choose another folder")
    return content


def _is_run(run: Any) -> bool:
    return isinstance(run, dict) and isinstance(run.get("options", {}), dict) and isinstance(run.get("files", 0), int)
