from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop.cases.documents import NotARecord, digest, from_document, to_document
from desktop.cases.records import AnalysisEntry, CaseDetails, CustodyEvent, Evidence, KeptPicture, Mark, Review

PICTURES = st.builds(
    KeptPicture,
    frame=st.integers(0),
    time_s=st.floats(0, 1e6),
    kind=st.sampled_from(("frame", "crop")),
    track=st.none() | st.integers(0, 9),
    sha256=st.text(),
    width_px=st.integers(1),
    height_px=st.integers(1),
)
RECORDS = st.one_of(
    st.builds(CaseDetails, number=st.text()),
    st.builds(Evidence, source=st.text("abc/ ü", min_size=1).map(Path), duration_s=st.floats(0, 1e6)),
    st.builds(
        AnalysisEntry,
        fake=st.none() | st.floats(0, 1),
        flagged_frames=st.lists(st.integers(0)).map(tuple),
        pictures=st.lists(PICTURES, max_size=3).map(tuple),
    ),
    st.builds(Review, mark=st.sampled_from(Mark)),
    st.builds(CustodyEvent, facts=st.dictionaries(st.text(), st.integers() | st.text())),
)


@settings(deadline=None, max_examples=60)
@given(RECORDS)
def test_a_record_reads_back_from_json_as_it_was(record):
    document = json.loads(json.dumps(to_document(record)))
    assert from_document(type(record), document) == record


def review(**changes: object) -> dict[str, object]:
    document = {"analysis": "a", "frame": 1, "mark": "accepted", "comment": "", "examiner": "", "made_at": ""}
    return {**document, **changes}


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"frame": "1"}, "Review.frame"),
        ({"frame": True}, "Review.frame"),
        ({"mark": "maybe"}, "Review.mark"),
        ({"mark": 3}, "Review.mark"),
        ({"comment": None}, "Review.comment"),
    ],
)
def test_a_field_of_the_wrong_type_is_named(changes, named):
    with pytest.raises(NotARecord, match=named):
        from_document(Review, review(**changes))


def test_a_missing_field_is_named():
    document = review()
    del document["frame"]
    with pytest.raises(NotARecord, match=r"Review\.frame is missing"):
        from_document(Review, document)


@pytest.mark.parametrize("field", ["flagged_frames", "pictures"])
def test_a_list_must_be_one(field):
    whole = to_document(AnalysisEntry("", "", "", "", "", "", "", None, "", (), 0, 0, 0, ()))
    with pytest.raises(NotARecord, match=field):
        from_document(AnalysisEntry, {**whole, field: 7})


def test_what_is_no_table_is_refused():
    with pytest.raises(NotARecord):
        from_document(Review, [])  # type: ignore[arg-type]
    with pytest.raises(NotARecord, match="facts"):
        from_document(CustodyEvent, {**to_document(CustodyEvent(1, "", "", "", {}, "", "")), "facts": []})


def test_a_field_that_is_not_known_is_left_aside():
    assert from_document(Review, review(colour="red")).frame == 1


def test_an_optional_field_may_be_absent():
    assert from_document(CaseDetails, {"number": "7"}) == CaseDetails("7")


def test_the_digest_does_not_depend_on_the_order_of_fields():
    assert digest({"a": 1, "b": "ü"}) == digest({"b": "ü", "a": 1}) != digest({"a": 1, "b": "u"})
