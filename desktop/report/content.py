"""What a case report says, as plain text and numbers; :mod:`desktop.report.pdf` sets it.

One door: :func:`describe`. It reads nothing but its arguments, so that the same case gives the same words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from desktop.cases.records import CaseSnapshot, Difference
from desktop.report import conclusions, frames, items, methods, repeatability, results, trail
from desktop.report.blocks import Attachment, Block, Column, Field, Fields, Paragraph, ReportContent, Section, Table
from desktop.report.subjects import Subject, subjects
from desktop.report.words import NOT_SUPPLIED, SPELLED, STATEMENTS, brief_reason, count, prose, stamp, supplied, whole
from genconvit.cards import Card
from genconvit.certificate import Certificate
from genconvit.records import Analysis, Coverage

TITLE = "Report on the examination of video for signs of face manipulation"
TO_BE_READ = "To be read with these results, from the program"
NO_VIDEO = "This case holds no video. There is no result to report."


def describe(
    snapshot: CaseSnapshot,
    analyses: Mapping[str, Analysis],
    differences: Sequence[Difference],
    issued_at: str,
    version: str,
    certificates: Mapping[str, Certificate] = MappingProxyType({}),
    cards: Mapping[str, Card] = MappingProxyType({}),
) -> ReportContent:
    """The report on a case.

    Args:
        analyses: per analysis id the whole record. The newest one of each video that is here is reported.
        differences: what the check of the case folder found at report time; only notes, or empty, when all hashes
            agree.
        issued_at: UTC, ISO 8601, whole seconds, ending in Z.
        version: of the program that makes the report.
        certificates: per id of a kept repeatability certificate the whole record.
        cards: per SHA-256 of a weights file its card, as far as there are any.
    """
    case = snapshot.details.number.strip() or snapshot.id
    about = subjects(snapshot, analyses, differences, certificates)
    flagged = sum(1 for s in about if s.analysis and s.analysis.verdict.flagged_frames)
    body = (
        _brief(about, differences),
        _request(snapshot),
        *items.sections(about),
        *results.sections(about, frames.pictured_per_video(flagged)),
        *repeatability.sections(about),
        *conclusions.sections(about),
        *methods.sections(about, cards),
        *trail.sections(snapshot, differences),
        conclusions.signatures(about, snapshot.details),
        *frames.faces_section(about),
    )
    attached = _attachments(about)
    return ReportContent(
        title=TITLE,
        laboratory=supplied(snapshot.details.laboratory),
        address=prose(snapshot.details.laboratory_address),
        case=case,
        issued_at=issued_at,
        lead=_lead(snapshot, issued_at, version),
        sections=(*body, _attached(attached)),
        end=f"End of the report on case {case}",
        attachments=attached,
    )


def attachment_name(analysis_id: str) -> str:
    """What an analysis is called inside the PDF."""
    return f"analysis-{analysis_id}.json"


def _lead(snapshot: CaseSnapshot, issued_at: str, version: str) -> tuple[Field, ...]:
    details = snapshot.details
    return (
        Field("Case", supplied(details.number)),
        Field("Case title", supplied(details.title)),
        Field("Laboratory", supplied(details.laboratory)),
        Field("Address", prose(details.laboratory_address), "prose"),
        Field("Examiner", supplied(details.examiner)),
        Field("Issued", stamp(issued_at)),
        Field("Report", f"No. {len(snapshot.reports) + 1} on this case, made by Veriframe {supplied(version)}"),
        Field("Amendments", _amendments(snapshot), "prose"),
    )


def _amendments(snapshot: CaseSnapshot) -> str:
    if not snapshot.reports:
        return "None: this is the first report on the case"
    last = snapshot.reports[-1]
    earlier = count(len(snapshot.reports), "earlier report")
    return (
        f"This report amends {earlier}, listed in section “Case and request”; the last was issued {stamp(last.made_at)}"
    )


def _brief(about: tuple[Subject, ...], differences: Sequence[Difference]) -> Section:
    warnings = (*_warnings(about, differences), *(line for s in about for line in _cautions(s)), *_origins(about))
    statements = (
        *(Paragraph(text, "statement") for text in (*warnings, *STATEMENTS)),
        # Only who knows the fonts knows whether it is needed.
        Paragraph(SPELLED, "spelling"),
    )
    if not about:
        return Section("Results in brief", (Paragraph(NO_VIDEO, "statement"), *statements))
    blocks: list[Block] = [Paragraph("Machine results, under the rule stated with each", "heading")]
    if len(about) == 1 and (only := about[0].analysis) is not None:
        blocks.append(results.verdict_box(only))
    else:
        blocks += [_machine(about), *methods.rules_in_brief(about)]
    blocks += [Paragraph("Examiner's conclusions", "heading"), _human(about)]
    # Under a heading of their own: what the program warns of is no part of the examiner's conclusions.
    return Section("Results in brief", (*blocks, Paragraph(TO_BE_READ, "heading"), *statements))


def _warnings(about: tuple[Subject, ...], differences: Sequence[Difference]) -> tuple[str, ...]:
    """What a reader of the first page must know of the integrity of the case."""
    if not (differing := trail.differing(differences)):
        return ()
    disagree = ", ".join(str(s.number) for s in about if not s.agrees)
    number = count(len(differing), "difference")
    found = f"The check of the case folder found {number}; see section “Integrity and custody”."
    if not disagree:
        return (found,)
    return (found, f"The file does not agree with the one taken in, for item {disagree}.")


def _cautions(subject: Subject) -> tuple[str, ...]:
    """What must be known of one video's result before it is used."""
    return (
        *results.withheld_lines(subject),
        *results.earlier_lines(subject),
        *results.undecided_lines(subject),
        *results.notes_lines(subject),
        *repeatability.caution_lines(subject),
    )


