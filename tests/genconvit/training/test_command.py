from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from skimage import data

from genconvit.alone import alone
from genconvit.cards import find_card
from genconvit.commands import train
from genconvit.records import FoundFace
from genconvit.training import export, session
from genconvit.training.blended import FILMED, UNFILMED, WEAKNESSES
from genconvit.training.config import TrainingConfig
from genconvit.training.drawing import draw
from genconvit.training.prepare import prepare
from genconvit.weights import load

BARE = ["--image-size", "32", "--batch", "4", "--workers", "0", "--device", "cpu"]
TINY = ["--backbone", "test_resnet", *BARE]


def run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    train.add(parser.add_subparsers())
    parsed = parser.parse_args(["train", *words])
    return int(parsed.run(parsed))


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Charts are drawn where a test looks for them."""
    monkeypatch.setattr(session, "draw", lambda folder, measured: None)
    monkeypatch.setattr(export, "HALVED", 2)


def find_middle(pixels: object) -> list[FoundFace]:
    return [FoundFace((136, 128, 184, 188), 0.9)]


@pytest.fixture
def drawn(photographs_folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(session, "prepare", lambda paths, cache, tell: prepare(paths, cache, find_middle, tell))
    return str(photographs_folder)


def test_a_run_ends_with_weights_that_load_and_a_card_that_says_what_was_done(
    drawn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["--self-blend", drawn, "--out", str(tmp_path), "--name", "mine", "--steps", "2", *TINY]
    with monkeypatch.context() as patch:
        patch.setattr(session, "draw", draw)
        assert run(*words) == 0
    card = find_card("mine", [tmp_path])
    assert "2 steps of 4 images at 32 px" in card.training and "drawn 2" in card.training
    assert (
        ", float32, on cpu (" in card.training and "Loss: cross-entropy with label smoothing of 0.05" in card.training
    )
    assert "AUC" in card.measured[0] and "half precision" in card.measured[1]
    assert card.weaknesses == (*WEAKNESSES, UNFILMED)
    logits = load(card)(torch.zeros(1, 3, 32, 32))
    assert logits.shape == (1, 2) and torch.isfinite(logits).all()
    first = card.sha256
    assert run(*words) == 0
    assert find_card("mine", [tmp_path]).sha256 == first
    kept = {path.name for path in tmp_path.iterdir()}
    assert {"checkpoint.pt", "metrics.jsonl", "curves.png", "confusion.png", "roc.png"} < kept
    assert not [name for name in kept if name.endswith(".part")]
    figures = json.loads((tmp_path / "validation.json").read_text("utf-8"))
    assert figures["low"] <= figures["auc"] <= figures["high"] and figures["n"] == 2
    assert f"AUC {figures['auc']:.3f}" in card.measured[0]
    assert f"{figures['half_precision_difference']:.4f}" in card.measured[1]


def test_a_start_that_does_not_fit_is_named(drawn: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    start = tmp_path / "start.pth"
    torch.save({"weight": torch.zeros(3)}, start)
    out = str(tmp_path / "out")
    assert run("--self-blend", drawn, "--out", out, "--steps", "1", "--start", str(start), *TINY) == 2
    assert "start.pth has 1 entries" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        ["--steps", "0"],
        ["--steps", "1", "--batch", "3"],
        ["--steps", "1", "--average-decay", "1"],
        ["--steps", "1", "--accumulate", "3"],
    ],
)
def test_a_run_that_cannot_be_says_so(
    words: list[str], drawn: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("--self-blend", drawn, "--out", str(tmp_path), *TINY, *words) == 2
    assert capsys.readouterr().err.startswith("Cannot train: ")


def test_variants_of_the_blend_train_and_stand_on_the_card(drawn: str, tmp_path: Path) -> None:
    words = ["--donors", "0.5", "--relit", "0.25", "--redrawn", "0.3", "--cloned", "0.1", "--camera", "0.35"]
    words += ["--beauty", "0.15", "--filming", "0.5"]
    words += ["--backbone", "test_resnet"]
    assert run("--self-blend", drawn, "--out", str(tmp_path), "--steps", "2", *BARE, *words) == 0
    card = find_card("trained", [tmp_path])
    assert card.weaknesses == (*WEAKNESSES, FILMED)
    assert (
        "Of the fakes 50% got another photograph's face instead of their own, 25% got light from another side on the "
        "face laid over, 30% got their own face with another expression or without texture, 10% were laid over by "
        "Poisson blending. 35% of the pairs, real and fake alike, were smoothed, sharpened or enlarged whole. 15% of "
        "the pairs, real and fake alike, had their skin smoothed as beauty filters do. 50% of the pairs, real and fake "
        "alike, were shown as video shows faces: blurred by movement, in shadow, in uneven light, in the dark, partly "
        "covered and the like; of all, some leaning far over or stretched." in card.training
    )


def test_donors_and_redrawn_faces_are_at_most_all_of_the_fakes(
    drawn: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--donors", "0.6", "--redrawn", "0.6"]
    assert run("--self-blend", drawn, "--out", str(tmp_path), "--steps", "2", *BARE, *words) == 2
    assert "donors and redrawn faces together at 1.2" in capsys.readouterr().err


@pytest.mark.parametrize(
    "option",
    ["--donors", "--relit", "--redrawn", "--cloned", "--camera", "--beauty", "--filming", "--locate"],
)
def test_variants_of_the_blend_are_refused_where_nothing_is_blended(
    option: str, labelled_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("--data", str(labelled_folder), "--out", str(tmp_path), "--steps", "2", *BARE, option, "0.5") == 2
    assert "--data brings its own" in capsys.readouterr().err


PHOTOGRAPHS, FOLDERS, VAE = ["--self-blend", "nowhere"], ["--data", "nowhere"], ["--network", "vae"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([*FOLDERS, "--margin", "0.1"], "--margin: this is for faces that are found in pictures"),
        (
            [*FOLDERS, "--cache", "boxes.json", "--margin", "0"],
            "--margin and --cache: this is for faces that are found",
        ),
        ([*PHOTOGRAPHS, *VAE, "--join", "0"], "--join: this is for ed"),
        ([*FOLDERS, *VAE, "--early-size", "32"], "--early-size: this is for ed"),
        ([*PHOTOGRAPHS, *VAE, "--early-until", "0.5"], "--early-until: this is for ed"),
        ([*PHOTOGRAPHS, "--minutes", "3"], "--minutes: --steps says already how long the run is"),
    ],
    ids=lambda given: " ".join(given) if isinstance(given, list) else "",
)
def test_what_a_run_would_not_heed_is_refused(
    words: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Even where it says what would be done without it."""
    assert run("--out", str(tmp_path), "--steps", "2", *BARE, *words) == 2
    assert capsys.readouterr().err.startswith(f"Cannot train: {said}")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (PHOTOGRAPHS, (0.1, 128, 0.5, 0.85)),
        (
            [*PHOTOGRAPHS, "--margin", "0", "--early-size", "96", "--early-until", "0", "--join", "0"],
            (0.0, 96, 0.0, 0.0),
        ),
        ([*FOLDERS, *VAE], (0.1, 160, 0.5, 0.0)),
    ],
    ids=["what is not given", "what is given", "what a vae has"],
)
def test_options_reach_the_settings(
    words: list[str], told: tuple[float, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[session.Assignment] = []
    monkeypatch.setattr(session, "run_training", lambda assignment, *tell: asked.append(assignment))
    assert run("--out", str(tmp_path), "--steps", "2", *words) == 0
    config = asked[0].config
    assert (config.margin, config.early_px, config.early_until, config.join) == told


def test_what_is_not_told_is_as_the_settings_have_it() -> None:
    parser = argparse.ArgumentParser()
    train.add(parser.add_subparsers())
    parsed = parser.parse_args(["train", "--data", "faces", "--out", "made", "--steps", "1"])
    # A run by the command is evaluated on its way; one of its parts by itself need not be.
    assert train._config(parsed) == TrainingConfig(steps=1, evaluate_every=300)


def test_photographs_that_are_not_there_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--self-blend", str(tmp_path / "none.zip"), "--out", str(tmp_path), "--steps", "1") == 2
    assert "none.zip" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        ["--network", "vae", "--backbone", "lcnet_035"],
        ["--network", "vae", "--backbone", "test_resnet", "--label-smoothing", "0", "--warm-up", "0"],
        ["--backbone", "test_resnet", "--precision", "bfloat16", "--join", "0", "--reconstruction-weight", "0"],
        [
            "--backbone",
            "test_efficientnet",
            "--accumulate",
            "2",
            "--average-decay",
            "0",
            "--encode",
            "--schedule",
            "constant",
        ],
    ],
    ids=lambda words: " ".join(words),
)
@pytest.mark.parametrize("source", ["blend", "folders"])
def test_both_networks_and_any_backbone_train_on_either_source(
    source: str, words: list[str], drawn: str, labelled_folder: Path, tmp_path: Path
) -> None:
    given = ["--self-blend", drawn] if source == "blend" else ["--data", str(labelled_folder)]
    assert run(*given, "--out", str(tmp_path), "--steps", "2", *BARE, *words) == 0
    card = find_card("trained", [tmp_path])
    module = load(card)
    inputs = [torch.zeros(1, 3, 32, 32), *([torch.zeros(module.latent)] if card.network == "vae" else [])]
    assert torch.isfinite(module(*inputs)).all()
    assert card.network == ("vae" if "vae" in words else "ed") and card.backbone in words


