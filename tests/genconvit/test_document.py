import copy
import json
from dataclasses import fields, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genconvit import document as documents
from genconvit import records
from genconvit.document import SCHEMA, canonical, from_document, parse, to_document
from genconvit.errors import AnalysisInvalid
from genconvit.method import Crop, Finding, Method, Rule, RuleEvidence, Sampling, Scoring, WeightsRef
from genconvit.records import (
    Analysis,
    Coverage,
    FaceScore,
    Label,
    NotUsed,
    Provenance,
    Reason,
    Track,
    Verdict,
    Video,
    WeightsUsed,
)

DIGEST = "0123456789abcdef" * 4
JSON_SCHEMA = json.loads((Path(__file__).parents[2] / "resources" / "analysis.schema.json").read_text(encoding="utf-8"))


def a_method() -> Method:
    method = Method(
        name="try",
        title="Try",
        description="For tests.",
        sampling=Sampling("even", 3, 0.0),
        finding=Finding("centerface", 640, 0.5, 40, 0),
        crop=Crop("square", 0.2, 160),
        scoring=Scoring("float32", True, 7),
        weights=(WeightsRef("tiny", "ed", DIGEST),),
        rule=None,
    )
    rule = Rule(
        "tracks", 0.7, 0.3, 0.8, 2, (method.core_sha256,), "nothing", (RuleEvidence("TPR", 10, 0.9, 0.8, 0.95, True),)
    )
    return replace(method, rule=rule)


def an_analysis() -> Analysis:
    box = (-3, 10, 57, 80)
    used = FaceScore(0, 0, 0.0, box, 0.91, 0, {"ed": (0.1 + 0.2, 1 / 3)}, 0.4833333333333334, True, None, DIGEST)
    small = FaceScore(14, 14 * 512, 14 / 30, box, 0.6, 1, {}, None, False, NotUsed.TOO_SMALL, None)
    return Analysis(
        video=Video(
            Path("Fälle") / "clip 1.mp4", 12, DIGEST, "mov,mp4", "h264", "yuv420p", 0, 640, 360, 90,
            Fraction(1, 15360), 29, 29 / 30, 30.0, "decord 3.4.0", ("ends early",),
        ),
        method=a_method(),
        scores=(used, small),
        tracks=(Track(0, 1, 0.0, 0.0, 0.4833333333333334, False), Track(1, 0, 14 / 30, 14 / 30, None, False)),
        verdict=Verdict(Label.INCONCLUSIVE, 0.4833333333333334, None, Reason.TOO_FEW_FACES, 0, ()),
        coverage=Coverage(29, 3, 3, 2, 2, 1, {"too_small": 1, "beyond_limit": 0}, 29 / 30, 0.0, 14 / 30, 0.5),
        provenance=Provenance(
            "Veriframe", "0.1.0", "3.11.2", "Linux", {"numpy": "2"}, "decord 3.4.0", "cpu", "float32", 7,
            (WeightsUsed("tiny", "ed", DIGEST, "", "Apache-2.0"),), "2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z",
        ),
        timings_s={"probe": 0.01},
        examined=((0, 0, 0.0), (14, 7168, 14 / 30), (28, 14336, 28 / 30)),
    )  # fmt: skip


def check(document: Any) -> None:
    jsonschema.Draft202012Validator(JSON_SCHEMA).validate(document)


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(JSON_SCHEMA)


def test_round_trip_is_exact() -> None:
    analysis = an_analysis()
    assert parse(canonical(to_document(analysis))) == analysis
    assert canonical(to_document(parse(canonical(to_document(analysis))))) == canonical(to_document(analysis))


def test_documents_follow_the_schema() -> None:
    check(to_document(an_analysis()))
    without = replace(an_analysis(), method=replace(a_method(), rule=None))
    check(to_document(without))
    assert parse(canonical(to_document(without))) == without


