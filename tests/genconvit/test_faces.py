import subprocess
import sys
from collections.abc import Iterator

import cv2
import numpy as np
import pytest
from skimage import data

from genconvit.centerface import _decoded
from genconvit.faces import FaceFinder, Hog, load_face_recognition, make_finder, use_threads
from genconvit.method import Finding, Sampling
from genconvit.places import SHIPPED
from genconvit.records import Box, Pixels
from genconvit.video import plan, probe, read_frames

DEMO = SHIPPED.parent / "resources" / "demo.mp4"
CENTERFACE = Finding("centerface", 640, 0.5, 40, 0)
HOG = Finding("hog", 0, 0.0, 0, 15)
FACE = (182, 58, 270, 178)
"""Collins's face in ``skimage.data.astronaut()``, as CenterFace at 640 px gives it."""


@pytest.fixture(scope="module")
def portrait() -> Pixels:
    return np.ascontiguousarray(data.astronaut())


@pytest.fixture(params=[CENTERFACE, HOG], ids=["centerface", "hog"])
def finder(request: pytest.FixtureRequest) -> FaceFinder:
    return make_finder(request.param)


@pytest.fixture
def threads() -> Iterator[None]:
    before = cv2.getNumThreads()
    yield
    cv2.setNumThreads(before)


def share(one: Box, other: Box) -> float:
    width = max(min(one[2], other[2]) - max(one[0], other[0]), 0)
    height = max(min(one[3], other[3]) - max(one[1], other[1]), 0)
    whole = sum((x1 - x0) * (y1 - y0) for x0, y0, x1, y1 in (one, other))
    return width * height / (whole - width * height)


def test_both_find_the_one_face_of_the_portrait(finder: FaceFinder, portrait: Pixels) -> None:
    [face] = finder.find(portrait)
    assert share(face.box, FACE) > 0.4
    assert all(type(side) is int for side in face.box)
    assert 0.5 < face.confidence <= 1.0


def test_no_face_where_there_is_none(finder: FaceFinder) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (240, 320, 3), dtype=np.uint8)
    assert finder.find(noise) == []
    assert finder.find(np.zeros((240, 320, 3), np.uint8)) == []


def test_what_was_looked_at_before_does_not_matter(finder: FaceFinder, portrait: Pixels) -> None:
    first = finder.find(portrait)
    for height in (300, 220, 400):
        finder.find(np.ascontiguousarray(portrait[:height]))
    assert finder.find(portrait) == first


@pytest.mark.parametrize("finding", [CENTERFACE, HOG], ids=["centerface", "hog"])
def test_the_number_of_threads_does_not_matter(finding: Finding, portrait: Pixels, threads: None) -> None:
    found = []
    for count in (1, 2, 5):
        use_threads(count)
        found.append(make_finder(finding, count).find(portrait))
    assert found[0] == found[1] == found[2]


def test_centerface_finds_the_same_place_in_a_larger_frame(portrait: Pixels) -> None:
    large = cv2.resize(portrait, None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC)
    [face] = make_finder(CENTERFACE).find(np.asarray(large, dtype=np.uint8))
    assert share(face.box, (FACE[0] * 3, FACE[1] * 3, FACE[2] * 3, FACE[3] * 3)) > 0.8


