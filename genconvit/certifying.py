"""Analyses of the same video by the same method against each other, stage by stage: records in, a certificate out."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Any

from genconvit.certificate import (
    OF_THE_PLACE,
    TIMES,
    TOLERANCES,
    Certificate,
    Comparison,
    CropsCompared,
    Differing,
    FacesCompared,
    FramePlace,
    FramesCompared,
    MethodCompared,
    Run,
    Scope,
    ScoresCompared,
    TracksCompared,
    VerdictsCompared,
    VideoCompared,
    all_identical,
    beyond,
    scope_of,
    tolerance_of,
)
from genconvit.document import canonical, to_document
from genconvit.records import Analysis, FaceScore, Track, Verdict

_Pair = tuple[FaceScore, FaceScore]


@dataclass(frozen=True, slots=True)
class FreshRun:
    """What one run gave. ``pixels``: per examined frame the SHA-256 of its decoded ``uint8 [height, width, 3]`` pixels,
    RGB, row by row; empty where they were not looked at."""

    analysis: Analysis
    pixels: Mapping[int, str]


def certify(runs: Sequence[FreshRun], across: FreshRun | None = None, no_other_device: str = "") -> Certificate:
    """The certificate of two or more runs on one device, and of one more on another kind of device.

    Args:
        across: the run on the CPU where the others ran on a GPU, or the reverse.
        no_other_device: why there is none; needed without ``across``.

    Raises:
        ValueError: fewer than two runs, runs of different videos or methods, on other devices or machines than said.
    """
    everything = [*runs, *([across] if across else [])]
    analyses = [run.analysis for run in everything]
    if len(runs) < 2 or len({(each.video.sha256, each.method.sha256) for each in analyses}) != 1:
        raise ValueError("a certificate needs two runs of one video and one method")
    if across is None and not no_other_device.strip():
        raise ValueError("a certificate without another device says why")
    first = analyses[0]
    scopes = [Scope.SAME_DEVICE] * (len(runs) - 1) + [Scope.ACROSS_DEVICES] * (across is not None)
    made, others = first.provenance, [analysis.provenance for analysis in analyses[1:]]
    if [scope_of(made.device, other.device) for other in others] != scopes:
        raise ValueError(f"the devices are not as said: {[each.device for each in (made, *others)]}")
    if any(other.platform != made.platform for other in others):
        raise ValueError("a certificate is of one machine")
    comparisons = tuple(
        compare(everything[0], other, scope, number)
        for number, (other, scope) in enumerate(zip(everything[1:], scopes, strict=True), start=2)
    )
    return Certificate(
        video=VideoCompared(first.video.path.name, first.video.size_bytes, first.video.sha256),
        method=MethodCompared(
            first.method.name, first.method.sha256, first.method.core_sha256, first.method.scoring.precision
        ),
        runs=tuple(_run(number, analysis) for number, analysis in enumerate(analyses, start=1)),
        comparisons=comparisons,
        no_other_device="" if across else no_other_device,
        left_out=TIMES,
        identical=all_identical(comparisons),
        within=all(each.within for each in comparisons),
    )


def compare(first: FreshRun, second: FreshRun, scope: Scope = Scope.SAME_DEVICE, number: int = 2) -> Comparison:
    """Two runs of one video and method. ``number``: of the second one in the certificate; the first is 1."""
    one, other = first.analysis, second.analysis
    frames, pairs = _frames(first, second), _pairs(one, other)
    faces, crops, scores = _faces(one, other, pairs), _crops(pairs), _scores(pairs)
    tracks, verdict = _tracks(one, other, pairs), _verdicts(one.verdict, other.verdict)
    differing = differences(_without(to_document(one), TIMES), _without(to_document(other), TIMES))
    comparison = Comparison(
        first=1,
        second=number,
        scope=scope,
        tolerance=tolerance_of(scope, one.method.scoring.precision),
        frames=frames,
        faces=faces,
        crops=crops,
        scores=scores,
        tracks=tracks,
        verdict=verdict,
        identical=not differing,
        differing=differing,
        within=True,
    )
    return replace(comparison, within=not beyond(comparison))


def result_sha256(analysis: Analysis) -> str:
    """SHA-256 of the canonical JSON of an analysis without its times, the file's place and the method's origin: two
    analyses with the same one say the same, on the same device, with the same program and libraries."""
    return hashlib.sha256(canonical(_without(to_document(analysis), (*TIMES, *OF_THE_PLACE)))).hexdigest()


def contradicting(certificate: Certificate, analysis: Analysis) -> tuple[int, ...]:
    """Numbers of the runs that do not bear out an analysis of the same video by the same method.

    A run on the same device with the same program, down to its source, and the same libraries must have given the same
    result; any other one, also of a source that is not known, the same label, and scores within the tolerance between
    devices (:data:`TOLERANCES`). No run does where what the certificate says of video and method belongs to other
    hashes.
    """
    if not of_the_same(certificate, analysis):
        return tuple(run.number for run in certificate.runs)
    mine = _run(0, analysis)
    tolerance = TOLERANCES[analysis.method.scoring.precision]
    return tuple(run.number for run in certificate.runs if not _bears_out(run, mine, tolerance))


def of_the_same(certificate: Certificate, analysis: Analysis) -> bool:
    """Whether what a certificate says of a video and a method, beside the hashes it names, is true of an analysis's."""
    method, about = analysis.method, certificate.method
    facts = (certificate.video.size_bytes, about.core_sha256, about.precision)
    return facts == (analysis.video.size_bytes, method.core_sha256, method.scoring.precision)


