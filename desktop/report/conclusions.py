"""The section that is the examiner's own: the conclusion on each item and the review of flagged frames."""

from __future__ import annotations

from desktop.cases.records import CaseDetails, Conclusion, Review
from desktop.report.blocks import Block, Column, Field, Fields, Paragraph, Section, Signature, Signatures, Table
from desktop.report.items import title
from desktop.report.subjects import Subject
from desktop.report.words import NOT_SUPPLIED, OPINIONS, STATEMENTS, count, prose, stamp, supplied

EXAMINERS_ONLY = (
    "This section holds the examiner's own words. The software fills in nothing here: the machine's FAKE, REAL or "
    "INCONCLUSIVE is no conclusion."
)
SIGNED = (
    "What is signed: that the items, the method and the machine's results are those printed in this report, and that "
    "the conclusions in the section “Interpretation by the examiner” are the signer's own."
)


def sections(subjects: tuple[Subject, ...]) -> tuple[Section, ...]:
    """The heading and one part per video."""
    return (
        Section("Interpretation by the examiner", (Paragraph(EXAMINERS_ONLY),)),
        *(_conclusion(subject) for subject in subjects),
    )


def newest(subject: Subject) -> Conclusion | None:
    """The conclusion that counts."""
    return subject.conclusions[-1] if subject.conclusions else None


def opinion(subject: Subject) -> str:
    """The conclusion that counts, in words."""
    conclusion = newest(subject)
    return OPINIONS[conclusion.opinion] if conclusion else NOT_SUPPLIED


def concluded(subject: Subject) -> str:
    """When the conclusion that counts was made, and whether the video was analyzed again after it."""
    if (conclusion := newest(subject)) is None:
        return NOT_SUPPLIED
    at, analyzed_at = conclusion.made_at, subject.analyzed_at
    if not analyzed_at:
        return f"{stamp(at)}, without an analysis"
    # Times have whole seconds, and a conclusion is typed after what it is about.
    if at < analyzed_at:
        return f"{stamp(at)}, made before the newest analysis, of {stamp(analyzed_at)}"
    return f"{stamp(at)}, made after the newest analysis"


def _conclusion(subject: Subject) -> Section:
    conclusion = newest(subject)
    rows = (
        Field("Examiner's conclusion", opinion(subject), "strong"),
        Field("Reasons", prose(conclusion.reasons if conclusion else ""), "prose"),
        Field("Examiner", supplied(conclusion.examiner if conclusion else "")),
        Field("Reviewer", supplied(conclusion.reviewer if conclusion else "")),
        Field("Concluded", concluded(subject)),
    )
    return Section(
        title(subject), (Fields(rows), *_earlier(subject), *_reviews(subject), *_other_reviews(subject)), level=2
    )


def _earlier(subject: Subject) -> tuple[Block, ...]:
    earlier = subject.conclusions[:-1]
    if not earlier:
        return ()
    columns = (Column("Concluded"), Column("Conclusion"), Column("Reasons", 1.0), Column("Examiner", 0.4))
    rows = tuple((stamp(c.made_at), OPINIONS[c.opinion], prose(c.reasons), supplied(c.examiner)) for c in earlier)
    return (Paragraph("Earlier conclusions, replaced by the one above", "heading"), Table(columns, rows, small=True))


def _reviews(subject: Subject) -> tuple[Block, ...]:
    if subject.analysis is None or not subject.analysis.verdict.flagged_frames:
        return ()
    heading = Paragraph("Review of the flagged frames", "heading")
    latest: dict[int, Review] = {review.frame: review for review in subject.reviews}
    flagged = subject.analysis.verdict.flagged_frames
    open_frames = sum(frame not in latest for frame in flagged)
    reviewed = f"{len(flagged) - open_frames} of {count(len(flagged), 'flagged frame')} reviewed."
    text = f"{reviewed} The newest mark of a frame counts."
    if not latest:
        return (heading, Paragraph(text))
    columns = (
        Column("Frame", kind="number"),
        Column("Mark", kind="strong"),
        Column("Comment", 1.0),
        Column("Examiner", 0.35),
        Column("Made"),
    )
    rows = tuple(
        (str(r.frame), r.mark.value, prose(r.comment), supplied(r.examiner), stamp(r.made_at))
        for r in sorted(latest.values(), key=lambda review: review.frame)
    )
    return (heading, Paragraph(text), Table(columns, rows, small=True))


def _other_reviews(subject: Subject) -> tuple[Block, ...]:
    """Reviews are made on one analysis; analyzing again takes none of them over, and loses none."""
    if not subject.other_reviews:
        return ()
    columns = (
        Column("Analysis"),
        Column("Frame", kind="number"),
        Column("Mark", kind="strong"),
        Column("Comment", 1.0),
        Column("Examiner", 0.35),
        Column("Made"),
    )
    made = {entry.id: entry for entry in subject.older}
    rows = tuple(
        (
            f"{supplied(made[r.analysis].method)}, {stamp(made[r.analysis].made_at)}",
            str(r.frame),
            r.mark.value,
            prose(r.comment),
            supplied(r.examiner),
            stamp(r.made_at),
        )
        for r in subject.other_reviews
    )
    text = "These marks were made on frames that another analysis of the item flagged, named in the first column."
    return (
        Paragraph("Reviews made on other analyses of the item", "heading"),
        Paragraph(text),
        Table(columns, rows, small=True),
    )


def signatures(subjects: tuple[Subject, ...], details: CaseDetails) -> Section:
    """What must be said, and the lines to sign on."""
    last = [c for subject in subjects if (c := newest(subject))]
    examiners = tuple(dict.fromkeys(c.examiner.strip() for c in last if c.examiner.strip()))
    reviewers = tuple(dict.fromkeys(c.reviewer.strip() for c in last if c.reviewer.strip()))
    people = (
        *(Signature("Examiner", name) for name in examiners or (supplied(details.examiner),)),
        *(Signature("Reviewer", name) for name in reviewers or (NOT_SUPPLIED,)),
    )
    statements = tuple(Paragraph(text, "statement") for text in STATEMENTS)
    return Section(
        "Statements and signatures", (*statements, Paragraph(SIGNED), Signatures(people)), together=len(people) <= 6
    )
