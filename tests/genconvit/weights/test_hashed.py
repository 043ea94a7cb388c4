from __future__ import annotations

import copy
import errno
import gc
import io
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from genconvit.cards import Card, find_card
from genconvit.errors import WeightsDamaged, WeightsMissing, WeightsRefused
from genconvit.networks import draw_noise
from genconvit.places import SHIPPED
from genconvit.progress import Cancelled, Reporter
from genconvit.weights import hashed, load, save

MakeState = Callable[[str], dict[str, torch.Tensor]]
CPU = torch.device("cpu")


@pytest.fixture
def copied(tiny_weights: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_weights, tmp_path / "weight"))


@pytest.fixture
def mapped(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tiny files are treated as large ones."""
    for name in ("MAPPED_FROM_BYTES", "SHARED_FROM_BYTES"):
        monkeypatch.setattr(hashed, name, 0)
    monkeypatch.setattr(hashed, "PIECE_BYTES", 50_000)


def changed_in_place(card: Card) -> None:
    status = card.path.stat()
    written_into(card)
    os.utime(card.path, ns=(status.st_atime_ns, status.st_mtime_ns + 10_000_000))


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("name", ["genconvit-ed", "genconvit-vae"])
def test_large_and_small_files_give_the_same_tensors(
    name: str, dtype: torch.dtype, copied: Path, request: pytest.FixtureRequest
) -> None:
    card = find_card(name, [copied])
    small = hashed.take(card, CPU, dtype)
    request.getfixturevalue("mapped")
    large = hashed.take(card, CPU, dtype)
    wanted = load_file(card.path)
    assert small.tensors.keys() == large.tensors.keys() == wanted.keys()
    for key, tensor in wanted.items():
        kind = dtype if tensor.is_floating_point() and tensor.ndim > 1 else tensor.dtype
        for found in (small.tensors[key], large.tensors[key]):
            assert found.dtype is kind
            assert torch.equal(found, tensor.to(kind))
    assert small.watch is None
    assert large.watch is not None, "vectors are the file itself"


@pytest.mark.usefixtures("mapped")
def test_for_another_device_nothing_stays_mapped(copied: Path) -> None:
    card = find_card("genconvit-vae", [copied])
    taken = hashed.take(card, torch.device("meta"), torch.bfloat16)
    assert taken.watch is None
    for key, tensor in load_file(card.path).items():
        kind = torch.bfloat16 if tensor.is_floating_point() and tensor.ndim > 1 else tensor.dtype
        assert (taken.tensors[key].device.type, taken.tensors[key].dtype) == ("meta", kind)
        assert taken.tensors[key].shape == tensor.shape
    changed_in_place(card)
    with pytest.raises(WeightsDamaged):
        hashed.take(card, torch.device("meta"), torch.float32)


def test_half_precision_weights_give_what_autocast_gives(copied: Path) -> None:
    for name in ("genconvit-ed", "genconvit-vae"):
        card = find_card(name, [copied])
        outputs = []
        for dtype in (torch.float32, torch.bfloat16):
            module = load(card, dtype=dtype)
            noise = (draw_noise(module.latent, 0),) if "vae" in name else ()
            images = torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(1))
            with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
                outputs.append(module(images, *noise))
        assert torch.equal(*outputs)


@pytest.mark.usefixtures("mapped")
def test_a_stored_half_is_float32_also_when_mapped(tiny_state: MakeState, copied: Path, tmp_path: Path) -> None:
    card = replace(find_card("genconvit-ed", [copied]), name="half")
    card = save(tiny_state("ed"), card, tmp_path / "half", dtype=torch.float16)
    found = load(card).state_dict()["fc.weight"]
    assert torch.equal(found, tiny_state("ed")["fc.weight"].half().float())


@pytest.mark.usefixtures("mapped")
def test_what_runs_on_mapped_weights_writes_nothing_into_the_file(copied: Path) -> None:
    card = find_card("genconvit-ed", [copied])
    module = load(card)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.fill_(1)
    assert sha256(card.path.read_bytes()).hexdigest() == card.sha256


@pytest.mark.usefixtures("mapped")
def test_a_mapped_file_that_is_written_into_scores_nothing_any_more(copied: Path) -> None:
    card = find_card("genconvit-ed", [copied])
    module, images = load(card), torch.zeros(1, 3, 32, 32)
    duplicate = copy.deepcopy(module)
    assert module(images).shape == (1, 2)
    changed_in_place(card)
    for each in (module, duplicate):
        with pytest.raises(WeightsDamaged) as caught:
            each(images)
        assert caught.value.found_sha256 == sha256(card.path.read_bytes()).hexdigest() != card.sha256


def written_into(card: Card) -> None:
    with card.path.open("r+b") as stream:
        stream.seek(-4096, os.SEEK_END)
        stream.write(b"\x01" * 4096)


def written_with_the_time_put_back(card: Card) -> None:
    status = card.path.stat()
    written_into(card)
    os.utime(card.path, ns=(status.st_atime_ns, status.st_mtime_ns))


def written_and_replaced_by_the_original(card: Card) -> None:
    original = card.path.with_suffix(".original")
    shutil.copy(card.path, original)
    written_into(card)
    original.replace(card.path)


def written_and_removed(card: Card) -> None:
    written_into(card)
    card.path.unlink()


def cut_short(card: Card) -> None:
    os.truncate(card.path, card.bytes - 1)


@pytest.mark.usefixtures("mapped")
@pytest.mark.parametrize(
    "change",
    # Windows has no time of change and keeps a mapped file from being replaced, removed or shortened.
    [written_with_the_time_put_back, written_and_replaced_by_the_original, written_and_removed, cut_short]
    if os.name != "nt"
    else [written_into],
)
def test_what_is_mapped_is_watched_whatever_stands_under_its_name(change: Callable[[Card], None], copied: Path) -> None:
    card = find_card("genconvit-ed", [copied])
    module, images = load(card), torch.zeros(1, 3, 32, 32)
    assert module(images).shape == (1, 2)
    change(card)
    with pytest.raises(WeightsDamaged) as caught:
        module(images)
    assert caught.value.found_sha256 != card.sha256


@pytest.mark.usefixtures("mapped")
def test_a_mapped_file_that_cannot_be_read_any_more(copied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = load(find_card("genconvit-ed", [copied]))

    def gone(file: object) -> tuple[int, ...]:
        raise OSError(errno.ESTALE, "Stale file handle")

    monkeypatch.setattr(hashed, "stamp_of", gone)
    with pytest.raises(WeightsMissing):
        module(torch.zeros(1, 3, 32, 32))


def test_the_mapped_file_is_open_as_long_as_the_network_is_there(
    copied: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[io.FileIO] = []

    def noted(file: io.FileIO) -> tuple[int, ...]:
        if file not in opened:
            opened.append(file)
        return stamp_of(file)

    stamp_of = hashed.stamp_of
    monkeypatch.setattr(hashed, "stamp_of", noted)
    card = find_card("genconvit-ed", [copied])
    load(card)
    assert opened.pop().closed, "a file that is not mapped is closed at once"
    request.getfixturevalue("mapped")
    module = load(card)
    duplicate = copy.deepcopy(module)
    assert not opened[0].closed
    del module
    assert not opened[0].closed
    del duplicate
    gc.collect()
    assert opened.pop().closed
    changed_in_place(card)
    with pytest.raises(WeightsDamaged):
        load(card)
    assert opened.pop().closed


def copied_onto(card: Card) -> None:
    """The same bytes, but written once more."""
    content = card.path.read_bytes()
    changed_in_place(card)
    card.path.write_bytes(content)


@pytest.mark.usefixtures("mapped")
@pytest.mark.parametrize(("change", "refusal"), [(changed_in_place, WeightsDamaged), (copied_onto, WeightsRefused)])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_file_that_is_written_into_between_hashing_and_mapping_is_refused(
    dtype: torch.dtype,
    change: Callable[[Card], None],
    refusal: type[Exception],
    copied: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    card = find_card("genconvit-ed", [copied])
    mapped = hashed._mapped

    def disturbed(*words: Any) -> tuple[dict[str, torch.Tensor], bool]:
        change(card)
        return mapped(*words)

    monkeypatch.setattr(hashed, "_mapped", disturbed)
    with pytest.raises(refusal):
        hashed.take(card, CPU, dtype)


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps an open file, and the folder that it is in, where they are")
@pytest.mark.usefixtures("mapped")
@pytest.mark.parametrize("by", ["name", "link", "folder"])
def test_what_is_mapped_is_what_was_hashed_whatever_stands_under_its_name(
    by: str, copied: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another file takes its place just while it is mapped."""
    card = find_card("genconvit-ed", [copied])
    wanted, mapped = load_file(card.path), hashed._mapped
    evil = Path(shutil.copytree(copied, tmp_path / "evil"))
    written_into(replace(card, folder=evil))
    if by == "link":
        card.path.rename(card.path.with_suffix(".kept"))
        card.path.symlink_to(card.path.with_suffix(".kept"))

    def disturbed(*words: Any) -> tuple[dict[str, torch.Tensor], bool]:
        aside, moved = tmp_path / "aside", copied if by == "folder" else card.path
        moved.rename(aside)
        other = evil if by == "folder" else evil / card.file
        moved.symlink_to(other)
        found = mapped(*words)
        moved.unlink()
        aside.rename(moved)
        return found

    monkeypatch.setattr(hashed, "_mapped", disturbed)
    if by == "name":
        # Its own name was changed and changed back: that alone is no writing, but nobody can tell.
        with pytest.raises(WeightsRefused):
            hashed.take(card, CPU, torch.float32)
        return
    taken = hashed.take(card, CPU, torch.float32)
    assert all(torch.equal(taken.tensors[name], tensor) for name, tensor in wanted.items())


@pytest.mark.usefixtures("mapped")
def test_a_mapped_file_that_is_written_into_and_written_back_scores_nothing_any_more(copied: Path) -> None:
    card = find_card("genconvit-ed", [copied])
    module = load(card)
    copied_onto(card)
    with pytest.raises(WeightsRefused) as caught:
        module(torch.zeros(1, 3, 32, 32))
    assert caught.value.problem == "changed"


def test_what_is_shipped_is_used_from_memory_of_our_own() -> None:
    sizes = [path.stat().st_size for path in SHIPPED.glob("*.safetensors")]
    assert sizes
    assert max(sizes) < hashed.MAPPED_FROM_BYTES


def starts(card: Card) -> dict[str, int]:
    content = card.path.read_bytes()
    length = int.from_bytes(content[:8], "little")
    return {name: 8 + length + entry["data_offsets"][0] for name, entry in json.loads(content[8 : 8 + length]).items()}


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16])
@pytest.mark.parametrize("network", ["ed", "vae"])
def test_saved_tensors_begin_where_torch_would_put_them(
    network: str, dtype: torch.dtype, tiny_state: MakeState, copied: Path, tmp_path: Path
) -> None:
    state = tiny_state(network)
    card = save(state, find_card(f"genconvit-{network}", [copied]), tmp_path / "saved", dtype=dtype)
    places, read = starts(card), load_file(card.path)
    assert places.keys() == read.keys() == state.keys()
    for name, start in places.items():
        assert torch.equal(read[name], state[name].to(read[name].dtype))
        assert start % read[name].dtype.itemsize == 0
        assert start % 64 == 0 or read[name].nbytes % 64
    assert min(places.values()) % 64 == 0


