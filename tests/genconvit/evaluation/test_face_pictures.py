from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from genconvit.errors import VideoNotFound, VideoUnreadable
from genconvit.evaluation.face_pictures import examine_face
from genconvit.method import Method, Rule
from genconvit.records import Label, Pixels, Reason

WIDTH, HEIGHT = 50, 40


class Redness:
    """Calls a red crop fake."""

    device_name = "none"
    weights = ()

    def __init__(self, method: Method) -> None:
        self.method = method
        self.crops: list[Pixels] = []

    def score(self, crops: Pixels) -> list[dict[str, tuple[float, float]]]:
        self.crops += list(crops)
        levels = [float(crop[..., 0].mean()) / 255 for crop in crops]
        return [{"ed": (level, 1 - level)} for level in levels]


@pytest.fixture
def red(tmp_path: Path) -> Path:
    pixels = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    pixels[..., 0] = 204
    path = tmp_path / "röt.png"
    path.write_bytes(cv2.imencode(".png", pixels[..., ::-1])[1].tobytes())
    return path


def with_rule(method: Method, kind: str, least_faces: int) -> Method:
    return replace(method, rule=Rule(kind, 0.7, 0.3, 0.5, least_faces, (method.core_sha256,), "", ()))


def test_the_whole_picture_is_the_face(red: Path, tiny_method: Method) -> None:
    scorer = Redness(tiny_method)
    verdict, coverage, sha256 = examine_face(red, tiny_method, scorer)
    assert scorer.crops[0].shape == (tiny_method.crop.size_px, tiny_method.crop.size_px, 3)
    assert (scorer.crops[0] == [204, 0, 0]).all()
    assert verdict.fake == pytest.approx(0.8)
    assert (coverage.faces_used, coverage.frames_read) == (1, 1)
    assert sha256 == hashlib.sha256(red.read_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("kind", "least_faces", "label", "reason"),
    [
        ("tracks", 1, Label.FAKE, Reason.AT_OR_ABOVE_UPPER),
        ("tracks", 2, Label.INCONCLUSIVE, Reason.TOO_FEW_FACES),
        ("released", 1, Label.FAKE, Reason.AT_OR_ABOVE_UPPER),
        ("", 1, Label.INCONCLUSIVE, Reason.NO_RULE),
    ],
)
def test_a_verdict_only_where_the_rule_is_content_with_one_face(
    kind: str, least_faces: int, label: Label, reason: Reason, red: Path, tiny_method: Method
) -> None:
    method = with_rule(tiny_method, kind, least_faces) if kind else tiny_method
    verdict, _, _ = examine_face(red, method, Redness(method))
    assert (verdict.label, verdict.reason) == (label, reason)
    assert verdict.fake == pytest.approx(0.8)


@pytest.mark.parametrize("content", [b"", b"no picture", b"\x89PNG\r\n\x1a\n"])
def test_what_is_no_picture_is_refused(content: bytes, tiny_method: Method, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(content)
    with pytest.raises(VideoUnreadable):
        examine_face(tmp_path / "a.png", tiny_method, Redness(tiny_method))


def test_what_is_not_there_is_named(tiny_method: Method, tmp_path: Path) -> None:
    for path, problem in ((tmp_path / "gone.png", "missing"), (tmp_path, "folder")):
        with pytest.raises(VideoNotFound) as caught:
            examine_face(path, tiny_method, Redness(tiny_method))
        assert (caught.value.path, caught.value.problem) == (path, problem)
