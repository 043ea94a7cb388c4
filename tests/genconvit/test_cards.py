from __future__ import annotations

import hashlib
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import tomli_w

from genconvit import cards
from genconvit.cards import Card, CardProblem, card_files, card_path, find_card, read_card, to_toml, verify
from genconvit.errors import CardInvalid, WeightsMissing
from genconvit.progress import Cancelled, Reporter

DATA = b"weights" * 100
EMPTY_SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def put(folder: Path, name: str = "one", data: bytes = DATA) -> Card:
    card = Card(
        name=name,
        network="ed",
        backbone="test_resnet",
        image_px=32,
        mean=(0.5, 0.25, 0.125),
        std=(1.0, 2.0, 3.0),
        classes=("fake", "real"),
        file=f"{name}.safetensors",
        bytes=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        licence="CC0",
        source="a test, with “quotes” and\na new line",
        source_sha256="",
        training="none",
        measured=("AUC 0.5 on nothing",),
        weaknesses=(),
        folder=folder,
    )
    card_path(folder, name).parent.mkdir(parents=True, exist_ok=True)
    card_path(folder, name).write_text(to_toml(card), encoding="utf-8")
    card.path.write_bytes(data)
    return card


def test_a_card_reads_back_as_written(tmp_path: Path) -> None:
    card = put(tmp_path)
    assert read_card(card_path(tmp_path, "one")) == card
    assert read_card(card_path(tmp_path, "one")).path == tmp_path / "one.safetensors"


@pytest.mark.parametrize(
    ("field_name", "value"),
    [
        ("name", "other"),
        ("name", 3),
        ("network", "cnn"),
        ("backbone", 1),
        ("image_px", 0),
        ("image_px", 32.5),
        ("image_px", True),
        ("mean", [1.0, 2.0]),
        ("mean", [1.0, float("nan"), 0.0]),
        ("mean", "grey"),
        ("std", [1.0, 0.0, 1.0]),
        ("classes", ["real", "fake"]),
        ("file", "../one.safetensors"),
        ("file", "/etc/passwd"),
        ("file", ".."),
        ("file", "C:\\one"),
        ("bytes", -1),
        ("sha256", "abc"),
        ("sha256", EMPTY_SHA256.upper()),
        ("source_sha256", "abc"),
        ("licence", None),
        ("measured", "good"),
        ("weaknesses", [1]),
        ("schema", 2),
        ("colour", "red"),
    ],
)
def test_a_card_that_says_something_wrong(field_name: str, value: Any, tmp_path: Path) -> None:
    put(tmp_path)
    path = card_path(tmp_path, "one")
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    if value is None:
        del table[field_name]
    else:
        table[field_name] = value
    path.write_text(tomli_w.dumps(table), encoding="utf-8")
    with pytest.raises(CardInvalid) as caught:
        read_card(path)
    assert (caught.value.path, caught.value.field_name) == (path, field_name)


@pytest.mark.parametrize("data", [b"no = [toml", b"\xff\xfe\x00", None])
def test_a_card_that_cannot_be_read(data: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "cards" / "one.toml"
    if data is not None:
        path.parent.mkdir()
        path.write_bytes(data)
    with pytest.raises(CardInvalid) as caught:
        read_card(path)
    assert caught.value.field_name == "file"


def test_the_earlier_folder_goes_first(tmp_path: Path) -> None:
    user, shipped = tmp_path / "user", tmp_path / "shipped"
    theirs, ours = put(user, data=b"user"), put(shipped)
    other = put(shipped, "other")
    assert cards.cards([user, shipped]) == (theirs, other)
    assert card_files([user, shipped, tmp_path / "nowhere"]) == tuple(
        card_path(folder, name) for folder, name in ((user, "one"), (shipped, "one"), (shipped, "other"))
    )
    assert find_card("one", [user, shipped]) == theirs
    assert find_card("one", [user, shipped], ours.sha256) == ours
    assert find_card("one", [user, shipped], EMPTY_SHA256) == theirs


@pytest.mark.parametrize("name", ["nothing", "../cards/one", "", "."])
def test_weights_that_are_nowhere(name: str, tmp_path: Path) -> None:
    put(tmp_path)
    with pytest.raises(WeightsMissing) as caught:
        find_card(name, [tmp_path, tmp_path / "nowhere"])
    assert caught.value.folders == (tmp_path, tmp_path / "nowhere")


def test_a_bad_card_does_not_hide_a_good_one(tmp_path: Path) -> None:
    good = put(tmp_path)
    card_path(tmp_path, "bad").write_text("")
    assert find_card("one", [tmp_path]) == good
    with pytest.raises(CardInvalid):
        cards.cards([tmp_path])


def test_verify_names_every_difference(tmp_path: Path) -> None:
    good, gone, cut, changed = (put(tmp_path, name) for name in ("good", "gone", "cut", "changed"))
    assert verify([tmp_path]) == ()
    gone.path.unlink()
    cut.path.write_bytes(DATA[:-1])
    changed.path.write_bytes(b"x" + DATA[1:])
    card_path(tmp_path, "bad").write_text("schema = 9")
    found = {problem.path: problem for problem in verify([tmp_path])}
    assert set(found) == {card_path(tmp_path, "bad"), gone.path, cut.path, changed.path}
    assert good.path not in found
    assert found[gone.path].problem == "missing"
    assert found[cut.path] == CardProblem(cut.path, "size", str(len(DATA)), str(len(DATA) - 1))
    assert found[changed.path].problem == "sha256"
    assert found[changed.path].expected == changed.sha256 != found[changed.path].found
    assert found[card_path(tmp_path, "bad")].problem == "card"


def test_verify_says_how_far_it_is_and_can_be_stopped(tmp_path: Path) -> None:
    put(tmp_path, "one"), put(tmp_path, "two")
    told: list[float] = []
    verify([tmp_path], Reporter(lambda fraction, frames: told.append(fraction)))
    assert told == sorted(told)
    assert told[-1] == 1.0

    def cancel(fraction: float, frames: int | None) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        verify([tmp_path], Reporter(cancel))


def test_cards_are_read_without_torch() -> None:
    code = "import sys, genconvit.cards, genconvit.places, genconvit.commands.weights; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.strip() == "False", done.stderr


def test_names_of_weights() -> None:
    assert all(map(cards.is_name, ("a", "genconvit-ed", "A.b_c-9", "x" * 64)))
    assert not any(map(cards.is_name, ("", ".a", "-a", "a/b", "a\\b", "a b", "é", "x" * 65, "a\n")))
