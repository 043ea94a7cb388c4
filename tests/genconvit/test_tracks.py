import subprocess
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage import data

from genconvit import tracks
from genconvit.errors import EncoderModelMissing
from genconvit.faces import load_face_recognition, make_finder
from genconvit.method import Finding
from genconvit.records import Box, FoundFace, Frame, Pixels
from genconvit.tracks import Linker, encode_face, overlap

WIDTH, HEIGHT = 320, 180


class Colours:
    """Knows people by the colour of their faces, and counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, pixels: Pixels, box: Box) -> np.ndarray:
        self.asked += 1
        left, top, right, bottom = box
        return np.asarray(
            pixels[max(top, 0) : bottom, max(left, 0) : right].mean(axis=(0, 1)) / 100.0, dtype=np.float64
        )


@pytest.fixture
def colours() -> Colours:
    return Colours()


def scene(number: int) -> Pixels:
    blocks = np.random.default_rng(number).integers(0, 120, (6, 8, 3), dtype=np.uint8)
    return np.asarray(cv2.resize(blocks, (WIDTH, HEIGHT), interpolation=cv2.INTER_NEAREST), dtype=np.uint8)


def shot(index: int, time_s: float, *people: tuple[int, Box], background: int = 0) -> tuple[Frame, list[FoundFace]]:
    """A frame with people in it, each a colour and a box."""
    pixels = scene(background)
    for colour, (left, top, right, bottom) in people:
        pixels[max(top, 0) : bottom, max(left, 0) : right] = (colour, 255 - colour, 128)
    return Frame(index, index, time_s, pixels), [FoundFace(box, 0.9) for _, box in people]


A, B, C = 0, 120, 240
LEFT, MIDDLE, RIGHT = (20, 40, 80, 110), (120, 40, 180, 110), (220, 40, 280, 110)


def at(box: Box, dx: int) -> Box:
    return box[0] + dx, box[1], box[2] + dx, box[3]


def test_overlap_is_intersection_over_union() -> None:
    assert overlap((0, 0, 10, 10), (0, 0, 10, 10)) == 1.0
    assert overlap((0, 0, 10, 10), (5, 0, 15, 10)) == pytest.approx(1 / 3)
    assert overlap((0, 0, 10, 10), (10, 0, 20, 10)) == 0.0


def test_a_face_that_moves_a_little_needs_no_encoding(colours: Colours) -> None:
    linker = Linker(encode=colours)
    for i in range(8):
        assert linker.add(*shot(i, i * 0.3, (A, at(LEFT, 4 * i)))) == [1]
    assert colours.asked == 0


def test_two_people_keep_their_tracks_whatever_the_order(colours: Colours) -> None:
    linker = Linker(encode=colours)
    assert linker.add(*shot(0, 0.0, (A, LEFT), (B, RIGHT))) == [1, 2]
    assert linker.add(*shot(1, 0.3, (B, at(RIGHT, 3)), (A, at(LEFT, 3)))) == [2, 1]


def test_a_person_who_leaves_and_returns_elsewhere_keeps_the_track(colours: Colours) -> None:
    linker = Linker(encode=colours)
    linker.add(*shot(0, 0.0, (A, LEFT), (B, RIGHT)))
    assert linker.add(*shot(1, 0.3, (B, RIGHT))) == [2]
    assert linker.add(*shot(2, 0.6)) == []
    assert linker.add(*shot(3, 9.0, (B, RIGHT), (A, MIDDLE))) == [2, 1]


def test_frames_far_apart_are_linked_by_encoding_not_by_place(colours: Colours) -> None:
    linker = Linker(encode=colours)
    linker.add(*shot(0, 0.0, (A, LEFT), (B, RIGHT)))
    assert linker.add(*shot(1, 19.0, (B, LEFT), (A, RIGHT))) == [2, 1]


def test_a_cut_to_another_person_in_the_same_place_starts_a_track(colours: Colours) -> None:
    linker = Linker(encode=colours)
    assert linker.add(*shot(0, 0.0, (A, MIDDLE), background=1)) == [1]
    assert linker.add(*shot(1, 0.3, (B, MIDDLE), background=2)) == [2]
    assert linker.add(*shot(2, 0.6, (A, MIDDLE), background=1)) == [1]


def test_a_newcomer_is_nobody_known(colours: Colours) -> None:
    linker = Linker(encode=colours)
    linker.add(*shot(0, 0.0, (A, LEFT)))
    assert linker.add(*shot(1, 0.3, (A, LEFT), (C, RIGHT))) == [1, 2]


def test_twins_at_once_never_share_a_track(colours: Colours) -> None:
    linker = Linker(encode=colours)
    assert linker.add(*shot(0, 0.0, (A, LEFT))) == [1]
    assert sorted(linker.add(*shot(1, 30.0, (A, LEFT), (A, RIGHT)))) == [1, 2]


def test_faces_too_small_to_encode_are_linked_by_place_alone(colours: Colours) -> None:
    linker = Linker(smallest_px=100, encode=colours)
    assert linker.add(*shot(0, 0.0, (A, LEFT))) == [1]
    assert linker.add(*shot(1, 0.3, (A, at(LEFT, 3)))) == [1]
    assert linker.add(*shot(2, 30.0, (A, LEFT))) == [2]
    assert colours.asked == 0


def test_faces_beyond_the_frame_do_no_harm(colours: Colours) -> None:
    linker = Linker(encode=colours)
    outside = (-30, -20, 30, 50)
    assert linker.add(*shot(0, 0.0, (A, outside))) == [1]
    assert linker.add(*shot(1, 30.0, (A, outside))) == [1]


def test_memory_stays_flat(colours: Colours) -> None:
    linker = Linker(encode=colours)
    for i in range(60):
        linker.add(*shot(i, i * 20.0, (A, LEFT)))
    [track] = linker._tracks
    assert len(track.sights) <= tracks.ENCODINGS_KEPT
    held = [sight.pixels for sight in track.sights if sight.pixels is not None]
    assert len(held) <= 1 and all(pixels.nbytes < WIDTH * HEIGHT * 3 for pixels in held)


def test_large_faces_are_kept_small(colours: Colours) -> None:
    pixels = np.zeros((2000, 3000, 3), np.uint8)
    linker = Linker(encode=colours)
    linker.add(Frame(0, 0, 0.0, pixels), [FoundFace((0, 0, 1800, 2000), 0.9)])
    [sight] = linker._tracks[0].sights
    assert sight.pixels.shape[0] <= 1.5 * 2000 * tracks.SIGHT_PX / 1800
    assert sight.box[2] - sight.box[0] == tracks.SIGHT_PX


boxes = st.builds(lambda x, y, w, h: (x, y, x + w, y + h), *[st.integers(-20, 250)] * 2, *[st.integers(1, 90)] * 2)
clips = st.lists(
    st.tuples(st.floats(0.01, 3.0), st.lists(st.tuples(st.sampled_from([A, B, C]), boxes), max_size=4)), max_size=6
)


@settings(max_examples=40, deadline=None)
@given(clips)
def test_no_two_faces_of_a_frame_share_a_track_and_numbers_repeat(clip: list) -> None:
    def run() -> list[list[int]]:
        linker, numbers, time_s = Linker(encode=Colours()), [], 0.0
        for index, (step_s, people) in enumerate(clip):
            time_s += step_s
            inside = [
                (colour, box) for colour, box in people if box[0] < WIDTH and box[1] < HEIGHT and min(box[2:]) > 0
            ]
            numbers.append(linker.add(*shot(index, time_s, *inside)))
        return numbers

    numbers = run()
    assert numbers == run()
    seen = 0
    for row in numbers:
        assert len(set(row)) == len(row)
        for number in sorted(set(row)):
            assert number <= seen + 1
            seen = max(seen, number)


def test_real_encodings_know_a_face_again() -> None:
    portrait = np.ascontiguousarray(data.astronaut())
    [face] = make_finder(Finding("centerface", 640, 0.5, 40, 0)).find(portrait)
    darker = np.asarray(portrait[:, ::-1] * 0.7, dtype=np.uint8)
    left, top, right, bottom = face.box
    one, other = encode_face(portrait, face.box), encode_face(darker, (512 - right, top, 512 - left, bottom))
    assert one.shape == (128,)
    assert 0.0 < float(np.linalg.norm(one - other)) < tracks.ENCODING_DISTANCE
    assert np.array_equal(one, encode_face(portrait, face.box))


def test_the_real_linker_over_a_gap() -> None:
    portrait = np.ascontiguousarray(data.astronaut())
    faces = make_finder(Finding("centerface", 640, 0.5, 40, 0)).find(portrait)
    linker = Linker()
    assert linker.add(Frame(0, 0, 0.0, portrait), faces) == [1]
    assert linker.add(Frame(1, 1, 60.0, portrait), faces) == [1]


def test_an_encoding_is_face_recognitions_own() -> None:
    portrait = np.ascontiguousarray(data.astronaut())
    for left, top, right, bottom in ((160, 60, 280, 200), (150, 70, 290, 190), (-10, -5, 60, 70)):
        [theirs] = load_face_recognition().face_encodings(
            portrait, [(top, right, bottom, left)], num_jitters=1, model="small"
        )
        assert np.array_equal(encode_face(portrait, (left, top, right, bottom)), theirs)


@pytest.mark.parametrize("name", [tracks.LANDMARKS, tracks.NETWORK])
def test_a_model_that_is_not_there_is_named(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "models").mkdir()
    for other in {tracks.LANDMARKS, tracks.NETWORK} - {name}:
        (tmp_path / "models" / other).touch()
    spec = ModuleSpec(tracks.PACKAGE, None, origin=str(tmp_path / "__init__.py"))
    monkeypatch.setattr(tracks, "find_spec", lambda package: spec)
    with pytest.raises(EncoderModelMissing) as caught:
        tracks._models.__wrapped__()
    assert caught.value.path == tmp_path / "models" / name


def test_a_package_of_models_that_is_not_there_is_a_model_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracks, "find_spec", lambda package: None)
    with pytest.raises(EncoderModelMissing) as caught:
        tracks._models.__wrapped__()
    assert caught.value.path.name == tracks.LANDMARKS


def test_an_encoding_needs_no_finder_of_dlibs() -> None:
    code = (
        "import sys, numpy as np\nfrom genconvit.tracks import encode_face\n"
        "print(encode_face(np.zeros((90, 90, 3), np.uint8), (10, 10, 80, 80)).shape, 'face_recognition' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.strip() == "(128,) False"
