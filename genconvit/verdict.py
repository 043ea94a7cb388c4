"""From scores to a verdict: the only place with a threshold."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from genconvit.method import Method, Rule, RuleEvidence
from genconvit.method.spread import repeats
from genconvit.records import (
    Analysis,
    Coverage,
    FaceScore,
    Label,
    NotUsed,
    Reason,
    Track,
    Verdict,
    Video,
)


def fake_of(networks: Mapping[str, tuple[float, float]]) -> float:
    """One number 0..1 from the networks' sigmoid pairs ``(fake, real)``: the mean of ``(fake + 1 - real) / 2``."""
    return _clipped(_mean([(fake + 1.0 - real) / 2.0 for fake, real in networks.values()]))


def decide(
    scores: Sequence[FaceScore],
    method: Method,
    video: Video,
    examined: Sequence[tuple[int, int, float]],
    planned: int,
    not_decoded: Sequence[int] = (),
) -> tuple[tuple[Track, ...], Verdict, Coverage]:
    """Tracks, verdict and coverage.

    A score that would read REAL has no such label where planned frames are missing or the file is said to be damaged:
    the rule was measured on whole videos, and whoever damages the frames that give a face away must not be rewarded. A
    FAKE stands, for missing frames take away none of the evidence that it rests on. Under a rule that counts faces
    apart in time it is not REAL either where someone who has too few of them scores like a fake: to be seen briefly
    clears nobody.

    Args:
        scores: every face found, used or not, in order of frame.
        examined: ``(frame, pts, time_s)`` of every frame that was read, ascending.
        planned: how many frames the method's plan named.
        not_decoded: those of them that could not be decoded.
    """
    rule = method.rule
    tracks = _tracks(scores, rule)
    flagged = _flagged(scores, rule)
    if rule and rule.kind == "released":
        decided = _released(scores, _rows(scores, method, video.frame_count), flagged)
    else:
        decided = _by_track(tracks, rule, flagged)
        if decided.label is Label.REAL and undecided(tracks, rule):
            decided = replace(decided, label=Label.INCONCLUSIVE, reason=Reason.PERSON_UNDECIDED)
    missing = len(examined) < planned and not _satisfied(scores, method, video.frame_count)
    if decided.label is Label.REAL and (missing or not_decoded or video.damaged):
        decided = replace(decided, label=Label.INCONCLUSIVE, reason=Reason.DAMAGED)
    return tracks, decided, replace(_coverage(scores, video, examined, planned), frames_not_decoded=tuple(not_decoded))


def is_flagged(score: FaceScore, rule: Rule) -> bool:
    """Whether the face makes its frame one to look at."""
    return score.fake is not None and score.fake >= rule.frame


def undecided(tracks: Sequence[Track], rule: Rule | None) -> tuple[Track, ...]:
    """Who keeps a video from being called REAL under a rule that counts faces apart in time: those with too few of them
    whose score is at or above the upper threshold."""
    if rule is None or rule.kind != "tracks" or not rule.apart_s:
        return ()
    return tuple(one for one in tracks if not one.enough and one.fake is not None and one.fake >= rule.upper)


def deciding(verdict: Verdict) -> int | None:
    """The track that the verdict rests on; None where there is none, or where its score is only shown: the rule says
    nothing of it, or the video is left open for another person's sake."""
    if verdict.reason in (Reason.TOO_FEW_FACES, Reason.NO_RULE, Reason.PERSON_UNDECIDED):
        return None
    return verdict.track


def counted_faces(scores: Sequence[FaceScore], track: int, rule: Rule | None) -> int:
    """How many of a track's used faces count towards the rule's least number; without a rule all of them."""
    return _counted([score.time_s for score in scores if score.track == track and score.fake is not None], rule)


def describe(verdict: Verdict, rule: Rule | None) -> str:
    """The verdict in English with its numbers: one sentence, and one on the flagged frames where there are any."""
    text = f"{verdict.label}: {_said(verdict, rule)}."
    if rule is None or not (flagged := len(verdict.flagged_frames)):
        return text
    frames = "1 frame holds" if flagged == 1 else f"{flagged} frames hold"
    return f"{text} {frames} a face at or above the frame threshold of {rule.frame:g}."


