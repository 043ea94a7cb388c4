"""The section on machine results: per video the verdict, coverage, persons and flagged frames."""

from __future__ import annotations

from desktop.cases.records import AnalysisEntry
from desktop.report.blocks import Block, Column, Field, Fields, Paragraph, Section, Table, VerdictBox
from desktop.report.figures import thresholds, timeline
from desktop.report.frames import flagged
from desktop.report.items import title
from desktop.report.methods import known_lines, no_rule, origin_line, rule_lines
from desktop.report.subjects import Subject
from desktop.report.words import (
    COUNTING,
    MACHINE_ONLY,
    NAMED,
    NOT_A_PROBABILITY,
    TOO_FEW_TO_DECIDE,
    clock,
    count,
    first,
    label,
    meaning,
    not_used,
    number,
    person,
    stamp,
    supplied,
    whole,
)
from genconvit.method import Rule
from genconvit.notes import notes_on_analysis, scoring_notes
from genconvit.records import Analysis, Coverage, Label, Reason, Track
from genconvit.verdict import counted_faces, deciding, undecided

OUTSIDE = (
    "Not examined: the frames between those examined; sound; what is not a face; metadata and file structure; "
    "compression history; sensor noise; light, shadow and other content of the scene."
)


def sections(subjects: tuple[Subject, ...], pictured: int) -> tuple[Section, ...]:
    """The heading and one part per video. ``pictured``: flagged frames of a video that are shown as pictures."""
    return (
        Section("Machine results", (Paragraph(f"{MACHINE_ONLY} {COUNTING}"),)),
        *(_result(subject, pictured) for subject in subjects),
    )


def why_none(subject: Subject) -> str:
    """Why a video has no result, in a sentence."""
    if subject.evidence.problem:
        return f"Not analyzed. The file could not be read as a video: {subject.evidence.problem}"
    if subject.older:
        why = subject.withheld.get(subject.older[0].id, "its record is missing or unreadable")
        return f"Not reported. An analysis is listed in the case, but {why}."
    return "Not analyzed. No analysis of this video has been made."


def fake(analysis: Analysis) -> str:
    """The verdict's score in print, on the right side of the rule's thresholds."""
    rule = analysis.method.rule
    limits = () if rule is None or rule.kind == "released" else (rule.upper, rule.lower)
    return number(analysis.verdict.fake, limits)


def examined(coverage: Coverage) -> str:
    """What was looked at, of how much, in one line."""
    return (
        f"{whole(coverage.frames_read)} of {count(coverage.frames_total, 'frame')} examined, a face in "
        f"{whole(coverage.frames_with_face)}; {count(coverage.faces_used, 'face')} used of "
        f"{whole(coverage.faces_found)} found{lost(coverage)}"
    )


def lost(coverage: Coverage) -> str:
    """How many of the planned frames are missing, as the end of a line; empty where none is."""
    if not (many := len(coverage.frames_not_decoded)):
        return ""
    return f"; {whole(many)} of {count(coverage.frames_planned, 'planned frame')} could not be decoded"


def reading(analysis: Analysis) -> str:
    """What reading the file brought to light, a line each."""
    coverage = analysis.coverage
    lines = list(analysis.video.notes)
    if not lines and coverage.frames_read < coverage.frames_planned:
        lines.append(f"{whole(coverage.frames_read)} of {count(coverage.frames_planned, 'planned frame')} were read")
    return "\n".join(lines) or "Nothing to note"


def flagged_line(analysis: Analysis) -> str:
    """How many of the examined frames are flagged."""
    if analysis.method.rule is None:
        return "Flagged frames: none, for no rule is applied"
    flagged_frames, read = len(analysis.verdict.flagged_frames), analysis.coverage.frames_read
    return f"Flagged frames: {whole(flagged_frames)} of {whole(read)} examined"


def earlier_lines(subject: Subject) -> tuple[str, ...]:
    """What other analyses of the item gave, where that is another label than the reported one."""
    entry = subject.entry
    others = [e for e in subject.older if entry and e.id not in subject.withheld and e.label != entry.label]
    if not others:
        return ()
    each = "; ".join(
        f"{supplied(e.label)} by method “{supplied(e.method)}” ({count(e.frames_read, 'frame')} examined, "
        f"{whole(len(e.flagged_frames))} flagged, made {stamp(e.made_at)})"
        for e in others
    )
    return (f"Earlier analyses of item {subject.number} gave another label: {each}.",)


def undecided_lines(subject: Subject) -> tuple[str, ...]:
    """Who scores like a fake and is seen too briefly to decide, where the result leaves the video open."""
    if (analysis := subject.analysis) is None:
        return ()
    each = [
        f"{person(track.id)} (score {_score(track, analysis)}, {count(track.faces, 'face')}, "
        f"{clock(track.first_s)} to {clock(track.last_s)})"
        for track in too_few_to_decide(analysis)
    ]
    if not each:
        return ()
    said = TOO_FEW_TO_DECIDE[:1].lower() + TOO_FEW_TO_DECIDE[1:]
    return (f"Item {subject.number}: {said}: {first(each, NAMED)}. See “Results per person”.",)


