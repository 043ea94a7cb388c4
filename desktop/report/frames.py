"""Flagged frames with their pictures, and the table of every face."""

from __future__ import annotations

from desktop.cases.records import AnalysisEntry, KeptPicture
from desktop.report.blocks import Block, Column, CropCard, FrameCard, Frames, Marking, Paragraph, Section, Table
from desktop.report.items import title
from desktop.report.subjects import Subject
from desktop.report.words import clock, count, not_used, number, person, supplied, whole
from genconvit.records import Analysis, FaceScore

MOST_PICTURED = 24
"""Flagged frames of one video that are printed as pictures."""
MOST_PICTURED_IN_ALL = 96
MOST_CROPS = 5
"""Faces beside a pictured frame; the others of a crowd are in the table."""
MOST_ROWS = 2000
"""Faces of one video in the table; above it only those of flagged frames are listed."""
NONE = "No frame has a face at or above the frame threshold of the rule."
NO_RULE = "No decision rule is applied, so no frame is flagged."
PICTURES = (
    "Boxes are drawn over the pictures, not into them. Printed pictures are reduced and compressed; the unaltered "
    "files are in the case folder under the stated SHA-256."
)


def pictured_per_video(videos_with_flags: int) -> int:
    """How many flagged frames of each video are printed as pictures, so that the report stays of a size to send."""
    return max(4, min(MOST_PICTURED, MOST_PICTURED_IN_ALL // max(videos_with_flags, 1)))


def flagged(subject: Subject, analysis: Analysis, entry: AnalysisEntry, most: int) -> tuple[Block, ...]:
    """The frames with a face at or above the frame threshold, the highest of them as pictures, in order of time."""
    heading = Paragraph("Flagged frames", "heading")
    frames = analysis.verdict.flagged_frames
    if not frames:
        return (heading, Paragraph(NO_RULE if analysis.method.rule is None else NONE))
    top: dict[int, float] = {}
    for score in analysis.scores:
        top[score.frame] = max(top.get(score.frame, 0.0), score.fake or 0.0)
    highest = sorted(frames, key=lambda frame: (-top.get(frame, 0.0), frame))[:most]
    shown = tuple(_card(analysis, entry, frame) for frame in sorted(highest))
    text = f"{count(len(frames), 'frame')} flagged. All are listed in section “Scores of every face”"
    text += f"; the {most} with the highest scores are shown here." if len(frames) > most else " and shown here."
    return (heading, Paragraph(f"{text} {PICTURES}"), Frames(shown))


def _card(analysis: Analysis, entry: AnalysisEntry, frame: int) -> FrameCard:
    faces = [score for score in analysis.scores if score.frame == frame]
    pictures = [picture for picture in entry.pictures if picture.frame == frame]
    whole_frame = next((picture for picture in pictures if picture.kind == "frame"), None)
    time_s = faces[0].time_s if faces else (whole_frame.time_s if whole_frame else None)
    limit = analysis.method.rule.frame if analysis.method.rule else 2.0
    return FrameCard(
        title=f"Frame {frame} at {clock(time_s)}",
        picture=whole_frame.sha256 if whole_frame else "",
        width_px=whole_frame.width_px if whole_frame else analysis.video.width_px,
        height_px=whole_frame.height_px if whole_frame else analysis.video.height_px,
        markings=tuple(Marking(f.box, person(f.track), f.fake is not None and f.fake >= limit) for f in faces),
        crops=tuple(_crop(face, pictures, limit) for face in _highest(faces)),
    )


def _highest(faces: list[FaceScore]) -> list[FaceScore]:
    """The used faces with the highest scores, in their own order."""
    used = sorted((face for face in faces if face.used), key=lambda face: -(face.fake or 0.0))[:MOST_CROPS]
    return [face for face in faces if face in used]


def _crop(face: FaceScore, pictures: list[KeptPicture], limit: float) -> CropCard:
    picture = next((p for p in pictures if p.kind == "crop" and p.track == face.track), None)
    flag = " (flagged)" if face.fake is not None and face.fake >= limit else ""
    return CropCard(
        name=f"{person(face.track)}: {number(face.fake, (limit,))}{flag}",
        picture=picture.sha256 if picture else "",
        lines=(*_pairs(face), f"box {box(face)}"),
    )


def _pairs(face: FaceScore) -> tuple[str, ...]:
    return tuple(f"{name}: fake {number(fake)}, real {number(real)}" for name, (fake, real) in face.networks.items())


def box(face: FaceScore) -> str:
    """``left, top, right, bottom`` in pixels."""
    return ", ".join(map(str, face.box))


def faces_section(subjects: tuple[Subject, ...]) -> tuple[Section, ...]:
    """The table of every face, per video, and the hashes of the pictures."""
    analyzed = tuple(subject for subject in subjects if subject.analysis and subject.entry)
    text = (
        "Raw scores: per network the pair of sigmoid outputs, fake and real. Boxes: left, top, right, bottom in "
        "pixels of the frame as displayed. ▲ marks a face at or above the frame threshold. The hash is the SHA-256 of "
        "the crop's pixels, row by row, RGB."
    )
    heading = Section(
        "Scores of every face", (Paragraph(text if analyzed else "No video was analyzed."),), new_page=True
    )
    return (heading, *(_faces(subject) for subject in analyzed))


def _faces(subject: Subject) -> Section:
    analysis, entry = subject.analysis, subject.entry
    if analysis is None or entry is None or not analysis.scores:
        return Section(title(subject), (Paragraph("No face was found."),), level=2)
    scores, blocks = analysis.scores, list[Block]()
    if len(scores) > MOST_ROWS:
        kept = set(analysis.verdict.flagged_frames)
        scores = tuple(score for score in scores if score.frame in kept)
        blocks.append(
            Paragraph(
                f"{count(len(analysis.scores), 'face')} were found, too many to print. The {whole(len(scores))} in "
                "flagged frames are listed; the attached analysis holds all of them."
            )
        )
    limit = analysis.method.rule.frame if analysis.method.rule else 2.0
    columns = (
        Column("Time"),
        Column("Frame", kind="number"),
        Column("Person"),
        Column("Box", 1.0),
        Column("Conf.", kind="number"),
        Column("Raw scores", 0.9),
        Column("Score", kind="number"),
        Column("Crop SHA-256", kind="hash"),
    )
    blocks.append(Table(columns, tuple(_row(score, limit) for score in scores), small=True))
    if entry.pictures:
        blocks.append(Paragraph("Pictures kept of the flagged frames", "heading"))
        blocks.append(_pictures(entry))
    return Section(title(subject), tuple(blocks), level=2)


def _row(score: FaceScore, limit: float) -> tuple[str, ...]:
    raw = "\n".join(f"{name} {number(fake)} / {number(real)}" for name, (fake, real) in score.networks.items())
    if not score.used:
        reason = not_used(score.reason.value) if score.reason else "reason not supplied"
        raw = f"not used: {reason}"
    mark = "▲ " if score.fake is not None and score.fake >= limit else ""
    return (
        clock(score.time_s),
        str(score.frame),
        str(score.track),
        box(score),
        f"{score.confidence:.3f}",
        raw,
        f"{mark}{number(score.fake, (limit,))}",
        score.crop_sha256 or "none",
    )


def _pictures(entry: AnalysisEntry) -> Table:
    columns = (
        Column("Frame", kind="number"),
        Column("Time"),
        Column("Picture", 1.0),
        Column("Size"),
        Column("SHA-256 of the PNG file", kind="hash"),
    )
    rows = tuple(
        (
            str(p.frame),
            clock(p.time_s),
            _kind(p),
            f"{p.width_px} × {p.height_px} px",
            supplied(p.sha256),
        )
        for p in entry.pictures
    )
    return Table(columns, rows, small=True)


def _kind(picture: KeptPicture) -> str:
    if picture.kind == "frame":
        return "whole frame"
    return f"face of {person(picture.track)}" if picture.track is not None else "face"
