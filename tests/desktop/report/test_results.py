from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from desktop.cases.records import ANOTHER_ENTRY, NOT_FOLLOWING, Difference
from desktop.report.blocks import Paragraph, Table, VerdictBox
from genconvit.records import Label, Reason
from tests.desktop.report.reading import blocks, described, fields, section, words


def test_a_person_with_too_few_faces_is_not_what_a_verdict_rests_on(records: SimpleNamespace) -> None:
    scores = [records.a_face(i * 10, 0.9) for i in range(3)]
    analysis = records.an_analysis(scores, Label.INCONCLUSIVE, Reason.TOO_FEW_FACES)
    analysis = replace(analysis, verdict=replace(analysis.verdict, fake=0.9, track=1))
    content = described(records, records.a_case(analysis))
    assert fields(content)["Score rests on"] == ["Person 1, the highest seen, with fewer faces than the rule asks for"]
    people = next(t for t in blocks(content, Table, "Item 1") if t.columns[0].title == "Person")
    assert people.rows[0][-1] == "no; the score shown is this person's"
    assert "verdict rests" not in words(content)

    enough = described(records, records.a_case())
    people = next(t for t in blocks(enough, Table, "Item 1") if t.columns[0].title == "Person")
    assert people.rows[0][-1] == "yes; the verdict rests on this person"


def test_faces_too_close_in_time_are_said_not_to_count(records: SimpleNamespace) -> None:
    method = records.a_method()
    method = replace(method, rule=replace(method.rule, apart_s=0.15))
    # 9 faces of 30 a second: the first counts, and those after 5 frames.
    scores = [records.a_face(i, 0.9) for i in range(9)]
    analysis = records.an_analysis(scores, Label.INCONCLUSIVE, Reason.TOO_FEW_FACES, method=method)
    analysis = replace(analysis, tracks=(replace(analysis.tracks[0], enough=False),))
    content = described(records, records.a_case(analysis))
    people = next(t for t in blocks(content, Table, "Item 1") if t.columns[0].title == "Person")
    assert people.rows[0][-1].startswith("no (2 of 9 count)")
    assert "Towards the rule's 5 faces one counts 0.15 s or more after the last that counted." in words(content)


def test_who_keeps_a_video_from_being_called_real_is_named(records: SimpleNamespace) -> None:
    method = records.a_method()
    method = replace(method, rule=replace(method.rule, apart_s=0.15))
    scores = [records.a_face(i * 10, 0.1) for i in range(9)] + [records.a_face(i * 10 + 1, 0.95, 2) for i in range(3)]
    analysis = records.an_analysis(scores, Label.INCONCLUSIVE, Reason.PERSON_UNDECIDED, method=method)
    assert analysis.verdict.track == 1
    content = described(records, records.a_case(analysis))
    assert fields(content)["Score rests on"] == ["Person 1; not called REAL because of Person 2"]
    people = next(t for t in blocks(content, Table, "Item 1") if t.columns[0].title == "Person")
    assert [row[-1] for row in people.rows] == [
        "yes; the score shown is this person's",
        "no; keeps the video from being called REAL",
    ]


def test_who_scores_like_a_fake_too_briefly_is_told_where_others_leave_the_video_open(records: SimpleNamespace) -> None:
    method = records.a_method()
    method = replace(method, rule=replace(method.rule, apart_s=0.15))
    scores = [records.a_face(i * 10, 0.5) for i in range(9)] + [records.a_face(i * 10 + 1, 0.95, 2) for i in range(3)]
    between = records.an_analysis(scores, Label.INCONCLUSIVE, Reason.BETWEEN_THRESHOLDS, method=method)
    content = described(records, records.a_case(between))
    (rests_on,) = fields(content)["Score rests on"]
    assert rests_on == (
        "Person 1. At or above the upper threshold, but with too few faces for the rule to decide: Person 2"
    )
    brief = [b.text for b in section(content, "Results in brief").blocks if isinstance(b, Paragraph)]
    assert (
        "Item 1: at or above the upper threshold, but with too few faces for the rule to decide: Person 2 (score "
        "0.9500, 3 faces, 0:00.033 to 0:00.700). See “Results per person”."
    ) in brief
    fake = records.an_analysis(scores, Label.FAKE, Reason.AT_OR_ABOVE_UPPER, method=method)
    assert "too few faces for the rule to decide" not in words(described(records, records.a_case(fake)))