def too_few_to_decide(analysis: Analysis) -> tuple[Track, ...]:
    """Who scores like a fake and is seen too briefly to decide, where others leave the video open. Where nobody has
    enough faces, the result itself says so."""
    verdict = analysis.verdict
    if verdict.label is not Label.INCONCLUSIVE or verdict.reason is Reason.TOO_FEW_FACES:
        return ()
    return undecided(analysis.tracks, analysis.method.rule)


def notes_lines(subject: Subject) -> tuple[str, ...]:
    """What reading and scoring the video brought to light, such as frames that could not be decoded."""
    if subject.analysis is None or not (notes := notes_on_analysis(subject.analysis)):
        return ()
    return (f"Item {subject.number}: {' '.join(supplied(note) for note in notes)}",)


def _result(subject: Subject, pictured: int) -> Section:
    analysis, entry = subject.analysis, subject.entry
    if analysis is None or entry is None:
        blocks: tuple[Block, ...] = (Paragraph(why_none(subject), "statement"), *_older(subject))
        return Section(title(subject), blocks, level=2)
    return Section(
        title(subject),
        (
            verdict_box(analysis),
            Paragraph(f"{label(analysis.verdict)} {NOT_A_PROBABILITY}", "small"),
            Fields(_outcome(analysis, entry.id, entry.sha256, entry.made_at)),
            Paragraph("Coverage", "heading"),
            Fields(_coverage(analysis)),
            Paragraph(OUTSIDE, "small"),
            *_scores_over_time(analysis),
            *_persons(analysis),
            *flagged(subject, analysis, entry, pictured),
            *_older(subject),
        ),
        level=2,
    )


def verdict_box(analysis: Analysis) -> VerdictBox:
    """The machine's result with its rule and what is known of the rule."""
    verdict, rule = analysis.verdict, analysis.method.rule
    why = meaning(verdict, rule)
    return VerdictBox(
        label=verdict.label.value,
        meaning=f"{no_rule(analysis.method)} {why}" if verdict.reason is Reason.NO_RULE else why,
        score=fake(analysis),
        fake=verdict.fake,
        thresholds=() if _released(rule) else thresholds(rule),
        rule=rule_lines(analysis.method),
        known=known_lines(rule),
        coverage=examined(analysis.coverage) + ".",
        flagged=flagged_line(analysis),
        origin=origin_line(analysis),
    )


def _outcome(analysis: Analysis, entry_id: str, sha256: str, made_at: str) -> tuple[Field, ...]:
    verdict = analysis.verdict
    released: tuple[Field, ...] = ()
    if verdict.published_score is not None:
        released = (Field("Number the released script prints", number(verdict.published_score)),)
    return (
        Field("Score rests on", _rests_on(analysis)),
        *released,
        Field("Flagged frames", whole(len(verdict.flagged_frames))),
        Field("Method", f"{supplied(analysis.method.name)}, see section “Method”"),
        Field("Analysis", f"{entry_id}, made {stamp(made_at)}"),
        Field("Analysis record SHA-256", supplied(sha256), "hash"),
        Field("Time taken", _timings(analysis)),
        *(Field("Note on scoring", note, "prose") for note in scoring_notes(analysis.provenance)),
    )


def _released(rule: Rule | None) -> bool:
    return rule is not None and rule.kind == "released"


def _rests_on(analysis: Analysis) -> str:
    verdict = analysis.verdict
    if verdict.track is None:
        return "All used faces together" if _released(analysis.method.rule) and verdict.fake is not None else "none"
    if verdict.reason is Reason.TOO_FEW_FACES:
        return f"{person(verdict.track)}, the highest seen, with fewer faces than the rule asks for"
    if verdict.reason is Reason.PERSON_UNDECIDED:
        return f"{person(verdict.track)}; not called REAL because of {_undecided(analysis)}"
    if others := _undecided(analysis):
        # The score of the video alone would not let a reader look for them.
        return f"{person(verdict.track)}. {TOO_FEW_TO_DECIDE}: {others}"
    return person(verdict.track)


def _undecided(analysis: Analysis) -> str:
    others = too_few_to_decide(analysis)
    return first([person(track.id) for track in others]) if others else ""


def _timings(analysis: Analysis) -> str:
    """``total`` first: it is no sum, for the other stages overlap."""
    parts = "; ".join(f"{stage} {s:.1f} s" for stage, s in analysis.timings_s.items() if stage != "total")
    if (total_s := analysis.timings_s.get("total")) is None:
        return supplied(parts)
    return f"{total_s:.1f} s in all" + (f"; stages, which overlap: {parts}" if parts else "")


