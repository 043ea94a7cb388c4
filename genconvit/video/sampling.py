"""Which frames of a video a method looks at."""

from __future__ import annotations

from bisect import bisect_left
from fractions import Fraction

from genconvit.method import Sampling
from genconvit.method.spread import spread
from genconvit.records import Video
from genconvit.video.reading import times_of


def plan(sampling: Sampling, video: Video) -> tuple[int, ...]:
    """Indices of the frames to read, ascending, each once; see :class:`genconvit.method.Sampling` for the rules.

    Raises:
        VideoNotFound: with plan ``every``, which looks into the file for its time stamps.
    """
    frames = video.frame_count
    if sampling.plan == "even":
        return tuple(range(frames)) if frames <= sampling.count else spread(frames, sampling.count)
    return spaced(times_of(video), Fraction(str(sampling.seconds)))


def spaced(times: tuple[Fraction, ...], seconds: Fraction) -> tuple[int, ...]:
    """The first frame at or after each multiple of ``seconds``; ``times`` are exact seconds from the first frame."""
    chosen: dict[int, None] = {}
    at = 0
    while at < len(times):
        chosen[at] = None
        following = (times[at] // seconds + 1) * seconds
        at = bisect_left(times, following, at + 1)
    return tuple(chosen)
