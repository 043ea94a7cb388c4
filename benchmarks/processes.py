"""Runs of a benchmark in processes of their own, timed from outside."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.machine import busy_s, load_average, own_s
from genconvit import whole

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results"

Run = dict[str, Any]
"""A line of benchmarks/one_run.py."""


class ProcessFailed(Exception):
    """A process of a benchmark ended badly; carries its command and what it said."""

    def __init__(self, words: Sequence[str], said: str) -> None:
        super().__init__(f"{' '.join(words)}\n{said.strip()}")


@dataclass(frozen=True, slots=True)
class Process:
    """What one process did. ``cold_s``: from its start to the score of its first run. ``load``: the load average before
    it, which the run before it raises too. ``others``: how many processors other programs kept busy meanwhile, about 0
    on a quiet machine; None where the system does not say."""

    load: float | None
    others: float | None
    cold_s: float
    runs: tuple[Run, ...]
    alone_s: float | None

    def document(self) -> dict[str, Any]:
        return {
            "load_average": self.load,
            "others": self.others,
            "cold_s": self.cold_s,
            "runs": list(self.runs),
            "alone_s": self.alone_s,
        }


class Others:
    """Watches what other programs take, from its making on."""

    def __init__(self) -> None:
        self._start_s, self._busy_s, self._own_s = time.perf_counter(), busy_s(), own_s()

    def processors(self) -> float | None:
        """How many they kept busy so far, on average; what this one started must have ended."""
        busy = busy_s()
        if busy is None or self._busy_s is None:
            return None
        theirs_s = (busy - self._busy_s) - (own_s() - self._own_s)
        return max(theirs_s, 0.0) / (time.perf_counter() - self._start_s)


def most(values: Iterable[float | None]) -> float | None:
    """Of those that are there; None of none."""
    return max((value for value in values if value is not None), default=None)


def examine(words: Iterable[str]) -> Process:
    """Run ``benchmarks.one_run`` with these words.

    Raises:
        ProcessFailed
    """
    load, watch = load_average(), Others()
    lines = stamped(["-m", "benchmarks.one_run", *words])
    others = watch.processors()
    runs = tuple(told for _, told in lines if "seconds" in told)
    alone = next((float(told["alone_s"]) for _, told in lines if "alone_s" in told), None)
    if not runs:
        raise ProcessFailed(["benchmarks.one_run", *words], "told no run")
    return Process(load, others, lines[0][0], runs, alone)


def stamped(words: Sequence[str], environment: Mapping[str, str] | None = None) -> list[tuple[float, dict[str, Any]]]:
    """Every JSON object that a Python process prints as a line, with the seconds from the process's start to it.

    Raises:
        ProcessFailed: it ended with another status than 0.
    """
    command = [sys.executable, *words]
    start = time.perf_counter()
    found = []
    # Not a pipe: nobody reads it meanwhile, and a full one would hold the process up.
    with tempfile.TemporaryFile() as errors:
        with subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, **(environment or {})},
            stdout=subprocess.PIPE,
            stderr=errors,
            encoding="utf-8",
        ) as process:
            assert process.stdout is not None
            try:
                for line in process.stdout:
                    taken_s = time.perf_counter() - start
                    if line.startswith("{"):
                        found.append((taken_s, json.loads(line)))
                process.wait()
            except BaseException:
                # On Ctrl+C it may live on, in a folder that is about to be removed.
                process.kill()
                process.wait()
                raise
        errors.seek(0)
        said = errors.read().decode("utf-8", "replace")
    if process.returncode:
        raise ProcessFailed(words, said)
    return found


def median(values: Iterable[float | None]) -> float | None:
    """Of those that are there; None of none."""
    known = [value for value in values if value is not None]
    return statistics.median(known) if known else None


def write_results(path: Path, document: Mapping[str, Any]) -> None:
    """As JSON, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    whole.write(path, (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode())
    print(f"Written: {path}", file=sys.stderr)
