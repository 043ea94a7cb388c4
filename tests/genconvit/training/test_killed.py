"""A run that is killed halfway, as a power cut would, ends like one that was not."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from genconvit.__main__ import main
from genconvit.training import checkpoint, export, session
from genconvit.training.metrics import read

TINY = ["--backbone", "test_resnet", "--image-size", "32", "--early-size", "32", "--batch", "4"]
HERE = ["--workers", "0", "--threads", "1", "--device", "cpu"]
DIE_AT_30 = """
import os, signal, sys
from genconvit.__main__ import main
from genconvit.training import session

def die(step, share, loss):
    if step == 30:
        # Windows has no signal that cannot be caught.
        os.kill(os.getpid(), signal.SIGKILL) if hasattr(signal, "SIGKILL") else os._exit(9)

train = session.train
session.train = lambda *given, **options: train(*given, **{**options, "tell": die})
main(sys.argv[1:])
"""


def words(photographs: Path, out: Path) -> list[str]:
    given = ["--self-blend", str(photographs), "--cache", str(photographs.with_suffix(".json")), "--out", str(out)]
    length = ["--steps", "60", "--seed", "3", "--evaluate-every", "20", "--save-every", "12"]
    return ["train", *given, *length, *TINY, *HERE]


def lines(out: Path) -> list[dict[str, float]]:
    return [
        {name: value for name, value in entry.items() if name != "elapsed_s"} for entry in read(out / "metrics.jsonl")
    ]


def test_killed_at_step_30_of_60_and_called_again_it_ends_with_the_same_weights(
    sixty_four: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "draw", lambda folder, measured: None)
    monkeypatch.setattr(export, "HALVED", 2)
    whole, killed = tmp_path / "a whole run", tmp_path / "a killed one"
    assert main(words(sixty_four, whole)) == 0
    child = [sys.executable, "-c", DIE_AT_30, *words(sixty_four, killed)]
    ended = subprocess.run(child, capture_output=True, check=False, timeout=240)
    assert ended.returncode in (-9, 9), ended.stderr
    assert [entry["step"] for entry in lines(killed)] == [20, 20]
    state = checkpoint.load(killed / checkpoint.NAME)
    assert state is not None and state["step"] == 24
    assert not (killed / "trained.safetensors").exists()
    assert main(words(sixty_four, killed)) == 0
    weights = [(folder / "trained.safetensors").read_bytes() for folder in (whole, killed)]
    assert weights[0] == weights[1]
    assert lines(killed) == lines(whole)
    steps = [entry["step"] for entry in lines(killed) if "loss" in entry]
    assert steps == [20, 40, 60]
    figures = [json.loads((folder / "validation.json").read_text("utf-8")) for folder in (whole, killed)]
    assert figures[0] == figures[1] and figures[0]["n"] > 0