def test_labelled_folders_end_with_figures_of_the_test_images(
    labelled_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = Path(shutil.copytree(labelled_folder, tmp_path / "mine"))
    (folder / "train" / "fake" / "broken.jpg").write_bytes(b"nothing")
    out = tmp_path / "out"
    assert run("--data", str(folder), "--out", str(out), "--steps", "2", *TINY) == 0
    said = capsys.readouterr().out
    assert "train: 6 fake, 6 real." in said
    assert "1 images cannot be read and are left out" in said and "broken.jpg" in said
    card = find_card("trained", [out])
    assert card.measured[0].startswith("Test images (4 fake and 4 real face images): AUC")
    assert card.training.startswith("6 fake and 6 real face images of 'mine'.")
    assert json.loads((out / "validation.json").read_text("utf-8"))["n"] == 4


def test_a_class_without_images_is_named(
    labelled_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = Path(shutil.copytree(labelled_folder, tmp_path / "mine"))
    shutil.rmtree(folder / "valid" / "real")
    (folder / "valid" / "real").mkdir()
    assert run("--data", str(folder), "--out", str(tmp_path / "out"), "--steps", "2", *TINY) == 2
    error = capsys.readouterr().err
    assert error.startswith("Cannot train: ") and "real has no image that can be read." in error


def hung(portrait: np.ndarray, number: int) -> np.ndarray:
    """The portrait on a wall of its own: as a whole, each is another picture."""
    rng = np.random.default_rng(number)
    wall = cv2.resize(rng.integers(0, 256, (9, 9, 3), dtype=np.uint8), (520, 520), interpolation=cv2.INTER_CUBIC)
    height, width = portrait.shape[:2]
    top, left = rng.integers(0, 520 - height), rng.integers(0, 520 - width)
    wall[top : top + height, left : left + width] = portrait
    return wall


def test_a_folder_of_plain_portraits_is_enough(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With the finder and the landmarks that a user has."""
    folder = tmp_path / "portraits"
    folder.mkdir()
    portrait = np.ascontiguousarray(data.astronaut()[:, :, ::-1])
    for number in range(7, 11):  # by its name, 10 is held out
        cv2.imwrite(str(folder / f"{number}.jpg"), hung(portrait[:300, 60:400], number))
    cv2.imwrite(str(folder / "empty.png"), np.zeros((200, 200, 3), np.uint8))
    (folder / "cut.jpg").write_bytes((folder / "7.jpg").read_bytes()[:900])
    words = ["--self-blend", str(folder), "--out", str(tmp_path / "out"), "--steps", "2", *TINY]
    assert run(*words) == 0
    said = capsys.readouterr().out
    assert "1 photographs without a found face." in said and "cut.jpg" in said
    assert "portraits 3." in find_card("trained", [tmp_path / "out"]).training


def test_too_few_faces_are_too_few(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "black"
    folder.mkdir()
    cv2.imwrite(str(folder / "a.png"), np.zeros((100, 100, 3), np.uint8))
    assert run("--self-blend", str(folder), "--out", str(tmp_path / "out"), "--steps", "1", *TINY) == 2
    assert "0 photographs with a face are too few" in capsys.readouterr().err


def test_going_on_from_weights_of_this_program_is_written_on_the_card(drawn: str, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    assert run("--self-blend", drawn, "--out", str(first), "--steps", "1", *TINY) == 0
    earlier = find_card("trained", [first])
    words = ["--self-blend", drawn, "--out", str(second), "--steps", "1", "--start", str(earlier.path), *TINY]
    assert run(*words) == 0
    training = find_card("trained", [second]).training
    assert f"Continued from weights with SHA-256 {earlier.sha256}" in training and earlier.training in training


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--name", "no/name"], 2, "is no name for weights"),
        (["--device", "tpu"], 4, "The device 'tpu' cannot be used"),
        (["--backbone", "resnext_of_tomorrow"], 2, "no model named"),
        (["--start", "nowhere.safetensors"], 2, "has no card"),
    ],
)
def test_what_cannot_be_is_told_in_a_sentence(
    words: list[str], code: int, said: str, drawn: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("--self-blend", drawn, "--out", str(tmp_path / "out"), "--steps", "1", *TINY, *words) == code
    assert said in capsys.readouterr().err


def test_two_runs_do_not_write_into_one_folder(drawn: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with alone(tmp_path, session.LOCK, "training run"):
        assert run("--self-blend", drawn, "--out", str(tmp_path), "--steps", "1", *TINY) == 2
    assert f"another training run is writing into {tmp_path}." in capsys.readouterr().err
    assert not (tmp_path / "checkpoint.pt").exists()


def test_a_fault_of_ours_is_not_told_as_one_of_the_user(
    drawn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fault(*arguments: object, **words: object) -> None:
        raise ValueError("operands could not be broadcast")

    monkeypatch.setattr(session, "train", fault)
    with pytest.raises(ValueError, match="broadcast"):
        run("--self-blend", drawn, "--out", str(tmp_path), "--steps", "1", *TINY)


def test_a_damaged_checkpoint_is_told_in_a_sentence(
    drawn: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "checkpoint.pt").write_bytes(b"half")
    assert run("--self-blend", drawn, "--out", str(tmp_path), "--steps", "1", *TINY) == 2
    assert "checkpoint.pt is no checkpoint, or it is damaged or cut short." in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_is_told_in_a_sentence(
    drawn: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    out = tmp_path / "file" / "out"
    assert run("--self-blend", drawn, "--out", str(out), "--steps", "1", *TINY) == 4
    assert "A file could not be read or written" in capsys.readouterr().err


def test_one_source_is_asked_for_and_one_only(drawn: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words in ([], ["--self-blend", drawn, "--data", drawn]):
        with pytest.raises(SystemExit):
            run("--out", str(tmp_path), *words)
        assert "--data" in capsys.readouterr().err


def test_the_help_needs_no_torch_and_has_examples(root: Path) -> None:
    code = "import sys; from genconvit.__main__ import main\ntry: main(['train', '--help'])\nexcept SystemExit: pass\n"
    code += "assert not {'torch', 'cv2', 'matplotlib'} & set(sys.modules)"
    words = [sys.executable, "-c", code]
    ran = subprocess.run(words, capture_output=True, text=True, encoding="utf-8", check=False, timeout=60, cwd=root)
    assert ran.returncode == 0, ran.stderr
    assert "examples:" in ran.stdout and "--self-blend" in ran.stdout and "--accumulate" in ran.stdout
