"""The stages in order: a path goes in, an examination comes out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from genconvit import video as videos
from genconvit.faces import FaceFinder, make_finder
from genconvit.gathering import Clock, Gathering, Scorer
from genconvit.method import Method, origin
from genconvit.method.spread import repeats
from genconvit.progress import QUIET, Progress
from genconvit.provenance import make_provenance, now
from genconvit.records import Analysis, Examination, FoundFace, Frame, Video
from genconvit.stream import prefetch
from genconvit.verdict import decide

FRAMES_AHEAD = 4


def analyze(
    path: Path,
    method: Method,
    *,
    folders: Sequence[Path],
    device: str = "auto",
    progress: Progress = QUIET,
    pictures: Path | None = None,
    detector: Callable[[], Scorer] | None = None,
    finder: FaceFinder | None = None,
    seen: Callable[[Frame], None] | None = None,
) -> Examination:
    """Examine a video.

    Frames are read, and faces found in them, on a thread of their own. The same video, method and machine give the same
    analysis, times apart.

    Args:
        folders: weights folders, the user's first.
        pictures: an existing folder for the pictures of flagged frames; none are kept without it.
        detector: gives a loaded detector for this method; without it one is loaded.
        finder: instead of the one the method names.
        seen: is shown each examined frame, with its pixels, in order, in the calling thread.

    Raises:
        Cancelled: ``progress`` said so.
        GenConViTError: a video that cannot be read, weights or a device that cannot be used, a picture
            that cannot be written.
    """
    clock, started_at = Clock(), now()
    with clock.stage("total"):
        with clock.stage("load"):
            scorer = detector() if detector else _load(method, folders, device)
            finder = finder or make_finder(method.finding)
        with clock.stage("probe"):
            video = videos.probe(path, progress.part(0.0, 0.1))
            planned = videos.plan(method.sampling, video)
        gathering = Gathering(scorer, pictures, clock, repeats(scorer.method, video.frame_count))
        reading = _read(video, planned, finder, clock)
        frames = progress.part(0.1, 0.9)
        with prefetch(reading, FRAMES_AHEAD) as found:
            for frame, faces in found:
                if seen is not None:
                    seen(frame)
                gathering.take(frame, faces)
                frames.report(len(gathering.examined) / len(planned), len(gathering.examined))
                if gathering.full:
                    break
        gathering.score()
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


def _load(method: Method, folders: Sequence[Path], device: str) -> Scorer:
    # Imports torch: only a run without a loaded detector pays for it.
    from genconvit.detector import Detector

    return Detector(method, folders, device)


def _read(
    video: Video, planned: Sequence[int], finder: FaceFinder, clock: Clock
) -> Iterator[tuple[Frame, list[FoundFace]]]:
    """Runs on the reading thread; its stages overlap with those of the main thread."""
    frames = videos.read_frames(video, planned)
    while True:
        with clock.stage("read"):
            frame = next(frames, None)
        if frame is None:
            return
        with clock.stage("find"):
            faces = finder.find(frame.pixels)
        yield frame, faces