def digits_apart(certificate: Certificate, analysis: Analysis) -> float | None:
    """Where runs do not bear out an analysis, but have its label and scores within the tolerance between devices: the
    largest difference of a score. None where they differ by more than that, or not in a score, and where a run has the
    hash of the analysis, which other scores do not belong to."""
    numbers, mine = contradicting(certificate, analysis), _run(0, analysis)
    runs = [run for run in certificate.runs if run.number in numbers]
    if any(run.result_sha256 == mine.result_sha256 for run in runs):
        return None
    scores = [pair for run in runs for pair in ((run.fake, mine.fake), (run.published_score, mine.published_score))]
    if any(run.label != mine.label for run in runs) or any((a is None) != (b is None) for a, b in scores):
        return None
    far = _largest(scores) or 0.0
    if not of_the_same(certificate, analysis):
        return None
    return far if 0.0 < far <= TOLERANCES[analysis.method.scoring.precision] else None


_MADE_WITH = ("program", "version", "source_sha256", "python", "platform", "libraries", "decoder", "device")


def _bears_out(run: Run, mine: Run, tolerance: float) -> bool:
    made_alike = all(getattr(run, name) == getattr(mine, name) for name in _MADE_WITH)
    same_result = run.result_sha256 == mine.result_sha256
    # What made a result stands in it: other software or another device never give the same hash.
    if same_result and not made_alike:
        return False
    # Two states of the source of one version look alike where neither is known.
    if made_alike and run.source_sha256 and not same_result:
        return False
    tolerance = 0.0 if same_result else tolerance
    scores = ((run.fake, mine.fake), (run.published_score, mine.published_score))
    if run.label != mine.label or any((a is None) != (b is None) for a, b in scores):
        return False
    return (_largest(scores) or 0.0) <= tolerance


def differences(first: object, second: object) -> tuple[Differing, ...]:
    """Where two documents say something else, grouped by path, in the order of the first place."""
    groups: dict[str, list[str]] = {}
    for path, place in _differing(first, second, "", ""):
        groups.setdefault(path, []).append(place)
    return tuple(Differing(path, len(places), places[0]) for path, places in groups.items())


_NOTHING = object()


