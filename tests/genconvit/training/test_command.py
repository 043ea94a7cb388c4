from __future__ import annotations

import argparse
from pathlib import Path

import pytest
import torch

from genconvit.cards import find_card
from genconvit.commands import train
from genconvit.records import FoundFace
from genconvit.training import session
from genconvit.training.prepare import prepare
from genconvit.weights import load

TINY = ["--backbone", "lcnet_035", "--image-size", "32", "--early-size", "32", "--batch", "4", "--workers", "0"]


def run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    train.add(parser.add_subparsers())
    parsed = parser.parse_args(["train", *words])
    return int(parsed.run(parsed))


def find_middle(pixels: object) -> list[FoundFace]:
    return [FoundFace((136, 128, 184, 188), 0.9)]


@pytest.fixture
def drawn(photographs_folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(session, "prepare", lambda paths, cache: prepare(paths, cache, find_middle))
    return str(photographs_folder)


def test_a_run_ends_with_weights_that_load_and_a_card_that_says_what_was_done(drawn: str, tmp_path: Path) -> None:
    words = ["--self-blend", drawn, "--out", str(tmp_path), "--name", "mine", "--steps", "2", *TINY]
    assert run(*words) == 0
    card = find_card("mine", [tmp_path])
    assert "2 steps of 4 images at 32 px" in card.training and "drawn 2" in card.training
    assert "AUC" in card.measured[0] and card.weaknesses
    logits = load(card)(torch.zeros(1, 3, 32, 32))
    assert logits.shape == (1, 2) and torch.isfinite(logits).all()
    first = card.sha256
    assert run(*words) == 0
    assert find_card("mine", [tmp_path]).sha256 == first


def test_a_start_that_does_not_fit_is_named(drawn: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    start = tmp_path / "start.pth"
    torch.save({"weight": torch.zeros(3)}, start)
    out = str(tmp_path / "out")
    assert run("--self-blend", drawn, "--out", out, "--steps", "1", "--start", str(start), *TINY) == 2
    assert "start.pth has 1 entries" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["--steps", "0"], ["--steps", "1", "--batch", "3"]])
def test_a_run_that_cannot_be_says_so(
    words: list[str], drawn: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("--self-blend", drawn, "--out", str(tmp_path), *TINY, *words) == 2
    assert capsys.readouterr().err.startswith("Cannot train: a ")


def test_photographs_that_are_not_there_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--self-blend", str(tmp_path / "none.zip"), "--out", str(tmp_path), "--steps", "1") == 2
    assert "none.zip" in capsys.readouterr().err