def _coverage(analysis: Analysis) -> tuple[Field, ...]:
    coverage = analysis.coverage
    if coverage.first_s is None or coverage.last_s is None:
        stretch = "no frame could be examined"
    else:
        stretch = f"{clock(coverage.first_s)} to {clock(coverage.last_s)} of {clock(coverage.duration_s)} (min:s)"
    gap = "none" if coverage.longest_gap_s is None else f"{coverage.longest_gap_s:.3f} s"
    reasons = "; ".join(f"{whole(n)} {not_used(reason)}" for reason, n in coverage.faces_not_used.items() if n)
    seen = {score.frame for score in analysis.scores}
    empty = [f"{frame} ({clock(time_s)})" for frame, _, time_s in analysis.examined if frame not in seen]
    return (
        Field(
            "Frames",
            f"{whole(coverage.frames_read)} examined of {whole(coverage.frames_planned)} planned and "
            f"{count(coverage.frames_total, 'frame')} in the video",
        ),
        Field("Seconds", f"{stretch}; longest stretch without an examined frame {gap}"),
        Field("Frames not decoded", first([whole(frame) for frame in coverage.frames_not_decoded])),
        Field("Frames with a face", whole(coverage.frames_with_face)),
        Field("Frames without a face", first(empty)),
        Field("Faces", f"{whole(coverage.faces_found)} found, {whole(coverage.faces_used)} used"),
        Field("Faces not used", reasons or "none"),
        Field("Reading the file", reading(analysis), "prose"),
    )


def _scores_over_time(analysis: Analysis) -> tuple[Block, ...]:
    if not any(score.used for score in analysis.scores):
        return (Paragraph("Scores over time", "heading"), Paragraph("No face was scored, so there is nothing to draw."))
    return (Paragraph("Scores over time", "heading"), timeline(analysis))


def _persons(analysis: Analysis) -> tuple[Block, ...]:
    heading = Paragraph("Results per person", "heading")
    if not analysis.tracks:
        return (heading, Paragraph("No person was found."))
    columns = (
        Column("Person", kind="strong"),
        Column("Faces used", kind="number"),
        Column("First seen", kind="number"),
        Column("Last seen", kind="number"),
        Column("Score", kind="number"),
        Column("Enough faces for the rule", 1.0),
    )
    rule = analysis.method.rule
    rows = tuple(
        (
            person(track.id),
            whole(track.faces),
            clock(track.first_s),
            clock(track.last_s),
            _score(track, analysis),
            _enough(track, analysis),
        )
        for track in analysis.tracks
    )
    note = "A person is a run of faces that the software linked over time; it is not an identification."
    if rule is not None and rule.apart_s:
        note += f" Towards the rule's {whole(rule.least_faces)} faces one counts {rule.apart_s:g} s or more after"
        note += " the last that counted."
    return (heading, Table(columns, rows), Paragraph(note, "small"))


def _score(track: Track, analysis: Analysis) -> str:
    rule = analysis.method.rule
    return number(track.fake, () if rule is None or rule.kind == "released" else (rule.upper, rule.lower))


def _enough(track: Track, analysis: Analysis) -> str:
    if analysis.method.rule is None:
        enough = "no rule is applied"
    else:
        enough = "yes" if track.enough else "no"
        if (counted := counted_faces(analysis.scores, track.id, analysis.method.rule)) < track.faces:
            enough += f" ({whole(counted)} of {whole(track.faces)} count)"
    reason = analysis.verdict.reason
    if reason is Reason.PERSON_UNDECIDED and track in undecided(analysis.tracks, analysis.method.rule):
        return f"{enough}; keeps the video from being called REAL"
    if track.id != analysis.verdict.track:
        return enough
    if track.id == deciding(analysis.verdict):
        return f"{enough}; the verdict rests on this person"
    return f"{enough}; the score shown is this person's"


def _older(subject: Subject) -> tuple[Block, ...]:
    if not subject.older:
        return ()
    columns = (
        Column("Made", kind="text"),
        Column("Method", 1.0),
        Column("Label"),
        Column("Score", kind="number"),
        Column("Faces", kind="number"),
        Column("Record SHA-256", kind="hash"),
    )
    rows = tuple(
        (
            stamp(e.made_at),
            supplied(e.method),
            *(("no result", "none", "none") if e.id in subject.withheld else _noted(e)),
            supplied(e.sha256),
        )
        for e in subject.older
    )
    text = (
        "The newest analysis whose record is intact and follows from its scores is reported above. The case lists "
        "these as well:"
    )
    return (
        Paragraph("Other analyses", "heading"),
        Paragraph(text),
        Table(columns, rows, small=True),
        *(Paragraph(line, "statement") for line in withheld_lines(subject)),
    )


def _noted(entry: AnalysisEntry) -> tuple[str, str, str]:
    return supplied(entry.label), number(entry.fake), whole(entry.faces_used)


def withheld_lines(subject: Subject) -> tuple[str, ...]:
    """A sentence for each analysis that is not printed as a result."""
    return tuple(
        f"Item {subject.number}: the analysis made {stamp(e.made_at)} is not printed as a result: "
        f"{subject.withheld[e.id]}."
        for e in subject.older
        if e.id in subject.withheld
    )