def test_the_source_is_named_where_it_is_known() -> None:
    """Documents of programs that did not hash theirs are read as they are."""
    analysis = an_analysis()
    assert "source_sha256" not in to_document(analysis)["provenance"]
    known = replace(analysis, provenance=replace(analysis.provenance, source_sha256=DIGEST))
    check(to_document(known))
    assert parse(canonical(to_document(known))) == known


def test_what_only_damaged_videos_have_stands_only_there() -> None:
    analysis = an_analysis()
    document = to_document(analysis)
    assert "damaged" not in document["video"]
    assert "frames_not_decoded" not in document["coverage"]
    damaged = replace(
        analysis,
        video=replace(analysis.video, damaged=True),
        coverage=replace(analysis.coverage, frames_not_decoded=(14, 28)),
    )
    check(to_document(damaged))
    assert parse(canonical(to_document(damaged))) == damaged
    for place, value in ((("video", "damaged"), False), (("coverage", "frames_not_decoded"), [])):
        with pytest.raises(AnalysisInvalid, match="left out"):
            from_document(changed(place, value))


def test_the_method_is_there_whole_with_its_hashes() -> None:
    method = to_document(an_analysis())["method"]
    assert method["sha256"] == a_method().sha256
    assert method["core_sha256"] == a_method().core_sha256
    assert method["rule"]["upper"] == 0.7


def test_canonical_bytes() -> None:
    data = canonical({"b": 0.1, "a": ["ü", None, True]})
    assert data == '{"a":["ü",null,true],"b":0.1}\n'.encode()


def test_numbers_that_are_not_finite_are_never_written() -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        canonical({"a": float("nan")})


def test_a_file_name_that_is_not_unicode_survives() -> None:
    analysis = an_analysis()
    odd = replace(analysis, video=replace(analysis.video, path=Path("clip\udcff.mp4")))
    assert parse(canonical(to_document(odd))) == odd


def test_numbers_of_numpy_become_plain_numbers() -> None:
    analysis = an_analysis()
    score = replace(analysis.scores[0], fake=np.float64(0.25))
    assert type(to_document(replace(analysis, scores=(score,)))["scores"][0]["fake"]) is float
    with pytest.raises(TypeError, match="float32"):
        to_document(replace(analysis, scores=(replace(score, fake=np.float32(0.25)),)))