def shifted(card: Card, folder: Path) -> Card:
    """The same tensors in a file whose header is eight spaces longer."""
    data = card.path.read_bytes()
    length = int.from_bytes(data[:8], "little")
    moved = (length + 8).to_bytes(8, "little") + data[8 : 8 + length] + b" " * 8 + data[8 + length :]
    (folder / card.file).write_bytes(moved)
    return replace(card, folder=folder, bytes=len(moved), sha256=sha256(moved).hexdigest())


def test_only_large_tensors_of_mapped_files_begin_elsewhere(
    copied: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = shifted(find_card("genconvit-vae", [copied]), tmp_path)
    monkeypatch.setattr(hashed, "SHARED_FROM_BYTES", 4096)
    read = hashed.take(card, CPU, torch.float32).tensors
    assert all(tensor.data_ptr() % 64 == 0 for tensor in read.values())
    monkeypatch.setattr(hashed, "MAPPED_FROM_BYTES", 0)
    mapped = hashed.take(card, CPU, torch.float32).tensors
    elsewhere = {name for name, tensor in mapped.items() if tensor.data_ptr() % 64}
    assert elsewhere == {name for name, tensor in mapped.items() if tensor.nbytes >= 4096}
    assert all(torch.equal(mapped[name], tensor) for name, tensor in read.items())


@pytest.mark.usefixtures("mapped")
@pytest.mark.skipif(os.name == "nt", reason="Windows keeps a mapped file from being replaced")
def test_a_mapped_file_may_be_replaced_or_removed(copied: Path) -> None:
    card = find_card("genconvit-ed", [copied])
    module, images = load(card), torch.zeros(1, 3, 32, 32)
    before = module(images)
    other = card.path.with_suffix(".other")
    other.write_bytes(bytes(card.bytes))
    other.replace(card.path)
    assert torch.equal(module(images), before)
    card.path.unlink()
    assert torch.equal(module(images), before)


@pytest.mark.usefixtures("mapped")
def test_a_mapped_file_with_a_changed_byte_is_noticed(copied: Path) -> None:
    card = find_card("genconvit-ed", [copied])
    changed_in_place(card)
    with pytest.raises(WeightsDamaged):
        load(card)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_loading_can_be_cancelled(dtype: torch.dtype, copied: Path) -> None:
    def cancel(fraction: float, frames: int | None) -> None:
        if fraction > 0.5:
            raise Cancelled

    with pytest.raises(Cancelled):
        load(find_card("genconvit-ed", [copied]), dtype=dtype, progress=Reporter(cancel))


def test_what_is_hashed_and_no_safetensors_is_refused_in_words(copied: Path) -> None:
    card = find_card("genconvit-ed", [copied])
    card.path.write_bytes(b"nothing of the kind")
    with pytest.raises(WeightsRefused) as caught:
        load(replace(card, sha256=sha256(b"nothing of the kind").hexdigest()))
    assert caught.value.problem == "unreadable"
    assert "header" in caught.value.details[0]
