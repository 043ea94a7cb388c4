"""The section on the items: what was examined, and that it is still the same file."""

from __future__ import annotations

from desktop.report.blocks import Block, Field, Fields, Paragraph, Section
from desktop.report.subjects import Subject
from desktop.report.words import NOT_SUPPLIED, clock, count, stamp, supplied, whole

NOTHING = "No video was supplied with this case. Nothing was examined."


def sections(subjects: tuple[Subject, ...]) -> tuple[Section, ...]:
    """The heading and one part per video."""
    intro: tuple[Block, ...] = () if subjects else (Paragraph(NOTHING, "statement"),)
    return (Section("Items", intro), *(_item(subject) for subject in subjects))


LONGEST_TITLE = 120


def title(subject: Subject) -> str:
    """How an item is called in headings: its name, cut where it is very long; the whole name is among its facts."""
    name = subject.evidence.name.strip()
    cut = name if len(name) <= LONGEST_TITLE else f"{name[: LONGEST_TITLE - 1]}…"
    return f"Item {subject.number}: {supplied(cut)}"


def agreement(subject: Subject) -> tuple[str, str]:
    """SHA-256 at the time of the report (empty where there is none), and whether it agrees with the one at intake."""
    intake, difference = subject.evidence.sha256, subject.difference
    if not intake:
        return "", "Not compared: no hash was recorded at intake."
    if difference is None and not subject.agrees:
        return intake, f"NO: the custody log names another hash at intake, {subject.logged_sha256}."
    if difference is None:
        return intake, "Yes: the hash at report time agrees with the hash at intake."
    if difference.problem == "changed":
        return difference.found, "NO: the file is not the one that was taken in."
    return "", f"NO: the file could not be hashed again ({difference.problem})."


def _item(subject: Subject) -> Section:
    evidence = subject.evidence
    found, agrees = agreement(subject)
    rows = (
        Field("File name", supplied(evidence.name)),
        Field("Size", f"{whole(evidence.size_bytes)} bytes"),
        Field("Taken in", stamp(evidence.added_at)),
        Field(
            "File last modified",
            f"{stamp(evidence.modified_at)}, as its file system said at intake"
            if evidence.modified_at
            else NOT_SUPPLIED,
        ),
        Field("Taken in from", supplied(str(evidence.source))),
        Field("Worked on", _worked_on(subject)),
        Field("SHA-256 at intake", supplied(evidence.sha256), "hash"),
        Field("SHA-256 at report time", found or NOT_SUPPLIED, "hash"),
        Field("Hashes agree", agrees, "text" if agrees.startswith("Yes") else "strong"),
        *_facts(subject),
    )
    return Section(title(subject), (Fields(rows), *_problem(subject)), level=2)


def _worked_on(subject: Subject) -> str:
    stored = subject.evidence.stored
    if stored:
        return f"A copy in the case folder, made at intake: {stored}"
    return "The file at the place it was taken in from, which was read and not changed; no copy was made"


def _problem(subject: Subject) -> tuple[Block, ...]:
    if not subject.evidence.problem:
        return ()
    return (Paragraph(f"This file could not be read as a video: {subject.evidence.problem}", "statement"),)


def _facts(subject: Subject) -> tuple[Field, ...]:
    """Container and stream: of the analysis where there is one, for it says more than the intake did."""
    evidence = subject.evidence
    if subject.analysis is None:
        return (
            Field("Container", supplied(evidence.container)),
            Field("Video stream", _stream(evidence.codec, evidence.width_px, evidence.height_px)),
            Field("Length", _length(evidence.duration_s, evidence.frame_count, evidence.mean_fps)),
            Field("Notes on reading", NOT_SUPPLIED),
        )
    video = subject.analysis.video
    stream = _stream(video.codec, video.width_px, video.height_px)
    more = f"{stream}; {supplied(video.pixel_format)}; rotation {video.rotation_deg}°; stream {video.stream_index}"
    return (
        Field("Container", supplied(video.container)),
        Field("Video stream", f"{more}; time base {video.time_base}"),
        Field("Length", _length(video.duration_s, video.frame_count, video.mean_fps)),
        Field("Notes on reading", "\n".join(video.notes) or "None", "prose"),
    )


def _stream(codec: str, width_px: int, height_px: int) -> str:
    size = f"{width_px} × {height_px} px" if width_px and height_px else f"picture size {NOT_SUPPLIED}"
    return f"{codec.strip() or f'codec {NOT_SUPPLIED}'}; {size}"


def _length(duration_s: float, frames: int, fps: float) -> str:
    if not frames:
        return NOT_SUPPLIED
    return f"{clock(duration_s)} (min:s); {count(frames, 'frame')} presented; {fps:.3f} frames per second on average"
