"""A run that is killed halfway, as a power cut would, ends like one that was not."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from genconvit.__main__ import main
from genconvit.training import session
from genconvit.training.metrics import read

PATIENCE_S = 120.0


def words(photographs: Path, out: Path) -> list[str]:
    given = f"--self-blend {photographs} --cache {photographs.with_suffix('.json')} --out {out} --steps 60 --seed 3"
    tiny = "--backbone test_resnet --image-size 32 --early-size 32 --batch 4 --workers 0 --threads 1 --device cpu"
    often = "--evaluate-every 30 --save-every 12"
    return ["train", *given.split(" "), *tiny.split(" "), *often.split(" ")]


def lines(out: Path) -> list[dict[str, float]]:
    return [
        {name: value for name, value in entry.items() if name != "elapsed_s"} for entry in read(out / "metrics.jsonl")
    ]


def test_killed_at_step_30_of_60_and_called_again_it_ends_with_the_same_weights(
    sixty_four: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "draw", lambda folder, measured: None)
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    assert main(words(sixty_four, whole)) == 0
    process = subprocess.Popen(
        [sys.executable, "-m", "genconvit", *words(sixty_four, killed)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        end = time.monotonic() + PATIENCE_S
        while not any(entry["step"] >= 30 for entry in read(killed / "metrics.jsonl")):
            assert process.poll() is None and time.monotonic() < end
            time.sleep(0.005)
    finally:
        process.kill()
        process.wait()
    assert not (killed / "trained.safetensors").exists()
    assert main(words(sixty_four, killed)) == 0
    weights = [(folder / "trained.safetensors").read_bytes() for folder in (whole, killed)]
    assert weights[0] == weights[1]
    assert lines(killed) == lines(whole)
    steps = [entry["step"] for entry in lines(killed) if "loss" in entry]
    assert steps == [20, 40, 60]
    figures = [json.loads((folder / "validation.json").read_text("utf-8")) for folder in (whole, killed)]
    assert figures[0] == figures[1] and figures[0]["n"] > 0
