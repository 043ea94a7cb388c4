"""The certificate as a document: whole, by its schema, and never saying more than its stages do."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from genconvit.certificate import SCHEMA, from_document, parse, to_document
from genconvit.document import canonical
from genconvit.errors import CertificateInvalid
from genconvit.repeat import FreshRun, certify
from tests.genconvit import repeat_for_tests as made

JSON_SCHEMA = json.loads((Path(__file__).parents[2] / "resources" / "repeatability.schema.json").read_text("utf-8"))


@pytest.fixture
def document() -> dict[str, Any]:
    """Two runs that differ in everything a list can hold, and one on a GPU."""
    first = made.an_analysis()
    other = made.an_analysis((made.a_face(0, 0.1),), examined=((0, 1, 0.5), (11, 3, 0.4)), second=9)
    runs = [FreshRun(first, {0: "a" * 64}), FreshRun(other, {0: "b" * 64})]
    return to_document(certify(runs, FreshRun(made.an_analysis(device=made.GPU), {})))


def check(document: Any) -> None:
    jsonschema.Draft202012Validator(JSON_SCHEMA).validate(document)


def test_the_schema_is_one_and_the_document_follows_it(document: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator.check_schema(JSON_SCHEMA)
    check(document)
    assert document["schema"] == SCHEMA
    assert document["comparisons"][0]["frames"]["pixels_differ"] == [[0, 0.0]]


def test_round_trip_is_exact(document: dict[str, Any]) -> None:
    data = canonical(document)
    assert canonical(to_document(parse(data))) == data


def every_place(value: object, place: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    inner: list[tuple[str | int, Any]] = []
    if isinstance(value, dict):
        inner = list(value.items())
    elif isinstance(value, list):
        inner = list(enumerate(value))
    return [place] * bool(place) + [deep for key, entry in inner for deep in every_place(entry, (*place, key))]


def changed(document: dict[str, Any], place: tuple[str | int, ...], value: object = None, remove: bool = False) -> Any:
    result = copy.deepcopy(document)
    target: Any = result
    for key in place[:-1]:
        target = target[key]
    if remove:
        del target[place[-1]]
    else:
        target[place[-1]] = value
    return result


def test_a_wrong_type_anywhere_is_refused(document: dict[str, Any]) -> None:
    for place in every_place(document):
        wrong = changed(document, place, {"quite": ["wrong"]})
        with pytest.raises(CertificateInvalid):
            from_document(wrong)
        with pytest.raises(jsonschema.ValidationError):
            check(wrong)


def test_a_missing_or_unknown_field_is_refused(document: dict[str, Any]) -> None:
    open_tables = {"libraries", "networks"}
    named = [p for p in every_place(document) if isinstance(p[-1], str) and not open_tables & set(p[:-1])]
    for place in named:
        for wrong in (changed(document, place, remove=True), changed(document, (*place[:-1], "surplus"), 1)):
            with pytest.raises(CertificateInvalid):
                from_document(wrong)
            with pytest.raises(jsonschema.ValidationError):
                check(wrong)


@pytest.mark.parametrize(
    ("place", "value", "field"),
    [
        (("identical",), True, "identical"),
        (("within",), True, "within"),
        (("comparisons", 0, "within"), True, "comparisons"),
        (("comparisons", 0, "identical"), True, "comparisons"),
        (("comparisons", 0, "second"), 3, "comparisons"),
        (("comparisons", 1, "tolerance"), -1.0, "comparisons"),
        (("runs", 0, "number"), 2, "runs"),
    ],
)
def test_a_claim_that_its_stages_do_not_bear_is_refused(
    document: dict[str, Any], place: tuple[str | int, ...], value: object, field: str
) -> None:
    with pytest.raises(CertificateInvalid) as caught:
        from_document(changed(document, place, value))
    assert caught.value.field_name == field


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"schema": "veriframe.analysis/1"}', b"\xff", b"[" * 100_000])
def test_what_is_no_certificate(data: bytes) -> None:
    with pytest.raises(CertificateInvalid):
        parse(data)
