"""The words of a report: what the labels mean, what must be said, and how numbers are written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from desktop.cases.records import Opinion
from desktop.report import glyphs
from genconvit.method import Rule
from genconvit.records import Label, NotUsed, Reason, Verdict

NOT_SUPPLIED = "not supplied"

NOT_A_PROBABILITY = "The score is not the probability that the video is fake."
NOT_AUTHENTIC = "A low score does not show that the recording is authentic."
ONLY_THIS_ITEM = "Results relate only to the item examined."
TOOL_REPORT = "This is a tool report, not a full examination report."
STATEMENTS = (NOT_A_PROBABILITY, NOT_AUTHENTIC, ONLY_THIS_ITEM, TOOL_REPORT)

SPELLED = "Characters that the report's fonts lack or cannot show are printed as their Unicode numbers: [U+…]."

MACHINE_ONLY = (
    "This section holds what the software measured. It is not the examiner's conclusion, which stands in the section "
    "“Interpretation by the examiner”."
)

COUNTING = (
    "Frames are counted from 0. Times in a video are counted from its first presented frame; dates and clock times are "
    "UTC."
)

LABELS = {
    Label.FAKE: "FAKE means that the score is at or above the upper threshold of the stated rule.",
    Label.REAL: "REAL means that the score is below the lower threshold of the stated rule, and nothing more.",
    Label.INCONCLUSIVE: "INCONCLUSIVE means that the stated rule gives no answer for this video.",
}

UNRULED = "INCONCLUSIVE stands here because no decision rule is applied; the score has no label."
NONE_USABLE = "None of the faces found could be used, so there was nothing to score."

REASONS = {
    Reason.AT_OR_ABOVE_UPPER: "The score is at or above the upper threshold of the rule.",
    Reason.BELOW_LOWER: "The score is below the lower threshold of the rule. " + NOT_AUTHENTIC,
    Reason.BETWEEN_THRESHOLDS: "The score lies between the two thresholds of the rule, where the rule gives no answer.",
    Reason.NO_FACE: "No face was found in the frames examined, so there was nothing to score.",
    Reason.TOO_FEW_FACES: "No person was seen in as many usable faces as the rule asks for, so it gives no answer.",
    Reason.NO_RULE: "Faces were scored; no label was derived.",
    Reason.DAMAGED: "The score is below the lower threshold of the rule, but frames that were to be examined could not "
    "be decoded, or the file is damaged. What is missing may be what is manipulated, so the video is not called REAL.",
    Reason.PERSON_UNDECIDED: "The score is below the lower threshold of the rule, but a person with too few faces for "
    "the rule scores at or above the upper one: too little for FAKE, but the video is not called REAL beside it.",
}

RELEASED_REASONS = {
    Reason.AT_OR_ABOVE_UPPER: "By the released script's arithmetic the mean “fake” output is not below the mean “real” "
    "output.",
    Reason.BELOW_LOWER: "By the released script's arithmetic the mean “fake” output is below the mean “real”. "
    + NOT_AUTHENTIC,
}

BRIEF_REASONS = {
    Reason.AT_OR_ABOVE_UPPER: "at or above the upper threshold",
    Reason.BELOW_LOWER: "below the lower threshold",
    Reason.BETWEEN_THRESHOLDS: "between the thresholds",
    Reason.NO_FACE: "no face found in the frames examined",
    Reason.TOO_FEW_FACES: "too few faces of each person",
    Reason.NO_RULE: "no rule is applied",
    Reason.DAMAGED: "below the lower threshold, but damaged or not decoded in full",
    Reason.PERSON_UNDECIDED: "below the lower threshold, but a person with too few faces reaches the upper one",
}

RELEASED_BRIEF_REASONS = {
    Reason.AT_OR_ABOVE_UPPER: "mean “fake” not below mean “real”",
    Reason.BELOW_LOWER: "mean “fake” below mean “real”",
    Reason.TOO_FEW_FACES: "too few faces",
    Reason.DAMAGED: "mean “fake” below mean “real”, but damaged or not decoded in full",
}

TOO_FEW_TO_DECIDE = "At or above the upper threshold, but with too few faces for the rule to decide"
"""What is said, here and in the window, of persons who score like a fake where the result leaves the video open."""
NAMED = 6
"""So many of them are named beside a verdict."""

NOT_USED = {
    NotUsed.TOO_SMALL: "smaller than the method allows",
    NotUsed.BEYOND_LIMIT: "beyond the number of faces the method uses",
}

OPINIONS = {
    Opinion.CONSISTENT: "Consistent with an original",
    Opinion.INCONSISTENT: "Inconsistent with an original",
    Opinion.INCONCLUSIVE: "Inconclusive",
}


def supplied(text: str) -> str:
    """The text on one line, or the words for its absence."""
    return glyphs.line(text.strip()) or NOT_SUPPLIED


def prose(text: str) -> str:
    """The text with its lines, or the words for its absence."""
    return glyphs.prose(text.strip()) or NOT_SUPPLIED


def label(verdict: Verdict) -> str:
    """What the label says and what not."""
    return UNRULED if verdict.reason is Reason.NO_RULE else LABELS[verdict.label]


def meaning(verdict: Verdict, rule: Rule | None) -> str:
    """Why the label is what it is, in one or two sentences."""
    reason = verdict.reason
    if reason is Reason.TOO_FEW_FACES and verdict.fake is None:
        return NONE_USABLE
    if rule is not None and rule.kind == "released" and reason in RELEASED_REASONS:
        return RELEASED_REASONS[reason]
    return REASONS[reason]


def brief_reason(verdict: Verdict, rule: Rule | None) -> str:
    """Why the label is what it is, in a few words for a table."""
    if verdict.reason is Reason.TOO_FEW_FACES and verdict.fake is None:
        return "no face found could be used"
    if rule is not None and rule.kind == "released" and verdict.reason in RELEASED_BRIEF_REASONS:
        return RELEASED_BRIEF_REASONS[verdict.reason]
    return BRIEF_REASONS[verdict.reason]


def not_used(reason: str) -> str:
    """A reason for leaving a face out; one this version does not know is printed as it is recorded."""
    try:
        return NOT_USED[NotUsed(reason)]
    except ValueError:
        return reason.replace("_", " ")


def number(value: float | None, thresholds: Iterable[float] = ()) -> str:
    """A score with four decimals, or with as many more as keep it on its side of every threshold."""
    if value is None:
        return "none"
    limits = tuple(thresholds)
    for digits in range(4, 17):
        text = f"{value:.{digits}f}"
        if all((float(text) >= limit) == (value >= limit) for limit in limits):
            return text
    return repr(value)


def clock(seconds: float | None) -> str:
    """``m:ss.mmm``, with hours where there are any; a number that is no time of a video is printed as it is."""
    if seconds is None:
        return "none"
    if not abs(seconds) < 1e12:
        return f"{seconds:g} s"
    sign = "-" if seconds < 0 else ""
    ms = round(abs(seconds) * 1000)
    minutes, ms = divmod(ms, 60_000)
    hours, minutes = divmod(minutes, 60)
    rest = f"{ms // 1000:02d}.{ms % 1000:03d}"
    return f"{sign}{hours}:{minutes:02d}:{rest}" if hours else f"{sign}{minutes}:{rest}"


def count(value: int, one: str, many: str = "") -> str:
    """``1 frame``, ``1 234 frames`` (the space does not break)."""
    return f"{whole(value)} {one if value == 1 else many or one + 's'}"


def whole(value: int) -> str:
    """Digits in groups of three."""
    return f"{value:,}".replace(",", "\u00a0")


def first(texts: Sequence[str], most: int = 24, where: str = "listed in the attachment") -> str:
    """The first of them, and how many more there are and where; ``none`` where there is nothing."""
    rest = f", and {whole(len(texts) - most)} more ({where})" if len(texts) > most else ""
    return (", ".join(texts[:most]) + rest) or "none"


def stamp(at: str) -> str:
    """A UTC time of a record as people read it; anything else is printed as it is."""
    if len(at) == 20 and at[10] == "T" and at.endswith("Z"):
        return f"{at[:10]} {at[11:19]} UTC"
    return supplied(at)


def person(track: int) -> str:
    """How a track is called in print: by its number in the analysis."""
    return f"Person {track}"
