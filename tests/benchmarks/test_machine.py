from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmarks import machine
from benchmarks.machine import busy_s, own_s, peak_memory_bytes, processor, taken_on

SPENDS = "from benchmarks.machine import peak_memory_bytes as p; a = p(); b = bytearray(64 << 20); b[::4096] = "
SPENDS += "b'x' * len(b[::4096]); print(a, p())"


def test_the_head_of_a_results_file_is_json_and_names_no_folder(root: Path) -> None:
    text = json.dumps(taken_on())
    assert str(root) not in text and str(Path.home()) not in text
    assert taken_on()["libraries"]["torch"] != "unknown" and processor()


def test_the_peak_takes_in_what_was_held(root: Path) -> None:
    ran = subprocess.run([sys.executable, "-c", SPENDS], cwd=root, capture_output=True, text=True, check=True)
    before, after = (int(word) for word in ran.stdout.split())
    assert 2**20 < before < 2**29
    assert 60 << 20 <= after - before <= 80 << 20


def test_a_child_does_not_inherit_its_parents_peak(root: Path) -> None:
    held = bytearray(128 << 20)
    held[::4096] = b"x" * len(held[::4096])
    ran = subprocess.run([sys.executable, "-c", SPENDS], cwd=root, capture_output=True, text=True, check=True)
    assert int(ran.stdout.split()[0]) < peak_memory_bytes() - (64 << 20)


def test_without_a_listing_of_the_system_its_own_words_serve(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    listed = peak_memory_bytes()
    for name in ("STATUS", "CORES", "TIMES"):
        monkeypatch.setattr(machine, name, tmp_path / "none")
    assert peak_memory_bytes() >= listed // 2
    assert processor() and busy_s() is None


def test_work_of_this_process_shows_in_its_own_time() -> None:
    before_s = own_s()
    end_s = time.process_time() + 0.05
    while time.process_time() < end_s:
        pass
    assert own_s() - before_s >= 0.03
