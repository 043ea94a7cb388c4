"""A run's figures, one JSON object a line."""

from __future__ import annotations

import json
from pathlib import Path

from genconvit import whole


class Metrics:
    """Appends to a file. What a run wrote after the checkpoint it goes on from is dropped."""

    def __init__(self, path: Path, keep_until: int) -> None:
        self.path = path
        kept = [entry for entry in read(path) if entry["step"] <= keep_until]
        whole.write(path, "".join(_line(entry) for entry in kept).encode(), path.with_suffix(".part"))

    def add(self, step: int, **figures: float) -> None:
        with self.path.open("a", encoding="utf-8") as file:
            file.write(_line({"step": step, **figures}))


def read(path: Path) -> list[dict[str, float]]:
    """The entries, a last half-written line left out; empty where there is no file."""
    if not path.is_file():
        return []
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    return [json.loads(line) for line in lines if line.endswith("\n")]


def _line(entry: dict[str, float]) -> str:
    return json.dumps(entry) + "\n"
