from __future__ import annotations

import argparse
import errno
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from genconvit import places
from genconvit.commands import weights

MakeState = Callable[[str], dict[str, torch.Tensor]]


@pytest.fixture
def user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(places, "user_folder", lambda: tmp_path / "user")
    monkeypatch.setattr(places, "SHIPPED", tmp_path / "shipped")
    return tmp_path / "user"


def run(*words: object) -> int:
    parser = argparse.ArgumentParser()
    weights.add(parser.add_subparsers())
    arguments = parser.parse_args(["weights", *map(str, words)])
    code: int = arguments.run(arguments)
    return code


def test_importing_then_listing_then_verifying(
    user: Path, tiny_state: MakeState, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("list") == 0
    assert "weights import FILE" in capsys.readouterr().out
    source = tmp_path / "vae.pth"
    torch.save(tiny_state("vae"), source)
    options = ("--backbone", "test_resnet", "--image-size", "32", "--licence", "ours")
    assert run("import", source, *options) == 0
    assert "genconvit-vae" in capsys.readouterr().out
    assert run("import", source, *options, "--name", "mine") == 0
    assert run("import", source, *options, "--to", tmp_path / "elsewhere") == 0
    assert (tmp_path / "elsewhere" / "cards" / "genconvit-vae.toml").is_file()
    capsys.readouterr()

    assert run("list") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["name", "network", "backbone", "px", "MB", "file", "licence"]
    assert [line.split()[0] for line in lines[1:]] == ["genconvit-vae", "mine"]
    assert lines[2].split()[1:4] == ["vae", "test_resnet", "32"]
    assert lines[2].split()[-2:] == ["present", "ours"]

    assert run("verify") == 0
    assert capsys.readouterr().out == "2 weights checked, 0 with a difference\n"


def test_differences_are_listed_and_end_with_4(
    user: Path, tiny_weights: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(tiny_weights, user)
    (user / "genconvit-ed.safetensors").unlink()
    with (user / "genconvit-vae.safetensors").open("r+b") as stream:
        stream.write(b"\xff")
    (user / "cards" / "bad.toml").write_text("")
    assert run("verify") == 4
    out = capsys.readouterr().out
    assert "genconvit-ed.safetensors cannot be read" in out
    assert "genconvit-vae.safetensors has another SHA-256" in out
    assert "bad.toml is a card that cannot be read" in out
    assert out.endswith("3 weights checked, 3 with a difference\n")
    assert run("list") == 4
    captured = capsys.readouterr()
    assert "MISSING" in captured.out
    assert "present" in captured.out
    assert "bad.toml" in captured.err


def test_a_cut_file_shows_in_the_list(user: Path, tiny_weights: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(tiny_weights, user)
    with (user / "genconvit-ed.safetensors").open("r+b") as stream:
        stream.truncate(100)
    assert run("list") == 0
    assert "WRONG SIZE" in capsys.readouterr().out


def test_a_refusal_is_a_sentence_and_4(user: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("import", tmp_path / "nothing.pth") == 4
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines()[-1] == f"There is no file {tmp_path / 'nothing.pth'}."
    assert not user.exists()


def test_importing_twice_is_refused(
    user: Path, tiny_state: MakeState, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    torch.save({"average": tiny_state("ed"), "config": '{"backbone": "test_resnet", "image_px": 32}'}, tmp_path / "x")
    assert run("import", tmp_path / "x") == 0
    assert run("import", tmp_path / "x") == 4
    assert "choose another name" in capsys.readouterr().err


def test_a_full_disk_is_a_sentence(
    user: Path,
    tiny_state: MakeState,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    torch.save(tiny_state("ed"), tmp_path / "x")
    monkeypatch.setattr("os.fsync", full)
    assert run("import", tmp_path / "x", "--backbone", "test_resnet", "--image-size", "32") == 4
    assert capsys.readouterr().err.endswith("No space left on device.\n")


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("import",),
        ("import", "x", "--name", "../x"),
        ("import", "x", "--name", ""),
        ("import", "x", "--image-size", "33"),
        ("import", "x", "--image-size", "-32"),
        ("remove", "x"),
    ],
)
def test_wrong_words_end_with_2(words: tuple[str, ...], user: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        run(*words)
    assert caught.value.code == 2
    assert "usage:" in capsys.readouterr().err
