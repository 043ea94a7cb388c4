from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from desktop.cases.records import CaseDetails, Conclusion, CustodyEvent, Difference, Mark, Opinion, Review
from desktop.report.blocks import (
    Frames,
    Paragraph,
    Signatures,
    Table,
    Timeline,
    VerdictBox,
)
from desktop.report.words import NOT_A_PROBABILITY, NOT_AUTHENTIC, STATEMENTS
from genconvit.records import Label, NotUsed, Reason
from tests.desktop.report.reading import blocks, described, fields, section, words

EXPECTED = {
    "Case": "VF-2026-0117",
    "Case title": "Statement of a witness, recorded by phone",
    "Laboratory": "Institute of Digital Evidence, Section Image and Video",
    "Address": "Hafenstrasse 12\n24103 Kiel",
    "Issued": "2026-11-20 15:04:05 UTC",
    "Amendments": "1 earlier report",
    "Report": "No. 2 on this case, made by Veriframe 0.1.0",
    "Requester": "Public Prosecutor's Office Kiel, Ms. A. Petersen",
    "Authority": "Order 34 Gs 1182/26 of 2 November 2026",
    "Question asked": "Does the face of the speaking person",
    "Scope": "Faces only.",
    "Note": "The original telephone was not made available.",
    "Examiner": "Dr. Maren Østergård",
    "File name": "witness_phone_1080p.mp4",
    "Size": "3\u00a0815\u00a0517 bytes",
    "Worked on": "A copy in the case folder",
    "SHA-256 at intake": "66b17e7173cf",
    "SHA-256 at report time": "66b17e7173cf",
    "Hashes agree": "Yes",
    "Container": "mov,mp4",
    "Video stream": "h264; 640 × 360 px; yuv420p; rotation 0°; stream 0; time base 1/15360",
    "Length": "0:10.000 (min:s); 300 frames presented; 30.000 frames per second",
    "Notes on reading": "The file ends 0.2 s before its header says.",
    "Software": "genconvit 0.1.0",
    "Network": "GenConViT network A (ed)",
    "Weights": "veriframe-ed-lite0",
    "Weights SHA-256": "9a129038d9a0",
    "Licence of the weights": "Apache-2.0",
    "Face finder": "CenterFace; frame shrunk to 640 px",
    "Decoder": "decord 3.4.0",
    "Sampling plan": "32 frames spread evenly",
    "Precision, seed": "float32, 7",
    "Device": "cpu (AMD EPYC, 2 threads)",
    "Library versions": "timm 1.0.31, torch 2.13.0",
    "Upper threshold": "0.7200",
    "Lower threshold": "0.3800",
    "Threshold of a frame": "0.8000",
    "Least faces": "5",
    "Derived from": "Held-out identities",
    "Deviations": "None recorded",
    "Frames": "32 examined of 32 planned and 300 frames",
    "Seconds": "0:00.000 to 0:09.300 of 0:10.000",
    "Frames without a face": "none",
    "Faces": "32 found, 32 used",
    "Faces not used": "none",
    "Score rests on": "Person 1",
    "Examiner's conclusion": "Inconsistent with an original",
    "Reasons": "Blending edge.",
    "Reviewer": "Prof. I. Khan",
}


@pytest.mark.parametrize("label", EXPECTED)
def test_every_field_of_an_examiners_report_is_there(records: SimpleNamespace, label: str) -> None:
    said = fields(described(records, records.a_case()))
    assert any(EXPECTED[label] in value for value in said[label]), said[label]


ALWAYS = (
    "Case,Case title,Laboratory,Address,Requester,Authority,Question asked,Scope,Note,Examiner,Examiner's conclusion"
)


@pytest.mark.parametrize("label", ALWAYS.split(","))
def test_what_was_not_supplied_is_said_to_be(records: SimpleNamespace, label: str) -> None:
    sample = records.a_case(details=CaseDetails(number=" "), conclusions=())
    assert "not supplied" in fields(described(records, sample))[label]


def test_statements_stand_in_brief_and_above_the_signatures(records: SimpleNamespace) -> None:
    content = described(records, records.a_case())
    for title in ("Results in brief", "Statements and signatures"):
        said = [b.text for b in section(content, title).blocks if isinstance(b, Paragraph)]
        assert set(STATEMENTS) <= set(said)
    assert content.end == "End of the report on case VF-2026-0117"


