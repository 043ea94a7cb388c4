"""The stages in order: a path goes in, an examination comes out."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from genconvit import video as videos
from genconvit.cards import find_card
from genconvit.faces import FaceFinder, make_finder
from genconvit.gathering import Clock, Gathering, Scorer
from genconvit.method import Method, origin
from genconvit.method.spread import repeats
from genconvit.progress import QUIET, Cancelled, Progress, Reporter
from genconvit.provenance import make_provenance, now
from genconvit.records import Analysis, Examination, FoundFace, Frame, Video
from genconvit.stream import Made, beside, prefetch
from genconvit.verdict import decide

FRAMES_AHEAD = 2
"""Frames that wait between two stages."""


def analyze(
    path: Path,
    method: Method,
    *,
    folders: Sequence[Path],
    device: str = "auto",
    progress: Progress = QUIET,
    pictures: Path | None = None,
    detector: Callable[[Progress], Scorer] | None = None,
    finder: FaceFinder | None = None,
    seen: Callable[[Frame], None] | None = None,
) -> Examination:
    """Examine a video.

    Weights are loaded, frames read, and faces found in them, each on a thread of its own; everything else happens in
    the calling thread. The same video, method and machine give the same analysis, times apart.

    Args:
        folders: weights folders, the user's first.
        pictures: an existing folder for the pictures of flagged frames; none are kept without it.
        detector: gives a loaded detector for this method; without it one is loaded. It is called on another thread, and
            its progress raises Cancelled once the detector is not wanted any more.
        finder: instead of the one the method names.
        seen: is shown each examined frame, with its pixels, in order, in the calling thread.

    Raises:
        Cancelled: ``progress`` said so.
        GenConViTError: a video that cannot be read, weights or a device that cannot be used, a picture
            that cannot be written. Where weights and video are both at fault, the weights' error is raised, unless it
            would only be found by reading on in their files.
    """
    clock, started_at = Clock(), now()
    if detector is None:
        # What is missing is said before anything large is imported.
        require_cards(method, folders)

    def load(going: Progress) -> Scorer:
        with clock.stage("load"):
            return detector(going) if detector else _load(method, folders, device, going)

    with clock.stage("total"), beside(load) as loading:
        watched = _watched(progress, loading)
        try:
            with clock.stage("find"):
                finder = finder or make_finder(method.finding)
            with clock.stage("probe"):
                video = videos.probe(path, watched.part(0.0, 0.1))
                planned = videos.plan(method.sampling, video)
            gathering = Gathering(method, pictures, clock, repeats(method, video.frame_count))
            frames = watched.part(0.1, 0.9)
            with _found(video, planned, finder, clock) as found:
                _gather(found, gathering, len(planned), loading, frames, seen)
            scorer = loading.wait(lambda: gathering.tell(frames, len(planned)))
        except Cancelled:
            raise
        except Exception:
            loading.end(lambda: progress.report(0.0))
            raise
        tracks, verdict, coverage = decide(gathering.scores, scorer.method, video, gathering.examined, len(planned))
    provenance = make_provenance(
        video,
        scorer.method,
        scorer.device_name,
        scorer.weights,
        finder.libraries,
        started_at,
        origin(method, [folder / "methods" for folder in folders]),
    )
    analysis = Analysis(
        video=video,
        method=scorer.method,
        scores=tuple(gathering.scores),
        tracks=tracks,
        verdict=verdict,
        coverage=coverage,
        provenance=provenance,
        timings_s=dict(clock.seconds),
        examined=tuple(gathering.examined),
    )
    return Examination(analysis, tuple(gathering.pictures))


def require_cards(method: Method, folders: Sequence[Path]) -> tuple[str, ...]:
    """SHA-256 of the method's weights as the cards have it, in the method's order. Cheap: no weights file is opened.

    Raises:
        WeightsMissing, CardInvalid
    """
    return tuple(find_card(ref.name, folders, ref.sha256).sha256 for ref in method.weights)


def _load(method: Method, folders: Sequence[Path], device: str, progress: Progress) -> Scorer:
    # Imports torch: only a run without a loaded detector pays for it.
    from genconvit.detector import Detector

    return Detector(method, folders, device, progress=progress)


def _gather(
    found: Iterator[tuple[Frame, list[FoundFace]]],
    gathering: Gathering,
    planned: int,
    loading: Made[Scorer],
    progress: Progress,
    seen: Callable[[Frame], None] | None,
) -> None:
    """Take frame after frame; score whenever enough faces wait, for which the loading may have to be waited for."""

    def score() -> None:
        gathering.score(loading.wait(lambda: gathering.tell(progress, planned)))

    for frame, faces in found:
        loading.check()
        if seen is not None:
            seen(frame)
        gathering.take(frame, faces)
        if gathering.ready:
            score()
        gathering.tell(progress, planned)
        if gathering.full:
            break
    score()


def _watched(progress: Progress, loading: Made[Scorer]) -> Reporter:
    """Reports, and ends the work as soon as loading has failed."""

    def tell(fraction: float, frames: int | None) -> None:
        loading.check()
        progress.report(fraction, frames)

    return Reporter(tell)


@contextlib.contextmanager
def _found(
    video: Video, planned: Sequence[int], finder: FaceFinder, clock: Clock
) -> Iterator[Iterator[tuple[Frame, list[FoundFace]]]]:
    """Frames in order with the faces found in them: one thread reads ahead, another finds ahead."""

    def find(frames: Iterator[Frame]) -> Iterator[tuple[Frame, list[FoundFace]]]:
        for frame in frames:
            with clock.stage("find"):
                faces = finder.find(frame.pixels)
            yield frame, faces

    with (
        prefetch(_timed(videos.read_frames(video, planned), clock), FRAMES_AHEAD) as read,
        prefetch(find(read), FRAMES_AHEAD) as found,
    ):
        yield found


def _timed(frames: Iterator[Frame], clock: Clock) -> Iterator[Frame]:
    while True:
        with clock.stage("read"):
            frame = next(frames, None)
        if frame is None:
            return
        yield frame
