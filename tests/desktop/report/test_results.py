from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

from desktop.report.blocks import Table, VerdictBox
from genconvit.records import Label, Reason
from tests.desktop.report.reading import blocks, described, fields, words


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
