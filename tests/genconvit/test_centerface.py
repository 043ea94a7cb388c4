"""CenterFace's boxes as OpenCV's dnn gave them when the shipped rule was derived: another runtime must not move one."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
import pytest
from skimage import data

from genconvit import centerface
from genconvit.centerface import CenterFace
from genconvit.faces import make_finder, use_threads
from genconvit.method import Finding
from genconvit.records import Box, FoundFace, Pixels
from genconvit.video import probe, read_frames

FINDING = Finding("centerface", 640, 0.5, 40, 0)
DEMO = Path(__file__).resolve().parents[2] / "resources" / "demo.mp4"
# Sides that lie at least 0.1 px from where they would be rounded to another pixel: decoders differ in the last bit.
IN_DEMO = {
    59: ((269, 92, 446, 317), 0.8928214311599731),
    109: ((250, 88, 430, 321), 0.8783329725265503),
    209: ((249, 72, 448, 337), 0.8957036137580872),
}
IN_PORTRAIT = {
    (512, 512): ((182, 58, 270, 178), 0.9291065335273743),
    (300, 512): ((181, 58, 270, 178), 0.9294350743293762),
    (400, 330): ((181, 58, 270, 178), 0.9285711646080017),
}
"""By the height and width that are left of ``skimage.data.astronaut()``."""


@pytest.fixture(scope="module")
def finder() -> CenterFace:
    return CenterFace(FINDING, threads=1)


@pytest.fixture(scope="module")
def portrait() -> Pixels:
    return np.asarray(data.astronaut(), dtype=np.uint8)


@pytest.fixture
def threads() -> Iterator[None]:
    before = cv2.getNumThreads()
    yield
    cv2.setNumThreads(before)


def is_same(found: list[FoundFace], box: Box, confidence: float) -> bool:
    return [face.box for face in found] == [box] and found[0].confidence == pytest.approx(confidence, abs=1e-5)


def test_the_boxes_of_the_demo_clip_are_the_ones_that_methods_were_made_with(finder: CenterFace) -> None:
    frames = list(read_frames(probe(DEMO), list(IN_DEMO)))
    assert [frame.index for frame in frames] == list(IN_DEMO)
    for frame in frames:
        assert is_same(finder.find(frame.pixels), *IN_DEMO[frame.index]), frame.index


def test_the_boxes_are_the_same_whatever_shape_was_seen_before(finder: CenterFace, portrait: Pixels) -> None:
    cuts = {size: np.ascontiguousarray(portrait[: size[0], : size[1]]) for size in IN_PORTRAIT}
    alone = {size: CenterFace(FINDING, threads=1).find(cut) for size, cut in cuts.items()}
    for size in [*cuts, *reversed(cuts), *cuts]:
        assert is_same(alone[size], *IN_PORTRAIT[size])
        assert finder.find(cuts[size]) == alone[size]


def test_a_finder_computes_on_as_many_threads_as_were_asked_for(portrait: Pixels, threads: None) -> None:
    found = []
    use_threads(2)
    for asked, count in ((1, 1), (3, 3), (0, 2)):
        made = make_finder(FINDING, asked)
        assert isinstance(made, CenterFace)
        assert made._session.get_session_options().intra_op_num_threads == count
        found.append(made.find(portrait))
    assert found[0] == found[1] == found[2]


def test_it_computes_on_the_processor_only_and_does_not_spin(finder: CenterFace) -> None:
    assert finder._session.get_providers() == ["CPUExecutionProvider"]
    assert finder._session.get_session_options().get_session_config_entry("session.intra_op.allow_spinning") == "0"


def test_the_runtime_prints_nothing_and_comes_in_only_when_a_finder_is_made() -> None:
    code = (
        "import sys\nfrom genconvit.faces import make_finder\nfrom genconvit.method import Finding\n"
        "print('onnxruntime' in sys.modules)\n"
        "import numpy as np\n"
        "make_finder(Finding('centerface', 640, 0.5, 40, 0)).find(np.zeros((64, 96, 3), np.uint8))\n"
        "print('onnxruntime' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert (ran.stdout.split(), ran.stderr) == (["False", "True"], "")


def test_the_installed_runtime_carries_no_uploader() -> None:
    """From 1.29 on the wheels have the address of their maker's collector in them, and use it from the import on."""
    spec = find_spec("onnxruntime")
    assert spec is not None and spec.origin is not None
    libraries = [path for path in (Path(spec.origin).parent / "capi").iterdir() if path.suffix not in (".py", "")]
    assert any(path.name.startswith("onnxruntime_pybind11_state") for path in libraries)
    assert not [path.name for path in libraries if b"OneCollector" in path.read_bytes()]


def test_a_frame_that_needs_no_padding_is_not_copied() -> None:
    pixels = np.random.default_rng(3).integers(0, 256, (64, 96, 3), dtype=np.uint8)
    assert centerface._padded(pixels) is pixels
    for height, width in ((63, 96), (64, 95), (33, 65)):
        padded = centerface._padded(pixels[:height, :width])
        assert padded.shape == (64, 96, 3)
        assert np.array_equal(padded[:height, :width], pixels[:height, :width])
        assert not padded[height:].any() and not padded[:, width:].any()