def _differing(first: object, second: object, path: str, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(first, Mapping) and isinstance(second, Mapping):
        for key in sorted({*first, *second}):
            dot = "." if path else ""
            values = first.get(key, _NOTHING), second.get(key, _NOTHING)
            yield from _differing(*values, f"{path}{dot}{key}", f"{place}{dot}{key}")
    elif isinstance(first, list) and isinstance(second, list):
        for position, values in enumerate(zip_longest(first, second, fillvalue=_NOTHING)):
            yield from _differing(*values, f"{path}[*]", f"{place}[{position}]")
    # 1, 1.0 and True are equal, and are not written with the same bytes.
    elif repr(first) != repr(second):
        yield path, place


def _without(document: Mapping[str, Any], paths: Iterable[str]) -> dict[str, Any]:
    left = dict(document)
    for path in paths:
        name, _, rest = path.partition(".")
        if rest:
            left[name] = _without(left[name], (rest,))
        else:
            left.pop(name)
    return left


def _run(number: int, analysis: Analysis) -> Run:
    made, verdict = analysis.provenance, analysis.verdict
    return Run(
        number=number,
        program=made.program,
        version=made.version,
        python=made.python,
        platform=made.platform,
        libraries=made.libraries,
        decoder=made.decoder,
        device=made.device,
        started_at=made.started_at,
        finished_at=made.finished_at,
        label=verdict.label.value,
        fake=verdict.fake,
        published_score=verdict.published_score,
        result_sha256=result_sha256(analysis),
        source_sha256=made.source_sha256,
    )


def _frames(first: FreshRun, second: FreshRun) -> FramesCompared:
    one = {frame: (pts, time_s) for frame, pts, time_s in first.analysis.examined}
    other = {frame: (pts, time_s) for frame, pts, time_s in second.analysis.examined}
    both = [frame for frame in one if frame in other]
    hashed = [frame for frame in both if frame in first.pixels and frame in second.pixels]

    def places(frames: Iterable[int], times: Mapping[int, tuple[int, float]] = one) -> tuple[FramePlace, ...]:
        return tuple((frame, times[frame][1]) for frame in frames)

    return FramesCompared(
        first=len(one),
        second=len(other),
        only_first=places(frame for frame in one if frame not in other),
        only_second=places((frame for frame in other if frame not in one), other),
        time_differs=places(frame for frame in both if one[frame] != other[frame]),
        largest_time_s=max((abs(one[frame][1] - other[frame][1]) for frame in both), default=0.0),
        pixels=len(hashed),
        pixels_differ=places(frame for frame in hashed if first.pixels[frame] != second.pixels[frame]),
    )


def _by_frame(analysis: Analysis) -> dict[int, list[FaceScore]]:
    faces: dict[int, list[FaceScore]] = {}
    for score in analysis.scores:
        faces.setdefault(score.frame, []).append(score)
    return faces


def _pairs(one: Analysis, other: Analysis) -> list[_Pair]:
    """Faces of one frame whose boxes are closest to each other, each face once."""
    mine, theirs = _by_frame(one), _by_frame(other)
    pairs: list[_Pair] = []
    for frame, faces in mine.items():
        others = theirs.get(frame, [])
        near = sorted(
            (_apart(face, face_there), i, j) for i, face in enumerate(faces) for j, face_there in enumerate(others)
        )
        taken: dict[int, int] = {}
        for _, i, j in near:
            if i not in taken and j not in taken.values():
                taken[i] = j
        pairs += [(faces[i], others[j]) for i, j in sorted(taken.items())]
    return pairs


def _apart(one: FaceScore, other: FaceScore) -> int:
    return max(abs(a - b) for a, b in zip(one.box, other.box, strict=True))


def _faces(one: Analysis, other: Analysis, pairs: Sequence[_Pair]) -> FacesCompared:
    mine, theirs = _by_frame(one), _by_frame(other)
    times = {score.frame: score.time_s for score in (*other.scores, *one.scores)}
    frames = sorted(frame for frame in times if len(mine.get(frame, ())) != len(theirs.get(frame, ())))
    return FacesCompared(
        first=len(one.scores),
        second=len(other.scores),
        count_differs=tuple((frame, times[frame]) for frame in frames),
        paired=len(pairs),
        box_px=max((_apart(*pair) for pair in pairs), default=None),
        confidence=_largest((a.confidence, b.confidence) for a, b in pairs),
    )


def _crops(pairs: Sequence[_Pair]) -> CropsCompared:
    both = [(a, b) for a, b in pairs if a.crop_sha256 is not None and b.crop_sha256 is not None]
    return CropsCompared(
        paired=len(both),
        differ=sum(a.crop_sha256 != b.crop_sha256 for a, b in both),
        only_one=sum((a.crop_sha256 is None) != (b.crop_sha256 is None) for a, b in pairs),
    )


def _scores(pairs: Sequence[_Pair]) -> ScoresCompared:
    used = [(a, b) for a, b in pairs if a.used and b.used]
    networks: dict[str, tuple[float, float]] = {}
    for a, b in used:
        for name in (name for name in a.networks if name in b.networks):
            fake, real = (abs(mine - theirs) for mine, theirs in zip(a.networks[name], b.networks[name], strict=True))
            before = networks.get(name, (0.0, 0.0))
            networks[name] = (max(before[0], fake), max(before[1], real))
    return ScoresCompared(len(used), networks, _largest((a.fake, b.fake) for a, b in used))


def _tracks(one: Analysis, other: Analysis, pairs: Sequence[_Pair]) -> TracksCompared:
    theirs = {track.id: track for track in other.tracks}
    both = [(track, theirs[track.id]) for track in one.tracks if track.id in theirs]
    return TracksCompared(
        first=len(one.tracks),
        second=len(other.tracks),
        linked_otherwise=sum(a.track != b.track for a, b in pairs),
        differ=sum(_facts(a) != _facts(b) for a, b in both),
        fake=_largest((a.fake, b.fake) for a, b in both),
    )


def _facts(track: Track) -> tuple[object, ...]:
    return track.faces, track.first_s, track.last_s, track.enough, track.fake is None


def _verdicts(one: Verdict, other: Verdict) -> VerdictsCompared:
    flagged = sorted(set(one.flagged_frames) ^ set(other.flagged_frames))
    kept = [(v.label, v.reason, v.track, v.fake is None, v.published_score is None) for v in (one, other)]
    return VerdictsCompared(
        same=kept[0] == kept[1] and not flagged,
        labels=(one.label.value, other.label.value),
        fake=_largest([(one.fake, other.fake)]),
        published_score=_largest([(one.published_score, other.published_score)]),
        flagged_in_one=tuple(flagged),
    )


def _largest(pairs: Iterable[tuple[float | None, float | None]]) -> float | None:
    return max((abs(a - b) for a, b in pairs if a is not None and b is not None), default=None)