def every_place(value: object, place: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    inner: list[tuple[str | int, Any]] = []
    if isinstance(value, dict):
        inner = list(value.items())
    elif isinstance(value, list):
        inner = list(enumerate(value))
    return [place] * bool(place) + [deep for key, entry in inner for deep in every_place(entry, (*place, key))]


PLACES = every_place(to_document(an_analysis()))
OPEN = {"libraries", "timings_s", "faces_not_used", "networks"}
"""Tables whose keys are data."""


def changed(place: tuple[str | int, ...], value: object, remove: bool = False) -> Any:
    document = copy.deepcopy(to_document(an_analysis()))
    target = document
    for key in place[:-1]:
        target = target[key]  # type: ignore[index]
    if remove:
        del target[place[-1]]  # type: ignore[arg-type]
    else:
        target[place[-1]] = value  # type: ignore[index]
    return document


@pytest.mark.parametrize("place", PLACES, ids=lambda place: ".".join(map(str, place)))
def test_a_wrong_type_anywhere_is_refused(place: tuple[str | int, ...]) -> None:
    document = changed(place, {"quite": ["wrong"]})
    with pytest.raises(AnalysisInvalid):
        from_document(document)
    with pytest.raises(jsonschema.ValidationError):
        check(document)


NAMED = [
    place
    for place in PLACES
    if isinstance(place[-1], str) and not OPEN & set(place[:-1]) and place[-1] not in ("rule", "derived_from")
]


@pytest.mark.parametrize("place", NAMED, ids=lambda place: ".".join(map(str, place)))
def test_a_missing_field_is_refused(place: tuple[str | int, ...]) -> None:
    document = changed(place, None, remove=True)
    with pytest.raises(AnalysisInvalid):
        from_document(document)
    with pytest.raises(jsonschema.ValidationError):
        check(document)


@pytest.mark.parametrize("place", NAMED, ids=lambda place: ".".join(map(str, place)))
def test_an_unknown_field_is_refused(place: tuple[str | int, ...]) -> None:
    document = changed((*place[:-1], "surplus"), 1)
    with pytest.raises(AnalysisInvalid):
        from_document(document)
    with pytest.raises(jsonschema.ValidationError):
        check(document)


def test_another_schema_is_refused_by_name() -> None:
    with pytest.raises(AnalysisInvalid) as caught:
        from_document({**to_document(an_analysis()), "schema": "veriframe.analysis/2"})
    assert caught.value.field_name == "schema"
    assert SCHEMA in caught.value.problem


def test_a_method_edited_afterwards_is_refused() -> None:
    with pytest.raises(AnalysisInvalid) as caught:
        from_document(changed(("method", "rule", "upper"), 0.4))
    assert caught.value.field_name == "method.sha256"
    with pytest.raises(AnalysisInvalid) as caught:
        from_document(changed(("method", "crop", "margin"), 0.4))
    assert caught.value.field_name == "method.rule.belongs_to"


@pytest.mark.parametrize(
    "data", [b"", b"\xff\xfe", b"[]", b"null", b"{}", b"[" * 100_000, b'{"schema":"veriframe.analysis/1"}']
)
def test_bytes_that_are_no_analysis_are_refused(data: bytes) -> None:
    with pytest.raises(AnalysisInvalid):
        parse(data)


@pytest.mark.parametrize("number", [b"NaN", b"Infinity", b"1e999", b"9" * 400])
def test_numbers_that_are_not_finite_are_never_read(number: bytes) -> None:
    data = canonical(to_document(an_analysis())).replace(b'"probe":0.01', b'"probe":' + number)
    with pytest.raises(AnalysisInvalid) as caught:
        parse(data)
    assert caught.value.field_name == "timings_s.probe"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


def test_a_fraction_has_one_spelling() -> None:
    with pytest.raises(AnalysisInvalid, match="1/90000"):
        from_document(changed(("video", "time_base"), "2/180000"))


@given(place=st.sampled_from([place for place in PLACES if place[-1] != "path"]), value=json_values)
def test_anything_anywhere_is_refused_or_read_back_as_it_is(place: tuple[str | int, ...], value: object) -> None:
    document = changed(place, value)
    try:
        analysis = from_document(document)
    except AnalysisInvalid:
        return
    assert to_document(analysis) == document


@given(st.floats(0.0, 1.0), st.floats(allow_nan=False, allow_infinity=False), st.integers())
def test_every_number_comes_back_to_the_last_bit(fake: float, time_s: float, pts: int) -> None:
    analysis = an_analysis()
    score = replace(analysis.scores[0], fake=fake, time_s=time_s, pts=pts, networks={"ed": (fake, 1.0 - fake)})
    again = parse(canonical(to_document(replace(analysis, scores=(score,)))))
    assert again.scores == (score,)


@pytest.mark.parametrize(
    ("place", "kind"),
    [
        ("score", FaceScore), ("track", Track), ("verdict", Verdict), ("coverage", Coverage), ("video", Video),
        ("provenance", Provenance),
    ],
)  # fmt: skip
def test_the_schema_names_every_field_of_the_records(place: str, kind: type) -> None:
    assert set(JSON_SCHEMA["$defs"][place]["properties"]) == {f.name for f in fields(kind)}


def test_the_schema_names_every_value_of_the_enumerations() -> None:
    verdict = JSON_SCHEMA["$defs"]["verdict"]["properties"]
    assert verdict["label"]["enum"] == [*records.Label]
    assert verdict["reason"]["enum"] == [*records.Reason]
    assert JSON_SCHEMA["$defs"]["score"]["properties"]["reason"]["enum"] == [*records.NotUsed, None]
    assert JSON_SCHEMA["properties"]["schema"]["const"] == documents.SCHEMA
