import contextlib
import errno
import gc
import hashlib
import threading
import weakref
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest

from genconvit import gathering
from genconvit import video as videos
from genconvit.analyze import analyze
from genconvit.document import canonical, parse, to_document
from genconvit.errors import PictureNotKept, VideoNotFound, VideoUnreadable, WeightsMissing
from genconvit.faces import FaceFinder
from genconvit.method import Crop, Finding, Method, Rule, Sampling, Scoring, WeightsRef
from genconvit.progress import QUIET, Cancelled, Progress, Reporter
from genconvit.records import Analysis, FoundFace, Label, NotUsed, Pixels, Reason, Video, WeightsUsed
from genconvit.verdict import follows

WIDTH, HEIGHT, FRAMES = 160, 120, 24
SQUARE = (40, 30, 100, 90)


def write(path: Path, frames: list[Pixels], gop: int = 250) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=12, options={"crf": "12"})
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt, stream.gop_size = "yuv420p", gop
        for pixels in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode(None))
    return path


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds: a square that is dark in the first half and bright in the second."""
    frames = []
    for i in range(FRAMES):
        pixels = np.full((HEIGHT, WIDTH, 3), 60, np.uint8)
        left, top, right, bottom = SQUARE
        pixels[top:bottom, left:right] = 20 if i < FRAMES // 2 else 230
        frames.append(pixels)
    return write(tmp_path_factory.mktemp("clip") / "square.mp4", frames)


class Squares:
    """Finds given boxes in every frame."""

    name = "squares"

    def __init__(self, *boxes: tuple[int, int, int, int]) -> None:
        self.libraries = {"squares": "1"}
        self.boxes = boxes
        self.threads: set[str] = set()

    def find(self, pixels: Pixels) -> list[FoundFace]:
        self.threads.add(threading.current_thread().name)
        return [FoundFace(box, 0.9) for box in self.boxes]


class Brightness:
    """Calls a bright crop fake."""

    device_name = "none"
    weights = (WeightsUsed("bright", "ed", "0" * 64, "", "none"),)

    def __init__(self, method: Method) -> None:
        self.method = method
        self.batches: list[int] = []

    def score(self, crops: Pixels) -> list[dict[str, tuple[float, float]]]:
        assert crops.dtype == np.uint8
        assert crops.shape[1:] == (32, 32, 3)
        self.batches.append(len(crops))
        levels = [float(crop.mean()) / 255 for crop in crops]
        return [{"ed": (level, 1 - level)} for level in levels]


def a_method(**finding: Any) -> Method:
    method = Method(
        "try", "", "", Sampling("even", 12, 0.0), replace(Finding("centerface", 640, 0.5, 10, 0), **finding),
        Crop("box", 0.0, 32), Scoring("float32", False, 0), (WeightsRef("bright", "ed", "0" * 64),), None,
    )  # fmt: skip
    rule = Rule("tracks", 0.7, 0.3, 0.8, 2, (method.core_sha256,), "", ())
    return replace(method, rule=rule)


@pytest.fixture(autouse=True)
def one_person(monkeypatch: pytest.MonkeyPatch) -> None:
    """The squares all look the same to the linker; overlap and this keep the real encoder out."""
    linker = gathering.Linker
    monkeypatch.setattr(gathering, "Linker", lambda smallest_px: linker(smallest_px, lambda pixels, box: np.zeros(128)))


def run(clip: Path, method: Method, finder: FaceFinder, **options: Any) -> tuple[Analysis, Brightness]:
    detector = Brightness(method)
    examination = analyze(clip, method, folders=(), detector=lambda _: detector, finder=lambda _: finder, **options)
    return examination.analysis, detector


def test_the_stages_fall_through(clip: Path) -> None:
    analysis, _ = run(clip, a_method(), Squares(SQUARE))
    assert len(analysis.scores) == 12
    assert [score.frame for score in analysis.scores] == [frame for frame, _, _ in analysis.examined]
    assert analysis.scores[0].fake == pytest.approx(20 / 255, abs=0.02)
    assert analysis.scores[-1].fake == pytest.approx(230 / 255, abs=0.02)
    assert (analysis.verdict.label, analysis.verdict.reason) == (Label.INCONCLUSIVE, Reason.BETWEEN_THRESHOLDS)
    assert [frame >= FRAMES // 2 for frame in analysis.verdict.flagged_frames] == [True] * 6
    assert (analysis.coverage.frames_planned, analysis.coverage.frames_read) == (12, 12)
    assert analysis.coverage.frames_total == FRAMES
    assert analysis.video.sha256 == hashlib.sha256(clip.read_bytes()).hexdigest()
    assert analysis.provenance.libraries["squares"] == "1"
    assert analysis.provenance.weights == Brightness.weights
    assert set(analysis.timings_s) == {"load", "probe", "read", "find", "link", "crop", "score", "total"}
    assert parse(canonical(to_document(analysis))) == analysis


def test_faces_are_found_on_another_thread_that_ends(clip: Path) -> None:
    finder = Squares(SQUARE)
    before = threading.active_count()
    run(clip, a_method(), finder)
    assert finder.threads == {"prefetch"}
    assert threading.active_count() == before


def test_two_runs_are_the_same_apart_from_times(clip: Path) -> None:
    documents = []
    for _ in range(2):
        document = to_document(run(clip, a_method(), Squares(SQUARE))[0])
        del document["timings_s"], document["provenance"]["started_at"], document["provenance"]["finished_at"]
        documents.append(canonical(document))
    assert documents[0] == documents[1]


@pytest.fixture(scope="module")
def later_keys_damaged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten dark seconds with a key frame in each, those of two seconds in the middle damaged."""
    folder, random = tmp_path_factory.mktemp("damaged"), np.random.default_rng(1)
    frames = []
    for i in range(120):
        pixels = random.integers(0, 90, (HEIGHT, WIDTH, 3), np.uint8)
        left, top, right, bottom = SQUARE
        pixels[top:bottom, left + i % 3 : right] = 20
        frames.append(pixels)
    path = write(folder / "dark.mp4", frames, gop=12)
    with av.open(str(path)) as container:
        keys = [packet.pos for packet in container.demux(video=0) if packet.is_keyframe]
    content = bytearray(path.read_bytes())
    for position in keys[5:7]:
        # Behind the parameter sets and the encoder's own words that the first packet alone has.
        for at in range(position + 40, position + 44):
            content[at] ^= 0xFF
    path.write_bytes(content)
    return path