def _origins(about: tuple[Subject, ...]) -> tuple[str, ...]:
    """Whose methods they are; for one video it stands in its box."""
    if len(about) == 1:
        return ()
    return tuple(dict.fromkeys(line for s in about if s.analysis and (line := methods.origin_line(s.analysis))))


def _machine(about: tuple[Subject, ...]) -> Table:
    columns = (
        Column("Item", kind="number"),
        Column("Video", 1.0),
        Column("Machine result", kind="strong"),
        Column("Score", kind="number"),
        Column("Why", 0.9),
        Column("Flagged frames", kind="number"),
        Column("Coverage", 0.9),
    )
    return Table(columns, tuple(_machine_row(subject) for subject in about))


def _machine_row(subject: Subject) -> tuple[str, ...]:
    head = (str(subject.number), supplied(subject.evidence.name))
    if subject.analysis is None:
        return (*head, "none", "none", results.why_none(subject), "none", "none")
    verdict = subject.analysis.verdict
    why = brief_reason(verdict, subject.analysis.method.rule)
    label, flagged = verdict.label.value, whole(len(verdict.flagged_frames))
    return (*head, label, results.fake(subject.analysis), why, flagged, _examined(subject.analysis.coverage))


def _examined(coverage: Coverage) -> str:
    total, seen = count(coverage.frames_total, "frame"), whole(coverage.frames_with_face)
    used = count(coverage.faces_used, "face")
    return f"{whole(coverage.frames_read)} of {total}, a face in {seen}, {used} used{results.lost(coverage)}"


def _human(about: tuple[Subject, ...]) -> Block:
    if not any(subject.conclusions for subject in about):
        return Paragraph(f"Conclusion: {NOT_SUPPLIED} for any item.")
    columns = (
        Column("Item", kind="number"),
        Column("Conclusion", 1.0, "strong"),
        Column("Examiner", 0.7),
        Column("Reviewer", 0.7),
        Column("Concluded", 1.0),
    )
    rows = []
    for subject in about:
        conclusion = conclusions.newest(subject)
        examiner, reviewer = (conclusion.examiner, conclusion.reviewer) if conclusion else ("", "")
        people = (supplied(examiner), supplied(reviewer))
        rows.append((str(subject.number), conclusions.opinion(subject), *people, conclusions.concluded(subject)))
    return Table(columns, tuple(rows))


def _request(snapshot: CaseSnapshot) -> Section:
    details = snapshot.details
    rows = (
        Field("Requester", supplied(details.requester)),
        Field("Authority", supplied(details.authority)),
        Field("Question asked", prose(details.question), "prose"),
        Field("Scope", prose(details.scope), "prose"),
        Field("Note", prose(details.note), "prose"),
        Field("Examiner", supplied(details.examiner)),
        Field("Case opened", stamp(snapshot.created_at)),
        Field("Case last changed", stamp(snapshot.changed_at)),
        Field("Case id in the program", snapshot.id),
        Field("Videos", whole(len(snapshot.evidence))),
    )
    return Section("Case and request", (Fields(rows), *_earlier(snapshot)))


def _earlier(snapshot: CaseSnapshot) -> tuple[Block, ...]:
    if not snapshot.reports:
        return ()
    columns = (Column("No.", kind="number"), Column("Issued"), Column("File", 1.0), Column("SHA-256", kind="hash"))
    rows = tuple(
        (str(i), stamp(report.made_at), supplied(report.file), supplied(report.sha256))
        for i, report in enumerate(snapshot.reports, start=1)
    )
    return (Paragraph("Earlier reports on this case, amended by this one", "heading"), Table(columns, rows, small=True))


def _attachments(about: tuple[Subject, ...]) -> tuple[Attachment, ...]:
    analyses = (
        Attachment(attachment_name(s.entry.id), f"Analysis of item {s.number}, {supplied(s.evidence.name)}")
        for s in about
        if s.entry is not None
    )
    certificates = (
        Attachment(
            repeatability.attachment_name(s.certificate_entry.id), f"Repeatability certificate of item {s.number}"
        )
        for s in about
        if s.certificate_entry is not None
    )
    return (*analyses, *certificates)


def _attached(attachments: tuple[Attachment, ...]) -> Section:
    if not attachments:
        return Section("Attachments", (Paragraph(f"None. Analysis records: {NOT_SUPPLIED}."),))
    text = "These files are inside this PDF, byte for byte as they stand in the case folder."
    columns = (Column("File"), Column("What it is", 1.0))
    rows = tuple((a.name, a.description) for a in attachments)
    return Section("Attachments", (Paragraph(text), Table(columns, rows, small=True)))