def test_stages_that_overlap_are_not_shown_as_parts_of_the_total(records: SimpleNamespace) -> None:
    analysis = replace(records.fake_analysis(), timings_s={"find": 9.0, "read": 6.0, "total": 10.0})
    content = described(records, records.a_case(analysis))
    assert fields(content)["Time taken"] == ["10.0 s in all; stages, which overlap: find 9.0 s; read 6.0 s"]


def test_faces_that_could_not_be_used_are_not_too_few(records: SimpleNamespace) -> None:
    scores = [records.a_face(i * 10, None) for i in range(9)]
    for method in (records.a_method(), replace(records.a_method(), rule=None)):
        analysis = records.an_analysis(scores, Label.INCONCLUSIVE, Reason.TOO_FEW_FACES, method=method)
        content = described(records, records.a_case(analysis))
        assert {box.meaning for box in blocks(content, VerdictBox)} == {
            "None of the faces found could be used, so there was nothing to score."
        }
        assert fields(content)["Score rests on"] == ["none"]


def test_the_released_score_rests_on_all_faces(records: SimpleNamespace) -> None:
    method = records.a_method()
    method = replace(method, rule=replace(method.rule, kind="released"))
    analysis = records.fake_analysis(method=method)
    analysis = replace(analysis, verdict=replace(analysis.verdict, track=None))
    content = described(records, records.a_case(analysis))
    assert fields(content)["Score rests on"] == ["All used faces together"]


def test_a_method_without_a_rule_says_no_rule_where_a_rule_would_stand(records: SimpleNamespace) -> None:
    method = replace(records.a_method(), rule=None)
    analysis = records.fake_analysis(label=Label.INCONCLUSIVE, reason=Reason.NO_RULE, method=method)
    text = words(described(records, records.a_case(analysis)))
    assert "No decision rule is known for this method." in text
    assert "No decision rule is applied, so no frame is flagged." in text
    for claim in ("the stated rule gives no answer", "frame threshold of the rule", "the verdict rests on"):
        assert claim not in text


@pytest.mark.parametrize("problem", [NOT_FOLLOWING, ANOTHER_ENTRY])
def test_what_does_not_follow_from_its_scores_is_no_result(records: SimpleNamespace, problem: str) -> None:
    old, new = records.fake_analysis(0, label=Label.REAL, reason=Reason.BELOW_LOWER), records.fake_analysis()
    entries = [records.entry_of(old, "a-1", "e-1"), records.entry_of(new, "a-2", "e-1")]
    snapshot = records.a_snapshot([records.evidence_of(new.video, "e-1")], entries)
    both = SimpleNamespace(snapshot=snapshot, analyses={"a-1": old, "a-2": new})
    forged = tuple(Difference(f"analyses/a-{i}.json", problem) for i in (1, 2))

    content = described(records, both, forged[1:])
    assert {box.label for box in blocks(content, VerdictBox)} == {"REAL"}
    assert [a.name for a in content.attachments] == ["analysis-a-1.json"]
    assert "FAKE" not in {row[2] for row in blocks(content, Table, "Item 1")[-1].rows}
    said = [b.text for b in section(content, "Results in brief").blocks if isinstance(b, Paragraph)]
    (text,) = [text for text in said if problem in text]
    assert text.startswith("Item 1: the analysis made 2026-11-20 14:50:21 UTC is not printed as a result: ")

    content = described(records, both, forged)
    assert blocks(content, VerdictBox) == []
    row = blocks(content, Table, "Results in brief")[0].rows[0]
    assert row[2:4] == ("none", "none")
    assert problem in row[4]