def test_damage_that_only_reading_meets_is_told_and_is_never_real(later_keys_damaged: Path) -> None:
    whole = videos.probe(later_keys_damaged)
    assert (whole.frame_count, whole.notes, whole.damaged) == (120, (), False)
    analysis, _ = run(later_keys_damaged, a_method(), Squares(SQUARE))
    covered = analysis.coverage
    lost = covered.frames_not_decoded
    planned = videos.plan(analysis.method.sampling, whole)
    assert lost and set(lost) <= set(range(60, 84))
    assert sorted([*lost, *(frame for frame, _, _ in analysis.examined)]) == list(planned)
    assert (covered.frames_planned, covered.frames_read) == (12, 12 - len(lost))
    named = ", ".join(map(str, lost))
    assert f"{len(lost)} of 12 planned frames could not be decoded: {named}." in analysis.video.notes
    assert analysis.video.damaged and any("damaged" in note for note in analysis.video.notes)
    assert analysis.verdict.fake is not None and analysis.verdict.fake < 0.3
    assert (analysis.verdict.label, analysis.verdict.reason) == (Label.INCONCLUSIVE, Reason.DAMAGED)
    assert follows(analysis)
    again, _ = run(later_keys_damaged, a_method(), Squares(SQUARE))
    assert (again.video, again.coverage) == (analysis.video, analysis.coverage)


def test_no_face_is_a_verdict(clip: Path) -> None:
    analysis, detector = run(clip, a_method(), Squares())
    assert (analysis.verdict.label, analysis.verdict.fake) == (Label.INCONCLUSIVE, None)
    assert analysis.verdict.reason is Reason.NO_FACE
    assert analysis.coverage.frames_read == 12
    assert sum(detector.batches) == 0


def test_a_small_face_is_kept_with_the_reason(clip: Path) -> None:
    analysis, detector = run(clip, a_method(), Squares(SQUARE, (120, 60, 150, 69)))
    small = [score for score in analysis.scores if not score.used]
    assert len(small) == 12
    assert {score.reason for score in small} == {NotUsed.TOO_SMALL}
    assert all(score.fake is None and score.networks == {} and score.crop_sha256 is None for score in small)
    assert analysis.coverage.faces_not_used == {"too_small": 12, "beyond_limit": 0}
    assert sum(detector.batches) == 12