def follows(analysis: Analysis) -> bool:
    """Whether scores, tracks, verdict and coverage of an analysis are what its networks' outputs and its rule give."""
    try:
        if any(score.used and score.fake != fake_of(score.networks) for score in analysis.scores):
            return False
        covered = analysis.coverage
        again = decide(
            analysis.scores,
            analysis.method,
            analysis.video,
            analysis.examined,
            covered.frames_planned,
            covered.frames_not_decoded,
        )
    except (ValueError, ArithmeticError):
        return False
    return again == (analysis.tracks, analysis.verdict, analysis.coverage)


def measured(entry: RuleEvidence) -> tuple[str, str]:
    """A figure of a rule and its 95 % interval as text: shares in percent, anything else with four decimals."""
    if entry.share:
        return f"{entry.value:.1%}".replace("%", " %"), f"{entry.low * 100:.1f} to {entry.high * 100:.1f} %"
    return f"{entry.value:.4f}", f"{entry.low:.4f} to {entry.high:.4f}"


def _said(verdict: Verdict, rule: Rule | None) -> str:
    if verdict.reason is Reason.NO_FACE:
        return "no face was found in the frames examined, so there is nothing to score"
    if verdict.fake is None:
        return "none of the faces found could be used, so there is nothing to score"
    if verdict.reason is Reason.NO_RULE or rule is None:
        return f"no decision rule is known for this method, so the score of {verdict.fake:.3f} has no label"
    score = _number(verdict.fake, rule)
    of = "the mean over all faces" if rule.kind == "released" else "the highest of the persons with enough faces"
    match verdict.reason:
        case Reason.TOO_FEW_FACES:
            return (
                f"no person has the {rule.least_faces} usable faces that the rule asks for{_apart(rule)}; the highest "
                f"score among those seen is {score}"
            )
        case Reason.BETWEEN_THRESHOLDS:
            return f"the score of {score} ({of}) lies between the rule's thresholds, {rule.lower:g} and {rule.upper:g}"
        case Reason.PERSON_UNDECIDED:
            return (
                f"the score of {score} ({of}) is below the rule's threshold of {rule.lower:g}, but a person with too "
                f"few faces for the rule scores at or above {rule.upper:g}"
            )
        case Reason.DAMAGED:
            return (
                f"the score of {score} ({of}) is below the rule's threshold of {rule.lower:g}, but frames that were to "
                f"be examined could not be decoded, or the file is damaged"
            )
        case Reason.AT_OR_ABOVE_UPPER:
            return f"the score of {score} ({of}) is at or above the rule's threshold of {rule.upper:g}"
    return (
        f"the score of {score} ({of}) is below the rule's threshold of {rule.lower:g}, which does not rule out a "
        f"manipulation"
    )


def _tracks(scores: Sequence[FaceScore], rule: Rule | None) -> tuple[Track, ...]:
    tracks = []
    least = rule.least_faces if rule else 1
    for number in sorted({score.track for score in scores}):
        faces = [score for score in scores if score.track == number]
        fakes = [score.fake for score in faces if score.fake is not None]
        times = [score.time_s for score in faces]
        fake = _clipped(_mean(fakes)) if fakes else None
        counted = counted_faces(faces, number, rule)
        tracks.append(Track(number, len(fakes), min(times), max(times), fake, counted >= least))
    return tuple(tracks)


def _counted(times: Sequence[float], rule: Rule | None) -> int:
    if rule is None or not rule.apart_s:
        return len(times)
    # In whole microseconds: 0.45 - 0.3 is less than 0.15.
    counted, last, apart = 0, -math.inf, round(rule.apart_s * 1e6)
    for time_us in sorted(round(time_s * 1e6) for time_s in times):
        if time_us - last >= apart:
            counted, last = counted + 1, time_us
    return counted


