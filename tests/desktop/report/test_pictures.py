from __future__ import annotations

import hashlib
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from desktop.report.pictures import LONGEST_SIDE_PX, for_print


def kept(path: Path, data: bytes) -> tuple[Path, str]:
    path.write_bytes(data)
    return path, hashlib.sha256(data).hexdigest()


def png(width: int, height: int, mode: str = "RGB") -> bytes:
    out = io.BytesIO()
    Image.new(mode, (width, height)).save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "1", "P", "I;16"])
def test_a_large_picture_is_reduced(tmp_path: Path, mode: str) -> None:
    jpeg = for_print(*kept(tmp_path / "a.png", png(1800, 900, mode)))
    assert jpeg is not None
    with Image.open(io.BytesIO(jpeg)) as picture:
        assert (picture.format, picture.size) == ("JPEG", (LONGEST_SIDE_PX, LONGEST_SIDE_PX // 2))


def test_a_small_picture_keeps_its_size_and_looks(tmp_path: Path) -> None:
    pixels = np.zeros((40, 60, 3), np.uint8)
    pixels[:, 30:] = (200, 30, 90)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    jpeg = for_print(*kept(tmp_path / "a.png", out.getvalue()))
    assert jpeg is not None
    with Image.open(io.BytesIO(jpeg)) as picture:
        shown = np.asarray(picture).astype(int)
    assert shown.shape == (40, 60, 3)
    assert np.abs(shown[:, 40:] - (200, 30, 90)).max() < 8


@pytest.mark.parametrize("data", [b"", b"not a picture", png(50, 50)[:60], b"\x89PNG\r\n\x1a\n" + b"\0" * 40])
def test_a_damaged_picture_is_none(tmp_path: Path, data: bytes) -> None:
    assert for_print(*kept(tmp_path / "a.png", data)) is None


def test_another_picture_or_none_is_none(tmp_path: Path) -> None:
    path, _ = kept(tmp_path / "a.png", png(8, 8))
    assert for_print(path, "0" * 64) is None
    assert for_print(tmp_path / "gone.png", "0" * 64) is None


def test_a_bomb_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    assert for_print(*kept(tmp_path / "a.png", png(50, 50))) is None