def test_nothing_is_called_authentic_or_probable(records: SimpleNamespace) -> None:
    real = [records.a_face(i * 10, 0.1) for i in range(20)]
    analysis = records.an_analysis(real, Label.REAL, Reason.BELOW_LOWER)
    text = words(described(records, records.a_case(analysis))).replace(NOT_AUTHENTIC, "").replace(NOT_A_PROBABILITY, "")
    for claim in ("authentic", "probab", "genuine", "hybrid", "likely"):
        assert claim not in text.lower()
    assert "The Swin part that the GenConViT publication names takes no part" in text


@pytest.mark.parametrize(
    ("reason", "says"),
    [
        (Reason.AT_OR_ABOVE_UPPER, "at or above the upper threshold"),
        (Reason.BELOW_LOWER, NOT_AUTHENTIC),
        (Reason.BETWEEN_THRESHOLDS, "lies between the two thresholds"),
        (Reason.NO_FACE, "No face was found"),
        (Reason.TOO_FEW_FACES, "as many usable faces"),
        (Reason.NO_RULE, "No decision rule is known"),
        (Reason.DAMAGED, "could not be decoded, or the file is damaged"),
    ],
)
def test_each_label_says_why(records: SimpleNamespace, reason: Reason, says: str) -> None:
    scores = [] if reason is Reason.NO_FACE else [records.a_face(7, 0.5)]
    analysis = records.an_analysis(scores, Label.INCONCLUSIVE, reason)
    if scores:
        analysis = replace(analysis, verdict=replace(analysis.verdict, fake=0.5, track=1))
    content = described(records, records.a_case(analysis))
    assert all(says in box.meaning for box in blocks(content, VerdictBox))


def test_the_rule_and_its_errors_stand_beside_the_verdict(records: SimpleNamespace) -> None:
    box = blocks(described(records, records.a_case()), VerdictBox)[0]
    assert "FAKE at or above 0.7200." in box.rule
    assert any("n = 206" in line and "1.0 % (95 % interval 0.1 to 3.5 %" in line for line in box.known)
    assert not any("ROC" in line for line in box.known)
    assert [t.at for t in box.thresholds] == [0.72, 0.38]


def test_a_method_without_a_rule_has_unknown_errors(records: SimpleNamespace) -> None:
    method = replace(records.a_method(), rule=None)
    analysis = records.fake_analysis(label=Label.INCONCLUSIVE, reason=Reason.NO_RULE, method=method)
    text = words(described(records, records.a_case(analysis)))
    assert "error rates of these weights under this rule: not supplied" in text


def test_a_changed_method_prints_its_deviation(records: SimpleNamespace) -> None:
    method = records.a_method(derived_from="standard abc: 12 frames")
    content = described(records, records.a_case(records.fake_analysis(method=method)))
    assert fields(content)["Deviations"] == ["standard abc: 12 frames"]


def test_rounding_never_crosses_a_threshold(records: SimpleNamespace) -> None:
    scores = [records.a_face(i * 10, 0.719996) for i in range(10)]
    content = described(records, records.a_case(records.an_analysis(scores, Label.INCONCLUSIVE)))
    assert {box.score for box in blocks(content, VerdictBox)} == {"0.719996"}


def test_unused_faces_print_their_reason(records: SimpleNamespace) -> None:
    scores = [records.a_face(i * 10, None if i < 3 else 0.9) for i in range(12)]
    content = described(records, records.a_case(records.an_analysis(scores)))
    assert fields(content)["Faces not used"] == ["3 smaller than the method allows"]
    table = blocks(content, Table, "Item 1")[-2]
    assert table.rows[0][5] == "not used: smaller than the method allows"
    assert set(NotUsed) == {NotUsed.TOO_SMALL, NotUsed.BEYOND_LIMIT}, "a new reason needs words"


def test_every_flagged_frame_has_its_numbers_and_hashes(records: SimpleNamespace) -> None:
    sample = records.a_case()
    content = described(records, sample)
    cards = [card for block in blocks(content, Frames) for card in block.cards]
    assert [card.title for card in cards][:2] == ["Frame 234 at 0:07.800", "Frame 243 at 0:08.100"]
    assert len(cards) == 6
    pictures = {p.sha256 for p in sample.snapshot.analyses[0].pictures}
    assert {card.picture for card in cards} | {crop.picture for card in cards for crop in card.crops} == pictures
    assert "ed: fake 0.9400, real 0.0600" in cards[0].crops[0].lines
    assert all(sha256 in words(content) for sha256 in pictures)
    assert all(s.crop_sha256 in words(content) for s in sample.analyses["a-1"].scores)