def test_centerface_gives_the_surest_face_first(portrait: Pixels) -> None:
    small = cv2.resize(portrait, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    both = np.zeros((512, 768, 3), np.uint8)
    both[:256, 512:], both[:, :512] = small, portrait
    faces = make_finder(CENTERFACE).find(both)
    assert len(faces) == 2
    assert [face.confidence for face in faces] == sorted((face.confidence for face in faces), reverse=True)
    assert {face.box[0] > 512 for face in faces} == {True, False}


def outputs(cells: dict[tuple[int, int], tuple[float, float, float]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What the network would say on a 16 x 24 grid: per (row, column) a confidence, height and width in pixels."""
    confidence = np.zeros((16, 24), np.float32)
    log_size, offset = np.zeros((2, 16, 24), np.float32), np.zeros((2, 16, 24), np.float32)
    for (row, column), (sure, height, width) in cells.items():
        confidence[row, column] = sure
        log_size[:, row, column] = np.log(height / 4), np.log(width / 4)
    offset[0], offset[1] = 0.25, -0.25
    return confidence, log_size, offset


def test_centerface_boxes_are_centred_on_their_cell_and_reach_beyond_the_frame() -> None:
    boxes, confidences = _decoded(*outputs({(1, 2): (0.9, 40.0, 20.0)}), 0.5)
    # Centre (2 - 0.25 + 0.5, 1 + 0.25 + 0.5) cells of 4 px.
    assert boxes == pytest.approx(np.array([[9 - 10, 7 - 20, 9 + 10, 7 + 20]]), abs=1e-4)
    assert confidences == pytest.approx([0.9])


def test_centerface_drops_the_less_sure_of_two_that_overlap() -> None:
    cells = {(8, 8): (0.7, 40.0, 40.0), (8, 9): (0.8, 40.0, 40.0), (8, 20): (0.6, 8.0, 8.0), (2, 2): (0.4, 8.0, 8.0)}
    boxes, confidences = _decoded(*outputs(cells), 0.5)
    assert confidences == pytest.approx([0.8, 0.6])
    assert boxes[:, 0] == pytest.approx([17.0, 77.0])


def test_centerface_obeys_the_least_confidence(portrait: Pixels) -> None:
    assert make_finder(Finding("centerface", 640, 0.99, 40, 0)).find(portrait) == []


@pytest.mark.parametrize("size", [(1, 1), (1, 900), (900, 1), (31, 33)])
def test_odd_shapes_do_no_harm(finder: FaceFinder, size: tuple[int, int]) -> None:
    assert finder.find(np.full((*size, 3), 128, np.uint8)) == []


def test_centerface_names_its_model_by_hash() -> None:
    [(name, digest)] = make_finder(CENTERFACE).libraries.items()
    assert name == "centerface.onnx (SHA-256)"
    assert digest == "09189deaaf8646c5c51a68447e3c744ea1e211798155d4728c20507b9f5aefbc"


def test_hog_gives_face_recognitions_own_boxes_in_our_order(portrait: Pixels) -> None:
    theirs = load_face_recognition().face_locations(portrait, number_of_times_to_upsample=0, model="hog")
    assert theirs
    assert [face.box for face in Hog().find(portrait)] == [(left, t, right, b) for t, right, b, left in theirs]
    assert [face.confidence for face in Hog().find(portrait)] == [1.0] * len(theirs)


def test_hog_gives_face_recognitions_own_boxes_in_the_demo_clip_and_at_every_border(portrait: Pixels) -> None:
    clip = probe(DEMO)
    frames = [frame.pixels for frame in read_frames(clip, plan(Sampling("even", 8, 0.0), clip))]
    frames += [portrait[94:], portrait[:, 200:], portrait[:156], portrait[:, :258]]
    hog, locate, seen = Hog(), load_face_recognition().face_locations, list[Box]()
    for pixels in map(np.ascontiguousarray, frames):
        theirs = locate(cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), number_of_times_to_upsample=0, model="hog")
        boxes = [(left, top, right, bottom) for top, right, bottom, left in theirs]
        assert [face.box for face in hog.find(pixels)] == boxes
        seen += boxes
    assert len(seen) >= 8


def test_hog_needs_no_face_recognition() -> None:
    code = (
        "import sys, numpy as np\nfrom genconvit.faces import Hog\n"
        "print(Hog().find(np.zeros((90, 90, 3), np.uint8)), 'face_recognition' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.strip() == "[] False"


def test_loading_face_recognition_leaves_pillow_strict() -> None:
    from PIL import ImageFile

    load_face_recognition()
    assert ImageFile.LOAD_TRUNCATED_IMAGES is False