def test_with_a_limit_the_looking_stops_when_it_is_reached(clip: Path) -> None:
    two = (SQUARE, (110, 30, 150, 90))
    analysis, detector = run(clip, a_method(most_faces=5), Squares(*two))
    assert [score.reason for score in analysis.scores] == [None] * 5 + [NotUsed.BEYOND_LIMIT]
    assert (analysis.coverage.frames_planned, analysis.coverage.frames_read) == (12, 3)
    assert analysis.coverage.faces_not_used == {"too_small": 0, "beyond_limit": 1}
    assert analysis.coverage.last_s == analysis.examined[2][2]
    assert sum(detector.batches) == 5


def test_pictures_of_flagged_frames(clip: Path, tmp_path: Path) -> None:
    method = a_method()
    detector = Brightness(method)
    examination = analyze(
        clip, method, folders=(), detector=lambda _: detector, finder=lambda _: Squares(SQUARE, (0, 0, 5, 5)),
        pictures=tmp_path,
    )  # fmt: skip
    flagged = examination.analysis.verdict.flagged_frames
    assert [picture.frame for picture in examination.pictures if picture.kind == "frame"] == list(flagged)
    assert [picture.frame for picture in examination.pictures if picture.kind == "crop"] == list(flagged)
    by_frame = {score.frame: score for score in examination.analysis.scores if score.used}
    for picture in examination.pictures:
        content = picture.file.read_bytes()
        assert picture.file == tmp_path / f"{picture.sha256}.png"
        assert picture.sha256 == hashlib.sha256(content).hexdigest()
        shown = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)[..., ::-1]
        assert shown.shape == (picture.height_px, picture.width_px, 3)
        if picture.kind == "crop":
            crop_sha256 = hashlib.sha256(np.ascontiguousarray(shown).tobytes()).hexdigest()
            assert crop_sha256 == by_frame[picture.frame].crop_sha256
            assert picture.track == 1
        else:
            assert shown.shape == (HEIGHT, WIDTH, 3)
            assert picture.track is None
    assert {file.name for file in tmp_path.iterdir()} == {picture.file.name for picture in examination.pictures}


def test_pixels_are_let_go_in_batches(clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "BYTES_HELD", 3 * WIDTH * HEIGHT * 3)
    _, detector = run(clip, a_method(), Squares(SQUARE), pictures=tmp_path)
    assert [size for size in detector.batches if size] == [3, 3, 3, 3]


class Rounding(Brightness):
    """Its scores depend on the batch in the last digits."""

    def score(self, crops: Pixels) -> list[dict[str, tuple[float, float]]]:
        return [{"ed": (one["ed"][0] + len(crops) * 1e-9, one["ed"][1])} for one in super().score(crops)]


def test_whether_pictures_are_kept_changes_no_digit(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gathering, "BYTES_HELD", 5 * WIDTH * HEIGHT * 3)
    documents = []
    for pictures in (tmp_path, None):
        detector = Rounding(a_method())
        document = to_document(
            analyze(
                clip,
                detector.method,
                folders=(),
                detector=lambda _: detector,  # noqa: B023
                finder=lambda _: Squares(SQUARE),
                pictures=pictures,
            ).analysis
        )
        del document["timings_s"], document["provenance"]["started_at"], document["provenance"]["finished_at"]
        documents.append(canonical(document))
        assert [size for size in detector.batches if size] == [5, 5, 2]
    assert documents[0] == documents[1]


def test_without_pictures_no_pixels_wait_for_their_scores(clip: Path) -> None:
    held: list[weakref.ref[Pixels]] = []

    class Last(Brightness):
        def score(self, crops: Pixels) -> list[dict[str, tuple[float, float]]]:
            gc.collect()
            held[:] = [each for each in held if each() is not None]
            return super().score(crops)

    detector = Last(a_method())
    looked = Squares(SQUARE)
    analyze(
        clip, detector.method, folders=(), detector=lambda _: detector, finder=lambda _: looked,
        seen=lambda frame: held.append(weakref.ref(frame.pixels)),
    )  # fmt: skip
    assert detector.batches == [12]
    assert len(held) <= 1, "more than the last frame was held until its faces were scored"