def test_five_hundred_flagged_frames_are_listed_and_the_highest_pictured(records: SimpleNamespace) -> None:
    video = records.a_video(frames=900)
    analysis = records.fake_analysis(500, 900, video=video)
    entry = records.entry_of(analysis, "a-1", "e-1")
    snapshot = records.a_snapshot([records.evidence_of(video, "e-1")], [entry])
    content = described(records, SimpleNamespace(snapshot=snapshot, analyses={"a-1": analysis}))
    assert len(blocks(content, Frames)[0].cards) == 24
    rows = blocks(content, Table, "Item 1")[-1].rows
    assert sum(row[6].startswith("▲") for row in rows) == 500
    assert "the 24 with the highest scores are shown" in words(content)


def test_a_crowd_of_faces_is_cut_to_the_flagged_frames(records: SimpleNamespace) -> None:
    scores = [records.a_face(i, 0.9 if i == 7 else 0.1) for i in range(2500)]
    analysis = records.an_analysis(scores, video=records.a_video(frames=2500))
    entry = records.entry_of(analysis, "a-1", "e-1")
    snapshot = records.a_snapshot([records.evidence_of(analysis.video, "e-1")], [entry])
    content = described(records, SimpleNamespace(snapshot=snapshot, analyses={"a-1": analysis}))
    assert len(blocks(content, Table, "Item 1")[-1].rows) == 1
    assert "too many to print" in words(content)


def test_the_figure_shows_persons_thresholds_and_gaps(records: SimpleNamespace) -> None:
    near = [records.a_face(i * 3, 0.5, track=1) for i in range(20)]
    far = [records.a_face(240 + i * 3, 0.9, track=2) for i in range(10)]
    content = described(records, records.a_case(records.an_analysis([*near, *far])))
    figure = blocks(content, Timeline)[0]
    assert [series.name for series in figure.series] == ["Person 1", "Person 2"]
    assert [series.style for series in figure.series] == [0, 1]
    assert figure.gaps[0] == pytest.approx((57 / 300, 240 / 300))
    assert all(point.flagged for point in figure.series[1].points)
    assert {line.name for line in figure.thresholds} == {"upper 0.7200", "lower 0.3800", "frame 0.8000"}


def test_a_long_clip_is_thinned_to_what_can_be_told_apart(records: SimpleNamespace) -> None:
    scores = [records.a_face(i, 0.95 if i == 4001 else 0.2) for i in range(9000)]
    analysis = records.an_analysis(scores, video=records.a_video(frames=9000))
    entry = records.entry_of(analysis, "a-1", "e-1")
    snapshot = records.a_snapshot([records.evidence_of(analysis.video, "e-1")], [entry])
    content = described(records, SimpleNamespace(snapshot=snapshot, analyses={"a-1": analysis}))
    points = blocks(content, Timeline)[0].series[0].points
    assert len(points) <= 1500
    assert any(point.flagged for point in points)


def test_the_newest_analysis_is_reported_and_older_ones_listed(records: SimpleNamespace) -> None:
    old, new = records.fake_analysis(0), records.fake_analysis(6)
    entries = [records.entry_of(old, "a-1", "e-1"), records.entry_of(new, "a-2", "e-1")]
    snapshot = records.a_snapshot([records.evidence_of(new.video, "e-1")], entries)
    content = described(records, SimpleNamespace(snapshot=snapshot, analyses={"a-1": old, "a-2": new}))
    assert fields(content)["Analysis"][0].startswith("a-2")
    assert records.digest("a-1") in repr(blocks(content, Table, "Item 1"))
    assert [a.name for a in content.attachments] == ["analysis-a-2.json"]


def test_videos_without_a_result_say_why(records: SimpleNamespace) -> None:
    video = records.a_video()
    analysis = records.fake_analysis()
    evidence = [
        records.evidence_of(video, "e-1", problem="The file is cut short."),
        records.evidence_of(video, "e-2"),
        records.evidence_of(video, "e-3"),
    ]
    snapshot = records.a_snapshot(evidence, [records.entry_of(analysis, "a-1", "e-3")])
    content = described(records, SimpleNamespace(snapshot=snapshot, analyses={}))
    rows = blocks(content, Table, "Results in brief")[0].rows
    assert [row[2] for row in rows] == ["none"] * 3
    assert "The file is cut short." in rows[0][4]
    assert "No analysis of this video has been made" in rows[1][4]
    assert "missing or unreadable" in rows[2][4]