def _by_track(tracks: Sequence[Track], rule: Rule | None, flagged: tuple[int, ...]) -> Verdict:
    scored = [(track.fake, track) for track in tracks if track.fake is not None]
    if not scored:
        reason = Reason.TOO_FEW_FACES if tracks else Reason.NO_FACE
        return Verdict(Label.INCONCLUSIVE, None, None, reason, None, flagged)
    enough = [(fake, track) for fake, track in scored if track.enough]
    # Of equals the first: max() keeps it.
    fake, best = max(enough or scored, key=lambda entry: entry[0])
    if rule is None:
        label, reason = Label.INCONCLUSIVE, Reason.NO_RULE
    elif not enough:
        label, reason = Label.INCONCLUSIVE, Reason.TOO_FEW_FACES
    elif fake >= rule.upper:
        label, reason = Label.FAKE, Reason.AT_OR_ABOVE_UPPER
    elif fake < rule.lower:
        label, reason = Label.REAL, Reason.BELOW_LOWER
    else:
        label, reason = Label.INCONCLUSIVE, Reason.BETWEEN_THRESHOLDS
    return Verdict(label, fake, None, reason, best.id, flagged)


def _rows(scores: Sequence[FaceScore], method: Method, frames: int) -> list[tuple[float, float]]:
    """The sigmoid pairs that the released script averages: one per face and network, in order of frame and face, those
    of a frame that it reads several times as often, until it holds as many faces as it takes."""
    often = repeats(method, frames)
    faces: list[FaceScore] = []
    for frame, found in itertools.groupby((score for score in scores if score.used), key=lambda score: score.frame):
        faces += list(found) * often.get(frame, 1)
    return [pair for score in faces[: method.finding.most_faces or None] for pair in score.networks.values()]


def _released(scores: Sequence[FaceScore], pairs: Sequence[tuple[float, float]], flagged: tuple[int, ...]) -> Verdict:
    """The released script's arithmetic: means over all rows; the first of equals is fake."""
    if not pairs:
        reason = Reason.TOO_FEW_FACES if scores else Reason.NO_FACE
        return Verdict(Label.INCONCLUSIVE, None, None, reason, None, flagged)
    fake, real = _mean([pair[0] for pair in pairs]), _mean([pair[1] for pair in pairs])
    published = fake if fake > real else 1.0 - real
    label, reason = (Label.FAKE, Reason.AT_OR_ABOVE_UPPER) if fake >= real else (Label.REAL, Reason.BELOW_LOWER)
    return Verdict(label, _clipped((fake + 1.0 - real) / 2.0), published, reason, None, flagged)


def _satisfied(scores: Sequence[FaceScore], method: Method, frames: int) -> bool:
    """Whether the method wanted no more faces, so that the frames after these were not looked for."""
    most, often = method.finding.most_faces, repeats(method, frames)
    return 0 < most <= sum(often.get(score.frame, 1) for score in scores if score.used)


def _flagged(scores: Sequence[FaceScore], rule: Rule | None) -> tuple[int, ...]:
    return tuple(sorted({score.frame for score in scores if is_flagged(score, rule)})) if rule else ()


def _coverage(
    scores: Sequence[FaceScore], video: Video, examined: Sequence[tuple[int, int, float]], planned: int
) -> Coverage:
    times = [time_s for _, _, time_s in examined]
    marks = [0.0, *times, max([video.duration_s, *times])]
    return Coverage(
        frames_total=video.frame_count,
        frames_planned=planned,
        frames_read=len(examined),
        frames_with_face=len({score.frame for score in scores}),
        faces_found=len(scores),
        faces_used=sum(score.used for score in scores),
        faces_not_used={reason.value: sum(score.reason is reason for score in scores) for reason in NotUsed},
        duration_s=video.duration_s,
        first_s=times[0] if times else None,
        last_s=times[-1] if times else None,
        longest_gap_s=max(later - earlier for earlier, later in itertools.pairwise(marks)) if times else None,
    )


def unless(rule: Rule) -> str:
    """What keeps a low score from being REAL, beside damage: a clause for behind the lower threshold."""
    return ", unless a person with fewer faces than the rule asks for reaches the upper one" if rule.apart_s else ""


def _apart(rule: Rule) -> str:
    return f" (one counts {rule.apart_s:g} s or more after the last that counted)" if rule.apart_s else ""


def _number(value: float, rule: Rule) -> str:
    """With three decimals, or as many as it takes not to read like a threshold that it is not."""
    for digits in range(3, 18):
        text = f"{value:.{digits}f}"
        if all((float(text) >= edge) == (value >= edge) for edge in (rule.lower, rule.upper)):
            break
    return text


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


def _clipped(value: float) -> float:
    return min(max(value, 0.0), 1.0)