def test_batches_do_not_change_the_analysis(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, _ = run(clip, a_method(), Squares(SQUARE))
    monkeypatch.setattr(gathering, "BATCH", 1)
    single, detector = run(clip, a_method(), Squares(SQUARE))
    assert detector.batches[:12] == [1] * 12
    assert (single.scores, single.verdict, single.tracks) == (whole.scores, whole.verdict, whole.tracks)


def test_progress_rises_to_one_and_counts_frames(clip: Path) -> None:
    seen: list[tuple[float, int | None]] = []
    run(clip, a_method(), Squares(SQUARE), progress=Reporter(lambda fraction, frames: seen.append((fraction, frames))))
    fractions = [fraction for fraction, _ in seen]
    assert fractions == sorted(fractions)
    assert seen[-1] == (1.0, 12)
    counted = dict.fromkeys(frames for _, frames in seen if frames is not None)
    assert list(counted)[-12:] == list(range(1, 13))


@pytest.mark.parametrize("at", [0.0, 0.05, 0.5, 1.0])
def test_cancelled_in_any_stage_leaves_nothing_running(clip: Path, at: float) -> None:
    def cancel(fraction: float, frames: int | None) -> None:
        if fraction >= at:
            raise Cancelled

    before = threading.active_count()
    with pytest.raises(Cancelled):
        run(clip, a_method(), Squares(SQUARE), progress=Reporter(cancel))
    assert threading.active_count() == before


@pytest.mark.parametrize("cancelled", [False, True])
def test_the_last_look_at_the_file_can_be_cancelled_and_moves_nothing(
    clip: Path, cancelled: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[float] = []
    looked: list[float] = []

    def look(video: Video, progress: Progress = QUIET) -> None:
        looked.append(told[-1])
        progress.report(0.3)
        looked.append(told[-1])

    def tell(fraction: float, frames: int | None) -> None:
        told.append(fraction)
        if cancelled and looked:
            raise Cancelled

    monkeypatch.setattr(videos, "check_same", look)
    with pytest.raises(Cancelled) if cancelled else contextlib.nullcontext():
        run(clip, a_method(), Squares(SQUARE), progress=Reporter(tell))
    assert looked == ([1.0] if cancelled else [1.0, 1.0]) and told == sorted(told)


def test_an_error_of_the_finder_comes_out_and_leaves_nothing_running(clip: Path) -> None:
    class Breaks(Squares):
        def find(self, pixels: Pixels) -> list[FoundFace]:
            raise ArithmeticError("the finder's own")

    before = threading.active_count()
    with pytest.raises(ArithmeticError, match="the finder's own"):
        run(clip, a_method(), Breaks())
    assert threading.active_count() == before


def test_bad_input_is_named(tmp_path: Path) -> None:
    words = tmp_path / "words.mp4"
    words.write_text("not a video " * 500)
    with pytest.raises(VideoUnreadable):
        run(words, a_method(), Squares())
    with pytest.raises(VideoNotFound):
        run(tmp_path / "nothing.mp4", a_method(), Squares())
    with pytest.raises(WeightsMissing):
        analyze(words, a_method(), folders=(tmp_path,), finder=lambda _: Squares())


def test_a_picture_that_cannot_be_written_is_named_and_leaves_no_half(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, data: bytes) -> int:
        with path.open("wb") as file:
            file.write(data[:10])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(PictureNotKept, match="No space left"):
        run(clip, a_method(), Squares(SQUARE), pictures=tmp_path)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(PictureNotKept):
        run(clip, a_method(), Squares(SQUARE), pictures=tmp_path / "nowhere")


def test_with_the_real_finder_detector_and_linker(
    portrait_clip: Path, tiny_weights: Path, tiny_method: Method, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    method = replace(tiny_method, finding=Finding("centerface", 640, 0.5, 40, 0))
    documents = []
    for _ in range(2):
        analysis = analyze(portrait_clip, method, folders=(tiny_weights,), device="cpu").analysis
        assert [score.track for score in analysis.scores] == [1] * 5
        assert all(score.used and set(score.networks) == {"ed", "vae"} for score in analysis.scores)
        assert analysis.method.weights[0].sha256 == analysis.provenance.weights[0].sha256
        document = to_document(analysis)
        del document["timings_s"], document["provenance"]["started_at"], document["provenance"]["finished_at"]
        documents.append(canonical(document))
    assert documents[0] == documents[1]