def test_a_method_is_printed_once(records: SimpleNamespace) -> None:
    one, other = records.fake_analysis(), records.fake_analysis(video=records.a_video("b.mp4"))
    evidence = [records.evidence_of(one.video, "e-1"), records.evidence_of(other.video, "e-2")]
    entries = [records.entry_of(one, "a-1", "e-1"), records.entry_of(other, "a-2", "e-2")]
    content = described(
        records, SimpleNamespace(snapshot=records.a_snapshot(evidence, entries), analyses={"a-1": one, "a-2": other})
    )
    assert fields(content)["Used for items"] == ["1, 2"]
    assert [row[0] for row in blocks(content, Table, "Results in brief")[0].rows] == ["1", "2"]


@pytest.mark.parametrize(
    ("stored", "place"), [("evidence/e-1.mp4", "evidence/e-1.mp4"), ("", "/cases/in/witness_phone_1080p.mp4")]
)
def test_a_changed_file_is_said_to_be_changed(records: SimpleNamespace, stored: str, place: str) -> None:
    sample = records.a_case()
    evidence = replace(sample.snapshot.evidence[0], stored=stored)
    snapshot = replace(sample.snapshot, evidence=(evidence,))
    found = records.digest("another")
    difference = Difference(str(Path(place)), "changed", evidence.sha256, found)
    content = described(records, replace(sample, snapshot=snapshot), (difference,))
    assert fields(content)["SHA-256 at report time"] == [found]
    assert fields(content)["Hashes agree"][0].startswith("NO")
    assert "The file does not agree with the one taken in, for item 1." in words(section(content, "Results in brief"))


def test_a_missing_file_has_no_hash_at_report_time(records: SimpleNamespace) -> None:
    sample = records.a_case()
    gone = Difference("evidence/e-1.mp4", "missing", sample.snapshot.evidence[0].sha256)
    content = described(records, sample, (gone,))
    assert fields(content)["SHA-256 at report time"] == ["not supplied"]
    assert "(missing)" in fields(content)["Hashes agree"][0]


def test_two_records_of_one_place_are_told_apart(records: SimpleNamespace) -> None:
    old, new = (records.evidence_of(records.a_video(), key, stored="", sha256=records.digest(key)) for key in "ab")
    changed = Difference(str(old.source), "changed", old.sha256, new.sha256)
    sample = SimpleNamespace(snapshot=records.a_snapshot([old, new]), analyses={})
    said = fields(described(records, sample, (changed,)))["Hashes agree"]
    assert [text[:3] for text in said] == ["NO:", "Yes"]


def test_a_record_of_intake_that_the_log_contradicts_agrees_with_nothing(records: SimpleNamespace) -> None:
    logged = CustodyEvent(1, records.ISSUED, "A", "evidence added", {"evidence": "e-1", "sha256": "b" * 64}, "", "")
    changed = Difference("case.json, evidence 1", "changed")
    content = described(records, records.a_case(custody=(logged,)), (changed,))
    assert fields(content)["Hashes agree"] == [f"NO: the custody log names another hash at intake, {'b' * 64}."]
    assert "The file does not agree with the one taken in, for item 1." in words(section(content, "Results in brief"))


def test_newest_conclusion_and_review_count(records: SimpleNamespace) -> None:
    reviews = (
        Review("a-1", 234, Mark.ACCEPTED, "first", "A", records.ISSUED),
        Review("a-1", 234, Mark.REJECTED, "second", "B", records.ISSUED),
    )
    conclusions = (
        Conclusion("e-1", Opinion.CONSISTENT, "first", "A", "", records.ISSUED),
        Conclusion("e-1", Opinion.INCONCLUSIVE, "second", "B", "C", records.ISSUED),
    )
    content = described(records, records.a_case(reviews=reviews, conclusions=conclusions))
    earlier, marks = blocks(content, Table, "Item 1")[1:3]
    assert fields(content)["Examiner's conclusion"] == ["Inconclusive"]
    assert earlier.rows[0][1:3] == ("Consistent with an original", "first")
    assert [row[1:3] for row in marks.rows] == [("rejected", "second")]
    people = blocks(content, Signatures)[0].people
    assert [(p.role, p.name) for p in people] == [("Examiner", "B"), ("Reviewer", "C")]


def test_an_empty_case_is_a_report_too(records: SimpleNamespace) -> None:
    content = described(records, SimpleNamespace(snapshot=records.a_snapshot(custody=()), analyses={}))
    text = words(content)
    assert "This case holds no video." in text
    assert "no method was applied" in text
    assert "Custody log: not supplied." in text


def test_the_same_case_gives_the_same_words(records: SimpleNamespace) -> None:
    sample = records.a_case()
    assert described(records, sample) == described(records, sample)
