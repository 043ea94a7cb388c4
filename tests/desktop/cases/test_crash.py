"""A program that is killed at any moment leaves a case that can be read, and verifies."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from desktop.cases.names import CASE_FILE
from desktop.cases.opening import open_case
from desktop.cases.storage import decode
from desktop.cases.verify import verify

BUSY = """
import sys
from itertools import count
from pathlib import Path
from desktop.cases.opening import open_case
from desktop.cases.records import CaseDetails

folder, clip = Path(sys.argv[1]), Path(sys.argv[2])
case = open_case(folder)
assert not case.read_only
print("ready", flush=True)
for number in count():
    case.change_details(CaseDetails("7", note=str(number)))
    case.add_evidence(clip, True, None)
    case.keep_report(lambda path: path.write_bytes(b"%PDF"), [])
"""


@pytest.mark.parametrize("seed", range(4))
def test_a_kill_in_the_middle_of_writing_loses_nothing(case, tmp_path, seed):
    case.close()
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(b"frames" * 1000)
    root = Path(__file__).resolve().parents[3]
    process = subprocess.Popen(
        [sys.executable, "-c", BUSY, str(case.folder), str(clip)], cwd=root, stdout=subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == b"ready"
        time.sleep(random.Random(seed).uniform(0.0, 0.15))
    finally:
        process.kill()
        process.communicate()
    decode((case.folder / CASE_FILE).read_bytes())
    assert [d for d in verify(case.folder) if not d.note] == []
    with open_case(case.folder) as again:
        assert not again.read_only
        again.add_evidence(clip, True, None)
    assert [d for d in verify(case.folder) if not d.note] == []
