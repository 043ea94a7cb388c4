"""The stages in order: a path goes in, an examination comes out."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from genconvit import video as videos
from genconvit.cards import find_card
from genconvit.faces import FaceFinder, make_finder
from genconvit.gathering import Clock, FrameBatch, Gathering, Scorer
from genconvit.method import Finding, Method, origin
from genconvit.method.spread import repeats
from genconvit.progress import QUIET, Cancelled, Progress, Reporter
from genconvit.provenance import make_provenance, now
from genconvit.records import Analysis, Examination, FoundFace, Frame, Video
from genconvit.sources import source_sha256
from genconvit.stream import Made, Start, aside, beside, prefetch
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
    finder: Callable[[Finding], FaceFinder] | None = None,
    seen: Callable[[Frame], None] | None = None,
) -> Examination:
    """Examine a video.

    Weights are loaded, frames read, faces found in them and scored, each on a thread of its own; everything else
    happens in the calling thread. The same video, method, machine and number of threads that torch computes on give the
    same analysis, times apart: which faces are scored together depends on the frames only, not on which thread was
    quicker.

    Args:
        folders: weights folders, the user's first.
        pictures: an existing folder for the pictures of flagged frames; none are kept without it.
        detector: gives a loaded detector for this method; without it one is loaded. It is called on another thread, and
            its progress raises Cancelled once the detector is not wanted any more.
        finder: gives a finder for what the method names; without it one is made. It is called on another thread.
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
            loaded = detector(going) if detector else _load(method, folders, device, going)
        # All that scores is imported now: what happens to the files from here on is not the code that runs.
        source_sha256()
        return loaded

    with clock.stage("total"), beside(load) as loading:
        watched = _watched(progress, loading)
        try:
            with clock.stage("probe"):
                video = videos.probe(path, watched.part(0.0, 0.1))
                planned = videos.plan(method.sampling, video)
            gathering = Gathering(method, pictures, clock, repeats(method, video.frame_count))
            frames = watched.part(0.1, 0.9)
            looking = _Looking(finder or make_finder, method.finding, clock)
            with _found(video, planned, looking, clock) as found, aside() as start:
                _gather(found, gathering, len(planned), loading, start, frames, seen)
            # A method that wants no more faces has left the reader before its last look at the file.
            videos.check_same(video, Reporter(lambda fraction, read: gathering.tell(frames, len(planned))))
            scorer = loading.wait(lambda: gathering.tell(frames, len(planned)))
        except Cancelled:
            raise
        except Exception:
            loading.end(lambda: progress.report(0.0))
            raise
        not_decoded = gathering.not_decoded(planned)
        video = videos.after_reading(video, len(planned), not_decoded, gathering.damaged)
        tracks, verdict, coverage = decide(
            gathering.scores, scorer.method, video, gathering.examined, len(planned), not_decoded
        )
    provenance = make_provenance(
        video,
        scorer.method,
        scorer.device_name,
        scorer.weights,
        looking.libraries,
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
    start: Start,
    progress: Progress,
    seen: Callable[[Frame], None] | None,
) -> None:
    """Take frame after frame, while the faces of earlier ones are scored: one batch at a time, so that no more than
    one is scored and one gathered."""
    scoring: Made[None] | None = None

    def score(batches: tuple[FrameBatch, ...]) -> None:
        nonlocal scoring
        for batch in batches:
            finish()
            scoring = start(partial(_score, gathering, batch, loading))

    def finish() -> None:
        if scoring is not None:
            scoring.wait(lambda: gathering.tell(progress, planned))

    try:
        for frame, faces in found:
            loading.check()
            if scoring is not None:
                scoring.check()
            if seen is not None:
                seen(frame)
            score(gathering.take(frame, faces))
            gathering.tell(progress, planned)
            if gathering.full:
                break
        score(gathering.rest())
        finish()
    except Cancelled:
        raise
    except Exception:
        # A batch may have failed too by now, and then what it failed with is said.
        if scoring is not None:
            scoring.end(lambda: gathering.tell(progress, planned))
        raise


def _score(gathering: Gathering, batch: FrameBatch, loading: Made[Scorer], going: Progress) -> None:
    """Score a batch as soon as the weights are there."""
    gathering.score(batch, loading.wait(lambda: going.report(0.0)))


def _watched(progress: Progress, loading: Made[Scorer]) -> Reporter:
    """Reports, and ends the work as soon as loading has failed."""

    def tell(fraction: float, frames: int | None) -> None:
        loading.check()
        progress.report(fraction, frames)

    return Reporter(tell)


class _Looking:
    """Faces in frames. The finder is made on the thread that looks, with the first frame on its way."""

    def __init__(self, make: Callable[[Finding], FaceFinder], finding: Finding, clock: Clock) -> None:
        self.libraries: Mapping[str, str] = {}
        self._make, self._finding, self._clock = make, finding, clock

    def at(self, frames: Iterator[Frame]) -> Iterator[tuple[Frame, list[FoundFace]]]:
        """Raises FinderModelUnfit."""
        with self._clock.stage("find"):
            finder = self._make(self._finding)
        self.libraries = finder.libraries
        for frame in frames:
            with self._clock.stage("find"):
                faces = finder.find(frame.pixels)
            yield frame, faces


@contextlib.contextmanager
def _found(
    video: Video, planned: Sequence[int], looking: _Looking, clock: Clock
) -> Iterator[Iterator[tuple[Frame, list[FoundFace]]]]:
    """Frames in order with the faces found in them: one thread reads ahead, another finds ahead."""
    with (
        prefetch(_timed(videos.read_frames(video, planned), clock), FRAMES_AHEAD) as read,
        prefetch(looking.at(read), FRAMES_AHEAD) as found,
    ):
        yield found


def _timed(frames: Iterator[Frame], clock: Clock) -> Iterator[Frame]:
    while True:
        with clock.stage("read"):
            frame = next(frames, None)
        if frame is None:
            return
        yield frame
